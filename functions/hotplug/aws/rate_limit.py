"""Rate limit of API calls, so that one deployment leaves quota for others."""

import time
from collections.abc import Callable


class RateLimit:
    """Rate limit of one process: a minimum time between two calls, without bursts."""

    def __init__(
        self,
        calls_a_second: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._apart_seconds, self._now, self._sleep = 1 / calls_a_second, now, sleep
        self._next = now()

    def wait(self) -> None:
        """Wait until the next call is allowed."""
        left = self._next - self._now()
        if left > 0:
            self._sleep(left)
        self._next = max(self._next, self._now()) + self._apart_seconds


UNLIMITED = RateLimit(float("inf"))
