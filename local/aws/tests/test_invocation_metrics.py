import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotplug_emulator.invocation_metrics import (
    InFlight,
    Invocation,
    MetricData,
    Recorder,
    dimension_sets,
    dimension_sets_of,
    metric_data,
)

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:orders"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CALL = Invocation("000000000000", "us-east-1", f"{FUNCTION}:live", "7", NOON, duration_milliseconds=12.5)


@pytest.mark.parametrize(
    ("qualifier", "names"),
    [
        pytest.param("", ["FunctionName", "FunctionName Resource=orders"], id="unqualified"),
        pytest.param(":7", ["FunctionName", "FunctionName Resource=orders:7"], id="a version"),
        pytest.param(":$LATEST", ["FunctionName", "FunctionName Resource=orders:$LATEST"], id="$LATEST"),
        pytest.param(
            ":live",
            [
                "FunctionName",
                "FunctionName Resource=orders:live",
                "FunctionName Resource=orders:live ExecutedVersion=7",
            ],
            id="an alias",
        ),
    ],
)
def test_an_invocation_counts_for_the_dimension_sets_of_aws(qualifier: str, names: list[str]) -> None:
    sets = dimension_sets(replace(CALL, invoked_arn=FUNCTION + qualifier))
    shown = [
        " ".join(name if name == "FunctionName" else f"{name}={value}" for name, value in dimensions)
        for dimensions in sets
    ]
    assert shown == names


def test_a_failure_counts_as_an_invocation_and_an_error() -> None:
    data = metric_data([CALL, replace(CALL, failed=True)])
    assert _sums(data) == {"Invocations": 2, "Errors": 1, "Throttles": 0}
    assert _of(data, "Duration")["Values"] == [12.5, 12.5]


def test_a_throttled_call_is_neither_an_invocation_nor_an_error() -> None:
    assert _sums(metric_data([replace(CALL, throttled=True)])) == {"Throttles": 1}


def test_calls_that_run_at_once_are_counted_by_the_sets_that_they_share() -> None:
    running = InFlight()
    place = CALL.account, CALL.region
    live, of_version = (
        dimension_sets_of(f"{FUNCTION}:live", "7"),
        dimension_sets_of(f"{FUNCTION}:7", "7"),
    )
    by_function, by_alias, by_executed = live
    assert running.begins(*place, live) == {by_function: 1, by_alias: 1, by_executed: 1}
    assert running.begins(*place, of_version) == {by_function: 2, of_version[1]: 1}
    assert running.begins(CALL.account, "eu-west-1", live)[by_function] == 1
    running.ends(*place, live)
    assert running.begins(*place, live) == {by_function: 2, by_alias: 1, by_executed: 1}


def test_the_concurrency_of_a_call_is_that_at_its_begin() -> None:
    sets = dimension_sets(CALL)
    calls = [replace(CALL, concurrent=dict.fromkeys(sets, number)) for number in (1, 2)]
    data = metric_data([*calls, replace(CALL, throttled=True, concurrent=dict.fromkeys(sets, 3))])
    assert _of(data, "ConcurrentExecutions")["Values"] == [1, 2]
    assert len([datum for datum in data if datum["MetricName"] == "ConcurrentExecutions"]) == len(sets)


def test_each_second_has_data_of_its_own() -> None:
    data = metric_data([CALL, replace(CALL, begun_at=NOON + timedelta(seconds=1.5))])
    assert {datum["Timestamp"] for datum in data} == {NOON, NOON + timedelta(seconds=1)}


def test_recording_never_waits_for_sending() -> None:
    sent = threading.Event()

    def send(account: str, region: str, data: MetricData) -> None:
        assert (account, region) == ("000000000000", "us-east-1")
        assert data
        sent.set()

    Recorder(send).record(CALL)
    assert sent.wait(5)


def _of(data: MetricData, name: str) -> dict[str, Any]:
    return next(datum for datum in data if datum["MetricName"] == name and len(datum["Dimensions"]) == 3)  # type: ignore[arg-type]


def _sums(data: MetricData) -> dict[str, int]:
    names = [str(datum["MetricName"]) for datum in data if datum["MetricName"] != "Duration"]
    return {name: _of(data, name)["StatisticValues"]["Sum"] for name in names}
