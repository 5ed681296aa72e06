"""Comparison of two versions that share an alias, and the metrics that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from hotplug.core.evidence import EvidenceSettings, Minute
from hotplug.core.evidence.metrics.queries import MetricQuery
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import DEFAULT_SETTINGS
from hotplug.core.evidence.statistics.model import ERRORS, NEVER_SLOWER, SLOWER
from hotplug.core.parsing.units import CENT
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
"""Calls that count from before: enough to know what is usual, and few enough to learn that it has changed."""


class Latency(StrEnum):
    """By what it is known how many calls were slow."""

    COUNTS = "counts"
    PERCENTILES = "percentiles"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions behind an alias, and how they are judged.

    `profile` is the traffic of the days before; without its durations latency is not judged. The metrics of a
    call come when it is over, after `timeout_seconds` at the latest.
    """

    target: Target
    stable: str
    candidate: str
    settings: EvidenceSettings = DEFAULT_SETTINGS
    profile: TrafficProfile | None = None
    timeout_seconds: int = 0

    @property
    def slow_ms(self) -> tuple[float, ...]:
        """The usual p50, p90 and p99, if they are known."""
        return self.profile.slow_ms if self.profile else ()

    def query(self, version: str, metric: str, stat: str = "Sum") -> MetricQuery:
        """One statistic of one version, by the minute."""
        return MetricQuery(metric, stat, self.target.function, self.target.alias, version)

    def query_up_to(self, version: str, limit_ms: Decimal) -> MetricQuery:
        """How many calls took at most as long."""
        return self.query(version, "Duration", f"TC(:{limit_ms:f})")


def history(profile: TrafficProfile | None) -> tuple[Minute, ...]:
    """What was usual before, as one minute in which the candidate had no share yet."""
    if not profile or not profile.calls_per_minute:
        return ()
    return (Minute(ERRORS, 0, 0, MAX_HISTORY, round(MAX_HISTORY * profile.failure_rate), 0.0, 0.0),)


@dataclass(frozen=True, slots=True)
class Limit:
    """Up to here a call is no slow one. `proves` that the candidate is fast, or else may prove it slow."""

    metric: str
    candidate_ms: Decimal
    stable_ms: Decimal
    proves: bool


def limits_of(comparison: Comparison) -> list[Limit]:
    """One for each metric of latency."""
    settings = comparison.settings
    tolerated, never = (
        1 + Decimal(str(share)) for share in (settings.tolerate_slower, settings.never_slower)
    )
    profile = [Decimal(str(ms)) for ms in comparison.slow_ms]
    return [
        *(
            Limit(name, _measurable(ms * tolerated), _measurable(ms), proves=False)
            for name, ms in zip(SLOWER, profile, strict=False)
        ),
        *(
            Limit(name, _measurable(ms * never), _measurable(ms), proves=True)
            for name, ms in zip(NEVER_SLOWER, profile, strict=False)
        ),
    ]


def queries_of(comparison: Comparison) -> list[MetricQuery]:
    """All that `minutes_of` reads, as long as CloudWatch counts calls by their duration."""
    versions = (comparison.stable, comparison.candidate)
    metrics = ("Invocations", "Errors", "Throttles")
    plain = [comparison.query(version, metric) for version in versions for metric in metrics]
    limits = limits_of(comparison)
    counted = [comparison.query_up_to(comparison.stable, limit.stable_ms) for limit in limits]
    counted += [comparison.query_up_to(comparison.candidate, limit.candidate_ms) for limit in limits]
    return list(dict.fromkeys([*plain, *counted]))


def percentile_queries_of(comparison: Comparison) -> list[MetricQuery]:
    """What it reads beside those where CloudWatch does not count them."""
    versions = (comparison.stable, comparison.candidate) if comparison.slow_ms else ()
    return [comparison.query(version, "Duration", stat) for version in versions for stat in GRID]


def _measurable(limit_ms: Decimal) -> Decimal:
    """Lambda measures in hundredths of a millisecond, so what is above a limit is above it rounded down."""
    return limit_ms.quantize(CENT, ROUND_FLOOR).normalize()
