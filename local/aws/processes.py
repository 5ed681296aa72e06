"""Background processes with a record on disk; they outlive their parent, and are ended by their id."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_TERMINATE_SECONDS = 5.0
_KILL_SECONDS = 5.0
# Just after its start, a process has no command line yet.
_EXEC_SECONDS = 1.0
_LOG_TAIL_LINES = 20
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Record:
    """`mark` is a part of the command line: another program may have received the same process id."""

    pid: int
    mark: str


class Background:
    """One named process of a state directory: `<name>.json` is its record, `<name>.log` its output."""

    def __init__(self, directory: Path, name: str) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self._record = directory / f"{name}.json"

    def start(self, command: Sequence[str], environment: Mapping[str, str], mark: str) -> None:
        """Start the process in a session of its own, so that Ctrl-C in the terminal does not reach it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        pid = os.posix_spawn(
            command[0],
            list(command),
            dict(environment),
            setsid=True,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.log), flags, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )
        record = Record(pid, mark)
        write_atomically(self._record, json.dumps(asdict(record)))
        _wait_until(lambda: _is_running(record), _EXEC_SECONDS)

    @property
    def running(self) -> bool:
        record = self._read()
        return record is not None and _is_running(record)

    def stop(self) -> None:
        """Send SIGTERM, and SIGKILL after 5 s; only to the recorded process."""
        record = self._read()
        if record is not None and _is_running(record):
            _signal(record.pid, signal.SIGTERM)
            if not _wait_until(lambda: not _is_running(record), _TERMINATE_SECONDS):
                _signal(record.pid, signal.SIGKILL)
                _wait_until(lambda: not _is_running(record), _KILL_SECONDS)
        self._record.unlink(missing_ok=True)

    def log_tail(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])
        return "(no log)"

    def _read(self) -> Record | None:
        """Read the record; None if it is truncated or in an older format."""
        try:
            return Record(**json.loads(self._record.read_text()))
        except (OSError, ValueError, TypeError):
            return None


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replace a file. A reader sees the old content or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content.encode() if isinstance(content, str) else content)
    draft.replace(path)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def _is_running(record: Record) -> bool:
    with contextlib.suppress(ChildProcessError):  # the child of another process
        os.waitpid(record.pid, os.WNOHANG)
    return record.mark in _command_line(record.pid)


def _command_line(pid: int) -> str:
    """Return the command line; empty for an ended process, reaped or not."""
    if (_PROC / "self").exists():
        with contextlib.suppress(OSError):
            return (_PROC / str(pid) / "cmdline").read_text(errors="replace").replace("\0", " ")
        return ""
    listed = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(listed, capture_output=True, text=True, check=False).stdout
