"""Answers of functions and state machines, and reasons for a missing answer."""

from dataclasses import dataclass
from enum import StrEnum

from hotplug.core.errors import HotplugError


class Obstacle(StrEnum):
    """Reason for a missing answer of Lambda."""

    MISSING = "missing"
    THROTTLED = "throttled"
    NOT_READY = "not_ready"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    BROKEN = "broken"


class NotAnsweredError(HotplugError):
    """Lambda did not answer a call. `retry_after_seconds` is the wait that Lambda asks for, 1 by default."""

    def __init__(self, obstacle: Obstacle, why: str, retry_after_seconds: int = 1) -> None:
        super().__init__(why)
        self.obstacle, self.retry_after_seconds = obstacle, retry_after_seconds


@dataclass(frozen=True, slots=True)
class Called:
    """A function's raw answer and version; `failed` means that the payload is its error output."""

    payload: bytes
    version: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """An ended execution of a state machine: its status, and its output or its error and cause."""

    status: str
    said: str
