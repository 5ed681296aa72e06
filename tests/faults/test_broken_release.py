"""The machine calls functions of two releases: whatever the new ones do, the aliases come home.

What `smoke` lets through is meant here: a handler that fails in the deployment that brings it in.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.invariants import violations
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.stage import Run, Spoil, Stage
from tests.support.machine.tasks import thrown
from tests.support.machine.values import StateFailedError

TASKS = (
    "Claim",
    "Publish",
    "Before traffic",
    "Hook",
    "Shift",
    "Watch",
    "Promote",
    "Roll back",
    "Close",
    "Prune",
)
ROADS = ("both are tried before", "both ask hooks", "Roll back talks nonsense", "all at once", "one is new")


def raises(error: StateFailedError) -> Spoil:
    def fails(_: Run) -> Any:
        raise error

    return fails


def answers(nonsense: Any) -> Spoil:
    return lambda _: nonsense


WAYS: dict[str, Spoil] = {
    "throws at import": raises(thrown("Runtime.ImportModuleError", "No module named 'hotplug'")),
    "throws at call": raises(thrown("ValueError", "broken at call")),
    "hangs": raises(StateFailedError("Sandbox.Timedout", "Task timed out after 60.00 seconds")),
    "hangs past its own limit": raises(StateFailedError("States.Timeout", "")),
    "answers nothing": answers(None),
    "answers a list": answers([1, None, "?"]),
    "answers other keys": answers({"nonsense": [1, None, "?"]}),
    "answers its keys with nonsense": answers(
        {
            "outcome": "nonsense",
            "verdict": "nonsense",
            "candidates": ["nonsense"],
            "revisions": ["nonsense"],
            "reason": [None],
            "step": "nonsense",
            "since": "nonsense",
            "look": "nonsense",
            "turn": "nonsense",
            "wait": 1,
            "blame": "nonsense",
        }
    ),
}


def road(name: str) -> Scenario:
    return next(scenario for scenario in SCENARIOS if scenario.name == name)


def at_home(stage: Stage) -> list[str]:
    """What is wrong when the machine has ended and the guard has looked twice, as it does in four minutes."""
    stage.runs_to_its_end()
    stage.guard_hears_of_the_end()
    stage.guard_sweeps()
    stage.guard_sweeps()
    return [wrong for wrong in violations(stage, muted=True) if "left on" in wrong or "claim" in wrong]


def every_second(stage: Stage, spoil: Spoil) -> Spoil:
    calls = 0

    def shared(run: Run) -> Any:
        nonlocal calls
        calls += 1
        return spoil(run) if calls % 2 else run(stage.cloud)

    return shared


def always(_: Stage, spoil: Spoil) -> Spoil:
    return spoil


@pytest.mark.parametrize("share", [always, every_second], ids=["every call", "every second call"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ROADS)
def test_the_aliases_come_home(
    name: str, task: str, way: str, share: Callable[[Stage, Spoil], Spoil]
) -> None:
    stage = road(name).stage()

    stage.broken[task] = share(stage, WAYS[way])

    assert at_home(stage) == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ROADS)
def test_they_come_home_when_nothing_of_the_new_release_works(name: str, way: str) -> None:
    stage = road(name).stage()

    for task in TASKS:
        if task not in {"Claim", "Publish", "Shift"}:
            stage.broken[task] = WAYS[way]

    assert at_home(stage) == []
