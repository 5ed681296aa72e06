"""Answers of functions and state machines, and reasons why there was none."""

from dataclasses import dataclass
from enum import StrEnum

from hotplug.core.errors import HotplugError


class Obstacle(StrEnum):
    """Why Lambda did not answer a call."""

    MISSING = "missing"
    THROTTLED = "throttled"
    NOT_READY = "not_ready"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    BROKEN = "broken"


class NotAnsweredError(HotplugError):
    """Lambda did not answer a call. `retry_after_seconds` is what it asks to wait, where it says so."""

    def __init__(self, obstacle: Obstacle, why: str, retry_after_seconds: int = 1) -> None:
        super().__init__(why)
        self.obstacle, self.retry_after_seconds = obstacle, retry_after_seconds


@dataclass(frozen=True, slots=True)
class Called:
    """A function's answer as it came, the version that gave it, and whether it is the tale of a failure."""

    payload: bytes
    version: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """An execution of a state machine that is over: its status, and its output or its error and cause."""

    status: str
    said: str
