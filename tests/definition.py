"""What a state-machine definition promises, checked without running it. Every problem is one sentence.

The console and the linters accept a machine whose arrows lead nowhere or whose variables nobody assigns, and
fail it in the middle of a deployment. Here the same is found before anything is deployed.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.expressions import SyntaxProblemError, Uses, expression_in, uses

type State = dict[str, Any]
type States = dict[str, State]
type Names = frozenset[str]

NESTED = ("ItemProcessor", "Branches")
NONE: Names = frozenset()


@dataclass(frozen=True, slots=True)
class Arrow:
    """One way from a state to the next, with the variables that this way assigns."""

    target: str
    assigns: Names
    caught: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """One set of states that see each other; `given` are the outer variables that its states may read."""

    start: str
    states: States
    given: Names = NONE


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


def arrows(state: State) -> Iterator[Arrow]:
    own = frozenset(state.get("Assign", {}))
    yield from (Arrow(state[way], own) for way in ("Next", "Default") if way in state)
    for choice in state.get("Choices", []):
        yield Arrow(choice["Next"], frozenset(choice.get("Assign", {})))
    for catcher in state.get("Catch", []):
        yield Arrow(catcher["Next"], frozenset(catcher.get("Assign", {})), caught=True)


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
        if not any(_is_end(scope.states[each]) for each in ahead):
            yield f"{name}: no way leads from there to an end"


def _is_end(state: State) -> bool:
    return state["Type"] in {"Succeed", "Fail"} or state.get("End") is True


def reached_from(states: States, start: str, *, caught: bool = True) -> set[str]:
    """With the start itself; `caught=False` follows only the ways without an error."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in states and name not in reached:
            reached.add(name)
            waiting += [arrow.target for arrow in arrows(states[name]) if caught or not arrow.caught]
    return reached


def assigned_at(scope: Scope) -> dict[str, Names]:
    """The variables that are assigned on every way to a state, for each state that is reached."""
    assigned = {scope.start: scope.given}
    waiting = [scope.start]
    while waiting:
        name = waiting.pop()
        for arrow in arrows(scope.states.get(name, {})):
            offered = assigned[name] | arrow.assigns
            now = assigned.get(arrow.target, offered) & offered
            if assigned.get(arrow.target) != now:
                assigned[arrow.target] = now
                waiting.append(arrow.target)
    return assigned


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


def nested(scope: Scope) -> Iterator[Scope]:
    """A distributed Map starts executions of its own, which see no variable of this one."""
    assigned = assigned_at(scope)
    for name, state in scope.states.items():
        processors = [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", [])
        for inner in processors:
            distributed = inner.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
            given = NONE if distributed else assigned.get(name, NONE)
            yield Scope(inner["StartAt"], inner["States"], given)


def shadowing(outer: Scope, inner: Scope) -> Iterator[str]:
    """AWS refuses to create a machine in which an inner state assigns an outer variable."""
    taken = {
        variable for state in outer.states.values() for arrow in arrows(state) for variable in arrow.assigns
    }
    for name, state in inner.states.items():
        for variable in sorted(
            {each for arrow in arrows(state) for each in arrow.assigns} & (taken | outer.given)
        ):
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
    """From after `first` until `last`, whatever fails must lead to `back`."""
    after = [arrow.target for arrow in arrows(states[first]) if not arrow.caught]
    ahead = set().union(*(reached_from(states, each, caught=False) for each in after))
    risky = {each for each in ahead if last in reached_from(states, each, caught=False)} - {first}
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


def substitutions(text: str) -> set[str]:
    """The `${Name}` places that CloudFormation fills in."""
    return set(_between(text, "${", "}"))


def _between(text: str, opening: str, closing: str) -> Iterable[str]:
    return (part.split(closing)[0] for part in text.split(opening)[1:])
