import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotplug_emulator.invocation_metrics import Invocation, MetricData, Recorder, dimension_sets, metric_data

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
