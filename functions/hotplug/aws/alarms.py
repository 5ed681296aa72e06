"""CloudWatch alarms of every type."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from hotplug.aws.errors import translated
from hotplug.core.resources.alarm import AlarmColour, AlarmState

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMES_A_CALL = 100
"""DescribeAlarms accepts at most this many names, and returns at most this many alarms."""

TYPES = {"MetricAlarm": "MetricAlarms", "CompositeAlarm": "CompositeAlarms", "LogAlarm": "LogAlarms"}
"""Each AlarmType, and where DescribeAlarms returns its alarms."""


class Alarms(Protocol):
    """CloudWatch alarms, as hotplug reads them."""

    def states(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        """The alarms by name; a name that does not exist is absent."""


class AwsAlarms:
    """Alarms in CloudWatch."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def states(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        """DescribeAlarms with all types: without AlarmTypes it omits all but metric alarms."""
        found: dict[str, AlarmState] = {}
        for at in range(0, len(names), NAMES_A_CALL):
            with translated():
                page: Mapping[str, Any] = self._client.describe_alarms(
                    AlarmNames=list(names[at : at + NAMES_A_CALL]),
                    AlarmTypes=[*TYPES],  # type: ignore[list-item]  # the stubs are older than LogAlarm
                    MaxRecords=NAMES_A_CALL,
                )
            found |= {state.name: state for state in _states(page)}
        return found


def _states(page: Mapping[str, Any]) -> Iterator[AlarmState]:
    """Yield the alarms of an answer. One of a type that is not in TYPES vouches for nothing."""
    for key, alarms in page.items():
        if key.endswith("Alarms"):
            doubt = "" if key in TYPES.values() else f"alarms of an unknown type, {key}"
            yield from (_state(alarm, doubt) for alarm in alarms)


def _state(alarm: Mapping[str, Any], doubt: str) -> AlarmState:
    """Any EvaluationState says that the evaluation is not sound; an alarm that is well has none."""
    said, updated = alarm["StateValue"], alarm.get("StateUpdatedTimestamp")
    changed = alarm.get("StateTransitionedTimestamp") or updated
    known = said in {*AlarmColour} - {AlarmColour.UNKNOWN}
    return AlarmState(
        name=alarm["AlarmName"],
        arn=alarm["AlarmArn"],
        colour=AlarmColour(said) if known else AlarmColour.UNKNOWN,
        since=changed.isoformat() if changed else "",
        why=alarm.get("StateReason", ""),
        updated=updated.isoformat() if updated else "",
        doubt=doubt or alarm.get("EvaluationState", "") or ("" if known else f"the unknown state {said}"),
    )
