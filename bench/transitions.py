"""State transitions, Lambda invocations and overhead of real deployments on the embedded AWS.

They are compared with aws-samples/aws-lambda-deploy, the published workflow for the same job. By its
definition it enters 5N + 2 states for N steps that pass, and 5k + 2 if step k fails. It runs 2N + 2
functions.
"""

import io
import json
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local.aws.embedded import EmbeddedAws

ROOT = Path(__file__).resolve().parent.parent
STEPS = (1, 10, 100)
BAKE_SECONDS = 1
PATIENCE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Run:
    """One deployment: its transitions and invocations, and how long it took beyond its bakes."""

    steps: int
    transitions: int
    invocations: int
    overhead_seconds: float

    @property
    def sample_transitions(self) -> int:
        """Transitions of the published workflow for as many steps."""
        return 5 * self.steps + 2

    @property
    def sample_invocations(self) -> int:
        """Function runs of the published workflow for as many steps."""
        return 2 * self.steps + 2


def measure() -> list[Run]:
    """Measure a deployment for each number of steps, after one that warms the functions up."""
    with embedded() as aws:
        function = make_function(aws)
        _deploy(aws, function, 1)
        return [_deploy(aws, function, steps) for steps in STEPS]


@contextmanager
def embedded(parameters: Mapping[str, str] | None = None) -> Iterator[EmbeddedAws]:
    """Run a local AWS with hotplug in it, for the length of the block."""
    with TemporaryDirectory() as state, EmbeddedAws(Path(state)) as aws:
        aws.deploy("hotplug", ROOT, {"TargetFunctions": "*"} | dict(parameters or {}))
        yield aws


def _deploy(aws: EmbeddedAws, function: str, steps: int) -> Run:
    change_code(aws, function)
    climb = [
        {"percent": float(Decimal(99 * at) / Decimal(steps)), "bake": BAKE_SECONDS}
        for at in range(1, steps + 1)
    ]
    request = {
        "function": function,
        "strategy": {"type": "steps", "steps": [_rounded(step) for step in climb]},
    }
    executions = aws.client("stepfunctions")
    machine = aws.outputs("hotplug")["StateMachineArn"]
    execution = executions.start_execution(stateMachineArn=machine, input=json.dumps(request))["executionArn"]
    ended = _wait(executions, execution)
    if ended["status"] != "SUCCEEDED":
        raise RuntimeError(f"{ended['status']}: {ended.get('error')}: {ended.get('cause')}")
    took = (ended["stopDate"] - ended["startDate"]).total_seconds()
    pages = executions.get_paginator("get_execution_history").paginate(executionArn=execution)
    kinds = [event["type"] for page in pages for event in page["events"]]
    return Run(
        steps=steps,
        transitions=sum(kind.endswith("StateEntered") for kind in kinds),
        invocations=kinds.count("LambdaFunctionScheduled"),
        overhead_seconds=took - steps * BAKE_SECONDS,
    )


def _rounded(step: dict[str, float]) -> dict[str, float]:
    return {**step, "percent": round(step["percent"], 2)}


def _wait(executions: Any, execution: str) -> dict[str, Any]:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        found: dict[str, Any] = executions.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.2)
    raise TimeoutError(f"{execution} still runs after {PATIENCE_SECONDS} s")


def make_function(aws: EmbeddedAws, answer: object = "first") -> str:
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName="measured",
        Runtime="python3.13",
        Handler="app.handler",
        Role="arn:aws:iam::000000000000:role/measured",
        Code={"ZipFile": _package(answer)},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="measured")
    version = functions.publish_version(FunctionName="measured")["Version"]
    functions.create_alias(FunctionName="measured", Name="live", FunctionVersion=version)
    return "measured"


def change_code(aws: EmbeddedAws, function: str) -> None:
    functions = aws.client("lambda")
    functions.update_function_code(FunctionName=function, ZipFile=_package(str(time.time_ns())))
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)


def _package(answer: object) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("app.py", f"def handler(event, context):\n    return {answer!r}\n")
    return content.getvalue()
