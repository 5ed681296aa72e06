"""EventBridge event "CloudWatch Alarm State Change", from alarms as DescribeAlarms returns them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

SOURCE = "aws.cloudwatch"
DETAIL_TYPE = "CloudWatch Alarm State Change"

type Alarm = Mapping[str, Any]


def state_change_entry(before: Alarm, after: Alarm) -> dict[str, Any]:
    """An entry for PutEvents. Source of the shape: "Alarm events and EventBridge", CloudWatch user guide."""
    detail = {
        "alarmName": after["AlarmName"],
        "configuration": _configuration(after),
        "previousState": _state(before),
        "state": _state(after),
    }
    return {
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Resources": [after["AlarmArn"]],
        "Time": after["StateUpdatedTimestamp"],
        "Detail": json.dumps(detail),
    }


def _state(alarm: Alarm) -> dict[str, Any]:
    when: datetime = alarm["StateUpdatedTimestamp"]
    state = {
        "value": str(alarm["StateValue"]),
        "reason": alarm.get("StateReason", ""),
        "timestamp": f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}+0000",
    }
    return state | ({"reasonData": data} if (data := alarm.get("StateReasonData")) else {})


def _configuration(alarm: Alarm) -> dict[str, Any]:
    about = {"description": text} if (text := alarm.get("AlarmDescription")) else {}
    if rule := alarm.get("AlarmRule"):
        return about | {"alarmRule": rule}
    if "ScheduledQueryConfiguration" in alarm:
        return about
    queries = alarm.get("Metrics") or [_single_metric_query(alarm)]
    return about | {"metrics": [_metric(query) for query in queries]}


def _single_metric_query(alarm: Alarm) -> dict[str, Any]:
    metric = {
        "Namespace": alarm["Namespace"],
        "MetricName": alarm["MetricName"],
        "Dimensions": alarm["Dimensions"],
    }
    statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
    return {"Id": "m1", "MetricStat": {"Metric": metric, "Period": alarm["Period"], "Stat": statistic}}


def _metric(query: Mapping[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if expression := query.get("Expression"):
        return described | {"expression": expression, "label": query.get("Label", query["Id"])}
    of = query["MetricStat"]
    metric = {
        "namespace": of["Metric"]["Namespace"],
        "name": of["Metric"]["MetricName"],
        "dimensions": {pair["Name"]: pair["Value"] for pair in of["Metric"].get("Dimensions", [])},
    }
    return described | {"metricStat": {"metric": metric, "period": of["Period"], "stat": of["Stat"]}}
