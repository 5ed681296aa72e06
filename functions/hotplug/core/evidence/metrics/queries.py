"""Metric queries for AWS/Lambda in CloudWatch."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from math import ceil, floor

from hotplug.core.parsing.units import CENT

MINUTE_SECONDS = 60
ARRIVAL_SECONDS = 60
"""Seconds after an invocation until its metrics have arrived. AWS gives no figure for it."""
STATISTICS_AT_ONCE = 5
"""Statistics of one metric that CloudWatch bills as one metric (Amazon CloudWatch Pricing)."""

type Values = Mapping["MetricQuery", Mapping[int, float]]
"""Values by the begin of the period in epoch seconds. A period without data is absent."""


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One statistic of a metric of Lambda, of a version behind an alias or (None) of the whole alias."""

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


def measurable(limit_ms: Decimal) -> Decimal:
    """Return a limit that CloudWatch can count: Lambda measures in hundredths of a millisecond."""
    return limit_ms.quantize(CENT, ROUND_FLOOR).normalize()


def count_up_to(limit_ms: Decimal) -> str:
    """Return the statistic of the calls that took at most so long."""
    return f"TC(:{limit_ms:f})"


def fits_load(concurrency: float, busy_seconds: float, slow_ms: Sequence[float]) -> bool:
    """Return whether a highest concurrency can be that of a minute whose calls took so long in all.

    A call counts for the minute in which it began, and may go on for as long as the slowest of `slow_ms`.
    """
    return busy_seconds <= concurrency * (MINUTE_SECONDS + max(slow_ms, default=0.0) / 1000)


def billed(series: Iterable[MetricQuery]) -> int:
    """Return the number of metrics that CloudWatch bills for these queries in one request."""
    statistics = Counter((one.metric, one.function, one.alias, one.version) for one in series)
    return sum(ceil(many / STATISTICS_AT_ONCE) for many in statistics.values())


def final_until(now: datetime, timeout_seconds: int) -> datetime:
    """Return the end of the newest minute that is final.

    A metric carries the time at which its invocation began, and arrives when it has ended.
    """
    known = now - timedelta(seconds=ARRIVAL_SECONDS + timeout_seconds)
    return datetime.fromtimestamp(floor(known.timestamp() / MINUTE_SECONDS) * MINUTE_SECONDS, UTC)
