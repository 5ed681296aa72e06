"""Lessons of the last day of an alias about its execution environments, for the judge of its next version.

The new version's environments are all new. How those of the stable version behaved when they were new is seen
in minutes in which the alias needed more of them.
"""

from collections.abc import Iterator, Sequence
from math import ceil, sqrt
from typing import NamedTuple

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.metrics.day import DayMinute
from hotplug.core.evidence.metrics.queries import fits_load
from hotplug.core.evidence.policy import (
    DEFAULT_SETTINGS,
    MAX_LEARNED_WARMUP,
    SLOWDOWN_OF_KNOWN_LENGTH,
    Learned,
)
from hotplug.core.evidence.statistics.environments import Cohort, Environments
from hotplug.core.evidence.statistics.expected import FIRST_RATES
from hotplug.core.evidence.statistics.load import KEPT_MINUTES
from hotplug.core.evidence.statistics.model import SLOWER
from hotplug.core.evidence.statistics.warmup import Curve, curve_of

LEAST_NEW = 30
"""New environments in the day. Fewer teach nothing."""
LEAST_WARMUP = 5
MARGIN, DEVIATIONS = 1.3, 2
"""Margin of a lesson over what was seen, and as many standard errors."""
LEAST_FOUND = 0.7
"""A concurrency is trusted if it shows this part of the new environments that the load explains. On simulated
days it shows 0.75 to 1.1 of them, and 0.4 to 0.6 if it is half too low.
"""
MAX_MISFITS = 0.01
"""The share of minutes in which a trusted concurrency may not fit the load."""
WORST_HOURS = 2
"""Hours of the day that may have had an incident, of which nothing is learned about failures."""
LARGEST_BURST = 10
CLEARLY = 3
"""Failures come in clumps if their variance is by so many standard errors more than chance makes it."""
HOUR_MINUTES = 60
NEGLIGIBLE = 1e-9
"""Below this part of the largest that it could be, a spread is none."""


class _Followed(NamedTuple):
    """A minute, its new environments, and by metric the slow calls that the longest warm-up would explain."""

    minute: DayMinute
    came: float
    slow: Sequence[float]


def learn(day: Sequence[DayMinute], usual_ms: Sequence[float]) -> Learned:
    """Return what a day teaches. `usual_ms` are the p50, p90 and p99 above which calls count as slow."""
    curves = _curves(usual_ms)
    counted, estimated = _followed(day, curves), _followed(_by_load(day), ())
    trusts = _trusts(counted, estimated, usual_ms)
    usual_hours = _without_incidents(counted if trusts else estimated)
    calls = cold = None
    if trusts:
        calls, cold = _warmup_calls(counted), _cold_failures(usual_hours)
    elif _came(estimated) >= LEAST_NEW:
        calls = _warmup_calls(_followed(_by_load(day), curves), DEFAULT_SETTINGS.warmup_calls)
    return Learned(
        warmup_calls=calls,
        warmup_slowdown=None if calls is None else SLOWDOWN_OF_KNOWN_LENGTH,
        cold_failures=cold,
        error_burst_size=_burst_size(usual_hours),
        trusts_environments=trusts,
    )


def _curves(usual_ms: Sequence[float]) -> list[Curve]:
    """Return the slow calls of the longest warm-up, by metric."""
    longest = EvidenceSettings(
        warmup_calls=MAX_LEARNED_WARMUP,
        warmup_slowdown=SLOWDOWN_OF_KNOWN_LENGTH,
        tolerate_slower=0.0,
        usual_ms=tuple(usual_ms),
    )
    return [curve_of(metric, longest) for metric in SLOWER]


def _by_load(day: Sequence[DayMinute]) -> list[DayMinute]:
    """Return the day as if its concurrency were not known."""
    return [minute._replace(environments=None) for minute in day]


def _followed(day: Sequence[DayMinute], curves: Sequence[Curve]) -> list[_Followed]:
    """Return the day after its first minutes, whose environments are taken to be warm."""
    environments, found = Environments(MAX_LEARNED_WARMUP), list[_Followed]()
    for at, minute in enumerate(day):
        environments.see(minute.row)
        if at >= KEPT_MINUTES:
            found.append(_Followed(minute, environments.new, [environments.total(curve) for curve in curves]))
        elif at == KEPT_MINUTES - 1:
            environments.cohorts = [Cohort(environments.alive, MAX_LEARNED_WARMUP)]
    return found


def _came(followed: Sequence[_Followed]) -> float:
    return sum(each.came for each in followed)


def _trusts(
    counted: Sequence[_Followed], estimated: Sequence[_Followed], usual_ms: Sequence[float]
) -> bool | None:
    """Return whether the concurrency fits the load; None if it is unknown, or too little is new to tell."""
    called = [each.minute for each in counted if each.minute.calls]
    if not any(minute.environments for minute in called) or _came(counted) < LEAST_NEW > _came(estimated):
        return None
    misfits = sum(
        not fits_load(minute.environments or 0.0, minute.busy_seconds or 0.0, usual_ms) for minute in called
    )
    return _came(counted) >= LEAST_FOUND * _came(estimated) and misfits <= MAX_MISFITS * len(called)


def _warmup_calls(followed: Sequence[_Followed], least: float = 0.0) -> float | None:
    """Return the length of the warm-up in calls, with its margin.

    None if slow calls were not counted, or if no metric shows a warm-up of `least` calls.
    """
    timed = [each for each in followed if each.minute.calls and len(each.minute.slow) == len(SLOWER)]
    fits = [_fit(timed, at) for at in range(len(SLOWER))] if len(timed) > len(SLOWER) else []
    lengths = [
        (MAX_LEARNED_WARMUP * MARGIN * part, MAX_LEARNED_WARMUP * MARGIN * error)
        for part, error in filter(None, fits)
    ]
    if not lengths or max(0.0, *(length for length, _ in lengths)) < least:
        return None
    longest = max(max(0.0, length) + DEVIATIONS * error for length, error in lengths)
    return float(min(MAX_LEARNED_WARMUP, max(LEAST_WARMUP, ceil(longest))))


def _fit(timed: Sequence[_Followed], at: int) -> tuple[float, float] | None:
    """Return what part of the longest curve explains the slow calls of one metric, and its standard error.

    Weighted least squares: slow calls are a share of all calls, and this part of what the curve explains
    among those that are not slow anyway. The variance of a count grows with its calls.
    """
    warm = 1 - FIRST_RATES[SLOWER[at]]
    points = [(minute.calls, explained[at] * warm, minute.slow[at]) for minute, _, explained in timed]
    calls = sum(n for n, _, _ in points)
    young, slow = (sum(point[column] for point in points) for column in (1, 2))
    young_squared = sum(x * x / n for n, x, _ in points)
    young_slow = sum(x * y / n for n, x, y in points)
    spread = calls * young_squared - young**2
    if spread <= NEGLIGIBLE * calls * young_squared:
        return None
    part = (calls * young_slow - young * slow) / spread
    share = (slow - part * young) / calls
    variance = sum((y - share * n - part * x) ** 2 / n for n, x, y in points) / (len(points) - 2)
    return part, sqrt(variance * calls / spread)


def _cold_failures(followed: Sequence[_Followed]) -> float | None:
    """Return the chance that the first call of an environment fails, with its margin; None with too few.

    Failures in minutes with new environments count if they are more than those of as many calls in others.
    """
    grown, others = [each for each in followed if each.came], [each for each in followed if not each.came]
    if _came(grown) < LEAST_NEW:
        return None
    expected = _rate(others) * sum(each.minute.calls for each in grown)
    failed = sum(each.minute.failures for each in grown)
    more = max(0.0, failed - expected) + DEVIATIONS * sqrt(max(failed, expected) + 1)
    return min(1.0, ceil(100 * MARGIN * more / _came(grown)) / 100)


def _burst_size(followed: Sequence[_Followed]) -> float | None:
    """Return how many failures come from one cause; None if they seem to come one by one.

    That is the variance of the failures of a minute over their mean.
    """
    called, failures = sum(bool(each.minute.calls) for each in followed), sum(map(_clumped, followed))
    if not failures:
        return None
    size = sum(_squares(followed, _rate(followed))) / failures
    if size <= 1 + CLEARLY * sqrt(2 / called + 1 / failures):
        return None
    return float(min(LARGEST_BURST, ceil(10 * size) / 10))


def _without_incidents(followed: Sequence[_Followed]) -> list[_Followed]:
    """Return the day without the hours whose failures are the farthest from the mean."""
    rate = _rate(followed)
    hours = [followed[at : at + HOUR_MINUTES] for at in range(0, len(followed), HOUR_MINUTES)]
    worst_last = sorted(hours, key=lambda hour: sum(_squares(hour, rate)))
    return [each for hour in worst_last[:-WORST_HOURS] for each in hour]


def _squares(followed: Sequence[_Followed], rate: float) -> Iterator[float]:
    return ((_clumped(each) - rate * each.minute.calls) ** 2 for each in followed)


def _clumped(each: _Followed) -> float:
    """Return the failures but for one of each new environment: several first calls may fail at once."""
    return max(0.0, each.minute.failures - each.came)


def _rate(followed: Sequence[_Followed]) -> float:
    """Return failures per call, without one of each new environment."""
    return sum(map(_clumped, followed)) / max(1, sum(each.minute.calls for each in followed))
