"""Minutes are what CloudWatch measured, no more; what is not known for sure speaks for neither side."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.evidence import Minute
from hotplug.core.evidence.comparison import Comparison, Latency, percentile_queries_of, queries_of
from hotplug.core.evidence.metrics.minutes import latency_by, minutes_of
from hotplug.core.evidence.metrics.queries import MetricQuery, Values, billed, final_until
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.metrics.weights import PROPAGATION_SECONDS, Change, weights_in
from tests.fakes import a_target
from tests.fakes.clock import MORNING

LIVE = a_target("orders:live")
MINUTE = timedelta(minutes=1)
TWO_METRICS = ["errors", "throttles"]
ALL_METRICS = [*TWO_METRICS, "p50", "p90", "p99", "p50_harm", "p90_harm"]
GRID = ["p10", "p25", "p50", "p75", "p90", "p95", "p99", "p99.9"]


def compared(*slow_ms: float) -> Comparison:
    """Two versions of a target that usually takes so long: p50, p90 and p99."""
    return Comparison(LIVE, "41", "42", profile=TrafficProfile(100, 100, 0, slow_ms))


PAIR = compared(100.0, 200.0, 400.0)
FAST = Comparison(LIVE, "41", "42")


def at(seconds: float) -> datetime:
    return MORNING + timedelta(seconds=seconds)


def epoch(minute: int) -> int:
    return int((MORNING + minute * MINUTE).timestamp())


def shown(series: MetricQuery) -> str:
    return f"{series.version} {series.metric} {series.stat}"


def measured(*minutes: Mapping[str, float]) -> Values:
    """Values by series in short, as "42 Errors Sum", one mapping a minute."""
    return {
        MetricQuery(metric, stat, "orders", "live", version): {
            epoch(number): values[name] for number, values in enumerate(minutes) if name in values
        }
        for name in {name: None for values in minutes for name in values}
        for version, metric, stat in [name.split(" ")]
    }


def all_rows(
    pair: Comparison, values: Values, changes: Sequence[Change], begin: float, until: float
) -> list[Minute]:
    latency = latency_by(pair, values, at(begin), at(until))
    return minutes_of(pair, values, changes, at(begin), at(until), latency)


def rows(
    pair: Comparison, values: Values, changes: Sequence[Change] = (), begin: float = 0, until: float = 60
) -> dict[str, Minute]:
    """By metric; of one minute."""
    return {row.metric: row for row in all_rows(pair, values, changes, begin, until)}


def sides(row: Minute) -> tuple[tuple[int, int], tuple[int, int]]:
    return (row.candidate_calls, row.candidate_failures), (row.stable_calls, row.stable_failures)


# What is asked


def test_a_version_behind_an_alias_has_dimensions_of_its_own() -> None:
    assert MetricQuery("Errors", "Sum", "orders", "live", "42").dimensions == {
        "FunctionName": "orders",
        "Resource": "orders:live",
        "ExecutedVersion": "42",
    }
    assert "ExecutedVersion" not in MetricQuery("Errors", "Sum", "orders", "live", None).dimensions


def test_both_versions_are_asked_for_the_same_but_for_how_slow_is_slow() -> None:
    assert [shown(series) for series in queries_of(PAIR)] == [
        "41 Invocations Sum",
        "41 Errors Sum",
        "41 Throttles Sum",
        "42 Invocations Sum",
        "42 Errors Sum",
        "42 Throttles Sum",
        "42 ConcurrentExecutions Maximum",
        "42 Duration Sum",
        "41 Duration TC(:100)",
        "41 Duration TC(:200)",
        "41 Duration TC(:400)",
        "42 Duration TC(:110)",
        "42 Duration TC(:220)",
        "42 Duration TC(:440)",
        "42 Duration TC(:125)",
        "42 Duration TC(:250)",
    ]
    assert {series.period_seconds for series in queries_of(PAIR)} == {60}


@pytest.mark.parametrize(
    ("usual_ms", "stable", "candidate", "never"),
    [
        pytest.param(0.7, "0.7", "0.77", "0.87", id="rounded down, as Lambda measures hundredths"),
        pytest.param(1234567.0, "1234567", "1358023.7", "1543208.75", id="no exponent"),
        pytest.param(3.333333333, "3.33", "3.66", "4.16", id="a third"),
        pytest.param(70.0, "70", "77", "87.5", id="no idle zeros"),
        pytest.param(1e-9, "0", "0", "0", id="less than can be measured"),
    ],
)
def test_limits_are_written_plainly(usual_ms: float, stable: str, candidate: str, never: str) -> None:
    pair = compared(usual_ms, 5000.0, 9000.0)
    asked = {shown(series) for series in queries_of(pair)}
    assert {
        f"41 Duration TC(:{stable})",
        f"42 Duration TC(:{candidate})",
        f"42 Duration TC(:{never})",
    } <= asked


def test_nothing_is_asked_twice() -> None:
    asked = queries_of(compared(100.0, 100.0, 100.0))
    assert len(asked) == len(set(asked)) == 6 + 2 + 1 + 2


def test_where_latency_is_not_judged_nothing_is_asked_about_it() -> None:
    asked = {(series.metric, series.stat) for series in queries_of(FAST)}
    assert asked == {
        ("Invocations", "Sum"),
        ("Errors", "Sum"),
        ("Throttles", "Sum"),
        ("ConcurrentExecutions", "Maximum"),
        ("Duration", "Sum"),
    }
    assert percentile_queries_of(FAST) == []


def test_a_look_is_billed_as_ten_metrics() -> None:
    """Durations of the candidate are a total and five counts: two metrics."""
    assert billed(queries_of(PAIR)) == 6 + 1 + 1 + 2


def test_percentiles_are_asked_of_both_versions() -> None:
    assert [shown(series) for series in percentile_queries_of(PAIR)] == [
        f"{version} Duration {stat}" for version in ("41", "42") for stat in GRID
    ]


# Weights

CANARY = Change(at(90), at(92), 0.05)
MORE = Change(at(300), at(301), 0.5)
BACK = Change(at(480), at(481), 0.0)


@pytest.mark.parametrize(
    ("minute", "changes", "expected"),
    [
        pytest.param(0, [], (0, 0), id="nothing was changed"),
        pytest.param(0, [CANARY], (0, 0), id="before the first change"),
        pytest.param(1, [CANARY], (0, 0.05), id="the minute of the change"),
        pytest.param(2, [CANARY], (0.05, 0.05), id="after it"),
        pytest.param(4, [CANARY, MORE], (0.05, 0.05), id="before the next, which begins with a minute"),
        pytest.param(5, [CANARY, MORE], (0.05, 0.5), id="in the minute that it begins with"),
        pytest.param(5, [MORE, CANARY], (0.05, 0.5), id="in any order"),
        pytest.param(6, [CANARY, MORE], (0.5, 0.5), id="after both"),
        pytest.param(8, [CANARY, MORE, BACK], (0, 0.5), id="taken back"),
        pytest.param(9, [CANARY, MORE, BACK], (0, 0), id="after it was taken back"),
        pytest.param(1, [Change(at(50), at(54.9), 0.1)], (0.1, 0.1), id="it has got around by the minute"),
        pytest.param(1, [Change(at(50), at(55), 0.1)], (0.1, 0.1), id="it has just got around"),
        pytest.param(1, [Change(at(50), at(55.1), 0.1)], (0, 0.1), id="it is still getting around"),
        pytest.param(0, [Change(at(59.9), at(60), 0.1)], (0, 0.1), id="begun in the minute's last moment"),
        pytest.param(2, [Change(at(50), at(300), 0.1)], (0, 0.1), id="a change that takes minutes"),
        pytest.param(
            0,
            [Change(at(5), at(6), 0.3), Change(at(10), at(11), 0.1)],
            (0, 0.3),
            id="a pulse within the minute",
        ),
        pytest.param(
            1,
            [Change(at(5), at(6), 0.3), Change(at(56), at(57), 0.1)],
            (0.1, 0.3),
            id="what was replaced may be in force a little longer",
        ),
    ],
)
def test_the_weights_of_a_minute(minute: int, changes: list[Change], expected: tuple[float, float]) -> None:
    assert weights_in(at(60 * minute), changes) == expected


@given(
    any_.lists(any_.tuples(any_.integers(0, 90), any_.integers(0, 40)), max_size=5),
    any_.integers(0, 9),
)
def test_no_weight_that_may_be_in_force_is_left_out(pauses: list[tuple[int, int]], minute: int) -> None:
    """Second by second: each is in force from its own begin until the next has got around."""
    changes, clock = [], 0
    for number, (pause, takes) in enumerate(pauses, start=1):
        clock += pause
        changes.append(Change(at(clock), at(clock + takes), number / 10))
        clock += takes
    possible = set()
    for second in range(60 * minute, 60 * minute + 60):
        for one, after in zip([None, *changes], [*changes, None], strict=True):
            has_begun = one is None or one.began <= at(second)
            is_gone = after is not None and after.ended + timedelta(seconds=PROPAGATION_SECONDS) <= at(second)
            if has_begun and not is_gone:
                possible.add(one.share if one else 0.0)
    assert weights_in(at(60 * minute), changes) == (min(possible), max(possible))


# Which minutes


@pytest.mark.parametrize(
    ("now", "timeout_seconds", "minutes"),
    [
        pytest.param(600, 0, 9, id="a minute for the metrics"),
        pytest.param(659, 0, 9, id="not yet another"),
        pytest.param(600, 1, 8, id="and what a call may take"),
        pytest.param(603, 3, 9, id="to the second"),
        pytest.param(602.9, 3, 8, id="a moment before"),
        pytest.param(1800, 900, 14, id="a quarter of an hour"),
    ],
)
def test_a_minute_is_final_when_its_last_call_must_have_ended(
    now: float, timeout_seconds: int, minutes: int
) -> None:
    assert final_until(at(now), timeout_seconds) == at(60 * minutes)


@pytest.mark.parametrize(
    ("begin", "until", "minutes"),
    [
        pytest.param(0, 180, [0, 1, 2], id="full minutes"),
        pytest.param(1, 180, [1, 2], id="begun within a minute"),
        pytest.param(0, 179, [0, 1], id="ended within a minute"),
        pytest.param(30, 90, [], id="no full minute"),
        pytest.param(180, 0, [], id="an end before the begin"),
    ],
)
def test_only_full_minutes_count_and_each_has_every_metric(
    begin: float, until: float, minutes: list[int]
) -> None:
    values = measured(*({"41 Invocations Sum": minute + 1} for minute in range(9)))
    found = all_rows(FAST, values, [], begin, until)
    expected = [(metric, minute + 1) for minute in minutes for metric in TWO_METRICS]
    assert [(row.metric, row.stable_calls) for row in found] == expected


def test_every_minute_has_its_weights() -> None:
    found = all_rows(FAST, {}, [CANARY], 0, 180)
    weights = [(row.weight_low, row.weight_high) for row in found if row.metric == "errors"]
    assert weights == [(0, 0), (0, 0.05), (0.05, 0.05)]


# Environments

BUSY = {"42 Invocations Sum": 9, "42 Duration Sum": 90_500}


@pytest.mark.parametrize(
    ("values", "trusts", "expected"),
    [
        pytest.param({}, None, (None, 0), id="no calls"),
        pytest.param({"42 ConcurrentExecutions Maximum": 3}, True, (None, 0), id="as nothing can have run"),
        pytest.param(BUSY, None, (None, 90.5), id="no concurrency"),
        pytest.param(BUSY | {"42 ConcurrentExecutions Maximum": 3}, None, (3, 90.5), id="both"),
        pytest.param(
            BUSY | {"42 ConcurrentExecutions Maximum": 2}, None, (2, 90.5), id="as high as its mean"
        ),
        pytest.param(BUSY | {"42 ConcurrentExecutions Maximum": 1}, None, (None, 90.5), id="below its mean"),
        pytest.param(BUSY | {"42 ConcurrentExecutions Maximum": 1}, True, (1, 90.5), id="trusted before"),
        pytest.param(BUSY | {"42 ConcurrentExecutions Maximum": 3}, False, (None, 90.5), id="not trusted"),
        pytest.param(
            {"42 Invocations Sum": 9, "42 ConcurrentExecutions Maximum": 3},
            None,
            (3, None),
            id="no durations",
        ),
        pytest.param({"42 Invocations Sum": 9}, None, (None, None), id="neither"),
    ],
)
def test_every_row_of_a_minute_has_the_candidates_environments(
    values: Mapping[str, float], trusts: bool | None, expected: tuple[float | None, float | None]
) -> None:
    pair = replace(PAIR, trusts_environments=trusts)
    found = rows(pair, measured(values)).values()
    assert {(row.environments, row.busy_seconds) for row in found} == {expected}


# Failures


def test_errors_are_among_the_calls_and_throttles_beside_them() -> None:
    values = measured(
        {
            "41 Invocations Sum": 90,
            "41 Errors Sum": 1,
            "41 Throttles Sum": 10,
            "42 Invocations Sum": 10,
            "42 Errors Sum": 4,
            "42 Throttles Sum": 0,
        }
    )
    found = rows(FAST, values, [Change(at(-60), at(-60), 0.1)])
    assert found == {
        "errors": Minute("errors", 10, 4, 90, 1, 0.1, 0.1),
        "throttles": Minute("throttles", 10, 0, 100, 10, 0.1, 0.1),
    }


@pytest.mark.parametrize(
    ("minute", "errors", "throttles"),
    [
        pytest.param({}, (0, 0), (0, 0), id="no data is no call"),
        pytest.param({"42 Throttles Sum": 7}, (0, 0), (7, 7), id="only throttled"),
        pytest.param({"42 Invocations Sum": 3}, (3, 0), (3, 0), id="only calls"),
        pytest.param(
            {"42 Invocations Sum": 3, "42 Errors Sum": 5}, (3, 3), (3, 0), id="more errors than calls"
        ),
        pytest.param({"42 Errors Sum": 5}, (0, 0), (0, 0), id="errors without a call"),
    ],
)
def test_what_is_missing_is_nothing(
    minute: dict[str, float], errors: tuple[int, int], throttles: tuple[int, int]
) -> None:
    found = rows(FAST, measured(minute))
    assert (sides(found["errors"])[0], sides(found["throttles"])[0]) == (errors, throttles)


# Latency by counts

COUNTED = {
    "41 Invocations Sum": 90,
    "41 Duration TC(:100)": 45,
    "41 Duration TC(:200)": 81,
    "41 Duration TC(:400)": 90,
    "42 Invocations Sum": 10,
    "42 Duration TC(:110)": 2,
    "42 Duration TC(:220)": 7,
    "42 Duration TC(:440)": 10,
    "42 Duration TC(:125)": 4,
    "42 Duration TC(:250)": 8,
}


def test_a_slow_call_is_one_that_took_longer_than_the_limit() -> None:
    found = rows(PAIR, measured(COUNTED))
    assert list(found) == ALL_METRICS
    assert {name: sides(row) for name, row in found.items()} == {
        "errors": ((10, 0), (90, 0)),
        "throttles": ((10, 0), (90, 0)),
        "p50": ((10, 8), (90, 45)),
        "p90": ((10, 3), (90, 9)),
        "p99": ((10, 0), (90, 0)),
        "p50_harm": ((10, 6), (90, 45)),
        "p90_harm": ((10, 2), (90, 9)),
    }
    assert latency_by(PAIR, measured(COUNTED), at(0), at(60)) is Latency.COUNTS


def test_no_more_calls_are_slow_or_fast_than_there_were() -> None:
    found = rows(PAIR, measured(COUNTED | {"42 Duration TC(:110)": 11, "42 Duration TC(:220)": 0}))
    assert sides(found["p50"])[0] == (10, 0)
    assert sides(found["p90"])[0] == (10, 10)


def test_a_minute_that_only_one_version_was_called_in_needs_no_counts_of_the_other() -> None:
    alone = {name: value for name, value in COUNTED.items() if name.startswith("41")}
    values = measured(alone, COUNTED)
    assert latency_by(PAIR, values, at(0), at(120)) is Latency.COUNTS
    assert sides(rows(PAIR, values)["p50"]) == ((0, 0), (90, 45))


# Latency by percentiles


def percentiles(version: str, calls: int, *ms: float) -> dict[str, float]:
    """A minute of one version whose calls are not counted by their duration."""
    return {f"{version} Invocations Sum": calls} | {
        f"{version} Duration {stat}": value for stat, value in zip(GRID, ms, strict=True)
    }


CANDIDATE = percentiles("42", 1000, 50, 60, 105, 120, 230, 500, 500, 500)
STABLE = percentiles("41", 9000, 50, 60, 90, 150, 190, 250, 390, 450)


def test_percentiles_bound_how_many_calls_were_slow() -> None:
    """Against the candidate its fewest count, and the stable version's most; for it, the other way round."""
    values = measured(CANDIDATE | STABLE)
    assert latency_by(PAIR, values, at(0), at(60)) is Latency.PERCENTILES
    assert {name: sides(row) for name, row in rows(PAIR, values).items() if name.startswith("p")} == {
        "p50": ((1000, 250), (9000, 4500)),
        "p90": ((1000, 100), (9000, 900)),
        "p99": ((1000, 50), (9000, 90)),
        "p50_harm": ((1000, 250), (9000, 2250)),
        "p90_harm": ((1000, 100), (9000, 450)),
    }


def test_beyond_the_outer_percentiles_all_or_none_may_be_slow() -> None:
    slow = percentiles("42", 1000, *[900] * 8)
    fast = percentiles("41", 1000, *[10] * 8)
    found = rows(PAIR, measured(slow | fast))
    assert sides(found["p50"]) == ((1000, 900), (1000, 1))
    assert sides(found["p50_harm"]) == ((1000, 1000), (1000, 0))


def test_a_call_that_took_exactly_the_limit_is_not_slow() -> None:
    pair = compared(0.7, 70.0, 700.0)
    found = rows(pair, measured(percentiles("42", 1000, *[0.77] * 8) | percentiles("41", 1000, *[0.7] * 8)))
    assert sides(found["p50"]) == ((1000, 0), (1000, 1))


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param(["42 Duration p99.9"], id="one percentile"),
        pytest.param([f"41 Duration {stat}" for stat in GRID], id="all of one version"),
    ],
)
def test_a_minute_without_all_its_percentiles_says_nothing_about_latency(missing: list[str]) -> None:
    whole = CANDIDATE | STABLE
    partial = {name: value for name, value in whole.items() if name not in missing}
    values = measured(partial, whole)
    first, second = rows(PAIR, values), rows(PAIR, values, begin=60, until=120)
    assert {sides(first[metric]) for metric in ALL_METRICS[2:]} == {((0, 0), (0, 0))}
    assert sides(first["errors"]) == ((1000, 0), (9000, 0))
    assert sides(second["p50"]) == ((1000, 250), (9000, 4500))


def test_one_count_that_is_missing_makes_all_minutes_go_by_percentiles() -> None:
    gap = {name: value for name, value in COUNTED.items() if name != "42 Duration TC(:250)"}
    values = measured(COUNTED, gap | CANDIDATE | STABLE)
    assert latency_by(PAIR, values, at(0), at(120)) is Latency.PERCENTILES
    found = all_rows(PAIR, values, [], 0, 120)
    assert [sides(row) for row in found if row.metric == "p50"] == [
        ((0, 0), (0, 0)),
        ((1000, 250), (9000, 4500)),
    ]
    assert latency_by(PAIR, values, at(0), at(60)) is Latency.COUNTS


def test_where_nothing_tells_how_slow_calls_were_latency_has_rows_without_calls() -> None:
    values = measured({"41 Invocations Sum": 90, "42 Invocations Sum": 10}, {})
    assert latency_by(PAIR, values, at(0), at(120)) is Latency.NONE
    found = rows(PAIR, values)
    assert list(found) == ALL_METRICS
    assert {sides(found[metric]) for metric in ALL_METRICS[2:]} == {((0, 0), (0, 0))}


def test_where_latency_is_not_judged_it_has_no_rows() -> None:
    assert latency_by(FAST, measured(COUNTED), at(0), at(60)) is Latency.NONE
    assert list(rows(FAST, measured(COUNTED))) == TWO_METRICS


def test_without_calls_nothing_is_missing() -> None:
    assert latency_by(PAIR, {}, at(0), at(60)) is Latency.COUNTS


def _rank(ordered: Sequence[float], percent: float, *, interpolated: bool) -> float:
    """CloudWatch does not say which way it goes."""
    if not interpolated:
        return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]
    position = (len(ordered) - 1) * percent / 100
    below, above = ordered[int(position)], ordered[min(int(position) + 1, len(ordered) - 1)]
    return below + (above - below) * (position - int(position))


@given(
    took=any_.lists(any_.sampled_from([1.0, 90.0, 100.0, 110.0, 125.0, 300.0]), min_size=1, max_size=60),
    interpolated=any_.booleans(),
)
def test_the_bounds_hold_however_percentiles_are_made(took: list[float], *, interpolated: bool) -> None:
    ordered = sorted(took)
    ms = [_rank(ordered, float(stat[1:]), interpolated=interpolated) for stat in GRID]
    values = measured(percentiles("42", len(took), *ms) | percentiles("41", len(took), *ms))
    found = rows(PAIR, values)
    over = {limit: sum(one > limit for one in took) for limit in (100, 110, 125)}
    assert found["p50"].candidate_failures <= over[110]
    assert found["p50"].stable_failures >= over[100]
    assert found["p50_harm"].candidate_failures >= over[125]
    assert found["p50_harm"].stable_failures <= over[100]
