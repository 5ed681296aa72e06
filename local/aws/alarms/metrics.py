"""Data points of metric alarms: one query per period length for all alarms together."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.aws.alarms.metric_math import compile_expression
from local.aws.alarms.threshold import EXTRA_PERIODS

type Alarm = Mapping[str, Any]
type Points = list[float | None]

_QUERIES_PER_CALL = 500


@dataclass(frozen=True, slots=True)
class Series:
    """One statistic of one metric; `metric` is GetMetricData's Metric as canonical JSON."""

    metric: str
    statistic: str
    period_seconds: int

    def query(self, number: int) -> dict[str, Any]:
        stat = {"Metric": json.loads(self.metric), "Period": self.period_seconds, "Stat": self.statistic}
        return {"Id": f"q{number}", "MetricStat": stat}


def _series(metric: Mapping[str, Any], statistic: str, period_seconds: int) -> Series:
    kept = {name: metric[name] for name in ("Namespace", "MetricName", "Dimensions") if metric.get(name)}
    return Series(json.dumps(kept, sort_keys=True), statistic, period_seconds)


@dataclass(frozen=True, slots=True)
class Watched:
    """Input of one alarm: an expression of named queries, or the one query named `m`."""

    expression: str
    series: Mapping[str, Series]
    period_seconds: int
    evaluation_periods: int

    @property
    def range_periods(self) -> int:
        return self.evaluation_periods + EXTRA_PERIODS


def watched_by(alarm: Alarm) -> Watched:
    """Read an alarm. Raises `LookupError` or `ValueError` for unsupported types (anomaly detection)."""
    periods = alarm["EvaluationPeriods"]
    if not (queries := alarm.get("Metrics")):
        statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        return Watched("m", {"m": _series(alarm, statistic, alarm["Period"])}, alarm["Period"], periods)
    named = {
        query["Id"]: _series(stat["Metric"], stat["Stat"], stat["Period"])
        for query in queries
        if (stat := query.get("MetricStat"))
    }
    inner = {query["Id"]: f"({query['Expression']})" for query in queries if "Expression" in query}
    [result, *_] = [query for query in queries if query.get("ReturnData", True)]
    expression = _inlined(result.get("Expression") or result["Id"], inner)
    return Watched(expression, named, max(series.period_seconds for series in named.values()), periods)


def _inlined(expression: str, inner: Mapping[str, str]) -> str:
    """Replace the names of other expressions by their text."""
    for name, text in inner.items():
        others = {other: its for other, its in inner.items() if other != name}
        if re.search(named := rf"\b{name}\b", expression):
            expression = re.sub(named, _inlined(text, others), expression)
    return expression


@dataclass(slots=True)
class Measured:
    """Values by query and start of the period, in seconds."""

    values: dict[Series, dict[int, float]] = field(default_factory=dict)

    def points(self, watched: Watched, end: int) -> Points:
        """One point per period of the evaluation range that ends at `end`, oldest first."""
        calculate = compile_expression(watched.expression)
        period = watched.period_seconds
        begins = range(end - watched.range_periods * period, end, period)
        return [
            calculate({name: self.values[series].get(begin) for name, series in watched.series.items()})
            for begin in begins
        ]


def measure(cloudwatch: Any, alarms: Iterable[Watched], now: float) -> Measured:
    """Read all data of `alarms`, including the current period."""
    reach: defaultdict[int, int] = defaultdict(int)
    wanted: defaultdict[int, set[Series]] = defaultdict(set)
    for watched in alarms:
        for series in watched.series.values():
            wanted[series.period_seconds].add(series)
            reach[series.period_seconds] = max(reach[series.period_seconds], watched.range_periods + 1)
    measured = Measured()
    for period, group in wanted.items():
        end = (int(now) // period + 1) * period
        ordered = list(group)
        for first in range(0, len(ordered), _QUERIES_PER_CALL):
            part = ordered[first : first + _QUERIES_PER_CALL]
            measured.values |= _read(cloudwatch, part, end - reach[period] * period, end)
    return measured


def _read(cloudwatch: Any, wanted: Sequence[Series], begin: int, end: int) -> dict[Series, dict[int, float]]:
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[series.query(number) for number, series in enumerate(wanted)],
        StartTime=datetime.fromtimestamp(begin, UTC),
        EndTime=datetime.fromtimestamp(end, UTC),
    )
    by_id = {result["Id"]: result for result in answer["MetricDataResults"]}
    return {
        series: {
            int(when.timestamp()): value
            for when, value in zip(
                by_id[f"q{number}"]["Timestamps"], by_id[f"q{number}"]["Values"], strict=True
            )
        }
        for number, series in enumerate(wanted)
    }
