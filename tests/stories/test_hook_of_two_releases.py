"""Deployments that ask hooks while a release goes in: machine and function change at different moments.

An execution goes on with the definition that it began with, and a canary of `Hook` answers some of its calls.
The release after 0.1.0 may remove what is told twice for that, and these tests.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from hotplug.core.resources.alias import Routing
from hotplug.handlers.command import command
from tests.contract.analysis.template import ROOT
from tests.fakes import RED, InMemoryCloud, a_zip
from tests.faults.stage import Stage
from tests.stories.test_smoke import BEGINNING, CLIMBING, ENDING, UPLOAD, states_of
from tests.support.machine.execution import DEFINITION

type Json = Any

PREVIOUS = json.loads((ROOT / "tests" / "golden" / "execution-1" / "definition.json").read_text())
"""The definition of the previous release: `verdict` holds "start" at first, and Hook answers `outcome`."""
POINTS = ("beforeTraffic", "beforeStep", "afterStep", "afterTraffic")
STEPS = {"type": "steps", "steps": [{"percent": 10, "bake": "30s"}, {"percent": 50, "bake": "30s"}]}
ASKED = ["Hook", "Go on?"]
HELD = [*ASKED, "Hook at work"]
CONTENT, AT_WORK = {"status": "SUCCEEDED"}, {"status": "IN_PROGRESS", "delaySeconds": 5}


@dataclass(frozen=True)
class Pair:
    """A definition, and which of the calls of `Hook` reach the previous release's function: every n-th."""

    machine: Json
    previous_function: int


PAIRS = [
    pytest.param(Pair(PREVIOUS, 0), id="the previous definition with this function"),
    pytest.param(Pair(PREVIOUS, 2), id="the previous definition with both functions in turn"),
    pytest.param(Pair(DEFINITION, 1), id="this definition with the previous function"),
    pytest.param(Pair(DEFINITION, 2), id="this definition with both functions in turn"),
]


class TwoReleases(Stage):
    """The previous function read `verdict` and answered `outcome`, and knew no other word for it."""

    def __init__(self, cloud: InMemoryCloud, request: Json, pair: Pair) -> None:
        super().__init__(cloud, request, machine=pair.machine)
        self._every, self._calls = pair.previous_function, 0

    def _perform(self, state: str, resource: str, arguments: Json) -> Json:
        if state != "Hook":
            return super()._perform(state, resource, arguments)
        self._calls += 1
        if not self._every or self._calls % self._every:
            return super()._perform(state, resource, arguments)
        known = {key: value for key, value in arguments.items() if key != "moment"}
        answer = super()._perform(state, resource, known)
        return {key: value for key, value in answer.items() if key != "verdict"}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Functions on version 41, an alarm, a package that arrived, and somebody who checks and is content."""
    for name in ("orders", "billing"):
        cloud.has_function(name, versions=["40", "41"])
    cloud.has_function("check", alias=None)
    cloud.hooks.answers("check", CONTENT)
    cloud.alarm("errors")
    cloud.has_object("artifacts", "app.zip", a_zip("better"))
    return cloud


def deploying(cloud: InMemoryCloud, pair: Pair, *points: str, **more: Any) -> Stage:
    request = {"functions": ["orders"], "source": UPLOAD, "strategy": STEPS, "alarms": ["errors"]}
    return TwoReleases(cloud, request | {"hooks": dict.fromkeys(points, "check")} | more, pair)


def comes_to(stage: Stage, state: str) -> None:
    while stage.execution.state != state:
        assert stage.execution.status == "RUNNING", stage.execution.cause
        stage.step()


def asked(cloud: InMemoryCloud) -> list[tuple[str, int]]:
    return [(made.event["hook"], made.event["weight"]) for made in cloud.hooks.made]


@pytest.mark.parametrize("pair", PAIRS)
def test_every_hook_is_asked_in_its_place_and_the_candidate_is_promoted(
    shop: InMemoryCloud, pair: Pair
) -> None:
    stage = deploying(shop, pair, *POINTS)

    stage.runs_to_its_end()

    assert stage.execution.status == "SUCCEEDED", stage.execution.cause
    assert asked(shop) == [
        ("beforeTraffic", 0),
        ("beforeStep", 10),
        ("afterStep", 10),
        ("beforeStep", 50),
        ("afterStep", 50),
        ("beforeStep", 100),
        ("afterStep", 100),
        ("afterTraffic", 100),
    ]
    assert shop.routing("orders:live") == Routing("42")


@pytest.mark.parametrize("pair", PAIRS)
def test_a_hook_at_work_is_waited_for_as_its_moment_was(shop: InMemoryCloud, pair: Pair) -> None:
    answers = iter([AT_WORK, AT_WORK, CONTENT, AT_WORK, CONTENT])
    shop.hooks.does("check", lambda _: next(answers))
    one_step = {"type": "steps", "steps": [{"percent": 10, "bake": "30s"}]}

    states = states_of(deploying(shop, pair, "beforeTraffic", "afterStep", strategy=one_step).execution)

    before, after = [*HELD, *HELD, *ASKED], [*HELD, *ASKED]
    assert states == [*BEGINNING, "Ready?", *before, *CLIMBING, *after, "Promote", *ENDING, "Deployed"]


@pytest.mark.parametrize("pair", PAIRS)
def test_all_at_once_goes_from_its_hook_to_the_promotion(shop: InMemoryCloud, pair: Pair) -> None:
    states = states_of(deploying(shop, pair, "beforeTraffic", strategy="AllAtOnce").execution)

    assert states == [*BEGINNING, "Ready?", *ASKED, "Promote", *ENDING, "Deployed"]


@pytest.mark.parametrize("pair", PAIRS)
def test_what_a_freeze_held_before_its_first_calls_asks_and_goes_on(shop: InMemoryCloud, pair: Pair) -> None:
    command({"command": "freeze", "by": "ann", "why": "the fair"}, shop)
    stage = deploying(shop, pair, "beforeTraffic", "beforeStep")
    comes_to(stage, "Bake")
    command({"command": "unfreeze", "by": "ann", "why": "the fair is over"}, shop)

    stage.runs_to_its_end()

    assert stage.execution.status == "SUCCEEDED", stage.execution.cause
    assert asked(shop)[:2] == [("beforeTraffic", 0), ("beforeStep", 10)]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_red_alarm_while_a_hook_is_at_work_rolls_back(shop: InMemoryCloud, pair: Pair) -> None:
    shop.hooks.answers("check", AT_WORK)
    stage = deploying(shop, pair, "afterStep")
    comes_to(stage, "Hook at work")
    shop.alarm("errors").goes(RED)

    stage.runs_to_its_end()

    assert stage.execution.error == "RolledBack"
    assert "alarm errors went into ALARM" in stage.execution.cause
    assert "QueryEvaluationError" not in stage.execution.cause
    assert shop.routing("orders:live") == Routing("41")
    assert shop.ledger.blamed


def test_this_definition_keeps_verdicts_and_moments_apart(shop: InMemoryCloud) -> None:
    shop.hooks.answers("check", AT_WORK)
    stage = deploying(shop, Pair(DEFINITION, 0), "beforeTraffic")
    stage.step()
    assert (stage.execution.variables["moment"], "verdict" in stage.execution.variables) == ("start", False)
    comes_to(stage, "Hook at work")
    assert (stage.execution.variables["moment"], stage.execution.variables["verdict"]) == ("start", "hold")
