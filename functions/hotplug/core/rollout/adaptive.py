"""The adaptive progression: the next rung of the ladder, and the ends of climb and bake."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from hotplug.core.deployment.verdict import Judgement, Verdict
from hotplug.core.evidence import (
    Assessment,
    EvidenceSettings,
    Finding,
    at_time_limit,
    may_pulse,
    next_weight,
    pulse_seconds,
)
from hotplug.core.evidence.measurement import MINUTE, Evidence
from hotplug.core.evidence.metrics.queries import final_until
from hotplug.core.evidence.ramp import BLIND_MINUTES, worst_excess
from hotplug.core.evidence.statistics.judge import SUSPICION
from hotplug.core.parsing.units import HUNDRED, number
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.polling import (
    UNHURRIED_SECONDS,
    UNKNOWN_CALLS_PER_MINUTE,
    calls_before,
    minute_wait,
    slowest_seconds,
)

RAISED_AT_MOST_EVERY_SECONDS = 55
"""The effect of a new weight is visible a minute later at the earliest."""
QUIET_MINUTES = 2
"""After this many minutes without trouble the candidate receives all calls again."""
PULSES_UNTIL_RARE = 20
"""Pulses come once a minute for this many minutes."""
MAX_BLOCKED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of a deployment on its ladder. `since` is when its weight was last changed."""

    plan: Plan
    step: int
    evidence: Evidence
    now: datetime
    since: datetime

    @property
    def settings(self) -> EvidenceSettings:
        return self.plan.evidence.settings

    @property
    def first_shift(self) -> datetime | None:
        """Time of the candidate's first calls."""
        return next((change.began for change in self.evidence.changes if change.share), None)

    @property
    def got_all(self) -> datetime | None:
        """Time when the candidate first received all calls."""
        return next((change.ended for change in self.evidence.changes if change.share >= 1), None)

    def known_minutes_since(self, began: datetime) -> int | None:
        """Return how many minutes since then are final for every target; None where none could be read."""
        ends = [measured.until for measured in self.evidence.measurements]
        return max(0, math.floor((min(ends) - began) / MINUTE)) if ends else None

    @property
    def unknown_pulses(self) -> int:
        """Number of pulses that are over, but whose minutes are not final yet."""
        known_until = final_until(self.now, slowest_seconds(self.plan))
        pairs = pairwise(self.evidence.changes)
        return sum(on.share > 0 and not off.share and off.ended > known_until for on, off in pairs)

    @property
    def pause_seconds(self) -> float:
        """Seconds from now until the next pulse: not in the minute of the last one, and ever more rarely.

        Each pulse uses some of the execution's history events.
        """
        if not self.first_shift:
            return 0.0
        minute_over = self.since.replace(second=0, microsecond=0) + timedelta(minutes=1)
        then = max(minute_over, self.since + (self.since - self.first_shift) / PULSES_UNTIL_RARE)
        return (then - self.now).total_seconds()

    def hold(self, why: str, wait_seconds: float | None = None) -> Judgement:
        wait = minute_wait(self.plan, self.now) if wait_seconds is None else max(1, math.ceil(wait_seconds))
        return Judgement(Verdict.HOLD, self.step, min(wait, self.plan.poll_seconds), why)

    def go_to(self, rung: int, why: str) -> Judgement:
        share = f"{number(self.plan.steps[rung].percent)} % of calls next"
        return Judgement(Verdict.ADVANCE, rung, 0, f"{share}: {why}")

    def put_back(self, why: str, *, at_fault: bool, overdue: bool = False) -> Judgement:
        return Judgement(Verdict.ROLL_BACK, self.step, 0, why, at_fault=at_fault, overdue=overdue)

    def give_all(self, why: str) -> Judgement:
        """Go to the rung where all calls are watched for a while, or to the promotion."""
        last = len(self.plan.steps) - 1
        if self.plan.steps[last].percent == HUNDRED and self.step != last:
            return self.go_to(last, why)
        return Judgement(Verdict.PROMOTE, len(self.plan.steps), 0, why)


def adaptive_verdict(poll: Poll) -> Judgement:
    """Return one verdict from the evidence alone."""
    if poll.evidence.finding is Finding.ROLL_BACK:
        return poll.put_back(str(poll.evidence), at_fault=True)
    return _baking(poll, poll.got_all) if poll.got_all else _climbing(poll)


def _climbing(poll: Poll) -> Judgement:
    words, first = str(poll.evidence), poll.first_shift
    if not poll.evidence.measurements and not poll.evidence.unread and first:
        return poll.give_all(words)
    if poll.evidence.finding is Finding.PROMOTE:
        return poll.give_all(f"by evidence: {words}")
    if first and poll.now - first >= timedelta(minutes=poll.settings.max_minutes):
        return _at_limit(poll, first)
    if poll.evidence.unread:
        return poll.hold(words)
    worst, calls = _at_risk(poll)
    blind = BLIND_MINUTES + slowest_seconds(poll.plan) / 60
    pulse = pulse_seconds(worst, calls, poll.settings, blind)
    pauses = not poll.plan.steps[poll.step].percent
    if pauses and not may_pulse(worst, poll.unknown_pulses, poll.settings):
        return poll.hold(f"no calls until it is known what the last ones did; {words}")
    if pulse is not None:
        return _pulsing(poll, pulse, words)
    return _raising(poll, worst, calls, blind)


def _raising(poll: Poll, worst: Assessment, calls: float, blind: float) -> Judgement:
    words, share = str(poll.evidence), poll.plan.steps[poll.step].weight
    before = share or (poll.settings.weight_min if poll.first_shift else 0.0)
    rung = poll.plan.rung(next_weight(worst, before, calls, poll.settings, blind))
    soon = (poll.now - poll.since).total_seconds() < RAISED_AT_MOST_EVERY_SECONDS
    if rung == poll.step or (share and rung > poll.step and soon):
        return poll.hold(f"{number(poll.plan.steps[poll.step].percent)} % of calls; {words}")
    return poll.go_to(rung, words)


def _pulsing(poll: Poll, pulse: float, words: str) -> Judgement:
    """Give the lightest weight for a moment, then none until the next minute. Each pulse adds evidence."""
    lightest = poll.plan.rung(poll.settings.weight_min)
    if not poll.plan.steps[poll.step].percent:
        pause = poll.pause_seconds
        if pause > 0:
            return poll.hold(f"no calls until the next pulse; {words}", pause)
        return poll.go_to(lightest, f"a pulse of {max(1, pulse):.3g} s; {words}")
    left = pulse - (poll.now - poll.since).total_seconds()
    if poll.step == lightest and left > 1:
        return poll.hold(f"a pulse of {pulse:.3g} s; {words}", math.floor(left))
    return poll.go_to(0, f"the pulse is over; {words}")


def _at_limit(poll: Poll, began: datetime) -> Judgement:
    """Decide at the time limit, when nothing is proven."""
    known = poll.known_minutes_since(began)
    if known is not None and known < poll.settings.min_minutes:
        least = f"{known} of at least {poll.settings.min_minutes} minutes"
        return poll.hold(f"the time limit has come, but only {least} are known; {poll.evidence}")
    found = {at_time_limit(assessment, poll.settings) for assessment in poll.evidence.known}
    said = f"time limit of {poll.settings.max_minutes} minutes, without proof either way; {poll.evidence}"
    if Finding.ROLL_BACK in found:
        suspicious = _is_suspicious(poll)
        return poll.put_back(said, at_fault=suspicious, overdue=not suspicious)
    if found == {Finding.PROMOTE}:
        return poll.give_all(f"by time, not by evidence: {said}")
    if poll.now - began >= MAX_BLOCKED:
        return poll.put_back(f"held for {MAX_BLOCKED.days} days; {said}", at_fault=False, overdue=True)
    return Judgement(Verdict.HOLD, poll.step, UNHURRIED_SECONDS, f"held; {said}")


def _baking(poll: Poll, got_all: datetime) -> Judgement:
    """Bake with all calls, and compare both versions again if many calls fail.

    Failures alone do not show which version is at fault.
    """
    words = str(poll.evidence)
    has_all = poll.plan.steps[poll.step].percent == HUNDRED
    trouble = [measured.trouble_since(poll.since) for measured in poll.evidence.measurements]
    if has_all and any(any(flags) for flags in trouble):
        resplit = poll.plan.rung(poll.settings.resplit_weight)
        return poll.go_to(
            resplit, f"unusually many calls failed, so both versions are compared again; {words}"
        )
    if has_all:
        bake, elapsed = poll.plan.steps[poll.step].bake_seconds, (poll.now - got_all).total_seconds()
        if elapsed >= bake:
            return poll.give_all(f"baked {bake} s with all calls; {words}")
        return poll.hold(f"baked {int(elapsed)} of {bake} s with all calls; {words}", bake - elapsed)
    if trouble and all(len(flags) >= QUIET_MINUTES and not any(flags[-QUIET_MINUTES:]) for flags in trouble):
        return poll.give_all(f"it is quiet again; {words}")
    if poll.now - poll.since >= timedelta(minutes=poll.settings.max_minutes):
        return _at_limit(poll, poll.since)
    return poll.hold(f"compared again; {words}")


def _at_risk(poll: Poll) -> tuple[Assessment, float]:
    """Return the worst plausible assessment of all targets, and the calls per minute at that risk.

    Calls of a target with a lower bound count in proportion to it.
    """
    before = {str(planned.target): calls_before(planned) for planned in poll.plan.targets}
    bad_per_minute, bounds, evidence = 0.0, [0.0], [0.0]
    for measured, assessment in zip(poll.evidence.measurements, poll.evidence.assessments, strict=True):
        calls = measured.calls_per_minute
        bound = worst_excess(assessment)
        bad_per_minute += bound * (before[str(measured.comparison.target)] if calls is None else calls)
        bounds.append(bound)
        evidence.append(assessment.log_evidence)
    worst = max(bounds) or 1.0
    known = Assessment(Finding.UNDECIDED, max(evidence), {"worst": worst}, "")
    return known, bad_per_minute / worst if poll.evidence.measurements else UNKNOWN_CALLS_PER_MINUTE


def _is_suspicious(poll: Poll) -> bool:
    return any(assessment.log_evidence >= SUSPICION for assessment in poll.evidence.known)
