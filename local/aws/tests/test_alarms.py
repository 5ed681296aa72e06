"""The bridge against a CloudWatch in memory."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Self

import pytest

from local.aws.alarms.evaluate import AlarmBridge

NOW = 1_800_000_005.0
PERIOD = 10


class InMemoryCloudWatch:
    """Alarms by name, and values of the one metric there is by second."""

    def __init__(self) -> None:
        self.alarms: dict[str, dict[str, Any]] = {}
        self.values: dict[float, float] = {}
        self.now = NOW

    def add(self, name: str, **settings: Any) -> None:
        self.alarms[name] = {"AlarmName": name, "StateValue": "INSUFFICIENT_DATA", **INITIAL, **settings}

    def state(self, name: str) -> str:
        return str(self.alarms[name]["StateValue"])

    def set_by_hand(self, name: str, state: str) -> None:
        self.set_alarm_state(AlarmName=name, StateValue=state, StateReason="by hand")

    def get_paginator(self, _operation: str) -> Self:
        return self

    def paginate(self, AlarmTypes: list[str]) -> Iterator[dict[str, Any]]:  # noqa: N803
        alarms = [dict(alarm) for alarm in self.alarms.values()]
        yield {"MetricAlarms": [alarm for alarm in alarms if "AlarmRule" not in alarm]}
        yield {"CompositeAlarms": [alarm for alarm in alarms if "AlarmRule" in alarm]}

    def set_alarm_state(self, **given: Any) -> None:
        alarm = self.alarms[given.pop("AlarmName")]
        alarm.pop("StateReasonData", None)
        alarm |= given | {"StateUpdatedTimestamp": datetime.fromtimestamp(self.now, UTC)}

    def get_metric_data(self, **asked: Any) -> dict[str, Any]:
        begin, end = asked["StartTime"].timestamp(), asked["EndTime"].timestamp()
        within = {at: value for at, value in self.values.items() if begin <= at < end}
        times = [datetime.fromtimestamp(at // PERIOD * PERIOD, UTC) for at in within]
        results = [
            {"Id": query["Id"], "Timestamps": times, "Values": list(within.values())}
            for query in asked["MetricDataQueries"]
        ]
        return {"MetricDataResults": results}


INITIAL = {
    "StateReason": "Unchecked: Initial alarm creation",
    "StateUpdatedTimestamp": datetime.fromtimestamp(NOW - 100, UTC),
}
ERRORS = {
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": PERIOD,
    "EvaluationPeriods": 1,
    "Threshold": 0.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.fixture
def cloudwatch() -> InMemoryCloudWatch:
    return InMemoryCloudWatch()


@pytest.fixture
def bridge(cloudwatch: InMemoryCloudWatch) -> AlarmBridge:
    return AlarmBridge(cloudwatch)


def test_a_breach_is_seen_before_its_period_is_over(
    cloudwatch: InMemoryCloudWatch, bridge: AlarmBridge
) -> None:
    cloudwatch.add("errors", **ERRORS)
    cloudwatch.values = {NOW - 1: 1.0}
    bridge.tick(NOW)
    assert cloudwatch.state("errors") == "ALARM"
    assert cloudwatch.alarms["errors"]["StateReasonData"]


def test_too_little_is_only_known_when_the_period_is_over(
    cloudwatch: InMemoryCloudWatch, bridge: AlarmBridge
) -> None:
    few = ERRORS | {"ComparisonOperator": "LessThanThreshold", "Threshold": 5.0}
    cloudwatch.add("few", **few)
    cloudwatch.values = {NOW - 1: 1.0, NOW - PERIOD: 9.0}
    bridge.tick(NOW)
    assert cloudwatch.state("few") == "OK"
    bridge.tick(NOW + PERIOD)
    assert cloudwatch.state("few") == "ALARM"


def test_a_state_set_by_hand_stays_while_there_is_no_data(
    cloudwatch: InMemoryCloudWatch, bridge: AlarmBridge
) -> None:
    cloudwatch.add("errors", **ERRORS, TreatMissingData="notBreaching")
    cloudwatch.set_by_hand("errors", "ALARM")
    bridge.tick(NOW + 1)
    bridge.tick(NOW + 10_000)
    assert cloudwatch.state("errors") == "ALARM"


def test_a_state_set_by_hand_gives_way_to_data_after_an_interval(
    cloudwatch: InMemoryCloudWatch, bridge: AlarmBridge
) -> None:
    cloudwatch.add("errors", **ERRORS)
    cloudwatch.values = {NOW - PERIOD: 0.0, NOW: 0.0}
    cloudwatch.set_by_hand("errors", "ALARM")
    bridge.tick(NOW + 9)
    assert cloudwatch.state("errors") == "ALARM"
    bridge.tick(NOW + 11)
    assert cloudwatch.state("errors") == "OK"


def test_no_data_is_ok_where_it_is_not_breaching(cloudwatch: InMemoryCloudWatch, bridge: AlarmBridge) -> None:
    cloudwatch.add("errors", **ERRORS, TreatMissingData="notBreaching")
    bridge.tick(NOW)
    assert cloudwatch.state("errors") == "OK"


def test_an_alarm_on_an_expression_sees_its_value(
    cloudwatch: InMemoryCloudWatch, bridge: AlarmBridge
) -> None:
    metric = {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors"}, "Period": PERIOD, "Stat": "Sum"}
    queries = [
        {"Id": "m1", "MetricStat": metric, "ReturnData": False},
        {"Id": "e1", "Expression": "m1 * 10", "ReturnData": False},
        {"Id": "e2", "Expression": "e1 + m1"},
    ]
    rest = {name: ERRORS[name] for name in ("EvaluationPeriods", "ComparisonOperator")}
    cloudwatch.add("rate", Metrics=queries, Threshold=21.0, **rest)
    cloudwatch.values = {NOW: 2.0}
    bridge.tick(NOW)
    assert cloudwatch.state("rate") == "ALARM"


def test_a_composite_follows_its_children_in_the_same_tick(
    cloudwatch: InMemoryCloudWatch, bridge: AlarmBridge
) -> None:
    cloudwatch.add("outer", AlarmRule="ALARM(inner)")
    cloudwatch.add("inner", AlarmRule="ALARM(errors) AND NOT ALARM(other)")
    cloudwatch.add("errors", **ERRORS)
    cloudwatch.values = {NOW: 1.0}
    bridge.tick(NOW)
    assert [cloudwatch.state(name) for name in ("errors", "inner", "outer")] == ["ALARM"] * 3


def test_a_composite_set_by_hand_stays_until_a_child_changes(
    cloudwatch: InMemoryCloudWatch, bridge: AlarmBridge
) -> None:
    cloudwatch.add("errors", **ERRORS)
    cloudwatch.add("all", AlarmRule="ALARM(errors)")
    bridge.tick(NOW)
    cloudwatch.set_by_hand("all", "ALARM")
    bridge.tick(NOW + 1)
    assert cloudwatch.state("all") == "ALARM"
    cloudwatch.set_by_hand("errors", "OK")
    bridge.tick(NOW + 2)
    assert cloudwatch.state("all") == "OK"


def test_an_alarm_of_an_unknown_kind_does_not_stop_the_others(
    cloudwatch: InMemoryCloudWatch, bridge: AlarmBridge
) -> None:
    cloudwatch.add("strange", EvaluationPeriods=1, Metrics=[{"Id": "a", "Expression": "BAND(m, 2)"}])
    cloudwatch.add("broken", AlarmRule="whatever")
    cloudwatch.add("errors", **ERRORS)
    cloudwatch.values = {NOW: 1.0}
    bridge.tick(NOW)
    assert cloudwatch.state("errors") == "ALARM"
