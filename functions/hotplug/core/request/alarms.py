"""Alarms that a request names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hotplug.core.parsing.problem import Problem, Schema, matching, shown

ALARM_ARN = re.compile(r"arn:[a-z-]+:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:(?P<name>.{1,255})")
MAX_ALARMS = 100
MAX_ALARM_NAME = 255
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Characters that no CloudWatch alarm name has."""
ALARM: Schema = {"anyOf": [matching(ALARM_ARN), matching(re.compile(r"(?!arn:)[^\x00-\x1f\x7f]{1,255}"))]}


@dataclass(frozen=True, slots=True)
class WantedAlarm:
    """A requested alarm: its name, and its ARN if the request gives one."""

    name: str
    arn: str | None = None


def read_alarms(value: object, path: str, problems: list[Problem]) -> tuple[WantedAlarm, ...]:
    """Return the alarms, each once, by name or by ARN. Those with a problem are left out."""
    if not isinstance(value, list) or len(value) > MAX_ALARMS:
        allowed = f"a list of at most {MAX_ALARMS} alarm names or ARNs"
        problems.append(Problem(path, shown(value), allowed, {"type": "array", "maxItems": MAX_ALARMS}))
        return ()
    read = [_alarm(item) for item in value]
    for at, alarm in enumerate(read):
        if alarm is None:
            allowed = "the name or ARN of a CloudWatch alarm"
            problems.append(Problem(f"{path}[{at}]", shown(value[at]), allowed, ALARM))
    return each_once([alarm for alarm in read if alarm])


def each_once(alarms: Sequence[WantedAlarm]) -> tuple[WantedAlarm, ...]:
    """Return each alarm once: a name that an ARN names too is the same alarm. Two ARNs are two alarms."""
    with_arn = {alarm.name for alarm in alarms if alarm.arn}
    return tuple(dict.fromkeys(alarm for alarm in alarms if alarm.arn or alarm.name not in with_arn))


def _alarm(value: object) -> WantedAlarm | None:
    if not isinstance(value, str) or not value or CONTROL.search(value):
        return None
    if found := ALARM_ARN.fullmatch(value):
        return WantedAlarm(found["name"], value)
    return WantedAlarm(value) if len(value) <= MAX_ALARM_NAME and not value.startswith("arn:") else None
