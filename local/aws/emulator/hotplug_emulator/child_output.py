"""Output of a child process, complete at any moment: it includes all that was written before."""

import os
import select
import threading
from typing import IO

_PIPE_READ_BYTES = 65536


class ChildOutput:
    """Output collected by a thread, so that the pipe never fills up."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._pending = bytearray()
        os.set_blocking(pipe.fileno(), False)
        threading.Thread(target=self._follow, name="lambda-output", daemon=True).start()

    def take(self) -> str:
        """Return all output since the last `take`, including what is still in the pipe."""
        with self._lock:
            self._drain()
            text = self._pending.decode("utf-8", "replace")
            self._pending.clear()
            return text

    def _follow(self) -> None:
        is_open = True
        while is_open:
            select.select([self._pipe], [], [])
            with self._lock:
                is_open = self._drain()
        with self._lock:
            self._pipe.close()

    def _drain(self) -> bool:
        """Read the pipe; False once it has ended."""
        while True:
            try:
                read = os.read(self._pipe.fileno(), _PIPE_READ_BYTES)
            except BlockingIOError:
                return True
            except ValueError:  # closed
                return False
            if not read:
                return False
            self._pending += read
