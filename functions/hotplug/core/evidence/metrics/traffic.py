"""Traffic profile of a target in the last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, floor, log

from hotplug.core.evidence.metrics.queries import MetricQuery, Values
from hotplug.core.evidence.statistics.model import SLOWER
from hotplug.core.parsing.fields import amount
from hotplug.core.parsing.stored import Key, list_of, record
from hotplug.core.parsing.units import ANY_NUMBER
from hotplug.core.resources.target import Target


@dataclass(frozen=True, slots=True)
class TrafficProfile:
    """The traffic of a target in the days before a deployment, from the metrics of its alias.

    Calls a minute: the mean of all hours, and of the busiest of the last hours. `failure_rate` is that of a
    typical hour, 0 to 1. `slow_ms` are the p50, p90 and p99 of the duration in milliseconds, empty without
    calls.
    """

    calls_per_minute: float
    recent_calls_per_minute: float
    failure_rate: float
    slow_ms: tuple[float, ...] = ()

    @property
    def mean_ms(self) -> float:
        """The mean duration, if durations are log-normal with this p50 and p90; 0 if they are not known."""
        if not self.slow_ms or not self.slow_ms[0]:
            return 0.0
        p50, p90, *_ = self.slow_ms
        return p50 * exp((log(p90 / p50) / P90_SCORE) ** 2 / 2)


P90_SCORE = 1.2815515655446004
"""The standard normal score of the p90."""
PROFILE_DAYS = 3
HOUR_SECONDS = 3600
RECENT_HOURS = 2


def profile_queries(target: Target) -> list[MetricQuery]:
    """Return the queries that `profile_of` reads: the alias by the hour, on any of its versions."""
    asked = [("Invocations", "Sum"), ("Errors", "Sum"), *(("Duration", quantile) for quantile in SLOWER)]
    return [
        MetricQuery(metric, stat, target.function, target.alias, None, HOUR_SECONDS) for metric, stat in asked
    ]


def profile_of(values: Values, begin: datetime, end: datetime) -> TrafficProfile:
    """Return the profile of one target, from the hour in which `begin` lies until `end`, which is now."""
    now, first = end.timestamp(), _hour(begin.timestamp())
    invocations, failed = (_by_hour(values, metric, "Sum") for metric in ("Invocations", "Errors"))
    calls = {at: count for at, count in invocations.items() if first <= at < now and count}
    durations = [_by_hour(values, "Duration", quantile) for quantile in SLOWER]
    quantiles = [[ms for at, ms in duration.items() if at in calls] for duration in durations]
    return TrafficProfile(
        calls_per_minute=sum(calls.values()) / max(1.0, (now - first) / 60),
        recent_calls_per_minute=_busiest(calls, now),
        failure_rate=_median([min(1.0, failed.get(at, 0) / count) for at, count in calls.items()] or [0.0]),
        slow_ms=tuple(_median(quantile) for quantile in quantiles) if all(quantiles) else (),
    )


def _by_hour(values: Values, metric: str, stat: str) -> Mapping[int, float]:
    wanted = (metric, stat, None, HOUR_SECONDS)
    found = [
        points
        for series, points in values.items()
        if (series.metric, series.stat, series.version, series.period_seconds) == wanted
    ]
    return found[0] if found else {}


def _busiest(calls: Mapping[int, float], now: float) -> float:
    """Return the calls a minute in the busiest of the last hours, including the current one."""
    hours = [_hour(now) - HOUR_SECONDS * back for back in range(RECENT_HOURS)]
    return max(calls.get(hour, 0) / max(1.0, min(HOUR_SECONDS, now - hour) / 60) for hour in hours)


def _hour(seconds: float) -> int:
    return floor(seconds / HOUR_SECONDS) * HOUR_SECONDS


def _median(values: Sequence[float]) -> float:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


TRAFFIC = record(
    TrafficProfile,
    Key("callsPerMinute", "calls_per_minute", amount(0, ANY_NUMBER)),
    Key("recentCallsPerMinute", "recent_calls_per_minute", amount(0, ANY_NUMBER)),
    Key("failureRate", "failure_rate", amount(0, 1)),
    Key("slowMs", "slow_ms", list_of(amount(0, ANY_NUMBER))),
)
