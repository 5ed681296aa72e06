"""Processes of execution environments that are forked, and the fork servers, one for each set of layers."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from .fork_server import LENGTH_BYTES, Request

_SHARED = ("AWS_EXECUTION_ENV", "LANG", "PATH", "TZ")
"""Variables that are the same in all execution environments."""
_SCRIPT = Path(__file__).with_name("fork_server.py")


class ForkedProcess:
    """A forked process with the part of `subprocess.Popen` that a sandbox uses; its child is the server's."""

    def __init__(self, process: int, status: IO[bytes], stdout: IO[bytes]) -> None:
        self.stdout = stdout
        self._process = process
        self._returncode = -signal.SIGKILL
        self._ended = threading.Event()
        threading.Thread(target=self._follow, args=[status], name="lambda-status", daemon=True).start()

    def poll(self) -> int | None:
        return self._returncode if self._ended.is_set() else None

    def wait(self, timeout: float | None = None) -> int:
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("lambda", timeout or 0)
        return self._returncode

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process, number)

    def _follow(self, status: IO[bytes]) -> None:
        with status:
            if code := status.readline():
                self._returncode = int(code)
        self._ended.set()


class ForkServer:
    """One fork server. It is started at the first use, and again should it have ended."""

    def __init__(self, interpreter: Sequence[str], import_paths: Sequence[str]) -> None:
        self._command = [*interpreter, str(_SCRIPT)]
        self._paths = os.pathsep.join(import_paths)
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self, command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> ForkedProcess:
        """Start a process in this directory with no other variables than these."""
        request = Request(command=[*command], directory=str(directory), environment={**environment})
        body = json.dumps(request).encode()
        output, output_end = os.pipe()
        status, status_end = os.pipe()
        try:
            with self._lock:
                control = self._started(environment)
                socket.send_fds(control, [len(body).to_bytes(LENGTH_BYTES)], [output_end, status_end])
                control.sendall(body)
        finally:
            os.close(output_end)
            os.close(status_end)
        reports = os.fdopen(status, "rb")
        return ForkedProcess(int(reports.readline()), reports, os.fdopen(output, "rb", buffering=0))

    def stop(self) -> None:
        """End the server; what it has forked goes on."""
        with self._lock:
            if self._control and self._server:
                self._control.close()
                self._server.wait()
                self._server = None

    def _started(self, environment: Mapping[str, str]) -> socket.socket:
        if self._control and self._server and self._server.poll() is None:
            return self._control
        self._control, theirs = socket.socketpair()
        shared = {name: environment[name] for name in _SHARED if name in environment}
        with theirs:
            self._server = subprocess.Popen(
                [*self._command, str(theirs.fileno())],
                env={**shared, "PYTHONPATH": self._paths, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        return self._control


@cache
def fork_server(interpreter: tuple[str, ...], import_paths: tuple[str, ...]) -> ForkServer:
    """Return the server of these layers."""
    return ForkServer(interpreter, import_paths)
