"""CloudWatch alarms, metric and composite."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from hotplug.aws.errors import translated
from hotplug.core.resources.alarm import AlarmColour, AlarmState

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import CompositeAlarmTypeDef, MetricAlarmTypeDef

NAMES_A_CALL = 100
"""DescribeAlarms accepts at most this many names, and returns at most this many alarms."""


class Alarms(Protocol):
    """CloudWatch alarms, as hotplug reads them."""

    def states(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        """The alarms by name; a name that does not exist is absent."""


class AwsAlarms:
    """Alarms in CloudWatch."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def states(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        """DescribeAlarms with both types: without AlarmTypes it omits composite alarms."""
        found: dict[str, AlarmState] = {}
        for at in range(0, len(names), NAMES_A_CALL):
            with translated():
                page = self._client.describe_alarms(
                    AlarmNames=list(names[at : at + NAMES_A_CALL]),
                    AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                    MaxRecords=NAMES_A_CALL,
                )
            found |= {alarm["AlarmName"]: _state(alarm) for alarm in page.get("MetricAlarms", ())}
            found |= {alarm["AlarmName"]: _state(alarm) for alarm in page.get("CompositeAlarms", ())}
        return found


def _state(alarm: "MetricAlarmTypeDef | CompositeAlarmTypeDef") -> AlarmState:
    changed = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    return AlarmState(
        name=alarm["AlarmName"],
        arn=alarm["AlarmArn"],
        colour=AlarmColour(alarm["StateValue"]),
        since=changed.isoformat(),
        why=alarm.get("StateReason", ""),
    )
