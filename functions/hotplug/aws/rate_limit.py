"""Keeps calls apart, so that one deployment leaves room for everybody else's."""

import time
from collections.abc import Callable


class RateLimit:
    """Calls of one process, each no sooner after the one before than the rate allows: never a burst."""

    def __init__(
        self,
        calls_a_second: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._apart_seconds, self._now, self._sleep = 1 / calls_a_second, now, sleep
        self._next = now()

    def wait(self) -> None:
        """Until the next call may go out."""
        left = self._next - self._now()
        if left > 0:
            self._sleep(left)
        self._next = max(self._next, self._now()) + self._apart_seconds


UNLIMITED = RateLimit(float("inf"))
