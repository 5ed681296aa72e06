"""Queries of Lambda's metrics in CloudWatch."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor

MINUTE_SECONDS = 60
ARRIVAL_SECONDS = 60
"""So long after an invocation its metrics may come. AWS gives no figure for it."""
STATISTICS_AT_ONCE = 5
"""So many of one metric, asked for at once, CloudWatch bills as one metric (Amazon CloudWatch Pricing)."""

type Values = Mapping["MetricQuery", Mapping[int, float]]
"""By the begin of the period in epoch seconds. A period without data is absent."""


@dataclass(frozen=True, slots=True)
class MetricQuery:
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


def billed(series: Iterable[MetricQuery]) -> int:
    """As how many metrics CloudWatch bills them if they are asked for at once."""
    statistics = Counter((one.metric, one.function, one.alias, one.version) for one in series)
    return sum(ceil(many / STATISTICS_AT_ONCE) for many in statistics.values())


def final_until(now: datetime, timeout_seconds: int) -> datetime:
    """The end of the newest minute of which everything is known.

    A metric carries the time at which its invocation began, and comes when that has ended.
    """
    known = now - timedelta(seconds=ARRIVAL_SECONDS + timeout_seconds)
    return datetime.fromtimestamp(floor(known.timestamp() / MINUTE_SECONDS) * MINUTE_SECONDS, UTC)
