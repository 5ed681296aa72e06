"""AWS as one local process: no account, no containers, loopback only."""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.aws import places, sam_cli
from local.aws.processes import Background, write_atomically

_START_SECONDS = 90.0
_STACK_SECONDS = 600
_BUCKET = "sam-artifacts-of-this-machine"
# LocalEmu's folders in the volume: what came with it, and what it has made.
_PREPARED = "usr/lib/localemu"
_CACHE = "var/lib/localemu/cache"
_INDICES = "service-catalog-*"


class EmulatorFailed(Exception):
    """The local AWS did not start; the message gives the reason and the end of its log."""


class EmbeddedAws:
    """A local AWS with all its state in one directory. Without `port` it takes a free one.

    `start` keeps a healthy process, and removes what a broken run left behind. Stacks, functions and objects
    are in memory, and are lost when the process ends.

    `settings` are LocalEmu's own, applied at a start: `{"IAM_ENFORCEMENT": "1"}` enables permission checks.
    """

    def __init__(
        self, state_directory: Path, port: int | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        self._settings = dict(settings or {})
        self._directory = state_directory.resolve()
        self._wanted_port = port
        self._emulator = Background(self._directory, "emulator")
        self._alarms = Background(self._directory, "alarms")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port in use. Raises `EmulatorFailed` before the first start."""
        with contextlib.suppress(OSError, ValueError):
            return int(self._port_file.read_text())
        raise EmulatorFailed(f"nothing was started in {self._directory}")

    @property
    def log(self) -> Path:
        """The emulator's log, with a line for each request."""
        return self._emulator.log

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def healthy(self) -> bool:
        """Whether the recorded process runs, on the wanted port if there is one, and answers there."""
        if not self._emulator.running:
            return False
        with contextlib.suppress(EmulatorFailed):
            return self._wanted_port in (None, self.port) and answers(self.port)
        return False

    def environment(self) -> dict[str, str]:
        """Environment variables for any AWS tool or SDK to use this AWS."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": places.REGION,
            "AWS_DEFAULT_REGION": places.REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def start(self) -> None:
        """Start what does not run. Raises `EmulatorFailed`."""
        with self._one_at_a_time():
            if not self.healthy:
                self._start_emulator()
            if not self._alarms.running:
                self._start_alarms()

    def stop(self) -> None:
        """End the processes recorded in the directory; safe to repeat."""
        with self._one_at_a_time():
            self._alarms.stop()
            self._emulator.stop()
            self._port_file.unlink(missing_ok=True)

    def client(self, service: str) -> Any:
        """A boto3 client of this AWS."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name=places.REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(inject_host_prefix=False, retries={"mode": "standard", "max_attempts": 3}),
        )

    def deploy(self, stack: str, template_directory: Path, parameters: Mapping[str, str]) -> dict[str, str]:
        """Run `sam build` and `sam deploy`; return the stack's outputs. Raises `SamFailed`."""
        with contextlib.suppress(ClientError):
            self.client("s3").create_bucket(Bucket=_BUCKET)
        directory = self._directory / "sam" / stack
        deployment = sam_cli.Deployment(stack, template_directory.resolve(), directory, _BUCKET, parameters)
        sam_cli.build_and_deploy(deployment, self.environment())
        return self.outputs(stack)

    def deploy_again(self, deployed: str, stack: str, parameters: Mapping[str, str]) -> dict[str, str]:
        """Create another stack of the template that SAM has deployed as `deployed`; return its outputs."""
        stacks = self.client("cloudformation")
        template = stacks.get_template(StackName=deployed, TemplateStage="Original")["TemplateBody"]
        self.client("s3").put_object(Bucket=_BUCKET, Key=f"{stack}.template", Body=template.encode())
        stacks.create_stack(
            StackName=stack,
            TemplateURL=f"{self.endpoint}/{_BUCKET}/{stack}.template",
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
            ],
            Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        often = {"Delay": 1, "MaxAttempts": _STACK_SECONDS}
        stacks.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig=often)
        return self.outputs(stack)

    def outputs(self, stack: str) -> dict[str, str]:
        found = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def api_url(self, api: str, stage: str) -> str:
        """URL of a REST API's stage; its name below `amazonaws.com` does not resolve here."""
        return f"{self.endpoint}/_aws/execute-api/{api}/{stage}"

    @property
    def _port_file(self) -> Path:
        return self._directory / "port"

    @contextlib.contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start_emulator(self) -> None:
        self._alarms.stop()
        self._emulator.stop()
        volume = self._fresh_volume()
        port = self._wanted_port or free_port()
        if not port_is_free(port):
            raise EmulatorFailed(f"port {port} is taken by another program: stop it, or choose another port")
        write_atomically(self._port_file, str(port))
        command = [str(places.emulator_python()), "-m", "localemu.runtime.main"]
        environment = {**emulator_environment(volume, port), **self._settings}
        self._emulator.start(command, environment, mark="localemu.runtime.main")
        self._wait_until_healthy(port)
        self._keep_index()

    def _fresh_volume(self) -> Path:
        volume = self._directory / "volume"
        shutil.rmtree(volume, ignore_errors=True)
        for part in ("tmp", "home", _PREPARED):
            (volume / part).mkdir(parents=True)
        for index in places.service_indices().glob(_INDICES):
            shutil.copy(index, volume / _PREPARED)
        return volume

    def _keep_index(self) -> None:
        """For the next start: to look through the models of all services takes seconds."""
        for made in (self._directory / "volume" / _CACHE).glob(_INDICES):
            with contextlib.suppress(OSError):  # a start without it takes longer
                write_atomically(places.service_indices() / made.name, made.read_bytes())

    def _wait_until_healthy(self, port: int) -> None:
        give_up = time.monotonic() + _START_SECONDS
        while not answers(port):
            if not self._emulator.running or time.monotonic() > give_up:
                self._emulator.stop()
                raise EmulatorFailed(
                    f"the local AWS did not start; {self._emulator.log}:\n{self._emulator.log_tail()}"
                )
            time.sleep(0.1)

    def _start_alarms(self) -> None:
        command = [sys.executable, "-m", "local.aws.alarms.evaluate"]
        environment = {**plain_environment(), **self.environment(), "PYTHONPATH": str(places.ROOT)}
        self._alarms.start(command, environment, mark="local.aws.alarms.evaluate")


def emulator_environment(volume: Path, port: int) -> dict[str, str]:
    """Environment of the emulator: all files below `volume`, no user account, no access to the internet."""
    return {
        **plain_environment(),
        "HOME": str(volume / "home"),
        "TMPDIR": str(volume / "tmp"),
        "FILESYSTEM_ROOT": str(volume),
        "LOCALEMU_VOLUME_DIR": str(volume),
        "OVERRIDE_IN_DOCKER": "0",
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "GATEWAY_SERVER": "twisted",
        # Services call each other without the network in between.
        "IN_MEMORY_CLIENT": "1",
        # Nobody reads the metrics of queues, and each message would be some.
        "SQS_DISABLE_CLOUDWATCH_METRICS": "1",
        "DNS_ADDRESS": "0",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        # The executor has the limits of AWS; beside them, LocalEmu gives up after 20 s.
        "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT": "1000",
        # If permissions are checked, then for roles, not for the local user.
        "ROOT_ACCESS_KEYS": "test",
        # Unsupported resource types, such as dashboards, are skipped.
        "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "1",
    }


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_localemu/health", timeout=5) as response:
            return "services" in json.load(response)
    except (OSError, ValueError, urllib.error.URLError):
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def plain_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TZ") if name in os.environ}
