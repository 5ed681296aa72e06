"""Lambda metrics in CloudWatch."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Protocol

from hotplug.aws.errors import translated
from hotplug.core.errors import ForbiddenError, TryAgainError
from hotplug.core.evidence.metrics.queries import MetricQuery

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef, MetricDataResultTypeDef

NAMESPACE = "AWS/Lambda"
QUERIES_A_CALL, POINTS_A_CALL = 500, 100_800
"""GetMetricData accepts at most this many queries, and returns at most this many points."""


class Metrics(Protocol):
    """Metrics in CloudWatch, as hotplug reads them."""

    def read(
        self, series: Sequence[MetricQuery], begin: datetime, end: datetime
    ) -> Mapping[MetricQuery, Mapping[int, float]]:
        """Values of each query by the start of its periods (epoch seconds); a period without data is absent.

        From the period of `begin` to the period of `end`, both included.
        """


class AwsMetrics:
    """Metrics in CloudWatch."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def read(
        self, series: Sequence[MetricQuery], begin: datetime, end: datetime
    ) -> Mapping[MetricQuery, Mapping[int, float]]:
        """GetMetricData, in as few calls as possible."""
        found: dict[MetricQuery, Mapping[int, float]] = {one: {} for one in series}
        for part, first, last in _parts(series, begin, end):
            found |= self._part(part, first, last)
        return found

    def _part(
        self, series: Sequence[MetricQuery], begin: datetime, end: datetime
    ) -> Mapping[MetricQuery, Mapping[int, float]]:
        """Read one part with its pages.

        An incomplete answer is an error, because missing points count as data.
        """
        named = {f"q{number}": one for number, one in enumerate(series)}
        values: dict[str, dict[int, float]] = {name: {} for name in named}
        states = dict.fromkeys(named, "no answer")
        for result in self._results([_query(name, one) for name, one in named.items()], begin, end):
            states[result["Id"]] = _state(result)
            values[result["Id"]] |= _points(result)
        for name, state in states.items():
            if state != "Complete":
                raise TryAgainError(f"CloudWatch did not answer in full about {named[name]}: {state}")
        return {one: values[name] for name, one in named.items()}

    def _results(
        self, queries: "Sequence[MetricDataQueryTypeDef]", begin: datetime, end: datetime
    ) -> "Iterator[MetricDataResultTypeDef]":
        """Results of all pages; one query may have results on several pages."""
        next_page: dict[str, Any] = {}
        while True:
            with translated():
                page = self._client.get_metric_data(
                    MetricDataQueries=queries,
                    StartTime=begin,
                    EndTime=end,
                    ScanBy="TimestampAscending",
                    **next_page,
                )
            yield from page["MetricDataResults"]
            if not page.get("NextToken"):
                return
            next_page = {"NextToken": page["NextToken"]}


def _parts(
    series: Sequence[MetricQuery], begin: datetime, end: datetime
) -> Iterator[tuple[Sequence[MetricQuery], datetime, datetime]]:
    """Split the queries into calls within the limits, each over full periods."""
    by_period: defaultdict[int, list[MetricQuery]] = defaultdict(list)
    for one in dict.fromkeys(series):
        by_period[one.period_seconds].append(one)
    for period, group in by_period.items():
        first, last = floor(begin.timestamp() / period), ceil(end.timestamp() / period)
        if first >= last:
            continue
        size = max(1, min(QUERIES_A_CALL, POINTS_A_CALL // (last - first)))
        for at in range(0, len(group), size):
            yield group[at : at + size], _at(first * period), _at(last * period)


def _query(name: str, series: MetricQuery) -> "MetricDataQueryTypeDef":
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": series.metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in series.dimensions.items()],
            },
            "Period": series.period_seconds,
            "Stat": series.stat,
        },
    }


def _state(result: "MetricDataResultTypeDef") -> str:
    """Return the status of a result. PartialData continues on the next page. Raises on a final error."""
    state = result.get("StatusCode", "Complete")
    said = "; ".join(message.get("Value", "") for message in result.get("Messages", ()))
    if state == "Forbidden":
        raise ForbiddenError(f"CloudWatch keeps a metric from this role: {said or state}")
    if state == "InternalError":
        raise TryAgainError(f"CloudWatch failed to read a metric: {said or state}")
    return state


def _points(result: "MetricDataResultTypeDef") -> dict[int, float]:
    points = zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True)
    return {int(when.timestamp()): value for when, value in points}


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
