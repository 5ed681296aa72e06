"""Keeps calls apart, so that one deployment leaves room for everybody else's."""

import time
from collections.abc import Callable

LAMBDA_CALLS_A_SECOND = 6
"""Of the 15 that Lambda's control plane takes from a whole account in a Region, all APIs together.

So the machine's task and the guard, which put the same aliases back at the same time, stay below it together.
GetFunction, with 100 a second of its own, and Invoke are not among them.
"""


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
