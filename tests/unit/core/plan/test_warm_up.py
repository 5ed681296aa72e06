"""When environments are made, how many, and what that costs."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.plan.plan import Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.plan.warm_up import WarmUpCost, environments_due, percent_at, warms_at_first
from hotplug.core.spec.source import Existing
from hotplug.core.spec.steps import Steps
from hotplug.core.spec.warm_up import Before, WarmUp
from tests.support.plans import a_plan, a_planned, an_adaptive_plan, steps_of

INCREASES = WarmUp(30, Before.INCREASES)


def warmed(warm: WarmUp | None) -> PlannedTarget:
    return replace(a_planned(), warm=warm)


def due(warm: WarmUp, steps: Steps) -> list[int]:
    """The environments before each step, and before the promotion."""
    plan, found = a_plan(warmed(warm), steps=steps), []
    last = Decimal(0)
    for position in range(len(steps) + 1):
        percent = percent_at(plan, position)
        found.append(environments_due(plan.targets[0], last, percent))
        last = percent if found[-1] else last
    return found


STEPS = {
    "all at once": (),
    "a canary": steps_of((10, 300)),
    "tens": steps_of(*[(ten, 60) for ten in range(10, 100, 10)]),
    "doubles": steps_of((1, 60), (2, 60), (4, 60), (8, 60), (16, 60)),
    "a preview first": steps_of((0, 60), (50, 60)),
    "all calls are watched": steps_of((50, 60), (100, 60)),
}


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ("all at once", [30]),
        ("a canary", [30, 0]),
        ("tens", [30, *[0] * 9]),
        ("doubles", [30, 0, 0, 0, 0, 0]),
        ("a preview first", [0, 30, 0]),
        ("all calls are watched", [30, 0, 0]),
    ],
)
def test_before_the_first_call_all_are_made(steps: str, found: list[int]) -> None:
    assert due(WarmUp(30), STEPS[steps]) == found


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ("all at once", [30]),
        ("a canary", [3, 30]),
        ("tens", [3, 6, 0, 12, 0, 0, 0, 24, 0, 0]),
        ("doubles", [1, 0, 2, 3, 5, 30]),
        ("a preview first", [0, 15, 30]),
        ("all calls are watched", [15, 30, 0]),
    ],
)
def test_before_a_large_increase_as_many_as_the_share_needs(steps: str, found: list[int]) -> None:
    assert due(INCREASES, STEPS[steps]) == found


@given(
    any_.integers(1, 100),
    any_.lists(any_.integers(1, 99), min_size=1, max_size=30, unique=True).map(sorted),
)
def test_the_calls_of_all_increases_are_at_most_twice_the_environments_and_one_each(
    environments: int, percents: list[int]
) -> None:
    found = due(WarmUp(environments, Before.INCREASES), steps_of(*[(each, 60) for each in percents]))
    made = [each for each in found if each]
    assert made == sorted(set(made))
    assert sum(made) <= 2 * environments + len(made)
    assert len(made) <= 8


@pytest.mark.parametrize(
    "planned",
    [
        pytest.param(warmed(None), id="nothing was asked for"),
        pytest.param(replace(warmed(WarmUp(30)), source=Existing("41")), id="it is live already"),
    ],
)
def test_nothing_is_made_for_nothing(planned: PlannedTarget) -> None:
    assert environments_due(planned, Decimal(0), Decimal(100)) == 0


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        pytest.param(a_plan(warmed(WarmUp(1))), True, id="steps"),
        pytest.param(a_plan(a_planned("billing:live"), warmed(INCREASES), steps=()), True, id="one of two"),
        pytest.param(a_plan(), False, id="nobody asked"),
        pytest.param(a_plan(warmed(WarmUp(1)), steps=steps_of((0, 60))), False, id="no calls at first"),
        pytest.param(an_adaptive_plan(warmed(WarmUp(1))), False, id="adaptive, which begins at 0 %"),
    ],
)
def test_it_is_warmed_at_first_if_the_first_step_has_calls(plan: Plan, expected: bool) -> None:
    assert warms_at_first(plan) is expected


@pytest.mark.parametrize(
    ("warm", "cost", "words"),
    [
        pytest.param(
            WarmUp(30, memory_mb=512),
            WarmUpCost(30, 30, 15.0),
            "30 calls at once, about $0.00026 at 1 s each",
            id="before the first call",
        ),
        pytest.param(
            WarmUp(30, Before.INCREASES, memory_mb=2048),
            WarmUpCost(48, 30, 96.0),
            "48 calls, at most 30 at once, about $0.0016 at 1 s each",
            id="before increases",
        ),
    ],
)
def test_the_cost_is_that_of_the_calls(warm: WarmUp, cost: WarmUpCost, words: str) -> None:
    plan = a_plan(warmed(warm), steps=steps_of((10, 60), (50, 60)))
    assert WarmUpCost.of(plan, plan.targets[0]) == cost
    assert str(cost) == words


def test_the_price_is_that_of_lambda() -> None:
    """30 requests at $0.20 a million, 15 GB-seconds at $0.0000166667."""
    assert WarmUpCost(30, 30, 15.0).usd == pytest.approx(0.000006 + 0.0002500005)
    assert WarmUpCost.of(a_plan(), a_planned()) == WarmUpCost(0, 0, 0.0)
