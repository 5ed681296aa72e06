"""The output of a child process, collected so that what it wrote before a moment is there at that moment."""

import os
import select
import threading
from typing import IO

_PIPE_READ_BYTES = 65536


class ChildOutput:
    """Keeps the pipe from filling up, and gives the text on demand."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._pending = bytearray()
        os.set_blocking(pipe.fileno(), False)
        threading.Thread(target=self._follow, name="lambda-output", daemon=True).start()

    def take(self) -> str:
        """All that was written since the last `take`, including what is still in the pipe."""
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
        """False once the pipe has ended."""
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
