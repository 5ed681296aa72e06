"""Whole deployments that ask hooks, through the machine's own definition."""

from typing import Any

import pytest

from hotplug.core.resources.alias import Routing
from hotplug.handlers.command import command
from tests.fakes import InMemoryCloud, a_zip
from tests.stories.test_smoke import (
    BEGINNING,
    CLIMBING,
    ENDING,
    SMOKE,
    TRYING,
    UPLOAD,
    lines_of,
    states_of,
)
from tests.support.machine.execution import Execution

type Json = dict[str, Any]

ASKED = ["Hook", "Go on?"]
ONE_STEP = {"type": "steps", "steps": [{"percent": 10, "bake": "30s"}]}
POINTS = ("beforeTraffic", "beforeStep", "afterStep", "afterTraffic")


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders and billing on version 41, a package that arrived, and somebody who checks and is content."""
    for name in ("orders", "billing"):
        cloud.has_function(name, versions=["40", "41"])
    cloud.has_function("check", alias=None)
    cloud.hooks.answers("check", {"status": "SUCCEEDED"})
    cloud.has_object("artifacts", "app.zip", a_zip("better"))
    return cloud


def deploying(cloud: InMemoryCloud, *points: str, **more: Any) -> Execution:
    request = {"functions": ["orders"], "source": UPLOAD, "strategy": ONE_STEP}
    asked = request | {"hooks": dict.fromkeys(points, "check")} | more
    return Execution(cloud, {key: value for key, value in asked.items() if value is not None})


def asked(cloud: InMemoryCloud) -> list[tuple[str, int]]:
    """Which hooks, and at which share of the calls."""
    return [(made.event["hook"], made.event["weight"]) for made in cloud.hooks.made]


def test_without_hooks_no_state_is_entered_for_them(shop: InMemoryCloud) -> None:
    states = states_of(deploying(shop))
    assert states == [*BEGINNING, "Ready?", *CLIMBING, "Promote", *ENDING, "Deployed"]


def test_a_hook_before_traffic_comes_after_the_smoke(shop: InMemoryCloud) -> None:
    shop.trials.answers("orders", {"statusCode": 200})
    states = states_of(deploying(shop, "beforeTraffic", smoke=SMOKE))
    assert states == [*BEGINNING, *TRYING, *ASKED, *CLIMBING, "Promote", *ENDING, "Deployed"]


def test_a_hook_after_traffic_comes_when_the_candidate_has_all_calls(shop: InMemoryCloud) -> None:
    states = states_of(deploying(shop, "afterTraffic"))
    climb = [*CLIMBING, *ASKED, *CLIMBING, *ASKED]
    assert states == [*BEGINNING, "Ready?", *ASKED, *climb, "Promote", *ENDING, "Deployed"]
    assert asked(shop) == [("afterTraffic", 100)]


def test_every_hook_is_asked_in_its_place(shop: InMemoryCloud) -> None:
    execution = deploying(shop, *POINTS, functions=["orders", "billing"])
    execution.run()
    assert asked(shop) == [
        ("beforeTraffic", 0),
        ("beforeStep", 10),
        ("afterStep", 10),
        ("beforeStep", 100),
        ("afterStep", 100),
        ("afterTraffic", 100),
    ]
    assert [shop.routing(f"{name}:live") for name in ("orders", "billing")] == [Routing("42")] * 2


def test_all_at_once_becomes_one_step_with_all_calls(shop: InMemoryCloud) -> None:
    execution = deploying(shop, "beforeTraffic", "afterTraffic", strategy="AllAtOnce")
    execution.run()
    assert asked(shop) == [("beforeTraffic", 0), ("afterTraffic", 100)]
    assert " ".join(lines_of(shop)) == (
        "planned claimed published hooked shifted watched hooked promoted closed"
    )


def test_a_first_deployment_asks_both_before_there_is_an_alias(shop: InMemoryCloud) -> None:
    shop.has_function("new", versions=("40",), alias=None)
    execution = deploying(shop, *POINTS, functions=["new"])

    def works(_: object) -> object:
        assert shop.routing("new:live") is None
        return {"status": "SUCCEEDED"}

    shop.hooks.does("check", works)
    execution.run()
    assert asked(shop) == [("beforeTraffic", 0), ("afterTraffic", 0)]
    assert shop.routing("new:live") == Routing("41")


def test_what_is_live_already_asks_nobody(shop: InMemoryCloud) -> None:
    deploying(shop, *POINTS, source={"version": "41"}).run()
    assert asked(shop) == []


@pytest.mark.parametrize("point", POINTS)
def test_wherever_a_hook_says_no_everything_is_as_it_was(shop: InMemoryCloud, point: str) -> None:
    def works(event: Json) -> object:
        is_meant = event["hook"] == point
        return {"status": "FAILED", "reason": "no tea"} if is_meant else {"status": "SUCCEEDED"}

    shop.hooks.does("check", works)
    execution = deploying(shop, *POINTS, functions=["orders", "billing"])
    execution.run()
    assert (execution.error, execution.status) == ("RolledBack", "FAILED")
    assert f"HookFailedError: hook {point} (check) said FAILED: no tea" in execution.cause
    assert [shop.routing(f"{name}:live") for name in ("orders", "billing")] == [Routing("41")] * 2
    assert (shop.ledger.blamed, shop.ledger.held) == ({}, {})


def test_at_the_adaptive_pace_hooks_are_asked_when_there_are_to_be_more_calls(shop: InMemoryCloud) -> None:
    execution = deploying(shop, "beforeStep", strategy="Adaptive")
    assert execution.run() == "Deployed"
    weights = [weight for _, weight in asked(shop)]
    assert weights
    assert 0 not in weights


def test_a_plan_says_whom_it_will_ask(shop: InMemoryCloud) -> None:
    execution = deploying(shop, "beforeTraffic")
    execution.step()
    assert "; hooks: beforeTraffic (check)" in execution.variables["reason"]


def test_hooks_that_are_not_there_are_refused_before_anything_is_touched(shop: InMemoryCloud) -> None:
    machine = "arn:aws:states:us-east-1:111122223333:stateMachine:express"
    shop.executions.has_machine(machine, "EXPRESS")
    execution = deploying(
        shop, hooks={"beforeTraffic": "gone", "afterTraffic": machine, "afterStep": "check:live"}
    )
    execution.run()
    assert execution.error == "InvalidRequest"
    said = execution.cause
    assert "hooks.beforeTraffic: got gone; allowed: a function that exists" in said
    assert "hooks.afterStep: got check:live; allowed: a function that exists" in said
    assert f"hooks.afterTraffic: got {machine}; allowed: a state machine of type STANDARD" in said


def test_versions_that_may_not_share_an_alias_can_not_be_looked_at_with_all_calls(
    shop: InMemoryCloud,
) -> None:
    shop.somebody_changes("orders", role="arn:aws:iam::111122223333:role/new")
    execution = deploying(shop, "afterTraffic", strategy="AllAtOnce", source=None)
    execution.run()
    assert '"AllAtOnce" without an afterTraffic hook' in execution.cause


@pytest.mark.parametrize(
    ("strategy", "hooks"),
    [
        pytest.param(ONE_STEP, POINTS, id="in steps"),
        pytest.param("AllAtOnce", ("beforeTraffic",), id="at once"),
    ],
)
def test_what_is_held_before_its_first_calls_asks_all_hooks_when_it_is_let_go(
    shop: InMemoryCloud, strategy: Json | str, hooks: tuple[str, ...]
) -> None:
    command({"command": "freeze", "by": "ann", "why": "the fair"}, shop)
    execution = deploying(shop, *hooks, strategy=strategy)
    execution.run_to("Bake")
    assert shop.hooks.made == []
    command({"command": "unfreeze", "by": "ann", "why": "the fair is over"}, shop)
    execution.run()
    assert execution.status == "SUCCEEDED", execution.cause
    assert {point for point, _ in asked(shop)} == set(hooks)
    assert asked(shop)[0] == ("beforeTraffic", 0)


def test_an_abort_is_obeyed_while_a_hook_is_at_work(shop: InMemoryCloud) -> None:
    shop.hooks.answers("check", {"status": "IN_PROGRESS", "delaySeconds": 5})
    execution = deploying(shop, "beforeTraffic")
    execution.run_to("Hook at work")
    command(
        {"command": "abort", "deployment": execution.name, "step": "any", "by": "ann", "why": "no"},
        shop,
    )
    execution.run()
    assert execution.status == "FAILED"
    assert shop.routing("orders:live") == Routing("41")


def test_a_hook_that_was_written_for_ecs_runs_unchanged(shop: InMemoryCloud) -> None:
    def works(event: Json) -> Json:
        looks = event.get("hookDetails", {"looks": 0})["looks"] + 1
        if looks < 3:
            return {"hookStatus": "IN_PROGRESS", "callBackDelay": 2, "hookDetails": {"looks": looks}}
        return {"hookStatus": "SUCCEEDED"}

    shop.hooks.does("check", works)
    execution = deploying(shop, "beforeTraffic")
    execution.run()
    assert execution.status == "SUCCEEDED"
    assert [made.event["attempt"] for made in shop.hooks.made] == [1, 2, 3]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param({"hookStatus": "FAILED"}, "said FAILED: it gave no reason", id="ECS"),
        pytest.param({"status": "Failed"}, "said FAILED: it gave no reason", id="CodeDeploy"),
        pytest.param({"hookStatus": "DONE"}, 'its hookStatus must be "SUCCEEDED"', id="another word"),
    ],
)
def test_a_hook_of_another_service_that_is_not_content_rolls_back(
    shop: InMemoryCloud, answer: Json, said: str
) -> None:
    shop.hooks.answers("check", answer)
    execution = deploying(shop, "beforeTraffic")
    execution.run()
    assert execution.error == "RolledBack"
    assert said in execution.cause
