"""An alias with provisioned concurrency settles for a while after its version changed, as Lambda does it.

Reads show all calls on the version before, and a new amount is refused, until the new version is ready
(hashicorp/terraform-provider-aws#48116). A version whose initialization fails never gets there.
"""

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from random import Random
from typing import Any

import pytest

from hotplug.core.errors import NotRestoredError, TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.target import Target
from hotplug.handlers.command import command
from tests.fakes import GREEN, RED, InMemoryCloud, split
from tests.support.guarding import SWEEP, wake
from tests.support.machine.execution import Execution

CANARY = {
    "function": "orders",
    "strategy": "Canary10Percent5Minutes",
    "evidence": "off",
    "alarms": ["errors"],
}
AT_ONCE = {"function": "orders", "strategy": "AllAtOnce"}
NEVER = 10**6


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders on version 41, whose alias keeps five executions ready; new code, and a green alarm."""
    cloud.has_function("orders", versions=("40", "41"))
    cloud.functions.concurrency["orders", "live"] = 5
    cloud.functions.aliases_settle(4)
    cloud.somebody_saves("orders")
    cloud.alarm("errors")
    return cloud


def amounts(cloud: InMemoryCloud) -> dict[str, int]:
    return {qualifier: count for (_, qualifier), count in cloud.functions.concurrency.items()}


def saves(cloud: InMemoryCloud, code: str) -> None:
    cloud.somebody_saves("orders", code)


@pytest.mark.parametrize("request_", [CANARY, AT_ONCE], ids=["canary", "all at once"])
def test_deployed_is_said_when_calls_reach_the_candidate(
    shop: InMemoryCloud, request_: dict[str, Any]
) -> None:
    execution = Execution(shop, request_).run_to("Close")
    assert shop.routing("orders:live") == Routing("42")
    line = shop.ledger.lines["d-1"]["promoted#00001" if request_ is CANARY else "promoted#00000"]
    assert line["targets"][0]["percent"] == 100
    assert execution.run() == "Deployed"
    assert amounts(shop) == {"live": 5}


@pytest.mark.parametrize("looks", [0, 1, 7, 40])
def test_however_long_it_settles_the_amount_stays_the_users(shop: InMemoryCloud, looks: int) -> None:
    shop.functions.aliases_settle(looks)
    for number in range(3):
        saves(shop, f"code {number}")
        execution = Execution(shop, CANARY, f"d-{number}")
        assert execution.run() == "Deployed"
        assert amounts(shop) == {"live": 5}
        assert "see to" not in execution.variables["reason"]


@pytest.mark.parametrize("second", [CANARY, AT_ONCE], ids=["canary", "all at once"])
def test_a_deployment_waits_while_the_alias_settles_after_the_one_before(
    shop: InMemoryCloud, second: dict[str, Any]
) -> None:
    shop.functions.aliases_settle(30)
    shop.functions.had_published("orders", "42", shop.functions.functions["orders"].config)
    shop.somebody_moves("orders:live", Routing("42"))
    saves(shop, "the next")
    execution = Execution(shop, second)
    assert execution.run() == "Deployed"
    assert "Wait for its turn" in execution.entered
    assert shop.routing("orders:live") == Routing("43")
    assert amounts(shop) == {"live": 5}


def test_turns_that_were_waited_for_a_hold_are_none_of_the_settling(shop: InMemoryCloud) -> None:
    shop.functions.aliases_settle(NEVER)
    shop.functions.had_published("orders", "42", shop.functions.functions["orders"].config)
    shop.somebody_moves("orders:live", Routing("42"))
    saves(shop, "the next")
    command({"command": "hold", "target": "orders:live", "by": "ann", "why": "41 is bad"}, shop)
    execution = Execution(shop, CANARY | {"onBusy": "wait"}).run_to("Wait for its turn")
    while execution.variables["turn"] < 60:
        execution.step()
    shop.passes(1)
    command({"command": "release", "target": "orders:live", "by": "ann", "why": "42 is good"}, shop)
    while "settles" not in execution.variables["reason"]:
        execution.step()
    for _ in range(9):
        execution.step()
    assert execution.status == "RUNNING"
    shop.functions.is_provisioned(Target("orders", "live"))
    shop.functions.aliases_settle(0)
    assert execution.run() == "Deployed"
    waits = [event["reason"] for event in shop.notifications.events if event["state"] == "waiting"]
    assert [wait.partition(":")[0] for wait in waits] == ["orders", "claimed, but orders"]


def test_an_alias_that_never_settles_is_waited_for_only_so_long(shop: InMemoryCloud) -> None:
    shop.functions.aliases_settle(NEVER)
    shop.functions.had_published("orders", "42", shop.functions.functions["orders"].config)
    shop.somebody_moves("orders:live", Routing("42"))
    saves(shop, "the next")
    execution = Execution(shop, CANARY)
    began = shop.now()
    assert execution.run() == "Target busy"
    assert "orders:live settles: it is on version 42 with 100 % to version 41" in execution.cause
    assert 600 < (shop.now() - began).total_seconds() < 1_800
    assert shop.ledger.held == {}


def test_a_split_of_all_calls_without_provisioned_concurrency_is_somebodys(shop: InMemoryCloud) -> None:
    shop.functions.concurrency.clear()
    shop.somebody_moves("orders:live", split("41", "40", 100))
    assert Execution(shop, CANARY).run() == "Invalid request"


def test_a_candidate_that_never_gets_ready_is_rolled_back(shop: InMemoryCloud) -> None:
    shop.functions.aliases_settle(NEVER)
    execution = Execution(shop, CANARY).run_to("Roll back")
    assert (
        "orders:live settles: it is on version 42 with 100 % to version 41"
        in execution.variables["fault"]["Cause"]
    )
    shop.functions.aliases_settle(0)
    assert execution.run() == "Rolled back"
    assert shop.routing("orders:live") == Routing("41")
    assert amounts(shop) == {"live": 5}


def test_a_promotion_that_settles_when_its_execution_stops_stays(shop: InMemoryCloud) -> None:
    shop.functions.aliases_settle(12)
    execution = Execution(shop, CANARY).run_to("Promote")
    execution.step()
    execution.ends("ABORTED")
    wake(shop, SWEEP)
    assert shop.ledger.held != {}
    for _ in range(3):
        shop.passes(120)
        wake(shop, SWEEP)
    closed = shop.ledger.lines["d-1"]["closed"]
    assert (closed["outcome"], shop.routing("orders:live")) == ("deployed", Routing("42"))
    assert "somebody else" not in closed["reason"]
    assert (amounts(shop), shop.ledger.held) == ({"live": 5}, {})


def test_a_promotion_that_never_settles_is_taken_back_by_the_guard(shop: InMemoryCloud) -> None:
    shop.functions.aliases_settle(NEVER)
    execution = Execution(shop, CANARY).run_to("Promote")
    execution.step()
    execution.ends("ABORTED")
    for _ in range(6):
        wake(shop, SWEEP)
        shop.passes(120)
    assert shop.ledger.held != {}
    shop.functions.aliases_settle(0)
    for _ in range(6):
        wake(shop, SWEEP)
        shop.passes(120)
    assert shop.ledger.lines["d-1"]["closed"]["outcome"] == "rolled_back"
    assert shop.routing("orders:live") == Routing("41")
    assert (amounts(shop), shop.ledger.held) == ({"live": 5}, {})


@pytest.mark.parametrize("request_", [CANARY, AT_ONCE], ids=["canary", "all at once"])
def test_somebody_who_sets_a_settling_alias_back_is_not_overruled(
    shop: InMemoryCloud, request_: dict[str, Any]
) -> None:
    shop.functions.aliases_settle(NEVER)
    execution = Execution(shop, request_).run_to("Promote")
    execution.step()
    assert execution.state == "Promote"
    shop.functions.aliases_settle(0)
    shop.somebody_moves("orders:live", Routing("41"))
    assert execution.run() == "Rolled back"
    assert shop.routing("orders:live") == Routing("41")
    assert "orders:live was moved by somebody else: it is on version 41 now" in execution.cause


def test_what_could_not_be_lowered_is_lowered_by_the_guard_and_named(shop: InMemoryCloud) -> None:
    shop.functions.aliases_settle(0)
    execution = Execution(shop, CANARY).run_to("Close")
    shop.concurrency.fails_next("put", TryAgainError("an update is in progress"), times=3)
    assert execution.run() == "Deployed"
    assert "see to the provisioned concurrency of the alias orders:live" in execution.variables["reason"]
    assert amounts(shop) == {"live": 10}
    wake(shop, SWEEP)
    assert (amounts(shop), shop.ledger.notes) == ({"live": 5}, {})


def test_an_amount_that_was_not_lowered_is_not_doubled_again(shop: InMemoryCloud) -> None:
    execution = Execution(shop, CANARY).run_to("Close")
    shop.concurrency.fails_next("put", TryAgainError("an update is in progress"), times=3)
    assert execution.run() == "Deployed"
    saves(shop, "the next")
    assert Execution(shop, CANARY, "d-2").run() == "Deployed"
    assert amounts(shop) == {"live": 5}


def test_a_deployment_planned_while_another_runs_knows_the_users_amount(shop: InMemoryCloud) -> None:
    first = Execution(shop, CANARY).shifted()
    saves(shop, "the next")
    second = Execution(shop, CANARY | {"onBusy": "wait"}, "d-2").run_to("Wait for its turn")
    shop.alarm("errors").goes(RED)
    assert first.run() == "Rolled back"
    assert amounts(shop) == {"live": 5}
    second.run()
    assert amounts(shop) == {"live": 5}


@pytest.mark.parametrize("qualifier", ["live", "41"])
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_after_fifty_deployments_the_amount_is_the_users(
    cloud: InMemoryCloud, qualifier: str, seed: int
) -> None:
    """With aborts, stopped executions, guard runs, lost answers and refusals, wherever the dice put them."""
    cloud.has_function("orders", versions=("40", "41"))
    cloud.functions.concurrency["orders", qualifier] = 5
    cloud.alarm("errors")
    dice = Random(seed)
    ends = set()
    for number in range(50):
        cloud.somebody_saves("orders", f"code {number}")
        cloud.functions.aliases_settle(dice.randrange(6))
        cloud.concurrency.take(dice.randrange(3))
        cloud.alarm("errors").goes(GREEN)
        execution = Execution(cloud, CANARY | {"force": True, "reason": "again"}, f"d-{number}")
        _goes_its_way(cloud, execution, dice)
        ends.add(execution.state)
        cloud.concurrency._surprises.clear()
        cloud.functions._surprises.clear()
        for _ in range(12):
            cloud.passes(120)
            wake(cloud, SWEEP)
        alias = cloud.routing("orders:live")
        assert alias is not None
        assert not alias.is_split, number
        served = qualifier if qualifier == "live" else alias.version
        assert amounts(cloud) == {served: 5}, number
        assert (cloud.ledger.held, cloud.ledger.notes) == ({}, {}), number
    assert {"Deployed", "Rolled back"} <= ends


def _goes_its_way(cloud: InMemoryCloud, execution: Execution, dice: Random) -> None:
    """To its end, with something in its way now and then."""
    order = {"deployment": execution.name, "command": "abort", "by": "ops", "reason": "no"}
    acts: dict[int, Callable[[], object]] = {
        dice.randrange(80): lambda: execution.ends("ABORTED"),
        dice.randrange(80): lambda: command(order, cloud),
        dice.randrange(80): lambda: cloud.alarm("errors").goes(RED),
    }
    for steps in count():
        acts.get(steps, lambda: None)()
        if execution.status != "RUNNING":
            return
        _spoils(cloud, dice)
        if dice.random() < 0.05:
            with suppress(NotRestoredError):  # it is called again
                wake(cloud, SWEEP)
        execution.step()


def _spoils(cloud: InMemoryCloud, dice: Random) -> None:
    """A call fails, or only its answer is lost."""
    lost = dice.random() < 0.5
    if dice.random() < 0.1:
        verb = dice.choice(["put", "remove", "state"])
        cloud.concurrency.fails_next(verb, TryAgainError("timed out"), after_effect=lost)
    if dice.random() < 0.1:
        cloud.functions.fails_next("point", TryAgainError("timed out"), after_effect=lost)
