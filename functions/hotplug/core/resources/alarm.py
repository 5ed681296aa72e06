"""CloudWatch alarms."""

from dataclasses import dataclass
from enum import StrEnum


class AlarmColour(StrEnum):
    """The three states of a CloudWatch alarm."""

    GREEN = "OK"
    RED = "ALARM"
    NO_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class AlarmState:
    """An alarm now; `since` is the last change of its state (ISO 8601), not its last evaluation."""

    name: str
    arn: str
    colour: AlarmColour
    since: str
    why: str
