"""File, state, function and substitution share a name: `roll_back.py`, "Roll back", `RollBackFunction`."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from tests.contract.analysis.state_graph import States
from tests.contract.analysis.template import resources

SUBSTITUTION = re.compile(r"\$\{([^}]+)\}")


def function_of(name: str) -> str:
    """Both "Roll back" and "roll_back" give "RollBackFunction"."""
    return "".join(word.capitalize() for word in name.replace("_", " ").split()) + "Function"


def file_of(state: str) -> str:
    return state.lower().replace(" ", "_")


def misnamed(definition: str, template: dict[str, Any], handlers: Collection[str]) -> list[str]:
    """Where the machine's text, the template and the files in `handlers/` don't tell one story."""
    (machine,) = resources(template, "AWS::Serverless::StateMachine").values()
    filled_in = machine["DefinitionSubstitutions"]
    functions = resources(template, "AWS::Serverless::Function")
    tasks = dict(_tasks(json.loads(definition)["States"], filled_in, functions))
    return [
        *_unfilled(set(SUBSTITUTION.findall(definition)), set(filled_in)),
        *(problem for state, function in tasks.items() for problem in _of_task(state, function, handlers)),
        *_of_handlers(functions, handlers),
        *_idle(functions, {*tasks.values(), *_behind_an_api(template), *_by_hand(template)}),
    ]


def _tasks(
    states: States, filled_in: dict[str, Any], functions: Collection[str]
) -> Iterator[tuple[str, str]]:
    """States that call a function of this template, with the function's logical id."""
    for name, state in states.items():
        for place in SUBSTITUTION.findall(state.get("Resource", "")):
            target = json.dumps(filled_in.get(place, ""))
            yield from ((name, function) for function in functions if re.search(rf"\b{function}\b", target))


def _unfilled(places: set[str], filled_in: set[str]) -> Iterator[str]:
    yield from (f"the template does not fill in ${{{place}}}" for place in sorted(places - filled_in))
    yield from (f"the machine has no place for {name}" for name in sorted(filled_in - places))


def _of_task(state: str, function: str, handlers: Collection[str]) -> Iterator[str]:
    if function != function_of(state):
        yield f"'{state}' calls {function}, not {function_of(state)}"
    if file_of(state) not in handlers:
        yield f"'{state}' has no handlers/{file_of(state)}.py"


def _of_handlers(functions: dict[str, dict[str, Any]], handlers: Collection[str]) -> Iterator[str]:
    expected = {function_of(handler): f"hotplug.handlers.{handler}.handler" for handler in handlers}
    for name in sorted(expected.keys() | functions.keys()):
        actual = functions.get(name, {}).get("Handler")
        if actual != expected.get(name):
            yield f"{name} runs {actual}, not {expected.get(name)}"


def _behind_an_api(template: dict[str, Any]) -> Iterator[str]:
    """Functions that API Gateway may call: its methods say nothing of that where the function stands."""
    for permission in resources(template, "AWS::Lambda::Permission").values():
        match permission:
            case {
                "Principal": "apigateway.amazonaws.com",
                "FunctionName": {"Ref": str(function)} | {"Fn::GetAtt": [str(function), "Arn"]},
            }:
                yield function.removesuffix(".Alias")


def _by_hand(template: dict[str, Any]) -> Iterator[str]:
    """Functions that people call: where to find them is one of the stack's outputs."""
    yield from (name.removesuffix("Arn") for name in template.get("Outputs", {}) if "Function" in name)


def _idle(functions: dict[str, dict[str, Any]], called: Collection[str]) -> Iterator[str]:
    for name, properties in functions.items():
        if name not in called and not {"Events", "FunctionUrlConfig"} & set(properties):
            yield f"{name} is no state and has no trigger"
