"""A touched alias stays ours, a moved one is somebody else's, and what is said of either was read."""

from typing import Any

import pytest

from hotplug.core.resources.alias import Routing
from hotplug.core.resources.target import Target
from hotplug.handlers.command import command
from tests.fakes import GREEN, RED, InMemoryCloud, a_zip, split
from tests.support.guarding import SWEEP, turned_red, wake
from tests.support.machine.execution import DEFINITION, Execution
from tests.support.machine.values import StateFailedError

ORDERS = Target("orders", "live")
STEPS = {"type": "steps", "steps": [{"percent": 5, "bake": "60s"}, {"percent": 50, "bake": "60s"}]}
REQUEST: dict[str, Any] = {"function": "orders", "strategy": STEPS, "evidence": "off", "alarms": ["errors"]}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders on version 41, new code, and a green alarm."""
    cloud.has_function("orders", versions=("40", "41"))
    cloud.somebody_saves("orders")
    cloud.alarm("errors")
    return cloud


def touch(cloud: InMemoryCloud) -> None:
    cloud.functions.is_touched(ORDERS)


def the_end(cloud: InMemoryCloud) -> dict[str, Any]:
    """What the ledger says of the target in the end."""
    line = cloud.ledger.lines["d-1"]["closed"]
    return {"outcome": line["outcome"], "routing": line["targets"][0]["routing"]}


TASKS = ("Claim", "Publish", "Shift", "Watch", "Promote", "Close")


@pytest.mark.parametrize("state", TASKS)
def test_a_touch_before_any_task_changes_nothing(shop: InMemoryCloud, state: str) -> None:
    execution = Execution(shop, REQUEST).run_to(state)
    touch(shop)
    assert execution.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("42")
    assert the_end(shop) == {"outcome": "deployed", "routing": {"version": "42", "weights": {}}}


def test_a_touch_during_every_bake_changes_nothing(shop: InMemoryCloud) -> None:
    assert Execution(shop, REQUEST).run(lambda: touch(shop)) == "Deployed"
    assert shop.routing("orders:live") == Routing("42")


@pytest.mark.parametrize("strategy", ["Adaptive", "AllAtOnce", "Linear40PercentEvery1Minute"])
def test_a_touch_before_each_write_changes_nothing(shop: InMemoryCloud, strategy: str) -> None:
    execution = Execution(shop, {"function": "orders", "strategy": strategy})

    def touches() -> None:
        touch(shop)

    for calls in range(2):
        shop.functions.meanwhile("point", touches, calls_before=calls)
    execution.run_to("Close")
    assert execution.variables["outcome"] == "deployed"
    assert shop.routing("orders:live") == Routing("42")


@pytest.mark.parametrize("at_step", [0, 1])
def test_a_touched_alias_goes_back_like_any_other(shop: InMemoryCloud, at_step: int) -> None:
    execution = Execution(shop, REQUEST).shifted()
    while execution.variables["step"] < at_step or execution.state != "Bake":
        execution.step()
    touch(shop)
    shop.alarm("errors").goes(RED)
    touch(shop)
    assert execution.run() == "Rolled back"
    assert shop.routing("orders:live") == Routing("41")
    assert the_end(shop) == {"outcome": "rolled_back", "routing": {"version": "41", "weights": {}}}
    assert "somebody else" not in execution.cause


def test_the_guard_puts_a_touched_alias_back_at_once(shop: InMemoryCloud) -> None:
    Execution(shop, REQUEST).shifted()
    touch(shop)
    shop.alarm("errors").goes(RED)
    wake(shop, turned_red())
    assert shop.routing("orders:live") == Routing("41")


@pytest.mark.parametrize("state", ["Bake", "Shift", "Promote", "Close"])
def test_the_guard_settles_a_touched_alias_of_a_stopped_execution(shop: InMemoryCloud, state: str) -> None:
    execution = Execution(shop, REQUEST).run_to(state)
    touch(shop)
    execution.ends("ABORTED")
    wake(shop, SWEEP)
    promoted = state == "Close"
    assert shop.routing("orders:live") == Routing("42" if promoted else "41")
    assert the_end(shop)["outcome"] == ("deployed" if promoted else "rolled_back")
    assert shop.ledger.held == {}


def broken(machine: Any, cloud: InMemoryCloud) -> Execution:
    """An execution whose Roll back never works."""

    def perform(state: str, resource: str, arguments: Any) -> Any:
        if state == "Roll back":
            raise StateFailedError("Runtime.ExitError", "broken")
        return plain(state, resource, arguments)

    execution = Execution(cloud, REQUEST, definition=machine, perform=perform)
    plain = execution._carry_out
    return execution


@pytest.mark.parametrize("at_step", [0, 1])
def test_the_last_resort_puts_a_touched_alias_back(shop: InMemoryCloud, at_step: int) -> None:
    execution = broken(DEFINITION, shop).shifted()
    while execution.variables["step"] < at_step or execution.state != "Bake":
        execution.step()
    shop.alarm("errors").goes(RED)
    execution.run_to("Restore without code")
    touch(shop)
    assert execution.run() == "Rolled back"
    assert shop.routing("orders:live") == Routing("41")
    assert the_end(shop) == {"outcome": "rolled_back", "routing": {"version": "41", "weights": {}}}


def test_the_last_resort_puts_back_the_step_before(shop: InMemoryCloud) -> None:
    """The machine knows the next step before Shift has written it."""
    execution = broken(DEFINITION, shop).shifted().run_to("Shift")
    shop.functions.fails_next("point", RuntimeError("no"), times=1)
    touch(shop)
    assert execution.run() == "Rolled back"
    assert shop.routing("orders:live") == Routing("41")


ELSEWHERE = [
    pytest.param(Routing("40"), id="another version"),
    pytest.param(split("41", "40", 5), id="a split with another version"),
    pytest.param(split("41", "42", 33), id="a weight that no step has"),
    pytest.param(split("42", "41", 5), id="the other way round"),
    pytest.param(Routing("42"), id="promoted by hand"),
]


@pytest.mark.parametrize("routing", ELSEWHERE)
@pytest.mark.parametrize("is_broken", [False, True])
def test_what_somebody_moved_is_left_and_reported_as_it_is(
    shop: InMemoryCloud, is_broken: bool, routing: Routing
) -> None:
    execution = (broken(DEFINITION, shop) if is_broken else Execution(shop, REQUEST)).shifted()
    moved = shop.somebody_moves("orders:live", routing)
    assert execution.run() == "Rolled back"
    assert shop.alias("orders:live") == moved
    assert the_end(shop)["routing"] == routing.to_json()
    (target,) = execution.variables["summary"]["targets"]
    assert target["to"] == (None if routing.is_split else routing.version)
    assert "was moved by somebody else" in execution.cause


def test_an_alias_that_was_deleted_is_reported_as_gone(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    shop.somebody_deletes("orders:live")
    assert execution.run() == "Rolled back"
    (target,) = execution.variables["summary"]["targets"]
    assert (target["to"], target["routing"]) == (None, "gone")


@pytest.mark.parametrize("state", ["Watch", "Shift", "Promote"])
def test_an_alias_that_was_set_back_by_hand_is_not_shifted_again(shop: InMemoryCloud, state: str) -> None:
    execution = Execution(shop, REQUEST).shifted().run_to(state)
    shop.somebody_moves("orders:live", Routing("41"))
    assert execution.run() == "Rolled back"
    assert shop.routing("orders:live") == Routing("41")
    assert "orders:live was moved by somebody else: it is on version 41 now" in execution.cause
    assert the_end(shop) == {"outcome": "rolled_back", "routing": {"version": "41", "weights": {}}}


def test_a_touch_of_an_alias_that_is_held_before_its_first_calls_changes_nothing(shop: InMemoryCloud) -> None:
    command({"deployment": "*", "command": "freeze", "by": "ops", "reason": "sale"}, shop)
    execution = Execution(shop, REQUEST).run_to("Bake")
    touch(shop)
    for _ in range(6):
        execution.step()
    assert execution.status == "RUNNING"
    command({"deployment": "*", "command": "unfreeze", "by": "ops", "reason": "over"}, shop)
    assert execution.run() == "Deployed"


def test_an_alias_that_is_touched_for_ever_is_tried_a_bounded_number_of_times(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).run_to("Shift")
    writes = 0

    def touched() -> None:
        nonlocal writes
        writes += 1
        touch(shop)
        shop.functions.meanwhile("point", touched)

    shop.functions.meanwhile("point", touched)
    while execution.state != "Roll back":
        execution.step()
    assert 1 < writes < 100
    shop.functions._surprises.clear()
    assert execution.run() == "Rolled back"
    assert shop.routing("orders:live") == Routing("41")
    assert "orders:live kept changing" in execution.cause


def test_a_report_says_nothing_of_an_alias_that_could_not_be_read(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).run_to("Close")
    shop.functions.fails_next("alias", RuntimeError("no answer"), times=9)
    assert execution.run() == "Deployed"
    shop.functions._surprises.clear()
    (target,) = execution.variables["summary"]["targets"]
    assert (target["to"], target["routing"]) == (None, "could not be read")
    assert "routing" not in shop.ledger.lines["d-1"]["closed"]["targets"][0]
    assert shop.ledger.held == {}


def test_a_new_alias_that_is_touched_after_it_was_made_stays(shop: InMemoryCloud) -> None:
    shop.has_function("fresh", versions=(), alias=None)
    shop.has_object("artifacts", "fresh.zip", a_zip())
    request = {"function": "fresh", "source": {"bucket": "artifacts", "key": "fresh.zip"}}
    execution = Execution(shop, request).run_to("Close")
    shop.functions.is_touched(Target("fresh", "live"))
    assert execution.run() == "Deployed"
    assert shop.routing("fresh:live") == Routing("1")


def test_a_way_back_that_wakes_up_late_leaves_the_next_deployment_alone(shop: InMemoryCloud) -> None:
    """Even one of the same version at the same weight."""
    shop.functions.had_published("orders", "42", shop.functions.functions["orders"].config)
    again = REQUEST | {"source": {"version": "42"}, "force": True, "reason": "again"}
    first = Execution(shop, again).shifted()
    late = Execution(shop, {}, "d-1")
    late.assign(**first.variables)
    shop.alarm("errors").goes(RED)
    assert first.run() == "Rolled back"
    shop.alarm("errors").goes(GREEN)
    Execution(shop, again, "d-2").shifted()
    second = shop.alias("orders:live")
    assert "since this deployment was closed" in late.roll_back()["reason"]
    assert shop.alias("orders:live") == second
    assert shop.routing("orders:live") == split("41", "42", 5)
