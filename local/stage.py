"""Stage: the local AWS with hotplug and the demo application, under steady traffic."""

import contextlib
import json
import platform
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from local.aws import places
from local.aws.embedded import EmbeddedAws, plain_environment
from local.aws.processes import Background

STACK = "hotplug"
SELF_STRATEGY = {"type": "steps", "steps": [{"percent": at, "bake": "10s"} for at in (20, 60)]}
DEMO_FUNCTION, DEMO_ALIAS = "demo-orders", "live"
PARAMETERS = {
    "TargetFunctions": "*",
    "Router": "on",
    "RouterAuth": "NONE",
    "SelfStrategy": json.dumps(SELF_STRATEGY),
}
CALLS_PER_SECOND = 20
PATIENCE_SECONDS = 60


class StageNotSet(Exception):
    """The demo application's first deployment failed or took too long; the message has the details."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage with all its processes and files in one directory. Setting it again changes nothing."""

    directory: Path
    port: int | None = None

    @property
    def aws(self) -> EmbeddedAws:
        """The AWS of this stage."""
        return EmbeddedAws(self.directory, self.port)

    @property
    def counts(self) -> Path:
        """The file with the traffic's counts; see `local.traffic`."""
        return self.directory / "traffic-counts.json"

    def set(self) -> dict[str, str]:
        """Set the stage and return hotplug's outputs.

        A first deployment by hotplug creates the demo alias.
        """
        aws = self.aws
        if not aws.healthy:
            self._traffic.stop()  # it calls an AWS that has ended
        with _told("AWS on this machine"):
            aws.start()
        with _told("hotplug, by SAM"):
            outputs = aws.deploy(STACK, places.ROOT, PARAMETERS | {"Architecture": architecture()})
        with _told("the demo application, by SAM"):
            aws.deploy("demo", places.ROOT / "local" / "demo", {"AlarmPeriodSeconds": "10"})
        with _told("its first version, by hotplug"):
            _deploy_first(aws, outputs["StateMachineArn"])
        with _told("traffic"):
            self._start_traffic()
        return outputs

    def clear(self) -> None:
        """End all processes of the stage."""
        self._traffic.stop()
        self.aws.stop()

    @property
    def _traffic(self) -> Background:
        return Background(self.directory, "traffic")

    def _start_traffic(self) -> None:
        if self._traffic.running:
            return
        self.counts.unlink(missing_ok=True)
        arguments = [DEMO_FUNCTION, DEMO_ALIAS, str(CALLS_PER_SECOND), str(self.counts)]
        environment = {**plain_environment(), **self.aws.environment(), "PYTHONPATH": str(places.ROOT)}
        command = [sys.executable, "-m", "local.traffic", *arguments]
        self._traffic.start(command, environment, mark="local.traffic")
        _wait(lambda: self.counts.exists() and json.loads(self.counts.read_text())["calls"] > 0, "traffic")


def _deploy_first(aws: EmbeddedAws, machine: str) -> None:
    aliases = aws.client("lambda").list_aliases(FunctionName=DEMO_FUNCTION)["Aliases"]
    if any(alias["Name"] == DEMO_ALIAS for alias in aliases):
        return
    executions = aws.client("stepfunctions")
    execution = executions.start_execution(
        stateMachineArn=machine,
        name=f"first-{uuid.uuid4()}",
        input=json.dumps({"function": DEMO_FUNCTION, "alias": DEMO_ALIAS, "reason": "the first version"}),
    )["executionArn"]
    _wait(lambda: executions.describe_execution(executionArn=execution)["status"] != "RUNNING", execution)
    ended = executions.describe_execution(executionArn=execution)
    if ended["status"] != "SUCCEEDED":
        raise StageNotSet(f"{ended['status']}: {ended.get('error')}: {ended.get('cause')}")


def architecture() -> str:
    """This machine's architecture, in Lambda's words."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def _wait(is_so: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > give_up:
            raise StageNotSet(f"waited {PATIENCE_SECONDS} s for {what}")
        time.sleep(0.2)


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Print a step and its duration."""
    begun = time.monotonic()
    print(f"{what} ...", end=" ", flush=True)
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - begun:.1f} s", flush=True)
