"""LocalEmu's runtime executor "process": each execution environment is a `Sandbox`."""

import dataclasses
import json
from pathlib import Path

from localemu import config
from localemu.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localemu.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localemu.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from . import runtime_client
from .forked import fork_server
from .function_environment import layer_packages, process_environment
from .sandbox import InitFailed, Launch, Outcome, Sandbox


@dataclasses.dataclass
class MeasuredResult(InvocationResult):
    """An invocation result with the function's own duration."""

    duration_milliseconds: float = 0.0


class ProcessRuntimeExecutor(RuntimeExecutor):
    """One execution environment. A process that ended is replaced at the next invocation, as on AWS."""

    _launch: Launch | None = None
    _sandbox: Sandbox | None = None
    _logs = ""

    def start(self, env_vars: dict[str, object]) -> None:
        self._launch = launch_of(self.function_version, env_vars)
        try:
            self._sandbox = Sandbox(self._launch)
        except InitFailed as failure:
            self._logs = failure.logs
            raise StatusErrorException("The function could not be initialised", failure.payload) from failure

    def stop(self) -> None:
        if self._sandbox:
            self._sandbox.stop()

    def invoke(self, payload: dict[str, str], function_timeout: int | None = None) -> InvocationResult:
        request_id = payload["invoke-id"]
        try:
            outcome = self._invoke(payload)
        except InitFailed as failure:
            self._logs = failure.logs
            return MeasuredResult(request_id, failure.payload, is_error=True, logs=failure.logs or "\n")
        self._logs = outcome.logs
        return MeasuredResult(
            request_id,
            outcome.reply.payload,
            is_error=outcome.reply.is_error,
            logs=outcome.logs,
            duration_milliseconds=outcome.duration_milliseconds,
        )

    def _invoke(self, payload: dict[str, str]) -> Outcome:
        assert self._launch is not None
        assert self._sandbox is not None
        if not self._sandbox.alive:
            self._sandbox.stop()
            self._sandbox = Sandbox(self._launch)
        return self._sandbox.invoke(
            payload["invoke-id"],
            payload["payload"].encode(),
            payload["invoked-function-arn"],
            payload["trace-id"],
        )

    def get_logs(self) -> str:
        return self._logs

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        if code := function_version.config.code:
            code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Keep the unzipped code until LocalEmu deletes it: another version may share it."""


def launch_of(function_version: FunctionVersion, env_vars: dict[str, object]) -> Launch:
    settings = function_version.config
    if settings.code is None:
        raise StatusErrorException(
            "Not a zip function", _unsupported("Container images need a container engine")
        )
    layers = [_layer_directory(layer) for layer in settings.layers or []]
    code_directory = Path(settings.code.get_unzipped_code_location())
    client_directory = runtime_client.link_into(Path(config.dirs.cache) / "lambda-runtime-client")
    import_paths = tuple(map(str, (*layer_packages(layers), client_directory)))
    return Launch(
        command=[*runtime_client.INTERPRETER, "-m", "awslambdaric"],
        code_directory=code_directory,
        handler=settings.handler,
        environment=process_environment(env_vars, code_directory, layers, client_directory),
        version=function_version.id.qualifier,
        timeout_seconds=settings.timeout,
        memory_megabytes=settings.memory_size,
        fork_server=fork_server(runtime_client.INTERPRETER, import_paths),
    )


def _layer_directory(layer: object) -> Path:
    code = layer.code  # type: ignore[attr-defined]
    code.prepare_for_execution()
    return Path(code.get_unzipped_code_location())


def _unsupported(message: str) -> bytes:
    return json.dumps({"errorType": "Runtime.InvalidEntrypoint", "errorMessage": message}).encode()
