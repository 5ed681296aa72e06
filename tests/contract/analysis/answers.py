"""What a handler takes from its event and puts into its answer, read from the source.

A key that the machine reads and one branch of a handler forgets ends a deployment in the middle, with
`States.QueryEvaluationError` and no word about why.
"""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.contract.analysis.names import file_of
from tests.contract.analysis.source import Place, imports, reached, use_case

RESULT = re.compile(r"\$states\.result\.(\w+)")
HANDED_ON = re.compile(r"\$states\.input\.(\w+)")
COMPARED = re.compile(r"\$(outcome|verdict) = '(\w+)'")


def problems(definition: str, handlers: list[str]) -> list[str]:
    """Every key that goes in or comes out of one task and is missing on the other side."""
    states = json.loads(definition)["States"]
    return [
        problem
        for name, state in states.items()
        if file_of(name) in handlers
        for problem in [*_of_answer(name, state, _handed_on(states)), *_of_event(name, state)]
    ]


def _handed_on(states: dict[str, Any]) -> set[str]:
    """What an execution may end with of the answer that came last: not every answer has it."""
    ends = [state for state in states.values() if state["Type"] == "Succeed"]
    return {key for state in ends for key in HANDED_ON.findall(json.dumps(state))}


def _of_answer(name: str, state: dict[str, Any], handed_on: set[str]) -> Iterator[str]:
    read = set(RESULT.findall(json.dumps(state.get("Assign", {}))))
    given = answers_of(file_of(name))
    if not given:
        yield f"{name}: no answer of its handler was found"
    for line, keys in given.items():
        yield from (f"{name}: the answer at {line} has no '{key}'" for key in sorted(read - keys))
        if "$states.result %" not in json.dumps(state.get("Assign", {})):
            yield from (
                f"{name}: nobody reads '{key}' of the answer at {line}"
                for key in sorted(keys - read - handed_on)
            )


def _of_event(name: str, state: dict[str, Any]) -> Iterator[str]:
    passed, read = set(state["Arguments"]), keys_of_event(file_of(name))
    yield from (f"{name}: its handler reads '{key}', which is not passed" for key in sorted(read - passed))


def answers_of(handler: str) -> dict[str, set[str]]:
    """The keys of each answer of a use case, by where it stands; calls are followed to where they end."""
    name = use_case(handler)
    assert name
    return dict(_answers(Place(f"handlers.{handler}", name), reached(handler)))


def _answers(place: Place, known: dict[Place, ast.FunctionDef]) -> Iterator[tuple[str, set[str]]]:
    for node in ast.walk(known[place]):
        if not isinstance(node, ast.Return):
            continue
        match node.value:
            case ast.Dict(keys=keys):
                texts = {key.value for key in keys if isinstance(key, ast.Constant)}
                yield f"{place.module}:{node.lineno}", {str(text) for text in texts}
            case ast.Call(func=ast.Name(id=called)):
                yield from _answers(imports(place.module).get(called, Place(place.module, called)), known)
            case _:
                raise AssertionError(f"{place.module}:{node.lineno} answers what cannot be read from here")


def keys_of_event(handler: str) -> set[str]:
    """What a use case and all that it hands its event to read from it."""
    found: set[str] = set()
    for definition in reached(handler).values():
        for node in ast.walk(definition):
            match node:
                case (
                    ast.Subscript(value=ast.Name(id="event"), slice=ast.Constant(value=str(key)))
                    | ast.Call(
                        func=ast.Attribute(value=ast.Name(id="event"), attr="get"),
                        args=[ast.Constant(value=str(key)), *_],
                    )
                    | ast.Call(
                        func=ast.Name(id="stored_value"),
                        args=[ast.Name(id="event"), ast.Constant(value=str(key)), *_],
                    )
                ):
                    found.add(key)
    return found


def compared(definition: str) -> set[tuple[str, str]]:
    """What the machine's questions compare with: ("outcome", "busy")."""
    return set(COMPARED.findall(definition))
