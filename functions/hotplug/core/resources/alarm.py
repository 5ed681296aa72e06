"""CloudWatch alarms."""

from dataclasses import dataclass
from enum import StrEnum


class AlarmColour(StrEnum):
    """The three states of a CloudWatch alarm, and any state that CloudWatch may add to them."""

    GREEN = "OK"
    RED = "ALARM"
    NO_DATA = "INSUFFICIENT_DATA"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class AlarmState:
    """An alarm now; `since` is the last change of its state (ISO 8601), not its last evaluation.

    `updated` is when CloudWatch last set its state, perhaps to the same one; empty if unknown. With a `doubt`
    the alarm is not evaluated as it should be, so that its state proves nothing.
    """

    name: str
    arn: str
    colour: AlarmColour
    since: str
    why: str
    updated: str = ""
    doubt: str = ""
