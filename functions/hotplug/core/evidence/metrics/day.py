"""The last day of an alias by the minute, from CloudWatch's answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from hotplug.core.evidence import Minute
from hotplug.core.evidence.metrics.queries import (
    MINUTE_SECONDS,
    MetricQuery,
    Values,
    count_up_to,
    final_until,
    measurable,
)
from hotplug.core.evidence.statistics.model import ERRORS
from hotplug.core.resources.target import Target

DAY = timedelta(days=1)
COUNTED = (
    ("Invocations", "Sum"),
    ("Errors", "Sum"),
    ("ConcurrentExecutions", "Maximum"),
    ("Duration", "Sum"),
)


class DayMinute(NamedTuple):
    """One minute of an alias, on any of its versions.

    `slow` are the calls above the usual p50, p90 and p99, empty where they are not counted. None is unknown.
    """

    calls: int
    failures: int
    environments: float | None
    busy_seconds: float | None
    slow: tuple[int, ...]

    @property
    def row(self) -> Minute:
        """The minute as a row, with all calls at one version."""
        return Minute(ERRORS, self.calls, self.failures, 0, 0, 1.0, 1.0, self.environments, self.busy_seconds)


def day_before(now: datetime) -> tuple[datetime, datetime]:
    """Return the begin and the end of the last day whose minutes have arrived."""
    end = final_until(now, 0)
    return end - DAY, end


def day_queries(target: Target, usual_ms: Sequence[float]) -> list[MetricQuery]:
    """Return the queries that `day_of` reads. `usual_ms` are the p50, p90 and p99, or nothing."""
    counts = [("Duration", count_up_to(measurable(Decimal(str(ms))))) for ms in usual_ms]
    return [
        MetricQuery(metric, stat, target.function, target.alias, None) for metric, stat in (*COUNTED, *counts)
    ]


def day_of(
    target: Target, usual_ms: Sequence[float], values: Values, begin: datetime, end: datetime
) -> list[DayMinute]:
    """Return the minutes between two full minutes, in order."""
    calls, failures, environments, busy_ms, *counts = (
        values.get(query, {}) for query in day_queries(target, usual_ms)
    )

    def minute(at: int) -> DayMinute:
        many = round(calls.get(at, 0))
        busy = busy_ms.get(at) if many else 0.0
        fast = [count[at] for count in counts if at in count]
        return DayMinute(
            calls=many,
            failures=min(many, round(failures.get(at, 0))),
            environments=environments.get(at),
            busy_seconds=None if busy is None else busy / 1000,
            slow=tuple(max(0, many - round(few)) for few in fast) if len(fast) == len(counts) else (),
        )

    first, last = (int(moment.timestamp()) for moment in (begin, end))
    return [minute(at) for at in range(first, last, MINUTE_SECONDS)]
