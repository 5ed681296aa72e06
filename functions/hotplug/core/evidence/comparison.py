"""Comparison of two versions behind an alias, and its metric queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from hotplug.core.evidence import EvidenceSettings, Minute
from hotplug.core.evidence.metrics.queries import MetricQuery, count_up_to, measurable
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import DEFAULT_SETTINGS
from hotplug.core.evidence.statistics.model import ERRORS, NEVER_SLOWER, SLOWER
from hotplug.core.resources.target import Target

GRID: Mapping[str, int] = {
    "p10": 100,
    "p25": 250,
    "p50": 500,
    "p75": 750,
    "p90": 900,
    "p95": 950,
    "p99": 990,
    "p99.9": 999,
}
"""Percentiles that tell how many calls were slower than something, with the calls in 1,000 up to each."""
MAX_HISTORY = 2_000
"""Calls that count from the traffic profile: enough to know the rate, and few enough to learn a new one."""


class Latency(StrEnum):
    """The source of the number of slow calls."""

    COUNTS = "counts"
    PERCENTILES = "percentiles"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions behind an alias, and the settings of their judge.

    `profile` is the traffic of the days before. Without its durations, latency is not judged. The metrics of
    a call arrive when it has ended, after `timeout_seconds` at the latest. `trusts_environments` says whether
    ConcurrentExecutions fitted the load of the alias before; None if that is not known.
    """

    target: Target
    stable: str
    candidate: str
    settings: EvidenceSettings = DEFAULT_SETTINGS
    profile: TrafficProfile | None = None
    timeout_seconds: int = 0
    trusts_environments: bool | None = None

    @property
    def slow_ms(self) -> tuple[float, ...]:
        """The p50, p90 and p99 of the profile in milliseconds, if they are known."""
        return self.profile.slow_ms if self.profile else ()

    def query(self, version: str, metric: str, stat: str = "Sum") -> MetricQuery:
        """Return the query of one statistic of one version, by the minute."""
        return MetricQuery(metric, stat, self.target.function, self.target.alias, version)

    @property
    def environments_query(self) -> MetricQuery:
        """The query of the candidate's highest concurrency. Each call that runs has an environment."""
        return self.query(self.candidate, "ConcurrentExecutions", "Maximum")

    @property
    def busy_query(self) -> MetricQuery:
        """The query of the milliseconds that the candidate's calls took in all."""
        return self.query(self.candidate, "Duration")

    def query_up_to(self, version: str, limit_ms: Decimal) -> MetricQuery:
        """Return the query of the number of calls that took at most `limit_ms`."""
        return self.query(version, "Duration", count_up_to(limit_ms))


def history(profile: TrafficProfile | None) -> tuple[Minute, ...]:
    """Return the traffic profile as one minute in which the candidate had no calls."""
    if not profile or not profile.calls_per_minute:
        return ()
    return (Minute(ERRORS, 0, 0, MAX_HISTORY, round(MAX_HISTORY * profile.failure_rate), 0.0, 0.0),)


@dataclass(frozen=True, slots=True)
class Limit:
    """A duration above which a call is slow. It `proves` that the candidate is fast, or may prove it slow."""

    metric: str
    candidate_ms: Decimal
    stable_ms: Decimal
    proves: bool


def limits_of(comparison: Comparison) -> list[Limit]:
    """Return the limit of each metric of latency."""
    settings = comparison.settings
    tolerated, never = (
        1 + Decimal(str(share)) for share in (settings.tolerate_slower, settings.never_slower)
    )
    profile = [Decimal(str(ms)) for ms in comparison.slow_ms]
    return [
        *(
            Limit(name, measurable(ms * tolerated), measurable(ms), proves=False)
            for name, ms in zip(SLOWER, profile, strict=False)
        ),
        *(
            Limit(name, measurable(ms * never), measurable(ms), proves=True)
            for name, ms in zip(NEVER_SLOWER, profile, strict=False)
        ),
    ]


def queries_of(comparison: Comparison) -> list[MetricQuery]:
    """Return the queries that `minutes_of` reads where CloudWatch counts calls by duration."""
    versions = (comparison.stable, comparison.candidate)
    metrics = ("Invocations", "Errors", "Throttles")
    plain = [comparison.query(version, metric) for version in versions for metric in metrics]
    limits = limits_of(comparison)
    counted = [comparison.query_up_to(comparison.stable, limit.stable_ms) for limit in limits]
    counted += [comparison.query_up_to(comparison.candidate, limit.candidate_ms) for limit in limits]
    return list(dict.fromkeys([*plain, comparison.environments_query, comparison.busy_query, *counted]))


def percentile_queries_of(comparison: Comparison) -> list[MetricQuery]:
    """Return the queries that it reads in addition where CloudWatch does not."""
    versions = (comparison.stable, comparison.candidate) if comparison.slow_ms else ()
    return [comparison.query(version, "Duration", stat) for version in versions for stat in GRID]
