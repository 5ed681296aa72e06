"""The minutes of an alias' last day are what CloudWatch measured, and nothing where it measured nothing."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from hotplug.core.evidence.metrics.day import DayMinute, day_of, day_queries
from hotplug.core.evidence.metrics.queries import MetricQuery, billed, fits_load
from tests.fakes import a_target
from tests.fakes.clock import MORNING

LIVE = a_target("orders:live")
USUAL_MS = (100.0, 200.0, 400.0)
FULL = {
    "Invocations Sum": 10.0,
    "Errors Sum": 2.0,
    "ConcurrentExecutions Maximum": 3.0,
    "Duration Sum": 1500.0,
    "Duration TC(:100)": 6.0,
    "Duration TC(:200)": 9.0,
    "Duration TC(:400)": 10.0,
}


def day(*minutes: Mapping[str, float], usual_ms: tuple[float, ...] = USUAL_MS) -> list[DayMinute]:
    """Minutes from this morning on, by "metric statistic"."""
    values = {
        MetricQuery(metric, stat, "orders", "live", None): {
            int((MORNING + timedelta(minutes=at)).timestamp()): minute[name]
            for at, minute in enumerate(minutes)
            if name in minute
        }
        for name in FULL
        for metric, stat in [name.split(" ")]
    }
    return day_of(LIVE, usual_ms, values, MORNING, MORNING + timedelta(minutes=len(minutes)))


def test_an_alias_is_asked_about_by_the_minute_whichever_version_served() -> None:
    asked = day_queries(LIVE, USUAL_MS)
    assert [f"{query.metric} {query.stat}" for query in asked] == [*FULL]
    assert {(query.version, query.period_seconds) for query in asked} == {(None, 60)}
    assert billed(asked) == 4


def test_a_limit_is_one_that_lambda_can_measure() -> None:
    assert day_queries(LIVE, (1 / 3,))[-1].stat == "TC(:0.33)"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(FULL, DayMinute(10, 2, 3.0, 1.5, (4, 1, 0)), id="all of it"),
        pytest.param({}, DayMinute(0, 0, None, 0.0, ()), id="no calls"),
        pytest.param({"Invocations Sum": 4.0}, DayMinute(4, 0, None, None, ()), id="calls alone"),
        pytest.param(
            FULL | {"Errors Sum": 11.0}, DayMinute(10, 10, 3.0, 1.5, (4, 1, 0)), id="late calls, early errors"
        ),
        pytest.param(
            {name: value for name, value in FULL.items() if name != "Duration TC(:200)"},
            DayMinute(10, 2, 3.0, 1.5, ()),
            id="a count is missing",
        ),
    ],
)
def test_a_minute_is_as_it_was_measured(values: Mapping[str, float], expected: DayMinute) -> None:
    assert day(values, {}, values) == [expected, DayMinute(0, 0, None, 0.0, ()), expected]


def test_where_nothing_is_usual_nothing_is_slow() -> None:
    assert day(FULL, usual_ms=()) == [DayMinute(10, 2, 3.0, 1.5, ())]


def test_equal_limits_are_one_count() -> None:
    assert day(FULL, usual_ms=(100.0, 100.0, 400.0)) == [DayMinute(10, 2, 3.0, 1.5, (4, 4, 0))]


def test_as_a_row_all_calls_are_at_one_version() -> None:
    row = DayMinute(10, 2, 3.0, 1.5, (4, 1, 0)).row
    assert row == ("errors", 10, 2, 0, 0, 1.0, 1.0, 3.0, 1.5)


@pytest.mark.parametrize(
    ("concurrency", "busy_seconds", "slow_ms", "fits"),
    [
        pytest.param(1, 60, (), True, id="one call after the other"),
        pytest.param(1, 60.1, (), False, id="more than one can do"),
        pytest.param(1, 90, (10_000, 20_000, 40_000), True, id="the last one ends in the next minute"),
        pytest.param(2, 201, (10_000, 20_000, 40_000), False, id="more than two can do"),
        pytest.param(0, 0.1, (100,), False, id="nobody ran"),
        pytest.param(0, 0, (), True, id="nobody had to"),
    ],
)
def test_a_concurrency_fits_the_time_that_calls_took(
    concurrency: float, busy_seconds: float, slow_ms: tuple[float, ...], fits: bool
) -> None:
    assert fits_load(concurrency, busy_seconds, slow_ms) is fits
