"""A state machine as states and the arrows between them, with the variables that are known at each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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


def arrows(state: State) -> Iterator[Arrow]:
    own = frozenset(state.get("Assign", {}))
    yield from (Arrow(state[way], own) for way in ("Next", "Default") if way in state)
    for choice in state.get("Choices", []):
        yield Arrow(choice["Next"], frozenset(choice.get("Assign", {})))
    for catcher in state.get("Catch", []):
        yield Arrow(catcher["Next"], frozenset(catcher.get("Assign", {})), caught=True)


def is_end(state: State) -> bool:
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


def assigned_in(states: States) -> Names:
    """The variables that any of the states assigns on any way out."""
    return frozenset().union(*(arrow.assigns for state in states.values() for arrow in arrows(state)))


def nested(scope: Scope) -> Iterator[Scope]:
    """A distributed Map starts executions of its own, which see no variable of this one."""
    assigned = assigned_at(scope)
    for name, state in scope.states.items():
        processors = [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", [])
        for inner in processors:
            distributed = inner.get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"
            given = NONE if distributed else assigned.get(name, NONE)
            yield Scope(inner["StartAt"], inner["States"], given)


def all_states(machine: State) -> States:
    """With those inside of Maps."""
    found: States = {}
    waiting = [Scope(machine["StartAt"], machine["States"])]
    while waiting:
        scope = waiting.pop()
        found |= scope.states
        waiting += nested(scope)
    return found
