"""Manual approval of a step, its timeout, and the action when it times out."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.stored import Key, member_of, record

DEFAULT_TIMEOUT_SECONDS = 2 * 3600
MAX_TIMEOUT_SECONDS = 7 * 24 * 3600


class OnTimeout(StrEnum):
    """The action on a step that was not approved in time."""

    ROLL_BACK = "roll_back"
    ADVANCE = "advance"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval that a step waits for when its bake is over; `timeout_seconds` count from there."""

    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    on_timeout: OnTimeout = OnTimeout.ROLL_BACK


STRICTEST = (OnTimeout.ROLL_BACK, OnTimeout.HOLD, OnTimeout.ADVANCE)


def strictest(approvals: Iterable[Approval]) -> Approval | None:
    """Return the one approval that stands for all of them, or None without any."""
    return min(approvals, key=lambda it: (STRICTEST.index(it.on_timeout), it.timeout_seconds), default=None)


APPROVAL = record(
    Approval,
    Key("timeoutSeconds", "timeout_seconds", whole(0, MAX_TIMEOUT_SECONDS)),
    Key("onTimeout", "on_timeout", member_of(OnTimeout)),
)
