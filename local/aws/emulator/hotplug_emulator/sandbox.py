"""One Lambda execution environment: a child that runs `awslambdaric` with a Runtime API of its own."""

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from .child_output import ChildOutput
from .forked import ForkedProcess, ForkServer
from .runtime_api import Call, Reply, RuntimeApi

type Process = subprocess.Popen[bytes] | ForkedProcess

INIT_SECONDS = 10.0
"""AWS' limit of the init phase. One that takes longer is begun again, within the time of a call."""
_TERMINATE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Launch:
    """Settings of an environment; `command` is the interpreter with its arguments, without the handler."""

    command: Sequence[str]
    code_directory: Path
    handler: str
    environment: Mapping[str, str]
    version: str
    timeout_seconds: int
    memory_megabytes: int
    fork_server: ForkServer | None = None
    """The server that forks the process, if the interpreter need not be started anew."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finished invocation. `duration_milliseconds` excludes the init phase, as Lambda's Duration does."""

    reply: Reply
    logs: str
    duration_milliseconds: float


class InitFailed(Exception):
    """The init phase failed; `payload` is the answer for the caller of Invoke."""

    def __init__(self, payload: bytes, logs: str) -> None:
        super().__init__(payload.decode("utf-8", "replace"))
        self.payload = payload
        self.logs = logs


class Sandbox:
    """An environment that starts at once and serves one call at a time. When its process ends, so does it."""

    def __init__(self, launch: Launch, init_seconds: float = INIT_SECONDS) -> None:
        started = time.monotonic()
        self._launch = launch
        self._begin()
        try:
            self._wait_for_init(init_seconds)
        except queue.Empty:
            self._begin_again()
        self._init_milliseconds: float | None = (time.monotonic() - started) * 1000

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def invoke(self, request_id: str, payload: bytes, function_arn: str, trace_header: str) -> Outcome:
        seconds = self._launch.timeout_seconds
        deadline_milliseconds = int((time.time() + seconds) * 1000)
        call = Call(request_id, payload, function_arn, trace_header, deadline_milliseconds)
        begun = time.monotonic()
        reply = self._ask(call, seconds)
        duration = (time.monotonic() - begun) * 1000
        return Outcome(reply, self._logs(request_id, duration), duration)

    def stop(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_TERMINATE_SECONDS)
        self._process.kill()
        threading.Thread(target=self._api.close, name="lambda-runtime-api-close", daemon=True).start()

    def _begin(self) -> None:
        self._api = RuntimeApi()
        self._process = _spawn(self._launch, self._api.address)
        assert self._process.stdout is not None
        self._output = ChildOutput(self._process.stdout)
        watched = (self._process, self._api)
        threading.Thread(target=_watch, args=watched, name="lambda-process", daemon=True).start()

    def _begin_again(self) -> None:
        self.stop()
        self._begin()
        try:
            self._wait_for_init(self._launch.timeout_seconds)
        except queue.Empty:
            self._fail_init(timed_out_init(self._launch.timeout_seconds))

    def _wait_for_init(self, seconds: float) -> None:
        start = self._api.wait_for_start(seconds)
        if start.gone:
            self._fail_init(runtime_exit(self._process.wait()))
        if start.error is not None:
            self._fail_init(start.error)

    def _fail_init(self, payload: bytes) -> NoReturn:
        logs = self._output.take()
        self.stop()
        raise InitFailed(payload, logs)

    def _ask(self, call: Call, seconds: int) -> Reply:
        try:
            reply = self._api.ask(call, seconds)
        except queue.Empty:
            self._process.kill()
            return Reply(timed_out(call.request_id, seconds), is_error=True)
        if reply is None:
            return Reply(runtime_exit(self._process.wait(), call.request_id), is_error=True)
        return reply

    def _logs(self, request_id: str, duration_milliseconds: float) -> str:
        """Return the log lines of one invocation between the platform's START, END and REPORT lines."""
        init, self._init_milliseconds = self._init_milliseconds, None
        report = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {duration_milliseconds:.2f} ms",
            f"Billed Duration: {int(duration_milliseconds) + 1} ms",
            f"Memory Size: {self._launch.memory_megabytes} MB",
            *([f"Init Duration: {init:.2f} ms"] if init else []),
        ]
        lines = self._output.take().replace("\r", "\n")
        return (
            f"START RequestId: {request_id} Version: {self._launch.version}\n"
            f"{lines}{'' if lines.endswith('\n') or not lines else '\n'}"
            f"END RequestId: {request_id}\n" + "\t".join(report) + "\n"
        )


def _spawn(launch: Launch, runtime_api_address: str) -> Process:
    command = [*launch.command, launch.handler]
    environment = {**launch.environment, "AWS_LAMBDA_RUNTIME_API": runtime_api_address}
    if launch.fork_server:
        return launch.fork_server.start(command, launch.code_directory, environment)
    return subprocess.Popen(
        command,
        cwd=launch.code_directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _watch(process: Process, api: RuntimeApi) -> None:
    process.wait()
    api.runtime_gone()


def timed_out(request_id: str, seconds: float) -> bytes:
    return _error(
        "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    )


def timed_out_init(seconds: float) -> bytes:
    return _error("Sandbox.Timedout", f"Error: Task timed out after {seconds:.2f} seconds")


def runtime_exit(status: int, request_id: str = "") -> bytes:
    """AWS' answer when the runtime ends; `status` is negative for a signal, as `Popen.returncode`."""
    prefix = f"RequestId: {request_id} " if request_id else ""
    match status:
        case 0:
            what = "Runtime exited without providing a reason"
        case signal if signal < 0:
            what = f"Runtime exited with error: signal: {_SIGNAL_NAMES.get(-signal, -signal)}"
        case _:
            what = f"Runtime exited with error: exit status {status}"
    return _error("Runtime.ExitError", f"{prefix}Error: {what}")


_SIGNAL_NAMES = {6: "aborted", 9: "killed", 11: "segmentation fault", 15: "terminated"}


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()
