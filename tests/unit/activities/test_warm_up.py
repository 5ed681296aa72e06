"""Before which judgements environments are made, and which of them a cold candidate changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hotplug.activities.record import transition
from hotplug.activities.warm_up import warmed_up
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.transition import State
from hotplug.core.deployment.verdict import Judgement, Verdict
from hotplug.core.resources.invocation import CallFailure
from hotplug.core.spec.warm_up import Before, WarmUp
from tests.fakes import InMemoryCloud
from tests.support.plans import a_plan, a_planned, at_step, steps_of

CLIMB = steps_of((0, 60), (10, 60), (50, 60))
ADVANCE, PROMOTE = Verdict.ADVANCE, Verdict.PROMOTE


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    cloud.has_function("orders", versions=["41", "42"])
    return cloud


def on_step(step: int, before: Before = Before.INCREASES) -> Progress:
    planned = replace(a_planned(), warm=WarmUp(10, before, ({},)))
    return at_step(a_plan(planned, steps=CLIMB), step, "42")


def warmed(cloud: InMemoryCloud, progress: Progress, judgement: Judgement) -> Judgement:
    now = cloud.now()
    return warmed_up(cloud, progress, judgement, (), since=now, until=now + timedelta(seconds=25))


def was_warmed(cloud: InMemoryCloud, progress: Progress, step: int) -> None:
    """An earlier poll did so before this step."""
    cloud.ledger.append(transition(cloud, replace(progress, step=step), State.WARMED, (), "warm"))


def calls(cloud: InMemoryCloud) -> list[int]:
    return [len(together) for together in cloud.parallel_trials.together]


@pytest.mark.parametrize(
    ("step", "judgement", "made"),
    [
        pytest.param(0, Judgement(ADVANCE, 1, 0, ""), [1], id="to the first calls"),
        pytest.param(0, Judgement(ADVANCE, 2, 0, ""), [5], id="to many at first"),
        pytest.param(1, Judgement(PROMOTE, 3, 0, ""), [10], id="to all"),
        pytest.param(1, Judgement(Verdict.HOLD, 1, 30, ""), [], id="nothing moves"),
        pytest.param(1, Judgement(Verdict.ROLL_BACK, 1, 0, ""), [], id="it goes back"),
        pytest.param(2, Judgement(ADVANCE, 1, 0, ""), [], id="to fewer"),
        pytest.param(1, Judgement(ADVANCE, 0, 0, ""), [], id="to none"),
    ],
)
def test_environments_are_made_before_more_calls(
    shop: InMemoryCloud, step: int, judgement: Judgement, made: list[int]
) -> None:
    assert warmed(shop, on_step(step), judgement) == judgement
    assert calls(shop) == made


@pytest.mark.parametrize(
    ("before", "was", "made"),
    [
        pytest.param(Before.FIRST, 1, [], id="first, and it was"),
        pytest.param(Before.INCREASES, 1, [5], id="less was enough"),
        pytest.param(Before.INCREASES, 2, [], id="as much was there"),
        pytest.param(Before.INCREASES, 3, [], id="more was there"),
    ],
)
def test_what_was_made_before_counts(shop: InMemoryCloud, before: Before, was: int, made: list[int]) -> None:
    progress = on_step(0, before)
    was_warmed(shop, progress, was)
    warmed(shop, progress, Judgement(ADVANCE, 2, 0, ""))
    assert calls(shop) == made


def test_a_cold_candidate_gets_no_first_calls(shop: InMemoryCloud) -> None:
    shop.trials.hinders("orders", CallFailure.BROKEN, version="42")
    found = warmed(shop, on_step(0), Judgement(ADVANCE, 1, 0, "baked"))
    assert (found.verdict, found.step, found.at_fault) == (Verdict.ROLL_BACK, 0, False)
    assert found.reason == (
        "no environment could be made before the first calls: 0 of 1 environment of version 42 of orders "
        "in 0.0 s; 1 of 1 calls had no answer: a text of AWS"
    )
    assert shop.ledger.timeline("d-1") == []


def test_after_a_pause_in_its_calls_a_cold_candidate_is_only_told(shop: InMemoryCloud) -> None:
    progress = on_step(0)
    was_warmed(shop, progress, 1)
    shop.trials.hinders("orders", CallFailure.BROKEN, version="42")
    judgement = Judgement(ADVANCE, 2, 0, "a pulse")
    assert warmed(shop, progress, judgement) == judgement
    assert [line["step"] for line in shop.ledger.timeline("d-1")] == [1, 2]
