"""What a state-machine definition promises, checked without running it. Every problem is one sentence.

The console and the linters accept a machine whose arrows lead nowhere or whose variables nobody assigns, and
fail it in the middle of a deployment. Here the same is found before anything is deployed.
"""

from collections.abc import Collection, Iterator
from typing import Any

from tests.contract.analysis.expressions import SyntaxProblemError, Uses, expression_in, uses
from tests.contract.analysis.state_graph import (
    NESTED,
    Scope,
    State,
    States,
    arrows,
    assigned_at,
    assigned_in,
    is_end,
    nested,
    reached_from,
)


def problems(machine: dict[str, Any], known_errors: Collection[str]) -> list[str]:
    if machine.get("QueryLanguage") != "JSONata":
        return ["the machine is not written in JSONata"]
    return list(_of_scope(Scope(machine["StartAt"], machine["States"]), known_errors))


def _of_scope(scope: Scope, known_errors: Collection[str]) -> Iterator[str]:
    yield from lost_arrows(scope)
    yield from unreached(scope)
    yield from without_end(scope)
    yield from unassigned(scope)
    for name, state in scope.states.items():
        yield from (f"{name}: {problem}" for problem in _of_state(state, known_errors))
    for inner in nested(scope):
        yield from shadowing(scope, inner)
        yield from _of_scope(inner, known_errors)


def _of_state(state: State, known_errors: Collection[str]) -> Iterator[str]:
    yield from unknown_errors(state, known_errors)
    match state["Type"]:
        case "Task":
            yield from impatient(state)
        case "Fail" if not (state.get("Error") and state.get("Cause")):
            yield "a Fail needs an Error and a Cause"


def lost_arrows(scope: Scope) -> Iterator[str]:
    if scope.start not in scope.states:
        yield f"StartAt leads to '{scope.start}', which does not exist"
    for name, state in scope.states.items():
        for arrow in arrows(state):
            if arrow.target not in scope.states:
                yield f"{name}: leads to '{arrow.target}', which does not exist"


def unreached(scope: Scope) -> Iterator[str]:
    for name in sorted(scope.states.keys() - reached_from(scope.states, scope.start)):
        yield f"{name}: no way leads there"


def without_end(scope: Scope) -> Iterator[str]:
    for name in scope.states:
        ahead = reached_from(scope.states, name, caught=False)
        if not any(is_end(scope.states[each]) for each in ahead):
            yield f"{name}: no way leads from there to an end"


def unassigned(scope: Scope) -> Iterator[str]:
    for name, assigned in assigned_at(scope).items():
        for field, text, used in _read(scope.states.get(name, {})):
            if isinstance(used, str):
                yield f"{name}: {text} is no JSONata: {used}"
                continue
            for variable in sorted(used.variables - assigned):
                yield f"{name}: reads ${variable}, which is not assigned on every way there"
            for part in sorted(used.states_fields - _states_fields_at(scope.states[name], field)):
                yield f"{name}: reads $states.{part} in {field}, where it does not exist"


def _read(state: State) -> Iterator[tuple[str, str, Uses | str]]:
    """Every expression of one state with the field it stands in; nested machines have scopes of their own."""
    for field, value in state.items():
        if field in NESTED:
            continue
        for text in _strings(value):
            expression = expression_in(text)
            if expression is None:
                continue
            try:
                yield field, expression, uses(expression)
            except SyntaxProblemError as problem:
                yield field, expression, str(problem)


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _strings(each)
        case list():
            for each in value:
                yield from _strings(each)


def _states_fields_at(state: State, field: str) -> set[str]:
    always = {"input", "context"}
    if field == "Catch":
        return always | {"errorOutput"}
    calls = state["Type"] in {"Task", "Map", "Parallel"}
    return always | {"result"} if calls and field in {"Assign", "Output"} else always


def shadowing(outer: Scope, inner: Scope) -> Iterator[str]:
    """AWS refuses to create a machine in which an inner state assigns an outer variable."""
    taken = assigned_in(outer.states) | outer.given
    for name, state in inner.states.items():
        for variable in sorted(assigned_in({name: state}) & taken):
            yield f"{name}: assigns ${variable}, which belongs to an outer scope"


def unknown_errors(state: State, known: Collection[str]) -> Iterator[str]:
    for handler in [*state.get("Retry", []), *state.get("Catch", [])]:
        for error in handler["ErrorEquals"]:
            if not error.startswith(("States.", "Lambda.")) and error not in known:
                yield f"'{error}' is no error that anything here raises"


def impatient(task: State) -> Iterator[str]:
    if "TimeoutSeconds" not in task:
        yield "a Task needs TimeoutSeconds, or it waits for a year"
    if not task.get("Retry"):
        yield "a Task needs a Retry"
    retriers = [each for each in task.get("Retry", []) if each.get("MaxAttempts") != 0]
    if any(each.get("JitterStrategy") != "FULL" for each in retriers):
        yield "a Retry needs JitterStrategy FULL, or all retries arrive at once"


def without_a_way_back(states: States, *, first: str, last: str, back: str) -> Iterator[str]:
    """After `first` until `last`, whatever fails must lead to `back`; ways round to `first` are exempt."""
    after = [arrow.target for arrow in arrows(states[first]) if not arrow.caught]
    ahead = set().union(*(reached_from(states, each, caught=False) for each in after))
    onward = {name: state for name, state in states.items() if name != first}
    risky = {each for each in ahead - {first} if last in reached_from(onward, each, caught=False)}
    for name in states:
        if (
            name in risky
            and states[name]["Type"] in {"Task", "Map", "Parallel"}
            and not _leads(states, name, back)
        ):
            yield f"{name}: an error there does not lead to '{back}'"


def _leads(states: States, name: str, back: str) -> bool:
    catchers = states[name].get("Catch", [])
    return any("States.ALL" in each["ErrorEquals"] for each in catchers) and all(
        _through_passes(states, each["Next"]) == back for each in catchers
    )


def _through_passes(states: States, name: str) -> str:
    while states.get(name, {}).get("Type") == "Pass" and "Next" in states[name]:
        name = states[name]["Next"]
    return name
