"""The candidate's next weight: what keeps the error budget if it is as bad as it still may be."""

from math import inf

from hotplug.core.evidence.statistics.judge import SUSPICION
from hotplug.core.evidence.statistics.model import Assessment, EvidenceSettings, Finding, OnTimeLimit, Probe

BLIND_MINUTES = 3.2
"""From a failure to the rollback: its minute, the way to CloudWatch, the poll, the minute that confirms."""
FASTEST_GROWTH = 5
MAX_OVER_BUDGET = 2
"""If the lightest weight would use more error budgets than this, it is given in pulses, which cost time."""
NOTHING_KNOWN = Assessment(Finding.UNDECIDED, 0.0, {}, "")
"""The assessment of a candidate before its first calls."""
SMALLEST_PROBED = 0.2
"""Below this excess failure rate the failed calls of a constant weight are worth their evidence."""


def next_weight(
    assessment: Assessment,
    weight: float,
    calls_per_minute: float,
    settings: EvidenceSettings,
    blind_minutes: float = BLIND_MINUTES,
) -> float:
    """Return the candidate's share of calls, 0 to 1. `weight` is the one before, 0 if there was none."""
    affordable = _affordable_calls(assessment, settings) / max(calls_per_minute * blind_minutes, 1e-9)
    fastest = weight * FASTEST_GROWTH if weight else inf
    target = max(settings.weight_min, min(settings.weight_max, affordable, fastest))
    if not weight or weight / 2 > target:
        return target
    return weight if assessment.log_evidence > SUSPICION else max(weight, target)


def pulse_seconds(
    assessment: Assessment,
    calls_per_minute: float,
    settings: EvidenceSettings,
    blind_minutes: float = BLIND_MINUTES,
) -> float | None:
    """Return the seconds that the lightest weight may be on at a time, or None if it may stay on.

    Two pulses detect a candidate that always fails, because two minutes must speak against it.
    """
    calls = calls_per_minute * settings.weight_min
    worst = worst_excess(assessment)
    match settings.probe:
        case Probe.OFF:
            return None
        case Probe.AUTO if calls * blind_minutes <= MAX_OVER_BUDGET * settings.error_budget:
            return None
    if worst < SMALLEST_PROBED or not calls:
        return None
    return 60 * _affordable_calls(assessment, settings) / settings.confirm_minutes / calls


def may_pulse(assessment: Assessment, unknown_pulses: int, settings: EvidenceSettings) -> bool:
    """Return whether the next pulse may come while `unknown_pulses` are over but not known yet.

    As many pulses as share the budget may come blindly, unless the evidence already speaks against the
    candidate.
    """
    blindly = unknown_pulses < settings.confirm_minutes and assessment.log_evidence < SUSPICION
    return blindly or not unknown_pulses


def at_time_limit(assessment: Assessment, settings: EvidenceSettings) -> Finding:
    """Return the finding about a candidate without proof at the time limit. Undecided means to hold."""
    match settings.on_time_limit:
        case OnTimeLimit.HOLD:
            return Finding.UNDECIDED
        case OnTimeLimit.PROMOTE_IF_QUIET if assessment.log_evidence < SUSPICION:
            return Finding.PROMOTE
    return Finding.ROLL_BACK


def _affordable_calls(assessment: Assessment, settings: EvidenceSettings) -> float:
    """Return the candidate calls that fit the error budget, if it is as bad as it still may be."""
    return settings.error_budget / worst_excess(assessment)


def worst_excess(assessment: Assessment) -> float:
    """Return the largest excess failure rate that is plausible by any metric, 0 to 1."""
    return max(assessment.excess_upper_bound.values(), default=1.0)
