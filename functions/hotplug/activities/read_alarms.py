"""Alarms as read now."""

from collections.abc import Mapping, Sequence

from hotplug.aws.cloud import Cloud
from hotplug.core.errors import AlarmRedError
from hotplug.core.plan.plan import Plan, WatchedAlarm
from hotplug.core.resources.alarm import AlarmState


def stop_if_red(cloud: Cloud, plan: Plan) -> None:
    """Raise AlarmRedError if an alarm is red. Without steps, the alarms were not polled since the plan."""
    if plan.steps or plan.ignores_alarms:
        return
    red = plan.red_reasons(alarm_states(cloud, plan.alarms))
    if red:
        raise AlarmRedError(f"{'; '.join(red)}; not all calls had moved yet")


def alarm_states(cloud: Cloud, alarms: Sequence[WatchedAlarm]) -> Mapping[str, AlarmState]:
    """The state of each existing alarm, by name."""
    return cloud.alarms.states([alarm.name for alarm in alarms]) if alarms else {}
