"""Storage and queries of metric data in CloudWatch."""

import contextlib
import functools
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ..metric_statistics import Sample, series
from ._version import require_known_emulator

_TABLES = ("SINGLE_METRICS", "AGGREGATED_METRICS")
_INDEX = "CREATE INDEX IF NOT EXISTS exact_{table} ON {table} (namespace, metric_name, dimensions, timestamp)"
_INSERT = {
    "SINGLE_METRICS": """
        INSERT INTO SINGLE_METRICS (account_id, region, namespace, metric_name, dimensions, unit,
                                    storage_resolution, timestamp, value)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    """,
    "AGGREGATED_METRICS": """
        INSERT INTO AGGREGATED_METRICS (account_id, region, namespace, metric_name, dimensions, unit,
                                        storage_resolution, timestamp, sample_count, sum, min, max)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """,
}
# Rows are (timestamp, count, sum, min, max) for either table.
_SELECT = """
    SELECT timestamp, {columns} FROM {table}
    WHERE namespace = ? AND metric_name = ? AND dimensions IS ? AND timestamp >= ? AND timestamp < ?
    AND account_id = ? AND region = ? AND (? IS NULL OR unit = ?)
"""
_SELECTS = (
    _SELECT.format(table="SINGLE_METRICS", columns="1, value, value, value"),
    _SELECT.format(table="AGGREGATED_METRICS", columns="sample_count, sum, min, max"),
)
_ANY_UNIT = "NULL_VALUE"


def store_batches_in_one_transaction() -> None:
    """PutMetricData stores a batch in one transaction; 1.3.2 opens and commits for each datum."""
    require_known_emulator()
    from localemu.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase

    make_tables = CloudwatchDatabase._ensure_ready

    def ensure_ready(self: Any) -> None:
        make_tables(self)
        with _connection(self) as connection:
            for table in _TABLES:
                connection.execute(_INDEX.format(table=table))

    def add_metric_data(self: Any, account_id: str, region: str, namespace: str, metric_data: Any) -> None:
        rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _TABLES}
        for datum in metric_data:
            _collect_rows(self, (account_id, region, namespace), datum, rows)
        with _connection(self) as connection:
            for table in _TABLES:
                connection.executemany(_INSERT[table], rows[table])

    CloudwatchDatabase._ensure_ready = ensure_ready
    CloudwatchDatabase.add_metric_data = add_metric_data


def _collect_rows(database: Any, place: tuple[str, str, str], datum: Any, rows: dict[str, list[Any]]) -> None:
    when = datum.get("Timestamp")
    key = (
        *place,
        datum["MetricName"],
        database._get_ordered_dimensions_with_separator(datum.get("Dimensions")),
        datum.get("Unit"),
        datum.get("StorageResolution"),
        int(when.timestamp() if when else time.time()),
    )
    values = [datum["Value"]] if datum.get("Value") is not None else datum.get("Values") or []
    counts = datum.get("Counts") or [1] * len(values)
    for value, count in zip(values, counts, strict=True):
        rows["SINGLE_METRICS"] += [(*key, value)] * int(count)
    if given := datum.get("StatisticValues"):
        statistics = (given["SampleCount"], given["Sum"], given["Minimum"], given["Maximum"])
        rows["AGGREGATED_METRICS"].append((*key, *statistics))


def match_dimensions_exactly() -> None:
    """A metric is its exact set of dimensions, and periods start at multiples of their length.

    1.3.2 matches any metric whose dimensions contain the requested ones, as text: `{FunctionName}` also
    counts the data of each alias and version, and the name `orders` also matches `orders-2`.
    """
    require_known_emulator()
    from localemu.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase

    def get_metric_data_stat(
        self: Any, account_id: str, region: str, query: Any, start_time: Any, end_time: Any, scan_by: str
    ) -> dict[str, list[Any]]:
        wanted = query["MetricStat"]
        begin = int(start_time.timestamp()) // wanted["Period"] * wanted["Period"]
        found = _samples(self, account_id, region, wanted, begin, int(end_time.timestamp()))
        values = series(found, wanted["Stat"], wanted["Period"])
        pairs = list(values.items()) if scan_by == "TimestampAscending" else list(reversed(values.items()))
        return {"timestamps": [begin for begin, _ in pairs], "values": [value for _, value in pairs]}

    CloudwatchDatabase.get_metric_data_stat = get_metric_data_stat


def answer_percentiles() -> None:
    """GetMetricStatistics accepts ExtendedStatistics, and answers without data; 1.3.2 fails on both."""
    require_known_emulator()
    from localemu.services.cloudwatch.provider_v2 import CloudwatchProvider

    plain = CloudwatchProvider.get_metric_statistics

    @functools.wraps(plain)
    def get_metric_statistics(
        self: Any,
        context: Any,
        namespace: str,
        metric_name: str,
        start_time: Any,
        end_time: Any,
        period: int,
        dimensions: Any = None,
        statistics: list[str] | None = None,
        extended_statistics: list[str] | None = None,
        unit: str | None = None,
        **kwargs: Any,
    ) -> Any:
        metric = {"Namespace": namespace, "MetricName": metric_name, "Dimensions": dimensions or []}
        datapoints: dict[int, dict[str, Any]] = {}
        for statistic in [*(statistics or []), *(extended_statistics or [])]:
            query = {"MetricStat": {"Metric": metric, "Period": period, "Stat": statistic, "Unit": unit}}
            found = self.cloudwatch_database.get_metric_data_stat(
                context.account_id, context.region, query, start_time, end_time, "TimestampAscending"
            )
            for begin, value in zip(found["timestamps"], found["values"], strict=True):
                point = datapoints.setdefault(begin, {"Timestamp": datetime.fromtimestamp(begin, UTC)})
                _put(point, statistic, value, is_extended=statistic in (extended_statistics or []))
        return {"Label": metric_name, "Datapoints": list(datapoints.values())}

    CloudwatchProvider.get_metric_statistics = get_metric_statistics


def _put(datapoint: dict[str, Any], statistic: str, value: float, *, is_extended: bool) -> None:
    place = datapoint.setdefault("ExtendedStatistics", {}) if is_extended else datapoint
    place[statistic] = float(value)


def _samples(
    database: Any, account_id: str, region: str, wanted: Any, begin: int, end: int
) -> Iterator[Sample]:
    metric, unit = wanted["Metric"], wanted.get("Unit")
    unit = None if unit == _ANY_UNIT else unit
    dimensions = database._get_ordered_dimensions_with_separator(list(metric.get("Dimensions") or []))
    key = (metric["Namespace"], metric["MetricName"], dimensions, begin, end, account_id, region, unit, unit)
    with _connection(database) as connection:
        found = [row for select in _SELECTS for row in connection.execute(select, key)]
    return (Sample(*row) for row in found)


@contextlib.contextmanager
def _connection(database: Any) -> Iterator[sqlite3.Connection]:
    """The one connection, in turn; it commits at its end.

    It does not wait for the disk: metrics may be lost in a crash.
    """
    with database.DATABASE_LOCK:
        if "connection" not in database.__dict__:
            database.connection = sqlite3.connect(database.METRICS_DB, check_same_thread=False)
            database.connection.execute("PRAGMA synchronous = OFF")
            database.connection.execute("PRAGMA journal_mode = MEMORY")
        with database.connection:
            yield database.connection
