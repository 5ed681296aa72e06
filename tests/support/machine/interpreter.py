"""Runs a state machine one state at a time: that part of Amazon States Language which hotplug uses.

It waits for nothing (the clock is turned instead), and refuses what it does not know.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tests.contract.analysis.state_graph import State, States
from tests.fakes import execution_arn
from tests.support.machine.values import StateFailedError, filled

type Json = Any
type Perform = Callable[[str, str, Json], Json]
"""Does a task's work, given its state, its resource and its arguments; raises StateFailedError."""

NOT_CAUGHT_BY_ALL = {"States.DataLimitExceeded", "States.Runtime"}


@dataclass(slots=True)
class Frame:
    """One scope of states under way: the machine itself, or one item of a Map in it."""

    states: States
    at: str
    input: Json
    variables: dict[str, Json] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)
    items: list[Json] = field(default_factory=list)
    results: list[Json] = field(default_factory=list)

    @property
    def state(self) -> State:
        return self.states[self.at]


class Interpreter:
    """One execution of a machine; `step` carries out the state that it is in, or one attempt at it."""

    def __init__(
        self, machine: State, name: str, request: Json, perform: Perform, passes: Callable[[float], None]
    ) -> None:
        self.name, self.arn, self.request = name, execution_arn(name), request
        self.status, self.error, self.cause = "RUNNING", "", ""
        self.output: Json = None
        self._perform, self._passes = perform, passes
        self._frames = [Frame(machine["States"], machine["StartAt"], request)]

    @property
    def state(self) -> str:
        """The state that comes next."""
        return self._frames[-1].at

    @property
    def attempt(self) -> int:
        """How often that state was tried before."""
        return sum(self._frames[-1].tries.values())

    @property
    def variables(self) -> Mapping[str, Json]:
        """Outer and inner ones."""
        found = {name: value for frame in self._frames for name, value in frame.variables.items()}
        return MappingProxyType(found)

    def assign(self, **variables: Json) -> None:
        """As if a state had done it."""
        self._frames[0].variables |= variables

    def arguments(self, task: str) -> Json:
        """What this task would be handed now."""
        return self._filled(self._frames[0].states[task]["Arguments"])

    @property
    def position(self) -> Json:
        """Where it is and what it knows, as data, from the outermost scope of states to the innermost."""
        names = ("at", "input", "variables", "items", "results")
        return [{name: getattr(frame, name) for name in names} for frame in self._frames]

    def resume(self, position: Json) -> None:
        """It goes on from there, with no attempt made at that state."""
        states = self._frames[0].states
        self._frames.clear()
        for scope in position:
            self._frames.append(Frame(states, **scope))
            states = self._frames[-1].state.get("ItemProcessor", {}).get("States", {})

    def ends(self, status: str, output: Json = None, error: str = "", cause: str = "") -> None:
        """Stopped from outside, or at an end of its own."""
        self.status, self.output, self.error, self.cause = status, output, error, cause

    def is_redriven(self) -> None:
        """It runs again, from the state that did not succeed."""
        self.status = "RUNNING"
        del self._frames[1:]
        self._frames[0].tries, self._frames[0].results = {}, []

    def step(self) -> None:
        frame = self._frames[-1]
        try:
            self._of_type[frame.state["Type"]](frame)
        except StateFailedError as failure:
            if self.status == "RUNNING":
                self._failed(failure)

    def do(self, task: str) -> Json:
        """One attempt at a task, wherever the machine is; its result.

        No error of it is handled. After it the machine is on its way from there: at the next task or wait.
        """
        del self._frames[1:]
        frame = self._frames[0]
        frame.at, frame.tries = task, {}
        result = self._perform(task, frame.state["Resource"], self.arguments(task))
        self._leave(frame, frame.state, {"result": result})
        while frame.state["Type"] == "Choice":
            self._choose(frame)
        return result

    @property
    def _of_type(self) -> Mapping[str, Callable[[Frame], None]]:
        return {
            "Task": self._task,
            "Choice": self._choose,
            "Map": self._start_map,
            "Wait": self._wait,
            "Pass": lambda frame: self._leave(frame, frame.state, {}),
            "Succeed": lambda frame: self._frame_ends(self._filled(frame.state["Output"])),
            "Fail": self._fail,
        }

    def _wait(self, frame: Frame) -> None:
        self._passes(self._filled(frame.state["Seconds"]))
        self._leave(frame, frame.state, {})

    def _fail(self, frame: Frame) -> None:
        raise StateFailedError(self._filled(frame.state["Error"]), self._filled(frame.state["Cause"]))

    def _task(self, frame: Frame) -> None:
        arguments = self._filled(frame.state["Arguments"])
        result = self._perform(frame.at, frame.state["Resource"], arguments)
        if self.status == "RUNNING":
            self._leave(frame, frame.state, {"result": result})

    def _choose(self, frame: Frame) -> None:
        for choice in frame.state["Choices"]:
            answer = self._filled(choice["Condition"])
            if not isinstance(answer, bool):
                raise StateFailedError("States.QueryEvaluationError", f"{choice['Condition']} is no boolean")
            if answer:
                return self._leave(frame, choice, {})
        return self._leave(frame, {"Next": frame.state["Default"]}, {})

    def _start_map(self, frame: Frame) -> None:
        """The items one after the other, which one MaxConcurrency may come to as well."""
        items, selector = self._filled(frame.state["Items"]), frame.state["ItemSelector"]
        positions = [{"Item": {"Index": at, "Value": item}} for at, item in enumerate(items)]
        frame.items = [self._filled(selector, context={"Map": position}) for position in positions]
        frame.results = []
        self._next_item(frame)

    def _next_item(self, frame: Frame) -> None:
        if len(frame.results) == len(frame.items):
            return self._leave(frame, frame.state, {"result": frame.results})
        inner, item = frame.state["ItemProcessor"], frame.items[len(frame.results)]
        return self._frames.append(Frame(inner["States"], inner["StartAt"], item))

    def _leave(self, frame: Frame, way: Mapping[str, Any], known: Mapping[str, Json]) -> None:
        """`way` says what is assigned and where to; `known` is `$states.result` or `$states.errorOutput`."""
        default = next(iter(known.values()), frame.input)
        output = self._filled(way["Output"], **known) if "Output" in way else default
        frame.variables |= self._filled(way.get("Assign", {}), **known)
        frame.tries = {}
        if "Next" in way:
            frame.at, frame.input = way["Next"], output
        else:
            self._frame_ends(output)

    def _frame_ends(self, output: Json) -> None:
        if len(self._frames) == 1:
            return self.ends("SUCCEEDED", output)
        self._frames.pop()
        outer = self._frames[-1]
        outer.results.append(output)
        return self._next_item(outer)

    def _failed(self, failure: StateFailedError) -> None:
        while not self._is_handled(self._frames[-1], failure):
            if len(self._frames) == 1:
                return self.ends("FAILED", error=failure.error, cause=failure.cause)
            self._frames.pop()
        return None

    def _is_handled(self, frame: Frame, failure: StateFailedError) -> bool:
        for at, retrier in enumerate(frame.state.get("Retry", [])):
            if _matches(retrier["ErrorEquals"], failure.error):
                tried = frame.tries.get(at, 0)
                if tried < retrier["MaxAttempts"]:
                    frame.tries[at] = tried + 1
                    self._passes(retrier["IntervalSeconds"])
                    return True
                break
        for catcher in frame.state.get("Catch", []):
            if _matches(catcher["ErrorEquals"], failure.error):
                output = {"Error": failure.error, "Cause": failure.cause}
                self._leave(frame, catcher, {"errorOutput": output})
                return True
        return False

    def _filled(self, template: Json, *, context: Mapping[str, Json] | None = None, **known: Json) -> Json:
        execution = {"Id": self.arn, "Name": self.name, "Input": self.request}
        states = {"input": self._frames[-1].input, "context": {"Execution": execution} | dict(context or {})}
        return filled(template, self.variables, states | known)


def _matches(names: Iterable[str], error: str) -> bool:
    wildcards = set() if error in NOT_CAUGHT_BY_ALL else {"States.ALL"}
    if not error.startswith("States."):
        wildcards.add("States.TaskFailed")
    return bool({error, *wildcards} & set(names))
