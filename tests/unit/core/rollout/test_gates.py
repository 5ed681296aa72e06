"""What could move on is held by people and hours; what goes back never is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from hotplug.core.deployment.verdict import BlockedBy, Judgement, Verdict
from hotplug.core.plan.event_budget import EVENT_BUDGET, EVENTS_BESIDE_STEPS, EVENTS_PER_POLL
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.commands import AcceptedCommand, Command, CommandLog
from hotplug.core.rollout.gates import MAX_HOLD, Gate, asked_at, blocks
from hotplug.core.rollout.polling import blocked_wait
from hotplug.core.spec.approval import Approval, OnTimeout
from hotplug.core.spec.steps import Step
from hotplug.core.spec.windows import Window
from tests.support.plans import a_plan, an_adaptive_plan

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""When plans are made, and here each step begins."""
MORE = Judgement(Verdict.ADVANCE, 1, 0, "baked")
LAST = Judgement(Verdict.PROMOTE, 2, 0, "baked")
LATE = Judgement(Verdict.ROLL_BACK, 0, 0, "no proof in time", overdue=True)
BAD = Judgement(Verdict.ROLL_BACK, 0, 0, "evidence", at_fault=True)
GOES_ON = Judgement(Verdict.HOLD, 0, 30, "baking")
MONDAYS = (Window((0,), 9 * 60, 17 * 60),)
LIMIT = 25_000
"""Events that Step Functions takes."""


def accepted(command: Command, minute: float = 0, step: int | None = None) -> AcceptedCommand:
    return AcceptedCommand(command, "ann", "ticket 7", START + timedelta(minutes=minute), step)


def gate(
    *commands: AcceptedCommand,
    minute: float = 10,
    plan: Plan | None = None,
    step: int = 0,
    asked: float | None = None,
) -> Gate:
    asked_then = None if asked is None else START + timedelta(minutes=asked)
    now = START + timedelta(minutes=minute)
    return Gate(plan or a_plan(), step, CommandLog(commands), now, START, asked_then)


PAUSE, FREEZE = accepted(Command.PAUSE), accepted(Command.FREEZE)


@pytest.mark.parametrize("judgement", [MORE, LAST], ids=["the next step", "the promotion"])
@pytest.mark.parametrize(
    ("held", "by", "words"),
    [
        pytest.param(
            gate(PAUSE), BlockedBy.PAUSE, "paused by ann since 2026-11-24 09:00:00 UTC because", id="paused"
        ),
        pytest.param(
            gate(FREEZE), BlockedBy.FREEZE, "frozen by ann since 2026-11-24 09:00:00 UTC because", id="frozen"
        ),
        pytest.param(
            gate(plan=replace(a_plan(), windows=MONDAYS)),
            BlockedBy.WINDOW,
            "until the window opens Mon 2026-11-30 09:00 (UTC)",
            id="the window is closed",
        ),
    ],
)
def test_more_calls_are_held_and_it_is_said_by_what(
    held: Gate, by: BlockedBy, words: str, judgement: Judgement
) -> None:
    answer = held.passed(judgement)
    assert (answer.verdict, answer.step, answer.blocked_by) == (Verdict.HOLD, 0, (by,))
    assert answer.reason.startswith(f"held: {words}")
    assert answer.reason.endswith("; baked")
    assert answer.wait_seconds >= 1


@pytest.mark.parametrize("judgement", [BAD, GOES_ON], ids=["a rollback", "a bake"])
def test_nothing_else_is_held(judgement: Judgement) -> None:
    plan = replace(a_plan(), windows=MONDAYS)
    assert gate(PAUSE, FREEZE, plan=plan).passed(judgement) is judgement


def test_without_orders_and_windows_everything_passes() -> None:
    assert [gate().passed(one) for one in (MORE, LAST, LATE, BAD)] == [MORE, LAST, LATE, BAD]


def test_what_was_ended_holds_no_more_until_it_is_ordered_again() -> None:
    ended = accepted(Command.RESUME, 1), accepted(Command.UNFREEZE, 1)
    assert gate(PAUSE, FREEZE, *ended).passed(MORE) is MORE
    assert gate(PAUSE, *ended, accepted(Command.PAUSE, 2)).passed(MORE).verdict is Verdict.HOLD


def test_nobody_is_given_up_for_being_late_while_something_holds_it() -> None:
    assert gate(FREEZE).passed(LATE).verdict is Verdict.HOLD
    assert gate().passed(LATE) is LATE


def test_fewer_calls_are_not_held_while_it_is_paused() -> None:
    plan = an_adaptive_plan()
    down, up = Judgement(Verdict.ADVANCE, 0, 0, "pulse over"), Judgement(Verdict.ADVANCE, 5, 0, "safe")
    assert gate(PAUSE, plan=plan, step=3).passed(down) is down
    assert gate(PAUSE, plan=plan, step=3).passed(up).verdict is Verdict.HOLD


def test_a_promotion_by_hand_ends_a_pause_but_no_freeze() -> None:
    promote = accepted(Command.PROMOTE, 5, 0)
    assert gate(PAUSE, promote).passed(LAST) is LAST
    assert gate(FREEZE, promote).passed(LAST).verdict is Verdict.HOLD


def test_what_is_held_for_a_week_goes_back_without_blame() -> None:
    minutes = MAX_HOLD.total_seconds() / 60
    just_before = gate(PAUSE, minute=minutes - 1).passed(MORE)
    after = gate(PAUSE, minute=minutes).passed(MORE)
    assert just_before.verdict is Verdict.HOLD
    assert (after.verdict, after.at_fault) == (Verdict.ROLL_BACK, False)
    assert after.reason.startswith("7 days are over; held: paused by ann")


def test_a_freeze_of_before_counts_from_the_deployments_own_begin() -> None:
    old = AcceptedCommand(Command.FREEZE, "ann", "holidays", START - timedelta(days=30))
    assert gate(old).passed(MORE).verdict is Verdict.HOLD


def test_a_closed_window_is_no_reason_to_go_back_however_long_it_takes() -> None:
    plan = replace(a_plan(), windows=MONDAYS)
    assert gate(plan=plan, minute=60 * 24 * 21).passed(MORE).verdict is Verdict.HOLD
    assert gate(PAUSE, plan=plan, minute=60 * 24 * 21).passed(MORE).verdict is Verdict.HOLD


def test_a_held_deployment_is_looked_at_when_the_window_opens() -> None:
    plan = replace(a_plan(), windows=MONDAYS)
    sunday_night = (datetime(2026, 11, 30, 8, 59, 50, tzinfo=UTC) - START).total_seconds() / 60
    assert gate(plan=plan, minute=sunday_night).passed(MORE).wait_seconds == 10


def asking(on_timeout: OnTimeout = OnTimeout.ROLL_BACK) -> Plan:
    step = Step(Decimal(10), 300, Approval(3600, on_timeout))
    return a_plan(steps=(step, Step(Decimal(50), 600)))


def test_a_step_that_asks_waits_for_a_yes_to_just_this_step() -> None:
    asked = gate(accepted(Command.APPROVE, 5, 1), plan=asking())
    answer = asked.passed(MORE)
    assert (answer.verdict, answer.blocked_by) == (Verdict.HOLD, (BlockedBy.APPROVAL,))
    assert answer.reason == (
        "waits for approval of step 0 until 2026-11-24 10:10:00 UTC, then: roll_back; baked"
    )
    approved = gate(accepted(Command.APPROVE, 5, 0), plan=asking()).passed(MORE)
    assert (approved.verdict, approved.step) == (Verdict.ADVANCE, 1)
    assert "; approved by ann at 2026-11-24 09:05:00 UTC because ticket 7" in approved.reason


@pytest.mark.parametrize(
    ("on_timeout", "verdict"),
    [
        pytest.param(OnTimeout.ROLL_BACK, Verdict.ROLL_BACK, id="goes back"),
        pytest.param(OnTimeout.ADVANCE, Verdict.ADVANCE, id="goes on"),
        pytest.param(OnTimeout.HOLD, Verdict.HOLD, id="goes on waiting"),
    ],
)
def test_what_nobody_approved_in_time(on_timeout: OnTimeout, verdict: Verdict) -> None:
    plan = asking(on_timeout)
    assert gate(plan=plan, minute=69, asked=10).passed(MORE).verdict is Verdict.HOLD
    late = gate(plan=plan, minute=70, asked=10).passed(MORE)
    assert (late.verdict, late.at_fault) == (verdict, False)
    assert late.reason == "not approved within 3600 s; baked"


def test_waiting_for_approval_ends_after_a_week_too() -> None:
    assert gate(plan=asking(OnTimeout.HOLD), minute=60 * 24 * 8, asked=10).passed(MORE).verdict is (
        Verdict.ROLL_BACK
    )


def test_the_time_to_approve_does_not_end_during_a_pause_and_begins_anew_after_it() -> None:
    plan = asking()
    assert gate(PAUSE, plan=plan, minute=90, asked=10).passed(MORE).verdict is Verdict.HOLD
    resumed = PAUSE, accepted(Command.RESUME, 80)
    assert gate(*resumed, plan=plan, minute=90, asked=10).passed(MORE).verdict is Verdict.HOLD
    assert gate(*resumed, plan=plan, minute=140, asked=10).passed(MORE).verdict is Verdict.ROLL_BACK


def test_a_pause_that_outlasts_the_time_to_approve_is_looked_at_like_every_other_and_ends_like_it() -> None:
    plan, week = asking(), MAX_HOLD.total_seconds() / 60
    paused = gate(PAUSE, plan=plan, minute=60 * 24, asked=10).passed(MORE)
    assert (paused.blocked_by, paused.wait_seconds) == ((BlockedBy.PAUSE,), 1200)
    assert gate(PAUSE, plan=plan, minute=week, asked=10).passed(MORE).verdict is Verdict.ROLL_BACK


def test_a_promotion_by_hand_is_an_approval_too() -> None:
    assert gate(accepted(Command.PROMOTE, 5, 0), plan=asking()).passed(LAST) is LAST


def test_a_freeze_holds_what_was_approved_or_is_to_go_on_by_itself() -> None:
    approve = accepted(Command.APPROVE, 5, 0)
    for held in (
        gate(FREEZE, approve, plan=asking()),
        gate(FREEZE, plan=asking(OnTimeout.ADVANCE), minute=70, asked=5),
    ):
        answer = held.passed(MORE)
        assert (answer.verdict, answer.blocked_by) == (Verdict.HOLD, (BlockedBy.FREEZE,))


def test_when_people_were_asked_is_read_from_the_timeline() -> None:
    lines = [
        {"state": "watched", "step": 1, "at": START.isoformat()},
        {"state": "asked", "step": 0, "at": "nonsense"},
        {"state": "asked", "step": 1, "at": (START + timedelta(minutes=1)).isoformat()},
    ]
    assert asked_at(lines, 1) == START + timedelta(minutes=1)
    assert asked_at(lines, 2) is None


def test_before_the_first_calls_everything_is_more() -> None:
    first = Judgement(Verdict.ADVANCE, 0, 0, "no calls yet")
    before = replace(gate(FREEZE, plan=asking()), since=None)
    assert before.passed(first).verdict is Verdict.HOLD
    assert replace(before, commands=CommandLog()).passed(first) is first


def looks(days: float, poll_seconds: int) -> int:
    """At a deployment that is held from five minutes after its begin on."""
    plan, now, count = a_plan(poll_seconds=poll_seconds), START + timedelta(minutes=5), 0
    while now < START + timedelta(days=days):
        now, count = now + timedelta(seconds=blocked_wait(plan, now)), count + 1
    return count


@pytest.mark.parametrize("poll_seconds", [1, 30, 3600])
def test_a_hold_of_any_length_leaves_room_in_the_history(poll_seconds: int) -> None:
    assert EVENTS_BESIDE_STEPS + EVENTS_PER_POLL * looks(7, poll_seconds) < EVENT_BUDGET
    assert EVENT_BUDGET + EVENTS_PER_POLL * looks(365, poll_seconds) < LIMIT


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        pytest.param(timedelta(minutes=5), 30, id="as often as always"),
        pytest.param(timedelta(hours=2), 180, id="after two hours"),
        pytest.param(timedelta(days=1), 1200, id="after a day"),
        pytest.param(timedelta(days=7), 3024, id="after a week"),
    ],
)
def test_the_longer_it_lasts_the_less_often_it_is_looked_at(age: timedelta, wait: int) -> None:
    assert blocked_wait(a_plan(), START + age) == wait


def test_all_that_holds_is_named() -> None:
    plan = replace(a_plan(), windows=MONDAYS)
    found = blocks(plan, CommandLog((PAUSE, FREEZE)), START)
    assert [hold.by for hold in found] == [BlockedBy.PAUSE, BlockedBy.FREEZE, BlockedBy.WINDOW]
