"""Fork server: a process with what the environments of some layers load, which forks for each of them.

It is a script of the functions' interpreter and imports nothing of the emulator. Its argument is the
descriptor of its socket. A request is a length, two descriptors (the output of the environment, and a pipe
for its status) and JSON. The pipe gets the process id, and at the end of the process its exit code, as
`Popen.returncode` has it.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypedDict

LENGTH_BYTES = 4
_PRELOADED = ("aws_lambda_powertools", "boto3")
_KEPT_SETTINGS = ("PYTHONPATH", "PYTHONUNBUFFERED")
"""Settings of the interpreter that its fork has too."""
_READ_AT_IMPORT = ("PYTHON", "POWERTOOLS_DEBUG")
"""Names, or their beginnings, of what the interpreter and the preloaded packages read as they start."""


class Request(TypedDict):
    """A process to start; `command` is the interpreter, its options, a module and arguments."""

    command: list[str]
    directory: str
    environment: dict[str, str]


class Server:
    """The loop of the server. It ends when the emulator has closed its end of the socket."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._statuses: dict[int, int] = {}
        woken, wake = socket.socketpair()
        for end in (woken, wake):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno())
        self._woken, self._wake = woken, wake
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, self._fork)
        self._selector.register(woken, selectors.EVENT_READ, self._reap)

    def serve(self) -> Request:
        """Return in each fork, with what it has to become. The server itself exits."""
        while True:
            for key, _ in self._selector.select():
                react: Callable[[], Request | None] = key.data
                if request := react():
                    return request

    def _fork(self) -> Request | None:
        length, (output, status), *_ = _received(self._control)
        body = self._control.recv(length, socket.MSG_WAITALL)
        if process := os.fork():
            self._statuses[process] = status
            os.write(status, b"%d\n" % process)
            os.close(output)
            return None
        self._close([status, *self._statuses.values()])
        for standard in (1, 2):
            os.dup2(output, standard)
        os.close(output)
        request: Request = json.loads(body)
        return request

    def _close(self, statuses: Iterable[int]) -> None:
        """Leave a fork nothing of the server: neither signals nor descriptors."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for end in (self._control, self._woken, self._wake):
            end.close()
        for status in statuses:
            os.close(status)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                status = self._statuses.pop(ended[0])
                with contextlib.suppress(BrokenPipeError):
                    os.write(status, b"%d\n" % os.waitstatus_to_exitcode(ended[1]))
                os.close(status)


def _received(control: socket.socket) -> tuple[int, list[int]]:
    head, descriptors, _, _ = socket.recv_fds(control, LENGTH_BYTES, 2)
    if not head:
        sys.exit()
    return int.from_bytes(head), descriptors


def preload() -> None:
    """Load the packages that layers may have, without a trace in what a function sees of them."""
    for name in _PRELOADED:
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    if boto3 := sys.modules.get("boto3"):
        own = boto3.session.Session("any", "any", region_name="us-east-1")
        own.client("sts")  # loads what every client needs
    gc.collect()
    gc.freeze()


def become(request: Request, standard_paths: list[str]) -> None:
    """Become this execution environment, as if the interpreter had been started for it."""
    command, environment = request["command"], request["environment"]
    os.chdir(request["directory"])
    if _needs_own_interpreter(environment, Path(request["directory"])):
        os.execve(command[0], command, environment)  # noqa: S606
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.path[:] = [request["directory"], *_paths(environment), *standard_paths]
    module = command.index("-m") + 1
    sys.argv[:] = command[module:]
    runpy.run_module(command[module], run_name="__main__", alter_sys=True)


def _needs_own_interpreter(environment: dict[str, str], directory: Path) -> bool:
    """Return whether settings differ that are read at the start, or a function brings a loaded package."""
    if any(name.startswith(_READ_AT_IMPORT) and name not in _KEPT_SETTINGS for name in environment):
        return True
    own = {entry.name.removesuffix(".py") for entry in directory.iterdir()}
    return not own.isdisjoint(name for name in sys.modules if name not in sys.stdlib_module_names)


def _paths(environment: Mapping[str, str]) -> list[str]:
    return [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]


if __name__ == "__main__":
    del sys.path[0]  # of this script
    standard = [path for path in sys.path if path not in _paths(os.environ)]
    preload()
    become(Server(socket.socket(fileno=int(sys.argv[1]))).serve(), standard)
