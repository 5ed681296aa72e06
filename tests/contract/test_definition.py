"""The machine, its handlers and the template tell one story."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.contract.analysis.definition import problems, without_a_way_back
from tests.contract.analysis.names import misnamed
from tests.contract.analysis.template import ROOT, load_template, resources

MACHINE = ROOT / "statemachine" / "deploy.asl.json"
PACKAGE = ROOT / "functions" / "hotplug"


def machine() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(MACHINE.read_text())
    return loaded


def test_the_machine_has_no_problem() -> None:
    assert problems(machine(), set(known_errors())) == []


def test_between_claim_and_promote_every_error_leads_to_roll_back() -> None:
    states = machine()["States"]
    assert list(without_a_way_back(states, first="Claim", last="Promote", back="Roll back")) == []


def test_machine_template_and_handlers_use_the_same_names() -> None:
    assert misnamed(MACHINE.read_text(), load_template(), set(handlers())) == []


def test_the_guard_hears_of_every_end_that_is_none_of_red_alarms_and_of_the_clock() -> None:
    events = resources(load_template(), "AWS::Serverless::Function")["GuardFunction"]["Events"].values()
    patterns = {
        pattern["source"][0]: pattern["detail"]
        for event in events
        if (pattern := event["Properties"].get("Pattern"))
    }
    assert patterns == {
        "aws.states": {
            "stateMachineArn": [{"Ref": "DeployStateMachine"}],
            "status": ["ABORTED", "TIMED_OUT", "FAILED"],
        },
        "aws.cloudwatch": {"state": {"value": ["ALARM"]}},
    }
    (schedule,) = [event["Properties"] for event in events if event["Type"] == "Schedule"]
    assert schedule["Schedule"] == "rate(2 minutes)"
    assert all("DeadLetterConfig" in event["Properties"] for event in events)


def known_errors() -> Iterator[str]:
    """Exception classes of the product, by the name that Lambda reports; and its own for one out of time."""
    yield "Sandbox.Timedout"
    for file in PACKAGE.rglob("*.py"):
        classes = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ClassDef))
        yield from (each.name for each in classes if each.name.endswith("Error"))


def handlers() -> Iterator[str]:
    """Files in `handlers/` that define a `handler`; the others are shared by those."""
    for file in (PACKAGE / "handlers").glob("*.py"):
        if "handler" in set(assigned_names(file)):
            yield file.stem


def assigned_names(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
