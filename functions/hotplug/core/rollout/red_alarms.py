"""Red alarms: which of a plan's alarms end it, and why."""

from collections.abc import Mapping

from hotplug.core.plan.plan import Plan, WatchedAlarm
from hotplug.core.resources.alarm import AlarmColour, AlarmState


def reds(plan: Plan, alarms: Mapping[str, AlarmState]) -> list[str]:
    """Return why each alarm ends the deployment, for those that do."""
    watched = dict.fromkeys(plan.alarms)
    return [reason for alarm in watched if (reason := red_reason(alarm, alarms.get(alarm.name)))]


def red_reason(alarm: WatchedAlarm, state: AlarmState | None) -> str | None:
    """Return why this alarm ends the deployment, or None."""
    if state is None:
        return f"alarm {alarm.name} does not exist any more, so nothing vouches for the candidate"
    if state.colour is not AlarmColour.RED or alarm.red_since == state.since:
        return None
    again = " again, after it had cleared" if alarm.red_since else ""
    return f"alarm {alarm.name} went into ALARM{again} ({state.why})"
