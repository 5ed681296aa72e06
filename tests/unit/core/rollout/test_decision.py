"""The worst sign wins, silence is never proof, and every verdict has a reason with numbers in it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.deployment.verdict import Judgement, Verdict
from hotplug.core.evidence import Assessment, Finding, OnTimeLimit
from hotplug.core.evidence.comparison import Comparison, Latency
from hotplug.core.evidence.measurement import Evidence, Measurement
from hotplug.core.plan.plan import Plan, WatchedAlarm
from hotplug.core.resources.alarm import AlarmColour, AlarmState
from hotplug.core.rollout.decision import judge
from hotplug.core.rollout.polling import bake_wait
from hotplug.core.rollout.signals import Signals, trips
from hotplug.core.spec.steps import AdvanceOn
from tests.fakes import GREEN, NO_DATA, RED, a_target
from tests.fakes.clock import MORNING
from tests.support.plans import a_plan, at_step, judged, steps_of

BEFORE, LATER = "2026-11-24T08:00:00+00:00", "2026-11-24T09:01:00+00:00"
WATCHING = a_plan(alarms=[WatchedAlarm("errors")])
RED_AT_START = a_plan(alarms=[WatchedAlarm("errors", red_since=BEFORE)])
MOVED = ["orders:live was moved by somebody else"]


def shows(name: str, colour: AlarmColour, since: str = BEFORE) -> AlarmState:
    return AlarmState(name, f"arn:{name}", colour, since, "3 errors in 1 minute")


def verdict_on(
    plan: Plan,
    *alarms: AlarmState,
    after: float = 0,
    step: int = 0,
    moved: Sequence[str] = (),
    tripped: str | None = None,
) -> Judgement:
    now: datetime = MORNING + timedelta(seconds=after)
    shown = {alarm.name: alarm for alarm in alarms}
    return judge(plan, step, Signals(tripped, moved, shown, now, MORNING))


@pytest.mark.parametrize(
    ("plan", "alarms", "after", "moved", "verdict", "words"),
    [
        pytest.param(
            WATCHING,
            [shows("errors", RED)],
            999,
            MOVED,
            Verdict.ROLL_BACK,
            "moved by",
            id="a moved alias beats all",
        ),
        pytest.param(
            WATCHING,
            [shows("errors", RED, LATER)],
            999,
            [],
            Verdict.ROLL_BACK,
            "alarm errors went into ALARM (3 errors in 1 minute)",
            id="a red alarm beats time",
        ),
        pytest.param(
            WATCHING,
            [],
            0,
            [],
            Verdict.ROLL_BACK,
            "errors does not exist any more",
            id="an alarm that is gone",
        ),
        pytest.param(RED_AT_START, [], 0, [], Verdict.ROLL_BACK, "does not exist", id="gone, red at start"),
        pytest.param(
            RED_AT_START,
            [shows("errors", RED, BEFORE)],
            0,
            [],
            Verdict.HOLD,
            "baked 0",
            id="red since the start",
        ),
        pytest.param(
            RED_AT_START, [shows("errors", GREEN, LATER)], 0, [], Verdict.HOLD, "baked 0", id="it has cleared"
        ),
        pytest.param(
            RED_AT_START,
            [shows("errors", RED, LATER)],
            0,
            [],
            Verdict.ROLL_BACK,
            "ALARM again, after it had cleared",
            id="it has cleared and gone red again",
        ),
        pytest.param(
            WATCHING, [shows("errors", NO_DATA)], 0, [], Verdict.HOLD, "baked 0", id="no data is not red"
        ),
        pytest.param(
            WATCHING, [shows("errors", GREEN)], 299, [], Verdict.HOLD, "baked 299 of 300 s", id="not done"
        ),
        pytest.param(
            WATCHING, [shows("errors", GREEN)], 300, [], Verdict.ADVANCE, "baked 300 s", id="a step is done"
        ),
        pytest.param(
            WATCHING, [shows("errors", GREEN)], 300, [], Verdict.ADVANCE, "alarms quiet: errors", id="proof"
        ),
        pytest.param(
            WATCHING,
            [shows("errors", NO_DATA)],
            300,
            [],
            Verdict.ADVANCE,
            "unproven, no data: errors",
            id="none",
        ),
        pytest.param(
            RED_AT_START,
            [shows("errors", RED)],
            300,
            [],
            Verdict.ADVANCE,
            "red since before the start: errors",
            id="the fix goes on",
        ),
        pytest.param(
            a_plan(), [], 300, [], Verdict.ADVANCE, "unproven, no alarm was asked for", id="nobody watched"
        ),
    ],
)
def test_the_worst_sign_wins(
    plan: Plan,
    alarms: Sequence[AlarmState],
    after: float,
    moved: Sequence[str],
    verdict: Verdict,
    words: str,
) -> None:
    judgement = verdict_on(plan, *alarms, after=after, moved=moved)
    assert judgement.verdict is verdict
    assert words in judgement.reason


def test_a_guard_that_tripped_is_the_reason_whatever_else_is_seen() -> None:
    judgement = verdict_on(WATCHING, shows("errors", GREEN), after=999, moved=MOVED, tripped="it was red")
    assert (judgement.verdict, judgement.step, judgement.reason) == (Verdict.ROLL_BACK, 0, "it was red")


@pytest.mark.parametrize(
    ("signals", "blamed"),
    [
        pytest.param({"tripped": "it was red"}, True, id="the guard tripped"),
        pytest.param({"alarms": [shows("errors", RED)]}, True, id="an alarm is red"),
        pytest.param({"moved": MOVED}, False, id="somebody moved the alias"),
        pytest.param({"alarms": [shows("errors", GREEN)]}, False, id="it holds on"),
        pytest.param({"alarms": [shows("errors", GREEN)], "after": 300}, False, id="it advances"),
    ],
)
def test_the_candidate_is_blamed_for_what_it_did_and_for_nothing_else(
    signals: dict[str, Any], blamed: bool
) -> None:
    alarms = signals.pop("alarms", [shows("errors", GREEN)])
    assert verdict_on(WATCHING, *alarms, **signals).at_fault is blamed


@pytest.mark.parametrize(
    ("plan", "step", "state", "words"),
    [
        pytest.param(
            WATCHING, 1, shows("errors", RED), "alarm errors went into ALARM (3 errors in 1 minute)", id="red"
        ),
        pytest.param(
            WATCHING, 1, shows("errors", RED), "the candidate had 50 % of calls", id="with its share"
        ),
        pytest.param(WATCHING, 0, shows("errors", GREEN), None, id="it has cleared by now"),
        pytest.param(
            replace(WATCHING, steps=()), 0, shows("errors", RED), None, id="being promoted without steps"
        ),
        pytest.param(WATCHING, 0, shows("errors", NO_DATA), None, id="no data is not red"),
        pytest.param(WATCHING, 0, None, None, id="one that is gone is left to the next poll"),
        pytest.param(WATCHING, 2, shows("errors", RED), None, id="past the last step"),
        pytest.param(RED_AT_START, 0, shows("errors", RED, BEFORE), None, id="red since the start"),
        pytest.param(
            RED_AT_START, 0, shows("errors", RED, LATER), "again, after it had cleared", id="red once more"
        ),
    ],
)
def test_what_makes_the_guard_trip(
    plan: Plan, step: int, state: AlarmState | None, words: str | None
) -> None:
    reason = trips(at_step(plan, step, "2"), plan.alarms[0], state)
    assert (words in reason) if words and reason else (reason is words)


def test_after_the_last_step_the_candidate_is_promoted() -> None:
    judgement = verdict_on(a_plan(), step=1, after=600)
    assert (judgement.verdict, judgement.step) == (Verdict.PROMOTE, 2)


def test_an_advance_names_the_step_that_comes() -> None:
    judgement = verdict_on(a_plan(), step=0, after=300)
    assert (judgement.verdict, judgement.step) == (Verdict.ADVANCE, 1)


@pytest.mark.parametrize("verdict", ["hold", "roll_back"])
def test_every_other_verdict_stays_at_its_step(verdict: str) -> None:
    judgement = verdict_on(WATCHING, shows("errors", RED if verdict == "roll_back" else GREEN), step=1)
    assert (judgement.verdict, judgement.step) == (verdict, 1)


def test_every_reason_but_a_moved_alias_says_what_share_the_candidate_had() -> None:
    for judgement in (
        verdict_on(WATCHING, shows("errors", RED), step=1),
        verdict_on(WATCHING, shows("errors", GREEN), step=1),
        verdict_on(WATCHING, shows("errors", GREEN), step=1, after=600),
    ):
        assert "the candidate had 50 % of calls" in judgement.reason


def test_all_red_alarms_are_named() -> None:
    plan = a_plan(alarms=[WatchedAlarm("errors"), WatchedAlarm("latency"), WatchedAlarm("quiet")])
    judgement = verdict_on(plan, shows("errors", RED), shows("latency", RED), shows("quiet", GREEN))
    assert "alarm errors went" in judgement.reason
    assert "alarm latency went" in judgement.reason
    assert "quiet" not in judgement.reason


@pytest.mark.parametrize(
    ("bake", "poll", "elapsed", "wait"),
    [
        pytest.param(300, 30, 0, 30, id="a poll"),
        pytest.param(300, 30, 280, 20, id="what is left"),
        pytest.param(300, 30, 299.2, 1, id="never less than is left"),
        pytest.param(300, 30, 300, 0, id="nothing is left"),
        pytest.param(300, 30, 900, 0, id="long over"),
        pytest.param(0, 30, 0, 0, id="no bake"),
        pytest.param(300, 30, -5, 30, id="a clock that is behind"),
    ],
)
def test_how_long_until_the_next_look(bake: int, poll: int, elapsed: float, wait: int) -> None:
    assert bake_wait(a_plan(steps=steps_of((10, bake)), poll_seconds=poll), 0, elapsed) == wait


@given(any_.integers(0, 1_000), any_.integers(1, 600))
def test_however_it_is_polled_a_bake_takes_as_long_as_was_asked(bake: int, poll: int) -> None:
    plan, elapsed = a_plan(steps=steps_of((10, bake)), poll_seconds=poll), 0
    for _ in range(bake // poll + 2):
        judgement = verdict_on(plan, after=elapsed)
        if judgement.verdict is not Verdict.HOLD:
            break
        assert 0 < judgement.wait_seconds <= poll
        elapsed += judgement.wait_seconds
    assert elapsed == bake


colours = any_.sampled_from([GREEN, NO_DATA, RED])


@given(colours, any_.booleans(), any_.booleans(), any_.integers(0, 700), any_.integers(0, 1))
def test_traffic_only_grows_when_nothing_speaks_against_it(
    colour: AlarmColour, changed: bool, red_at_start: bool, after: int, step: int
) -> None:
    plan = RED_AT_START if red_at_start else WATCHING
    judgement = verdict_on(
        plan, shows("errors", colour, LATER if changed else BEFORE), after=after, step=step
    )
    is_new_red = colour is RED and (changed or not red_at_start)
    assert (judgement.verdict is Verdict.ROLL_BACK) == is_new_red
    if judgement.verdict in {Verdict.ADVANCE, Verdict.PROMOTE}:
        assert after >= plan.steps[step].bake_seconds


# A step that waits for a proof

LIMIT = 300 + 30 * 60
"""Seconds after which the first step is over, proof or not."""
A_WEEK = 7 * 24 * 3600
UNREAD = Evidence(unread="CloudWatch is away")
FORGOTTEN = Evidence(unread="CloudWatch is away", suspected=True)


def found(finding: Finding, log_evidence: float = 0.0) -> Evidence:
    """What is found in one target."""
    comparison = Comparison(a_target("orders:live"), "41", "42")
    measured = Measurement(comparison, Latency.COUNTS, MORNING, MORNING, (), ())
    return Evidence((measured,), (Assessment(finding, log_evidence, {}, "as is said"),))


UNDECIDED, SUSPICIOUS = found(Finding.UNDECIDED), found(Finding.UNDECIDED, 3.0)


def waiting_for_proof(evidence: Evidence, after: float, on_time_limit: OnTimeLimit) -> Judgement:
    plan = a_plan(evidence=judged(max_minutes=30, on_time_limit=on_time_limit), advance_on=AdvanceOn.EVIDENCE)
    now: datetime = MORNING + timedelta(seconds=after)
    return judge(plan, 0, Signals(None, [], {}, now, MORNING, evidence))


@pytest.mark.parametrize("on_time_limit", OnTimeLimit)
@pytest.mark.parametrize(
    ("evidence", "after", "verdict"),
    [
        pytest.param(found(Finding.PROMOTE), 299, Verdict.HOLD, id="it has not baked"),
        pytest.param(found(Finding.PROMOTE), 300, Verdict.ADVANCE, id="it is proven"),
        pytest.param(UNDECIDED, 300, Verdict.HOLD, id="it is not proven"),
        pytest.param(UNREAD, 300, Verdict.HOLD, id="nothing could be read"),
        pytest.param(UNDECIDED, LIMIT - 1, Verdict.HOLD, id="just before the limit"),
        pytest.param(found(Finding.ROLL_BACK), 0, Verdict.ROLL_BACK, id="it is bad"),
        pytest.param(Evidence(), 300, Verdict.ADVANCE, id="there is nothing to compare"),
    ],
)
def test_a_step_that_waits_for_a_proof_goes_on_with_it_alone(
    evidence: Evidence, after: float, on_time_limit: OnTimeLimit, verdict: Verdict
) -> None:
    assert waiting_for_proof(evidence, after, on_time_limit).verdict is verdict


@pytest.mark.parametrize(
    ("on_time_limit", "evidence", "after", "verdict"),
    [
        pytest.param(
            OnTimeLimit.PROMOTE_IF_QUIET, UNDECIDED, LIMIT, Verdict.ADVANCE, id="nothing speaks against it"
        ),
        pytest.param(OnTimeLimit.PROMOTE_IF_QUIET, SUSPICIOUS, LIMIT, Verdict.ROLL_BACK, id="something does"),
        pytest.param(OnTimeLimit.PROMOTE_IF_QUIET, UNREAD, LIMIT, Verdict.ADVANCE, id="unread, go on"),
        pytest.param(
            OnTimeLimit.PROMOTE_IF_QUIET, FORGOTTEN, LIMIT, Verdict.ROLL_BACK, id="unread, after a suspicion"
        ),
        pytest.param(OnTimeLimit.HOLD, UNDECIDED, LIMIT, Verdict.HOLD, id="it is held"),
        pytest.param(OnTimeLimit.HOLD, SUSPICIOUS, LIMIT, Verdict.HOLD, id="it is held whatever is found"),
        pytest.param(OnTimeLimit.HOLD, UNREAD, LIMIT, Verdict.HOLD, id="unread, hold"),
        pytest.param(OnTimeLimit.HOLD, UNDECIDED, A_WEEK - 1, Verdict.HOLD, id="for a week"),
        pytest.param(OnTimeLimit.HOLD, UNDECIDED, A_WEEK, Verdict.ROLL_BACK, id="and no longer"),
        pytest.param(OnTimeLimit.ROLL_BACK, UNDECIDED, LIMIT, Verdict.ROLL_BACK, id="put back"),
        pytest.param(OnTimeLimit.ROLL_BACK, UNREAD, LIMIT, Verdict.ROLL_BACK, id="unread, put back"),
    ],
)
def test_without_a_proof_in_time_it_goes_as_was_asked(
    on_time_limit: OnTimeLimit, evidence: Evidence, after: float, verdict: Verdict
) -> None:
    judgement = waiting_for_proof(evidence, after, on_time_limit)
    assert judgement.verdict is verdict
    assert not judgement.at_fault
    assert str(evidence) in judgement.reason
    assert (judgement.wait_seconds > 0) is (verdict is Verdict.HOLD)
