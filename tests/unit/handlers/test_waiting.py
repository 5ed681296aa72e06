"""With `onBusy: wait` every deployment gets its turn, oldest first."""

import pytest

from hotplug.core.errors import UnreadableError
from hotplug.core.resources.alias import Routing
from tests.fakes import InMemoryCloud
from tests.support.guarding import SWEEP, wake
from tests.support.machine.execution import Execution


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Two functions with one alias each."""
    cloud.has_function("orders", versions=["41", "42"])
    cloud.has_function("billing")
    return cloud


def planned(cloud: InMemoryCloud, name: str, *functions: str, on_busy: str = "wait") -> Execution:
    request = {"functions": list(functions or ["orders"]), "onBusy": on_busy, "strategy": "AllAtOnce"}
    execution = Execution(cloud, request, name)
    execution.plan()
    cloud.passes(1)
    return execution


def outcome(execution: Execution) -> object:
    return execution.claim()["outcome"]


def ends(cloud: InMemoryCloud, execution: Execution) -> None:
    """It is over without having moved anything."""
    execution.assign(outcome="unchanged", reason="over")
    execution.close()
    cloud.executions.ends(execution.name, "SUCCEEDED")


def test_one_that_waits_is_next_when_the_target_is_free(shop: InMemoryCloud) -> None:
    holder, waiter = planned(shop, "d-1"), planned(shop, "d-2")
    assert outcome(holder) == "claimed"

    first = waiter.claim()
    assert (first["outcome"], first["wait"], first["turn"]) == ("waiting", 1, 1)
    assert first["reason"].startswith("orders:live is being moved by deployment d-1 since ")
    assert first["revisions"] == waiter.variables["revisions"]
    ends(shop, holder)
    assert outcome(waiter) == "claimed"


def test_the_oldest_goes_first_whoever_asks_first(shop: InMemoryCloud) -> None:
    holder, older, younger = (planned(shop, name) for name in ("d-1", "d-2", "d-3"))
    assert [outcome(one) for one in (holder, younger, older)] == ["claimed", "waiting", "waiting"]
    ends(shop, holder)

    assert outcome(younger) == "waiting"
    assert younger.variables["reason"].startswith("deployment d-2 waits for orders:live since ")
    assert outcome(older) == "claimed"
    ends(shop, older)
    assert outcome(younger) == "claimed"


def test_one_that_does_not_wait_passes_nobody_who_does(shop: InMemoryCloud) -> None:
    holder, waiter = planned(shop, "d-1"), planned(shop, "d-2")
    assert [outcome(one) for one in (holder, waiter)] == ["claimed", "waiting"]
    ends(shop, holder)

    assert outcome(planned(shop, "d-3", on_busy="reject")) == "busy"
    assert outcome(waiter) == "claimed"


def test_one_that_was_stopped_while_it_waited_holds_nobody_up(shop: InMemoryCloud) -> None:
    holder, stopped, waiter = (planned(shop, name) for name in ("d-1", "d-2", "d-3"))
    assert [outcome(one) for one in (holder, stopped, waiter)] == ["claimed", "waiting", "waiting"]
    shop.executions.ends("d-2", "ABORTED")
    ends(shop, holder)

    assert outcome(waiter) == "claimed"


@pytest.mark.parametrize("guard_comes_first", [True, False])
def test_one_whose_record_cannot_be_read_holds_nobody_up(
    shop: InMemoryCloud, guard_comes_first: bool
) -> None:
    holder, stopped, waiter = (
        planned(shop, "d-1"),
        planned(shop, "d-2", "orders", "billing"),
        planned(shop, "d-3"),
    )
    assert [outcome(one) for one in (holder, stopped, waiter)] == ["claimed", "waiting", "waiting"]
    shop.executions.ends("d-2", "ABORTED")
    shop.ledger.fails_next("load", UnreadableError("step is 'one'"), of="d-2")
    ends(shop, holder)

    if guard_comes_first:
        wake(shop, SWEEP)
        assert {place.deployment for place in shop.ledger.waiting()} == {"d-3"}
    assert outcome(waiter) == "claimed"
    assert outcome(planned(shop, "d-4", "billing")) == "claimed"


def test_the_world_that_moved_meanwhile_is_planned_again(shop: InMemoryCloud) -> None:
    holder, waiter = planned(shop, "d-1"), planned(shop, "d-2")
    assert [outcome(one) for one in (holder, waiter)] == ["claimed", "waiting"]
    ends(shop, holder)
    shop.somebody_moves("orders:live", Routing("41"))

    assert outcome(waiter) == "again"
    assert (
        "orders:live moved while this deployment was planned: it is on version 41 now"
        in waiter.variables["reason"]
    )
    waiter.plan()
    assert waiter.variables["plan"]["targets"][0]["stable"] == "41"
    assert outcome(waiter) == "claimed"


def test_two_that_want_the_same_two_targets_never_wait_for_each_other(shop: InMemoryCloud) -> None:
    holder = planned(shop, "d-1", "orders")
    older, younger = planned(shop, "d-2", "orders", "billing"), planned(shop, "d-3", "billing", "orders")
    assert [outcome(one) for one in (holder, younger, older)] == ["claimed", "waiting", "waiting"]
    ends(shop, holder)

    assert [outcome(one) for one in (younger, older)] == ["waiting", "claimed"]
    ends(shop, older)
    assert outcome(younger) == "claimed"


def test_waiting_ends_with_busy_before_the_history_is_full(shop: InMemoryCloud) -> None:
    holder, waiter = planned(shop, "d-1"), planned(shop, "d-2")
    assert outcome(holder) == "claimed"
    waiter.assign(turn=900)

    assert outcome(waiter) == "busy"
    ends(shop, holder)
    assert outcome(planned(shop, "d-3", on_busy="reject")) == "claimed"


def test_people_hear_once_that_it_waits(shop: InMemoryCloud) -> None:
    holder, waiter = planned(shop, "d-1"), planned(shop, "d-2")
    outcome(holder)
    for _ in range(3):
        outcome(waiter)

    told = [event for event in shop.notifications.events if event["deployment"] == "d-2"]
    assert [event["state"] for event in told] == ["planned", "waiting"]
