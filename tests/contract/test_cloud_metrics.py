"""Metrics of Lambda, in memory and on the local AWS alike."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hotplug.core.evidence import Minute
from hotplug.core.evidence.comparison import Comparison, Latency, percentile_queries_of, queries_of
from hotplug.core.evidence.metrics.minutes import latency_by, minutes_of
from hotplug.core.evidence.metrics.queries import MetricQuery
from hotplug.core.evidence.metrics.traffic import TrafficProfile, profile_of, profile_queries
from hotplug.core.evidence.metrics.weights import Change
from tests.contract.surroundings import Surroundings
from tests.fakes import Traffic, a_target

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
USUALLY = TrafficProfile(100, 100, 0, (100, 200, 400))


@pytest.fixture
def hour(cloud: Surroundings) -> datetime:
    """The begin of one that has been over for long."""
    return cloud.now().replace(minute=0, second=0, microsecond=0) - 2 * HOUR


def of(
    function: str, version: str | None, metric: str = "Invocations", stat: str = "Sum", period: int = 60
) -> MetricQuery:
    return MetricQuery(metric, stat, function, "live", version, period)


def values(
    cloud: Surroundings, series: MetricQuery, begin: datetime, end: datetime | None = None
) -> Mapping[datetime, float]:
    """Of one series, by the begin of the period; of one minute where no end is named."""
    found = cloud.metrics.read([series], begin, end or begin + MINUTE)[series]
    return {datetime.fromtimestamp(at, UTC): value for at, value in found.items()}


def test_versions_that_share_an_alias_are_told_apart(cloud: Surroundings, name: str, hour: datetime) -> None:
    cloud.had(f"{name}:live", "41", hour, Traffic(90, bad=1, throttles=3))
    cloud.had(f"{name}:live", "42", hour, Traffic(10, bad=4))
    for version, expected in {"41": [90, 1, 3], "42": [10, 4, 0], None: [100, 5, 3]}.items():
        series = [of(name, version, metric) for metric in ("Invocations", "Errors", "Throttles")]
        found = cloud.metrics.read(series, hour, hour + MINUTE)
        assert [found[one][int(hour.timestamp())] for one in series] == expected


def test_a_minute_without_calls_has_no_data(cloud: Surroundings, name: str, hour: datetime) -> None:
    cloud.had(f"{name}:live", "41", hour, Traffic(7))
    cloud.had(f"{name}:live", "41", hour + 2 * MINUTE, Traffic(8))
    assert values(cloud, of(name, "41"), hour, hour + 5 * MINUTE) == {hour: 7, hour + 2 * MINUTE: 8}


def test_what_nobody_called_is_there_and_empty(cloud: Surroundings, name: str, hour: datetime) -> None:
    assert cloud.metrics.read([of(name, "41")], hour, hour + MINUTE) == {of(name, "41"): {}}
    assert cloud.metrics.read([], hour, hour + MINUTE) == {}
    assert cloud.metrics.read([of(name, "41")], hour, hour) == {of(name, "41"): {}}


def test_a_throttled_call_is_no_invocation_and_no_error(
    cloud: Surroundings, name: str, hour: datetime
) -> None:
    cloud.had(f"{name}:live", "41", hour, Traffic(0, throttles=5))
    assert values(cloud, of(name, "41", "Throttles"), hour) == {hour: 5}
    assert values(cloud, of(name, "41", "Invocations"), hour) == {}
    assert values(cloud, of(name, "41", "Errors"), hour) == {}
    assert values(cloud, of(name, "41", "Duration", "TC(:100)"), hour) == {}


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        pytest.param("TC(:20)", 0, id="none is so fast"),
        pytest.param("TC(:50)", 6, id="a limit counts as fast"),
        pytest.param("TC(:199.99)", 6, id="hundredths of a millisecond"),
        pytest.param("TC(:200)", 9, id="most"),
        pytest.param("TC(:900.5)", 10, id="all"),
        pytest.param("p10", 50.0, id="p10"),
        pytest.param("p50", 50.0, id="p50"),
        pytest.param("p90", 200 + 0.1 * 700.5, id="between two calls"),
        pytest.param("p99.9", 900.5 - 0.009 * 700.5, id="p99.9"),
    ],
)
def test_calls_are_counted_by_how_long_they_took(
    cloud: Surroundings, name: str, hour: datetime, stat: str, expected: float
) -> None:
    cloud.had(f"{name}:live", "42", hour, Traffic(10, slow={200: 3, 900.5: 1}))
    found = values(cloud, of(name, "42", "Duration", stat), hour)
    assert found == {hour: pytest.approx(expected)}


def test_an_hour_is_all_of_its_minutes(cloud: Surroundings, name: str, hour: datetime) -> None:
    cloud.had(f"{name}:live", "41", hour, Traffic(30))
    cloud.had(f"{name}:live", "41", hour + 59 * MINUTE, Traffic(9, bad=2, slow={800: 9}))
    cloud.had(f"{name}:live", "42", hour + 30 * MINUTE, Traffic(1, slow={200: 1}))
    cloud.had(f"{name}:live", "42", hour + HOUR, Traffic(5))
    read = {
        (metric, stat): values(cloud, of(name, None, metric, stat, 3600), hour, hour + HOUR)
        for metric, stat in [("Invocations", "Sum"), ("Errors", "Sum"), ("Duration", "p75")]
    }
    assert read["Invocations", "Sum"] == {hour: 40}
    assert read["Errors", "Sum"] == {hour: 2}
    assert read["Duration", "p75"] == {hour: pytest.approx(50 + 0.25 * 150)}


def test_how_many_calls_ran_at_once_and_how_long_they_took_is_measured_of_each_version_and_of_the_alias(
    cloud: Surroundings, name: str, hour: datetime
) -> None:
    cloud.had(f"{name}:live", "42", hour, Traffic(10, slow={200: 4}, environments=3))
    cloud.had(f"{name}:live", "42", hour + MINUTE, Traffic(2, environments=2))
    for version in ("42", None):
        highest = of(name, version, "ConcurrentExecutions", "Maximum")
        found = values(cloud, highest, hour, hour + 9 * MINUTE)
        assert found == {hour: 3, hour + MINUTE: 2}
        assert values(cloud, replace(highest, period_seconds=3600), hour) == {hour: 3}
        total = values(cloud, of(name, version, "Duration", "Sum"), hour, hour + 2 * MINUTE)
        assert total == {hour: 6 * 50 + 4 * 200, hour + MINUTE: 100}


@pytest.mark.parametrize(
    ("begin", "end", "minutes"),
    [
        pytest.param(0, 120, [0, 1], id="the end is excluded"),
        pytest.param(0, 121, [0, 1, 2], id="a minute that the end lies in"),
        pytest.param(59, 60, [0], id="a minute that the begin lies in"),
        pytest.param(60, 240, [1, 2, 3], id="full minutes"),
    ],
)
def test_periods_are_read_whole(
    cloud: Surroundings, name: str, hour: datetime, begin: int, end: int, minutes: list[int]
) -> None:
    for minute in range(4):
        cloud.had(f"{name}:live", "41", hour + minute * MINUTE, Traffic(minute + 1))
    found = values(cloud, of(name, "41"), hour + timedelta(seconds=begin), hour + timedelta(seconds=end))
    assert found == {hour + minute * MINUTE: minute + 1 for minute in minutes}


def test_series_of_several_periods_are_read_together(cloud: Surroundings, name: str, hour: datetime) -> None:
    cloud.had(f"{name}:live", "41", hour + 10 * MINUTE, Traffic(3))
    series = [of(name, "41", period=period) for period in (60, 3600)]
    found = cloud.metrics.read([*series, *series], hour + 10 * MINUTE, hour + 11 * MINUTE)
    assert found == {
        series[0]: {int((hour + 10 * MINUTE).timestamp()): 3},
        series[1]: {int(hour.timestamp()): 3},
    }


def test_names_that_begin_alike_and_other_aliases_are_not_mixed_up(
    cloud: Surroundings, name: str, hour: datetime
) -> None:
    for target, version in [(f"{name}:live", "4"), (f"{name}-2:live", "4"), (f"{name}:lively", "4")]:
        cloud.had(target, version, hour, Traffic(100))
    cloud.had(f"{name}:live", "42", hour, Traffic(1))
    assert values(cloud, of(name, "4"), hour) == {hour: 100}
    assert values(cloud, of(name, None), hour) == {hour: 101}


def test_more_series_than_one_call_takes_are_read_too(cloud: Surroundings, name: str, hour: datetime) -> None:
    cloud.had(f"{name}:live", "1", hour, Traffic(1))
    cloud.had(f"{name}:live", "501", hour, Traffic(501))
    series = [of(name, str(version)) for version in range(1, 502)]
    found = cloud.metrics.read(series, hour, hour + MINUTE)
    assert [(one.version, *found[one].values()) for one in series if found[one]] == [("1", 1), ("501", 501)]


def test_what_is_measured_is_what_the_judge_reads(cloud: Surroundings, name: str, hour: datetime) -> None:
    comparison = Comparison(a_target(f"{name}:live"), "41", "42", profile=USUALLY)
    cloud.had(f"{name}:live", "41", hour, Traffic(90, bad=1, throttles=2, slow={101: 40, 201: 5, 500: 1}))
    cloud.had(f"{name}:live", "42", hour, Traffic(10, bad=3, slow={105: 4, 221: 2, 450: 1}))
    changes = [Change(hour - MINUTE, hour - MINUTE, 0.1)]
    found = cloud.metrics.read(queries_of(comparison), hour, hour + MINUTE)
    assert minutes_of(comparison, found, changes, hour, hour + MINUTE, Latency.COUNTS) == [
        Minute("errors", 10, 3, 90, 1, 0.1, 0.1, 1, 1.462),
        Minute("throttles", 10, 0, 92, 2, 0.1, 0.1, 1, 1.462),
        Minute("p50", 10, 3, 90, 46, 0.1, 0.1, 1, 1.462),
        Minute("p90", 10, 3, 90, 6, 0.1, 0.1, 1, 1.462),
        Minute("p99", 10, 1, 90, 1, 0.1, 0.1, 1, 1.462),
        Minute("p50_harm", 10, 3, 90, 46, 0.1, 0.1, 1, 1.462),
        Minute("p90_harm", 10, 1, 90, 6, 0.1, 0.1, 1, 1.462),
    ]


def test_percentiles_bound_what_is_not_counted(cloud: Surroundings, name: str, hour: datetime) -> None:
    comparison = Comparison(a_target(f"{name}:live"), "41", "42", profile=USUALLY)
    cloud.had(f"{name}:live", "41", hour, Traffic(900, slow={101: 400, 201: 50, 500: 10}))
    cloud.had(f"{name}:live", "42", hour, Traffic(100, slow={105: 40, 221: 20, 450: 10}))
    counted = cloud.metrics.read(queries_of(comparison), hour, hour + MINUTE)
    plain = {one: points for one, points in counted.items() if one.stat == "Sum"}
    bounded = plain | dict(cloud.metrics.read(percentile_queries_of(comparison), hour, hour + MINUTE))
    assert latency_by(comparison, bounded, hour, hour + MINUTE) is Latency.PERCENTILES
    exact, bound = (
        minutes_of(comparison, found, [], hour, hour + MINUTE, latency)
        for found, latency in ((counted, Latency.COUNTS), (bounded, Latency.PERCENTILES))
    )
    for row, less in zip(exact, bound, strict=True):
        assert (row.candidate_calls, row.stable_calls) == (less.candidate_calls, less.stable_calls)
        sign = -1 if row.metric.endswith("harm") else 1
        assert sign * less.candidate_failures <= sign * row.candidate_failures
        assert sign * less.stable_failures >= sign * row.stable_failures


def test_how_a_target_usually_is_can_be_read_by_the_hour(
    cloud: Surroundings, name: str, hour: datetime
) -> None:
    cloud.had(f"{name}:live", "41", hour, Traffic(600, bad=6, slow={300: 60}))
    cloud.had(f"{name}:live", "41", hour - 5 * HOUR, Traffic(60))
    target, begin, end = a_target(f"{name}:live"), hour - 9 * HOUR, hour + HOUR
    profile = profile_of(cloud.metrics.read(profile_queries(target), begin, end), begin, end)
    assert profile.calls_per_minute == pytest.approx(1.1)
    assert profile.recent_calls_per_minute == pytest.approx(10)
    assert profile.failure_rate == pytest.approx(0.005)
    assert profile.slow_ms == pytest.approx((50, (50 + 75) / 2, 175))
