"""A deployment never fills the history of its execution, however long it bakes."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.parsing.units import MAX_BAKE_SECONDS
from hotplug.core.plan.event_budget import EVENT_BUDGET
from hotplug.core.planning.planner import stretched
from hotplug.core.request.adaptive_strategy import ladder
from hotplug.core.request.strategy import Strategy
from hotplug.core.spec.approval import Approval
from hotplug.core.spec.steps import AdvanceOn, Progression, Step
from tests.support.plans import steps_of

A_POLL, A_SHIFT, BESIDE = 2 + 5 + 2, 5, 1_200
"""History events: Bake, Watch and its question; Shift; all that is not repeated, and retries."""

baking = any_.builds(Step, any_.just(steps_of((1, 0))[0].percent), any_.integers(0, MAX_BAKE_SECONDS))
watched_steps = any_.lists(baking, max_size=200).filter(
    lambda steps: sum(step.bake_seconds for step in steps) <= MAX_BAKE_SECONDS
)


@given(watched_steps, any_.integers(1, 3600))
def test_polls_are_stretched_so_that_a_deployment_never_passes_its_event_budget(
    steps: list[Step], poll_seconds: int
) -> None:
    poll = stretched(poll_seconds, Strategy(tuple(steps)))
    assert poll >= poll_seconds
    polls = sum(max(1, math.ceil(step.bake_seconds / poll)) for step in steps)
    assert BESIDE + len(steps) * A_SHIFT + polls * A_POLL <= EVENT_BUDGET


@pytest.mark.parametrize(
    ("steps", "poll", "stretched_to"),
    [
        pytest.param(steps_of((10, 300)), 30, 30, id="five minutes fit"),
        pytest.param(steps_of((10, 300)), 1, 1, id="even every second"),
        pytest.param(steps_of((10, 24 * 3600)), 30, 89, id="a day does not"),
        pytest.param(steps_of((10, MAX_BAKE_SECONDS)), 30, 2656, id="a month"),
        pytest.param((), 30, 30, id="nothing to watch"),
    ],
)
def test_how_far_polls_are_stretched(steps: tuple[Step, ...], poll: int, stretched_to: int) -> None:
    assert stretched(poll, Strategy(steps)) == stretched_to


def adaptive(max_minutes: int, bake_minutes: int) -> Strategy:
    settings = EvidenceSettings(max_minutes=max_minutes, bake_minutes=bake_minutes)
    return Strategy(ladder(settings), Progression.ADAPTIVE, settings=settings)


@given(any_.integers(1, 1440), any_.integers(0, 1440), any_.integers(1, 3600))
def test_at_the_adaptive_pace_there_is_room_for_a_shift_after_every_poll(
    max_minutes: int, bake_minutes: int, poll_seconds: int
) -> None:
    poll = stretched(poll_seconds, adaptive(max_minutes, bake_minutes))
    polls = math.ceil(max_minutes * 60 / poll) + math.ceil(bake_minutes * 60 / poll)
    assert BESIDE + polls * (A_POLL + A_SHIFT) <= EVENT_BUDGET


@pytest.mark.parametrize(
    ("strategy", "stretched_to"),
    [
        pytest.param(adaptive(30, 20), 30, id="adaptive"),
        pytest.param(adaptive(1440, 1440), 328, id="two days"),
        pytest.param(Strategy((Step(Decimal(10), 300, Approval(7200)),)), 30, id="two hours to approve"),
        pytest.param(Strategy((Step(Decimal(10), 300, Approval(604_800)),)), 620, id="a week to approve"),
        pytest.param(Strategy(steps_of((10, 300)), advance_on=AdvanceOn.EVIDENCE), 30, id="a proof"),
        pytest.param(
            Strategy(steps_of(*((at, 60) for at in range(1, 100))), advance_on=AdvanceOn.EVIDENCE),
            230,
            id="a proof of every step",
        ),
    ],
)
def test_waiting_for_a_proof_is_part_of_the_time(strategy: Strategy, stretched_to: int) -> None:
    assert stretched(30, strategy) == stretched_to
