import json
from datetime import UTC, datetime
from typing import Any

from hotplug_emulator.alarm_events import state_change_entry

THEN, NOW = datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2026, 11, 24, 12, 0, 1, 250_000, tzinfo=UTC)
ALARM: dict[str, Any] = {
    "AlarmName": "errors",
    "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors",
    "AlarmDescription": "too many",
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": "orders"}],
    "Period": 60,
    "Statistic": "Sum",
}
BEFORE = ALARM | {"StateValue": "OK", "StateReason": "quiet", "StateUpdatedTimestamp": THEN}
AFTER = ALARM | {
    "StateValue": "ALARM",
    "StateReason": "loud",
    "StateReasonData": "{}",
    "StateUpdatedTimestamp": NOW,
}


def test_the_event_has_the_documented_shape() -> None:
    entry = state_change_entry(BEFORE, AFTER)
    assert entry["Source"] == "aws.cloudwatch"
    assert entry["DetailType"] == "CloudWatch Alarm State Change"
    assert entry["Resources"] == [ALARM["AlarmArn"]]
    assert json.loads(entry["Detail"]) == {
        "alarmName": "errors",
        "configuration": {
            "description": "too many",
            "metrics": [
                {
                    "id": "m1",
                    "metricStat": {
                        "metric": {
                            "namespace": "AWS/Lambda",
                            "name": "Errors",
                            "dimensions": {"FunctionName": "orders"},
                        },
                        "period": 60,
                        "stat": "Sum",
                    },
                    "returnData": True,
                }
            ],
        },
        "previousState": {"value": "OK", "reason": "quiet", "timestamp": "2026-11-24T12:00:00.000+0000"},
        "state": {
            "value": "ALARM",
            "reason": "loud",
            "reasonData": "{}",
            "timestamp": "2026-11-24T12:00:01.250+0000",
        },
    }


def test_a_composite_alarm_shows_its_rule() -> None:
    rule = {"AlarmName": "all", "AlarmArn": "arn", "AlarmRule": "ALARM(errors)"}
    entry = state_change_entry(BEFORE, {**AFTER, **rule})
    assert json.loads(entry["Detail"])["configuration"] == {
        "description": "too many",
        "alarmRule": "ALARM(errors)",
    }
