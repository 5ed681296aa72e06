"""The adaptive pace in pulses: one a minute at most, few of them blindly, and none blindly by a suspect."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import log

import pytest

from hotplug.core.deployment.verdict import Judgement, Verdict
from hotplug.core.evidence import Assessment, Finding
from hotplug.core.evidence.comparison import Comparison, Latency
from hotplug.core.evidence.measurement import Evidence, Measurement
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.rollout.adaptive import Poll, adaptive_verdict
from tests.support.plans import a_planned, an_adaptive_plan

NINE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MUCH_TRAFFIC = TrafficProfile(10_000, 10_000, 0.001)
SUSPECT = log(11)
FINAL_SECONDS = 63
"""After its end a minute is final: a minute to arrive, and the 3 s that a function may take."""

type Pulse = tuple[float, float]
"""Seconds after nine at which the candidate got its share, and lost it again."""


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def changes_of(pulses: Sequence[Pulse]) -> tuple[Change, ...]:
    """With the first shift of every ladder, to nothing; each takes a second to get around."""
    shifts = [(-5.0, 0.0), *((when, share) for on, off in pulses for when, share in ((on, 0.01), (off, 0.0)))]
    return tuple(Change(at(when - 1), at(when), share) for when, share in shifts)


def a_look(
    *pulses: Pulse,
    now: float,
    log_evidence: float = 0.0,
    timeout_seconds: int = 3,
    confirm_minutes: int = 2,
    is_on: bool = False,
) -> Poll:
    """At a deployment with much traffic, of whose candidate nothing is known but the evidence against it."""
    planned = a_planned(profile=MUCH_TRAFFIC, timeout_seconds=timeout_seconds)
    comparison = Comparison(planned.target, "41", "42")
    measured = Measurement(comparison, Latency.COUNTS, NINE, NINE, (), ())
    assessment = Assessment(Finding.UNDECIDED, log_evidence, {"errors": 1.0}, "as is said")
    changes = changes_of(pulses)
    changes = changes[:-1] if is_on else changes
    evidence = Evidence((measured,), (assessment,), changes)
    plan = an_adaptive_plan(planned, confirm_minutes=confirm_minutes)
    return Poll(plan, 1 if is_on else 0, evidence, at(now), changes[-1].ended)


@pytest.mark.parametrize(
    ("pulses", "now", "unknown"),
    [
        pytest.param([], 10, 0, id="none yet"),
        pytest.param([(5, 11)], 12, 1, id="just over"),
        pytest.param([(5, 11)], 60 + FINAL_SECONDS - 1, 1, id="its minute is nearly final"),
        pytest.param([(5, 11)], 60 + FINAL_SECONDS, 0, id="its minute is final"),
        pytest.param([(5, 11), (61, 67)], 68, 2, id="two"),
        pytest.param([(5, 11), (61, 67)], 60 + FINAL_SECONDS, 1, id="one of two is known"),
        pytest.param([(5, 11), (61, 67)], 120 + FINAL_SECONDS, 0, id="both are known"),
        pytest.param([(54, 60)], 60 + FINAL_SECONDS, 0, id="over with the minute"),
        pytest.param([(58, 64)], 60 + FINAL_SECONDS, 1, id="it reached into the next minute"),
    ],
)
def test_pulses_are_unknown_until_their_minutes_are_final(
    pulses: Sequence[Pulse], now: float, unknown: int
) -> None:
    assert a_look(*pulses, now=now).unknown_pulses == unknown


def test_a_slow_function_tells_later_what_a_pulse_did() -> None:
    slow = [a_look((5, 11), now=now, timeout_seconds=300).unknown_pulses for now in (419, 420)]
    assert slow == [1, 0]


def test_a_pulse_that_is_on_is_no_unknown_one_yet() -> None:
    assert a_look((5, 11), now=8, is_on=True).unknown_pulses == 0


@pytest.mark.parametrize(
    ("pulses", "now", "seconds"),
    [
        pytest.param([], 10, 0, id="none yet"),
        pytest.param([(5, 11)], 12, 48, id="the rest of the minute"),
        pytest.param([(5, 11)], 59.5, 0.5, id="a moment of it"),
        pytest.param([(5, 11)], 60, 0, id="the next minute"),
        pytest.param([(5, 11)], 75, -15, id="long over"),
        pytest.param([(58, 64)], 65, 55, id="it reached into this minute"),
        pytest.param([(5, 11), (61, 67)], 68, 52, id="after the last one"),
        pytest.param([(0, 6), (1194, 1200)], 1200, 60, id="after twenty minutes"),
        pytest.param([(0, 6), (11_994, 12_000)], 12_000, 600, id="ever more rarely after that"),
    ],
)
def test_a_pause_lasts_until_the_minute_of_the_last_calls_is_over_and_grows_with_time(
    pulses: Sequence[Pulse], now: float, seconds: float
) -> None:
    assert a_look(*pulses, now=now).pause_seconds == pytest.approx(seconds, abs=0.3)


NEXT_MINUTE, UNTIL_KNOWN = "no calls until the next pulse", "no calls until it is known what the last ones"
A_PULSE = "1 % of calls next: a pulse of "


@pytest.mark.parametrize(
    ("look", "verdict", "words"),
    [
        pytest.param(a_look(now=0), Verdict.ADVANCE, A_PULSE, id="the first pulse"),
        pytest.param(a_look((5, 11), now=12), Verdict.HOLD, NEXT_MINUTE, id="one in this minute"),
        pytest.param(a_look((5, 11), now=60), Verdict.ADVANCE, A_PULSE, id="the next minute"),
        pytest.param(a_look((5, 11), (61, 67), now=120), Verdict.HOLD, UNTIL_KNOWN, id="two are unknown"),
        pytest.param(a_look((5, 11), (61, 67), now=123), Verdict.ADVANCE, A_PULSE, id="the first is known"),
        pytest.param(
            a_look((5, 11), (61, 67), now=120, confirm_minutes=3),
            Verdict.ADVANCE,
            A_PULSE,
            id="two of three are unknown",
        ),
        pytest.param(
            a_look((5, 11), now=60, confirm_minutes=1),
            Verdict.HOLD,
            UNTIL_KNOWN,
            id="nothing to be confirmed",
        ),
        pytest.param(
            a_look((5, 11), (61, 67), now=130, log_evidence=SUSPECT),
            Verdict.HOLD,
            UNTIL_KNOWN,
            id="a suspect, one is unknown",
        ),
        pytest.param(
            a_look((5, 11), (61, 67), now=183, log_evidence=SUSPECT),
            Verdict.ADVANCE,
            A_PULSE,
            id="a suspect, all are known",
        ),
        pytest.param(a_look((5, 11), now=7, is_on=True), Verdict.HOLD, "a pulse of ", id="on"),
        pytest.param(a_look((5, 11), now=20, is_on=True), Verdict.ADVANCE, "the pulse is over", id="over"),
    ],
)
def test_when_the_next_pulse_comes(look: Poll, verdict: Verdict, words: str) -> None:
    judgement = adaptive_verdict(look)
    assert judgement.verdict is verdict
    assert words in judgement.reason
    assert (judgement.wait_seconds > 0) is (verdict is Verdict.HOLD)


@pytest.mark.parametrize(
    ("now", "wait"),
    [
        pytest.param(12, 30, id="a poll"),
        pytest.param(40, 20, id="until the minute is over"),
        pytest.param(59.9, 1, id="at least a second"),
    ],
)
def test_in_a_pause_the_next_look_is_no_later_than_the_next_minute(now: float, wait: int) -> None:
    assert adaptive_verdict(a_look((5, 11), now=now)).wait_seconds == wait


def pulsed(
    minutes: float, *, first: float, confirm_minutes: int, suspected_from: float = 1e9
) -> list[tuple[Pulse, int]]:
    """The pulses of so many minutes, and how many were unknown when each began."""
    pulses: list[Pulse] = []
    found, now, is_on = [], first, False
    while now < 60 * minutes:
        evidence = SUSPECT if now >= suspected_from else 0.0
        look = a_look(*pulses, now=now, is_on=is_on, log_evidence=evidence, confirm_minutes=confirm_minutes)
        judgement: Judgement = adaptive_verdict(look)
        now += judgement.wait_seconds + 1
        if judgement.verdict is Verdict.HOLD:
            continue
        if is_on:
            pulses[-1] = (pulses[-1][0], now)
        else:
            pulses.append((now, now))
            found.append(look.unknown_pulses)
        is_on = not is_on
    return list(zip(pulses, found, strict=True))


@pytest.mark.parametrize("first", [0.0, 17.0, 51.0, 57.0])
@pytest.mark.parametrize("confirm_minutes", [1, 2, 3, 5])
def test_each_pulse_has_minutes_of_its_own_and_few_come_blindly(confirm_minutes: int, first: float) -> None:
    found = pulsed(20, first=first, confirm_minutes=confirm_minutes)
    pulses = [pulse for pulse, _ in found]
    for (_, off), (on, _) in pairwise(pulses):
        assert off // 60 < on // 60
    assert max(unknown for _, unknown in found) < confirm_minutes
    assert len(found) >= (18 if confirm_minutes >= 3 else 6)


def test_a_suspect_gets_none_before_it_is_known_what_the_last_one_did() -> None:
    suspected_from = 300.0
    found = pulsed(20, first=0, confirm_minutes=3, suspected_from=suspected_from)
    later = [(on, unknown) for (on, _), unknown in found if on > suspected_from]
    assert {unknown for (on, _), unknown in found if on <= suspected_from} >= {1, 2}
    assert {unknown for _, unknown in later} == {0}
    gaps = [after - before for (before, _), (after, _) in pairwise(later)]
    assert min(gaps) > FINAL_SECONDS


HALF_AN_HOUR = 1800


@pytest.mark.parametrize(
    ("known_minutes", "log_evidence", "verdict"),
    [
        pytest.param(2, 0.0, Verdict.HOLD, id="less is known than it takes"),
        pytest.param(2, SUSPECT, Verdict.HOLD, id="whatever it says"),
        pytest.param(3, 0.0, Verdict.ADVANCE, id="enough is known"),
        pytest.param(3, SUSPECT, Verdict.ROLL_BACK, id="enough to suspect it"),
    ],
)
def test_at_the_time_limit_nothing_is_decided_by_less_than_the_least_time(
    known_minutes: int, log_evidence: float, verdict: Verdict
) -> None:
    look = a_look((0, 6), now=HALF_AN_HOUR + 60, log_evidence=log_evidence, is_on=True)
    (measured,) = look.evidence.measurements
    until = look.first_shift + timedelta(minutes=known_minutes) if look.first_shift else NINE
    evidence = replace(look.evidence, measurements=(replace(measured, until=until),))
    judgement = adaptive_verdict(replace(look, evidence=evidence))
    assert judgement.verdict is verdict
    assert ("only 2 of at least 3 minutes are known" in judgement.reason) is (known_minutes == 2)
