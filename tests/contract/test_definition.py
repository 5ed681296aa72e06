"""The machine, its handlers and the template tell one story."""

import ast
import json
from pathlib import Path
from typing import Any

from tests import definition
from tests.template import ROOT, load_template, resources

MACHINE = ROOT / "statemachine" / "deploy.asl.json"
PACKAGE = ROOT / "functions" / "hotplug"
NO_STATE_OR_TRIGGER = {"__init__", "entrypoint"}

type Machine = dict[str, Any]


def machine() -> Machine:
    loaded: Machine = json.loads(MACHINE.read_text())
    return loaded


def known_errors() -> set[str]:
    """Every exception class in the product, by the name that Lambda reports to the machine."""
    trees = (ast.parse(file.read_text()) for file in PACKAGE.rglob("*.py"))
    classes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return {each.name for each in classes if each.name.endswith("Error")}


def test_the_machine_has_no_problem() -> None:
    assert definition.problems(machine(), known_errors()) == []


def test_between_claim_and_promote_every_error_leads_to_roll_back() -> None:
    states = machine()["States"]
    assert list(definition.without_a_way_back(states, first="Claim", last="Promote", back="Roll back")) == []


def test_the_template_fills_in_exactly_what_the_machine_leaves_open() -> None:
    (properties,) = resources(load_template(), "AWS::Serverless::StateMachine").values()
    assert definition.substitutions(MACHINE.read_text()) == set(properties["DefinitionSubstitutions"])


def test_every_task_of_ours_is_called_as_its_function_and_its_file() -> None:
    (properties,) = resources(load_template(), "AWS::Serverless::StateMachine").values()
    filled_in = properties["DefinitionSubstitutions"]
    for state, substitution in function_tasks(machine()["States"]):
        assert function_name(state) in json.dumps(filled_in[substitution]), state
        assert (PACKAGE / "handlers" / f"{file_name(state)}.py").exists(), state


def test_every_handler_has_its_function_and_every_function_its_handler() -> None:
    functions = resources(load_template(), "AWS::Serverless::Function")
    expected = {function_name(handler): f"hotplug.handlers.{handler}.handler" for handler in handlers()}
    assert {name: properties["Handler"] for name, properties in functions.items()} == expected


def test_every_handler_is_a_state_or_has_a_trigger() -> None:
    functions = resources(load_template(), "AWS::Serverless::Function")
    tasks = {function_name(state) for state, _ in function_tasks(machine()["States"])}
    triggered = {
        name for name, properties in functions.items() if {"Events", "FunctionUrlConfig"} & set(properties)
    }
    assert set(functions) == tasks | triggered


def handlers() -> set[str]:
    files = {file.stem for file in (PACKAGE / "handlers").glob("*.py")} - NO_STATE_OR_TRIGGER
    return {name for name in files if defines_handler(PACKAGE / "handlers" / f"{name}.py")}


def defines_handler(file: Path) -> bool:
    """A file in `handlers/` without a `handler` is shared by those that have one."""
    assigned = (node for node in ast.parse(file.read_text()).body if isinstance(node, ast.Assign))
    return any(
        isinstance(target, ast.Name) and target.id == "handler"
        for node in assigned
        for target in node.targets
    )


def function_tasks(states: definition.States) -> list[tuple[str, str]]:
    """States that call a function of ours, with the substitution that stands for its ARN."""
    named = ((name, state.get("Resource", "")) for name, state in states.items())
    return [(name, place[2:-1]) for name, place in named if definition.substitutions(place) == {place[2:-1]}]


def function_name(prose: str) -> str:
    """Both "Roll back" and "roll_back" give "RollBackFunction"."""
    return "".join(word.capitalize() for word in prose.replace("_", " ").split()) + "Function"


def file_name(prose: str) -> str:
    return prose.lower().replace(" ", "_")
