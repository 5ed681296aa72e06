"""Ways to ask the emulator: until something is so, and many at once."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError


def until[T](look: Callable[[], T | None], seconds: float = 20) -> T:
    """The first answer that is something."""
    give_up = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < give_up:
        time.sleep(0.1)
    assert found, "it never came"
    return found


def at_once(attempt: Callable[[int], object], times: int = 16) -> int:
    """How many of several attempts at the same moment are not refused."""

    def succeeds(at: int) -> bool:
        try:
            attempt(at)
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(times) as pool:
        return sum(pool.map(succeeds, range(times)))
