"""Log alarms of CloudWatch, which are younger than the API that 1.3.2 knows."""

from typing import Any

from ._version import require_known_emulator

QUERY = "ScheduledQueryConfiguration"
"""What only a log alarm has."""

_SHAPES: dict[str, Any] = {
    QUERY: {
        "type": "structure",
        "members": {
            "QueryString": {"shape": "Message"},
            "ScheduledQueryRoleARN": {"shape": "AmazonResourceName"},
            "AggregationExpression": {"shape": "Message"},
        },
    },
    "LogAlarm": {
        "type": "structure",
        "members": {
            "AlarmName": {"shape": "AlarmName"},
            "AlarmArn": {"shape": "AlarmArn"},
            "AlarmDescription": {"shape": "AlarmDescription"},
            "StateValue": {"shape": "StateValue"},
            "StateReason": {"shape": "StateReason"},
            "StateReasonData": {"shape": "StateReasonData"},
            "StateUpdatedTimestamp": {"shape": "Timestamp"},
            "StateTransitionedTimestamp": {"shape": "Timestamp"},
            "EvaluationState": {"shape": "EvaluationState"},
            QUERY: {"shape": QUERY},
        },
    },
    "LogAlarms": {"type": "list", "member": {"shape": "LogAlarm"}},
    "PutLogAlarmInput": {
        "type": "structure",
        "required": ["AlarmName", QUERY],
        "members": {
            "AlarmName": {"shape": "AlarmName"},
            "AlarmDescription": {"shape": "AlarmDescription"},
            QUERY: {"shape": QUERY},
        },
    },
}


def keep_log_alarms() -> None:
    """PutLogAlarm makes an alarm that DescribeAlarms returns as LogAlarms. Nothing evaluates it.

    Apply it before the patches of DescribeAlarms and of states.
    """
    require_known_emulator()
    from localemu.aws.api import handler
    from localemu.aws.spec import loader
    from localemu.services.cloudwatch.models import LocalEmuMetricAlarm
    from localemu.services.cloudwatch.provider_v2 import CloudwatchProvider

    model = loader.load_service_model("cloudwatch", "service-2")
    model["shapes"].update(_SHAPES)
    model["shapes"]["DescribeAlarmsOutput"]["members"]["LogAlarms"] = {"shape": "LogAlarms"}
    model["operations"]["PutLogAlarm"] = {
        "name": "PutLogAlarm",
        "http": {"method": "POST", "requestUri": "/"},
        "input": {"shape": "PutLogAlarmInput"},
    }

    @handler("PutLogAlarm", expand=False)  # type: ignore[untyped-decorator]  # LocalEmu ships no types
    def put_log_alarm(self: Any, context: Any, request: Any) -> None:
        made = LocalEmuMetricAlarm(context.account_id, context.region, {**request})
        self.get_store(context.account_id, context.region).alarms[made.alarm["AlarmArn"]] = made

    CloudwatchProvider.put_log_alarm = put_log_alarm
