"""Whether, and how long, a step waits for somebody to say yes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotplug.core.parsing.fields import one_of, whole
from hotplug.core.parsing.stored import mapping, written

USUAL_TIMEOUT_SECONDS = 2 * 3600
LONGEST_TIMEOUT_SECONDS = 7 * 24 * 3600


class OnTimeout(StrEnum):
    """What becomes of a step that nobody has approved in time."""

    ROLL_BACK = "roll_back"
    ADVANCE = "advance"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Approval:
    """Asked for when the bake is over; `timeout_seconds` count from there."""

    timeout_seconds: int = USUAL_TIMEOUT_SECONDS
    on_timeout: OnTimeout = OnTimeout.ROLL_BACK

    def to_json(self) -> Mapping[str, Any]:
        """As a plan holds it."""
        return {"timeoutSeconds": self.timeout_seconds, "onTimeout": str(self.on_timeout)}


def approval_from(value: object) -> Approval:
    """Back again; raises UnreadableError."""
    item = mapping(value)
    return Approval(
        written(item, "timeoutSeconds", whole(0, LONGEST_TIMEOUT_SECONDS)),
        OnTimeout(written(item, "onTimeout", one_of(*OnTimeout))),
    )
