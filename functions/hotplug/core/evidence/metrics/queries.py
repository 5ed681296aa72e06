"""What is asked of CloudWatch about two versions that share an alias."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from math import ceil

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.statistics.model import NEVER_SLOWER, SLOWER
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
STATISTICS_AT_ONCE = 5
"""So many of one metric, asked for at once, CloudWatch bills as one metric (Amazon CloudWatch Pricing)."""

type Values = Mapping["Series", Mapping[int, float]]
"""By the begin of the period in epoch seconds. A period without data is absent."""


@dataclass(frozen=True, slots=True)
class Series:
    """One statistic of one of Lambda's metrics, of a version behind an alias or (None) of the whole alias."""

    metric: str
    stat: str
    function: str
    alias: str
    version: str | None
    period_seconds: int = 60

    @property
    def dimensions(self) -> Mapping[str, str]:
        """A metric is its exact set of dimensions. ExecutedVersion is only there for calls of an alias."""
        executed = {"ExecutedVersion": self.version} if self.version else {}
        return {"FunctionName": self.function, "Resource": f"{self.function}:{self.alias}", **executed}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions behind an alias. `slow_ms` are the usual p50, p90, p99; empty, latency is not judged."""

    target: Target
    stable: str
    candidate: str
    slow_ms: tuple[float, ...] = ()

    def of(self, version: str, metric: str, stat: str = "Sum") -> Series:
        """The series of one version, by the minute."""
        return Series(metric, stat, self.target.function, self.target.alias, version)

    def up_to(self, version: str, limit_ms: Decimal) -> Series:
        """How many calls took at most as long."""
        return self.of(version, "Duration", f"TC(:{limit_ms:f})")


@dataclass(frozen=True, slots=True)
class Limit:
    """Up to here a call is no slow one. `proves` that the candidate is fast, or else may prove it slow."""

    metric: str
    candidate_ms: Decimal
    stable_ms: Decimal
    proves: bool


def limits_of(pair: Pair, settings: EvidenceSettings) -> list[Limit]:
    """One for each metric of latency."""
    tolerated, never = (
        1 + Decimal(str(share)) for share in (settings.tolerate_slower, settings.never_slower)
    )
    usual = [Decimal(str(ms)) for ms in pair.slow_ms]
    return [
        *(
            Limit(name, _measurable(ms * tolerated), _measurable(ms), proves=False)
            for name, ms in zip(SLOWER, usual, strict=False)
        ),
        *(
            Limit(name, _measurable(ms * never), _measurable(ms), proves=True)
            for name, ms in zip(NEVER_SLOWER, usual, strict=False)
        ),
    ]


def series_of(pair: Pair, settings: EvidenceSettings) -> list[Series]:
    """All that `minutes_of` reads, as long as CloudWatch counts calls by their duration."""
    versions = (pair.stable, pair.candidate)
    plain = [
        pair.of(version, metric) for version in versions for metric in ("Invocations", "Errors", "Throttles")
    ]
    limits = limits_of(pair, settings)
    counted = [pair.up_to(pair.stable, limit.stable_ms) for limit in limits]
    counted += [pair.up_to(pair.candidate, limit.candidate_ms) for limit in limits]
    return list(dict.fromkeys([*plain, *counted]))


def percentile_series_of(pair: Pair) -> list[Series]:
    """What it reads beside those where CloudWatch does not count them."""
    versions = (pair.stable, pair.candidate) if pair.slow_ms else ()
    return [pair.of(version, "Duration", stat) for version in versions for stat in GRID]


def billed(series: Iterable[Series]) -> int:
    """As how many metrics CloudWatch bills them if they are asked for at once."""
    statistics = Counter((one.metric, one.function, one.alias, one.version) for one in series)
    return sum(ceil(many / STATISTICS_AT_ONCE) for many in statistics.values())


def _measurable(limit_ms: Decimal) -> Decimal:
    """Lambda measures in hundredths of a millisecond, so what is above a limit is above it rounded down."""
    return limit_ms.quantize(CENT, ROUND_FLOOR).normalize()
