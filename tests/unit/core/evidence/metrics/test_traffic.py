"""How a target usually is: by typical hours, so that one bad hour is not the measure of a candidate."""

from collections.abc import Mapping
from datetime import timedelta
from math import exp

import pytest

from hotplug.core.evidence.comparison import Comparison, queries_of
from hotplug.core.evidence.metrics.queries import MetricQuery
from hotplug.core.evidence.metrics.traffic import TrafficProfile, profile_of, profile_queries
from tests.fakes import a_target
from tests.fakes.clock import MORNING

LIVE = a_target("orders:live")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HOUR_HAS = ["Invocations", "Errors", "p50", "p90", "p99"]


def values_of(*hours: Mapping[str, float]) -> dict[MetricQuery, Mapping[int, float]]:
    """The newest last: the one that MORNING begins."""
    series = dict(zip(profile_queries(LIVE), HOUR_HAS, strict=True))
    return {
        one: {
            int((MORNING - back * HOUR).timestamp()): had[name]
            for back, had in enumerate(reversed(hours))
            if name in had
        }
        for one, name in series.items()
    }


def an_hour(
    calls: float, failed: float = 0, p50: float = 10, p90: float = 20, p99: float = 40
) -> dict[str, float]:
    return {"Invocations": calls, "Errors": failed, "p50": p50, "p90": p90, "p99": p99}


def test_what_is_usual_is_asked_of_the_alias_by_the_hour() -> None:
    assert [(series.metric, series.stat) for series in profile_queries(LIVE)] == [
        ("Invocations", "Sum"),
        ("Errors", "Sum"),
        ("Duration", "p50"),
        ("Duration", "p90"),
        ("Duration", "p99"),
    ]
    assert {(series.version, series.period_seconds) for series in profile_queries(LIVE)} == {(None, 3600)}


def test_calls_a_minute_are_those_of_all_minutes() -> None:
    values = values_of(an_hour(600), {}, an_hour(120), an_hour(30))
    profile = profile_of(values, MORNING - 3 * HOUR, MORNING + 30 * MINUTE)
    assert profile.calls_per_minute == pytest.approx(750 / 210)


def test_what_lies_outside_does_not_count() -> None:
    values = values_of(an_hour(6000, 900, 91, 92, 93), an_hour(60), an_hour(60, 6, 81, 82, 83))
    late_in_the_hour = MORNING - MINUTE
    for begin in (MORNING - HOUR, late_in_the_hour):
        profile = profile_of(values, begin, MORNING)
        assert (profile.calls_per_minute, profile.failure_rate, profile.slow_ms) == (1, 0, (10, 20, 40))


def test_no_time_is_silence() -> None:
    assert profile_of(values_of(), MORNING, MORNING).calls_per_minute == 0


@pytest.mark.parametrize(
    ("before", "newest", "elapsed_minutes", "recent"),
    [
        pytest.param(600, 30, 30, 10, id="it was busier before"),
        pytest.param(60, 300, 30, 10, id="it gets busier"),
        pytest.param(60, 10, 0.5, 10, id="an hour has at least a minute"),
        pytest.param(600, 0, 0, 10, id="an hour that just begins"),
        pytest.param(0, 0, 30, 0, id="silence"),
    ],
)
def test_the_busier_of_the_last_two_hours_is_recent(
    before: int, newest: int, elapsed_minutes: float, recent: float
) -> None:
    values = values_of(an_hour(9999), an_hour(before), an_hour(newest))
    profile = profile_of(values, MORNING - 72 * HOUR, MORNING + elapsed_minutes * MINUTE)
    assert profile.recent_calls_per_minute == pytest.approx(recent)


@pytest.mark.parametrize(
    ("hours", "failure_rate", "slow_ms"),
    [
        pytest.param([an_hour(100, 1)], 0.01, (10, 20, 40), id="one hour"),
        pytest.param(
            [an_hour(100, 1), an_hour(9, 9, 900, 900, 900), an_hour(100, 2, 11, 21, 41)],
            0.02,
            (11, 21, 41),
            id="a bad hour is not typical",
        ),
        pytest.param(
            [an_hour(100, 1), an_hour(100, 2, 12, 22, 42)], 0.015, (11, 21, 41), id="between two hours"
        ),
        pytest.param(
            [an_hour(100, 1), {}, {}, an_hour(0)], 0.01, (10, 20, 40), id="silent hours do not count"
        ),
        pytest.param([{"Invocations": 10}], 0, (), id="calls without anything else"),
        pytest.param([an_hour(10, 20)], 1, (10, 20, 40), id="no more failures than calls"),
        pytest.param([], 0, (), id="nobody ever called"),
    ],
)
def test_a_typical_hour_is_the_middle_one(
    hours: list[dict[str, float]], failure_rate: float, slow_ms: tuple[float, ...]
) -> None:
    profile = profile_of(values_of(*hours), MORNING - 72 * HOUR, MORNING + HOUR)
    assert profile.failure_rate == pytest.approx(failure_rate)
    assert profile.slow_ms == pytest.approx(slow_ms)


def test_series_by_the_minute_beside_them_do_not_disturb() -> None:
    comparison = Comparison(LIVE, "41", "42")
    minutes = {one: {int(MORNING.timestamp()): 9.0} for one in queries_of(comparison)}
    for values in (values_of(an_hour(60)) | minutes, minutes | values_of(an_hour(60))):
        assert profile_of(values, MORNING, MORNING + HOUR).calls_per_minute == 1


@pytest.mark.parametrize(
    ("slow_ms", "mean"),
    [
        pytest.param((), 0, id="not known"),
        pytest.param((0.0, 0.0, 1.0), 0, id="less than can be measured"),
        pytest.param((100.0, 100.0, 100.0), 100, id="always the same"),
        pytest.param((100.0, 100 * exp(1.2815515655446), 200.0), 100 * exp(0.5), id="log-normal"),
    ],
)
def test_the_mean_duration_follows_from_the_quantiles(slow_ms: tuple[float, ...], mean: float) -> None:
    assert TrafficProfile(1, 1, 0, slow_ms).mean_ms == pytest.approx(mean)
