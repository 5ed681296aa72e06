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
MAX_HELD = timedelta(days=7)


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


def adaptive_verdict(look: Poll) -> Judgement:
    """Return one verdict from the evidence alone."""
    if look.evidence.finding is Finding.ROLL_BACK:
        return look.put_back(str(look.evidence), at_fault=True)
    return _baking(look, look.got_all) if look.got_all else _climbing(look)


def _climbing(look: Poll) -> Judgement:
    words, first = str(look.evidence), look.first_shift
    if not look.evidence.measurements and not look.evidence.unread and first:
        return look.give_all(words)
    if look.evidence.finding is Finding.PROMOTE:
        return look.give_all(f"by evidence: {words}")
    if first and look.now - first >= timedelta(minutes=look.settings.max_minutes):
        return _at_limit(look, first)
    if look.evidence.unread:
        return look.hold(words)
    worst, calls = _at_risk(look)
    blind = BLIND_MINUTES + slowest_seconds(look.plan) / 60
    pulse = pulse_seconds(worst, calls, look.settings, blind)
    pauses = not look.plan.steps[look.step].percent
    if pauses and not may_pulse(worst, look.unknown_pulses, look.settings):
        return look.hold(f"no calls until it is known what the last ones did; {words}")
    if pulse is not None:
        return _pulsing(look, pulse, words)
    return _raising(look, worst, calls, blind)


def _raising(look: Poll, worst: Assessment, calls: float, blind: float) -> Judgement:
    words, share = str(look.evidence), look.plan.steps[look.step].weight
    before = share or (look.settings.weight_min if look.first_shift else 0.0)
    rung = look.plan.rung(next_weight(worst, before, calls, look.settings, blind))
    soon = (look.now - look.since).total_seconds() < RAISED_AT_MOST_EVERY_SECONDS
    if rung == look.step or (share and rung > look.step and soon):
        return look.hold(f"{number(look.plan.steps[look.step].percent)} % of calls; {words}")
    return look.go_to(rung, words)


def _pulsing(look: Poll, pulse: float, words: str) -> Judgement:
    """Give the lightest weight for a moment, then none until the next minute. Each pulse adds evidence."""
    lightest = look.plan.rung(look.settings.weight_min)
    if not look.plan.steps[look.step].percent:
        pause = look.pause_seconds
        if pause > 0:
            return look.hold(f"no calls until the next pulse; {words}", pause)
        return look.go_to(lightest, f"a pulse of {max(1, pulse):.3g} s; {words}")
    left = pulse - (look.now - look.since).total_seconds()
    if look.step == lightest and left > 1:
        return look.hold(f"a pulse of {pulse:.3g} s; {words}", math.floor(left))
    return look.go_to(0, f"the pulse is over; {words}")


def _at_limit(look: Poll, began: datetime) -> Judgement:
    """Decide at the time limit, when nothing is proven."""
    known = look.known_minutes_since(began)
    if known is not None and known < look.settings.min_minutes:
        least = f"{known} of at least {look.settings.min_minutes} minutes"
        return look.hold(f"the time limit has come, but only {least} are known; {look.evidence}")
    found = {at_time_limit(assessment, look.settings) for assessment in look.evidence.known}
    said = f"time limit of {look.settings.max_minutes} minutes, without proof either way; {look.evidence}"
    if Finding.ROLL_BACK in found:
        suspicious = _is_suspicious(look)
        return look.put_back(said, at_fault=suspicious, overdue=not suspicious)
    if found == {Finding.PROMOTE}:
        return look.give_all(f"by time, not by evidence: {said}")
    if look.now - began >= MAX_HELD:
        return look.put_back(f"held for {MAX_HELD.days} days; {said}", at_fault=False, overdue=True)
    return Judgement(Verdict.HOLD, look.step, UNHURRIED_SECONDS, f"held; {said}")


def _baking(look: Poll, got_all: datetime) -> Judgement:
    """Bake with all calls, and compare both versions again if many calls fail.

    Failures alone do not show which version is at fault.
    """
    words = str(look.evidence)
    has_all = look.plan.steps[look.step].percent == HUNDRED
    trouble = [measured.trouble_since(look.since) for measured in look.evidence.measurements]
    if has_all and any(any(flags) for flags in trouble):
        resplit = look.plan.rung(look.settings.resplit_weight)
        return look.go_to(
            resplit, f"unusually many calls failed, so both versions are compared again; {words}"
        )
    if has_all:
        bake, elapsed = look.plan.steps[look.step].bake_seconds, (look.now - got_all).total_seconds()
        if elapsed >= bake:
            return look.give_all(f"baked {bake} s with all calls; {words}")
        return look.hold(f"baked {int(elapsed)} of {bake} s with all calls; {words}", bake - elapsed)
    if trouble and all(len(flags) >= QUIET_MINUTES and not any(flags[-QUIET_MINUTES:]) for flags in trouble):
        return look.give_all(f"it is quiet again; {words}")
    if look.now - look.since >= timedelta(minutes=look.settings.max_minutes):
        return _at_limit(look, look.since)
    return look.hold(f"compared again; {words}")


def _at_risk(look: Poll) -> tuple[Assessment, float]:
    """Return the worst plausible assessment of all targets, and the calls per minute at that risk.

    Calls of a target with a lower bound count in proportion to it.
    """
    before = {str(planned.target): calls_before(planned) for planned in look.plan.targets}
    bad_per_minute, bounds, evidence = 0.0, [0.0], [0.0]
    for measured, assessment in zip(look.evidence.measurements, look.evidence.assessments, strict=True):
        calls = measured.calls_per_minute
        bound = worst_excess(assessment)
        bad_per_minute += bound * (before[str(measured.comparison.target)] if calls is None else calls)
        bounds.append(bound)
        evidence.append(assessment.log_evidence)
    worst = max(bounds) or 1.0
    known = Assessment(Finding.UNDECIDED, max(evidence), {"worst": worst}, "")
    return known, bad_per_minute / worst if look.evidence.measurements else UNKNOWN_CALLS_PER_MINUTE


def _is_suspicious(look: Poll) -> bool:
    return any(assessment.log_evidence >= SUSPICION for assessment in look.evidence.known)
