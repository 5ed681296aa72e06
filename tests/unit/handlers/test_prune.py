"""Prune deletes the versions that nobody needs any more, and never fails a deployment."""

from collections.abc import Callable
from typing import Any

import pytest

from hotplug.core.errors import TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.handlers import prune as module
from tests.fakes import InMemoryCloud, split
from tests.fakes.faults import refusal
from tests.support.machine.execution import Execution

OLD = [str(number) for number in range(1, 10)]
ORDERS = {"function": "orders", "strategy": "AllAtOnce", "keepVersions": 3}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders with versions 1 to 9, live on 9, and new code."""
    cloud.has_function("orders", versions=OLD)
    cloud.somebody_saves("orders")
    return cloud


def deployed(cloud: InMemoryCloud, request: dict[str, Any] = ORDERS, name: str = "d-1") -> str:
    """What it says about pruning; it is deployed in any case."""
    execution = Execution(cloud, request, name)
    assert execution.run() == "Deployed"
    assert execution.variables["summary"]["outcome"] == "deployed"
    return str(execution.variables["summary"].get("pruned", ""))


def test_all_but_the_newest_are_deleted_and_it_is_said(shop: InMemoryCloud) -> None:
    said = deployed(shop)
    assert shop.versions_of("orders") == ["8", "9", "10"]
    assert said == "orders: deleted 1 to 7 (7)"
    assert shop.ledger.lines["d-1"]["pruned#00000"]["reason"] == said
    assert said in shop.notifications.messages[-1].body


def test_without_being_asked_nothing_is_deleted(shop: InMemoryCloud) -> None:
    assert deployed(shop, {"function": "orders"}) == ""
    assert shop.versions_of("orders") == [*OLD, "10"]


def test_the_plan_says_it_before(shop: InMemoryCloud) -> None:
    assert "then the newest 3 versions are kept" in str(Execution(shop, ORDERS).plan()["reason"])


def test_deployments_that_did_not_deploy_delete_nothing(shop: InMemoryCloud) -> None:
    shop.trials.fails("orders", ValueError("out of stock"))
    assert Execution(shop, ORDERS | {"smoke": [{}]}).run() == "Rolled back"
    assert Execution(shop, ORDERS | {"source": {"version": "9"}}, "d-2").run() == "Deployed"
    assert shop.versions_of("orders") == [*OLD, "10"]


def an_alias(cloud: InMemoryCloud) -> None:
    cloud.somebody_moves("orders:test", Routing("2"))


def a_weight(cloud: InMemoryCloud) -> None:
    cloud.somebody_moves("orders:test", split("9", "2", 1))


def concurrency(cloud: InMemoryCloud) -> None:
    cloud.functions.concurrency["orders", "2"] = 5


def an_event_source(cloud: InMemoryCloud) -> None:
    cloud.versions.fed.add("orders:2")


def a_long_run(cloud: InMemoryCloud) -> None:
    cloud.versions.durable.add("orders:2")


def a_deployment_under_way(cloud: InMemoryCloud) -> None:
    cloud.somebody_moves("orders:test", Routing("9"))
    request = {"function": "orders", "alias": "test", "source": {"version": "2"}}
    running = Execution(cloud, request, "d-other")
    running.plan()
    running.claim()


def one_that_waits(cloud: InMemoryCloud) -> None:
    a_deployment_under_way(cloud)
    request = {"function": "orders", "alias": "test", "source": {"version": "3"}, "onBusy": "wait"}
    waiting = Execution(cloud, request, "d-waits")
    waiting.plan()
    waiting.claim()


def one_that_refuses_to_go(cloud: InMemoryCloud) -> None:
    cloud.versions.meanwhile("delete", lambda: an_alias(cloud), calls_before=1)


USERS: list[tuple[Callable[[InMemoryCloud], None], set[str], str]] = [
    (an_alias, {"2"}, "2 is kept: an alias leads to it"),
    (a_weight, {"2"}, "2 is kept: an alias leads to it"),
    (concurrency, {"2"}, "2 is kept: it has capacity of its own"),
    (an_event_source, {"2"}, "2 is kept: an event source calls it"),
    (a_long_run, {"2"}, "2 is kept: a run of a durable function"),
    (a_deployment_under_way, {"2"}, "2 is kept: a deployment needs it"),
    (one_that_waits, {"2", "3"}, "3 is kept: a deployment needs it"),
    (one_that_refuses_to_go, {"2"}, "2 is kept: Lambda says that it is in use"),
]


@pytest.mark.parametrize(
    ("uses", "kept", "said"), USERS, ids=[entry[0].__name__.replace("_", " ") for entry in USERS]
)
def test_what_is_used_is_kept(
    shop: InMemoryCloud, uses: Callable[[InMemoryCloud], None], kept: set[str], said: str
) -> None:
    uses(shop)
    assert said in deployed(shop)
    assert set(shop.versions_of("orders")) == {"8", "9", "10"} | kept


def test_the_version_to_go_back_to_is_kept_however_old_it_is(shop: InMemoryCloud) -> None:
    shop.somebody_moves("orders:live", Routing("2"))
    assert "2 is kept: a deployment needs it" in deployed(shop, ORDERS | {"keepVersions": 1})
    assert shop.versions_of("orders") == ["2", "10"]


def test_the_last_good_ones_are_kept_and_a_bad_one_is_not(shop: InMemoryCloud) -> None:
    deployed(shop, ORDERS | {"source": {"version": "4"}, "keepVersions": 9}, "d-1")
    shop.passes(60)
    shop.trials.fails("orders", ValueError("out of stock"), version="5")
    bad = Execution(shop, ORDERS | {"source": {"version": "5"}, "smoke": [{}], "hold": False}, "d-2")
    assert bad.run() == "Rolled back"
    shop.passes(60)
    said = deployed(shop, ORDERS | {"keepVersions": 1}, "d-3")
    assert set(shop.versions_of("orders")) == {"4", "10"}
    assert "4 is kept" in said


def test_those_that_the_router_may_be_asked_for_are_kept(shop: InMemoryCloud) -> None:
    for at, version in enumerate(["4", "5", "6", "7"]):
        request = {
            "function": "orders",
            "strategy": "AllAtOnce",
            "source": {"version": version},
            "hold": False,
        }
        deployed(shop, request, f"d-{at}")
        shop.passes(60)
    object.__setattr__(shop.settings, "routable_versions", 1)
    assert "6 is kept: it served well" in deployed(shop, ORDERS | {"keepVersions": 1}, "d-9")
    assert set(shop.versions_of("orders")) == {"6", "7", "10"}


def test_several_functions_are_pruned_and_one_that_cannot_be_hinders_no_other(shop: InMemoryCloud) -> None:
    shop.has_function("billing", versions=OLD)
    shop.versions.fails_next("aliases", TryAgainError("throttled"), of="orders")
    said = deployed(shop, {"functions": ["orders", "billing"], "strategy": "AllAtOnce", "keepVersions": 3})
    assert said == "orders: pruning stopped (TryAgainError: throttled); billing: deleted 1 to 6 (6)"
    assert shop.versions_of("orders") == [*OLD, "10"]


REFUSALS: dict[str, Exception] = {
    "an alias names it": refusal(
        "ResourceConflictException", "DeleteFunction", "You can't delete a version that an alias references"
    ),
    "a replica at the edge": refusal(
        "InvalidParameterValueException", "DeleteFunction", "because it is a replicated function"
    ),
    "it is denied": refusal("AccessDeniedException", "DeleteFunction", "not authorized to perform"),
    "it is throttled": refusal("TooManyRequestsException", "DeleteFunction", "Rate exceeded"),
    "a fault of Lambda": refusal("ServiceException", "DeleteFunction", "an internal error"),
    "something new": refusal("SomethingNewException", "DeleteFunction", "a text of AWS"),
    "no connection": TryAgainError("Could not connect"),
    "a bug": KeyError("7"),
}


@pytest.mark.parametrize("asked", ["delete", "is_fed"])
@pytest.mark.parametrize("error", REFUSALS.values(), ids=REFUSALS)
def test_a_version_that_is_not_deleted_has_its_reason_and_hinders_no_other(
    shop: InMemoryCloud, error: Exception, asked: str
) -> None:
    shop.versions.fails_next(asked, error, calls_before=2)
    said = deployed(shop)
    assert set(shop.versions_of("orders")) == {"3", "8", "9", "10"}
    assert said.startswith("orders: deleted 1 to 7 (6), 3 is kept: it could not be deleted (")
    assert str(error) in said


def test_what_could_not_be_deleted_is_tried_again_the_next_time(shop: InMemoryCloud) -> None:
    shop.versions.fails_next("delete", TryAgainError("throttled"), times=7)
    assert deployed(shop).startswith("orders: deleted nothing, 1 is kept: it could not be deleted")
    shop.somebody_saves("orders", "newer code")
    assert deployed(shop, name="d-2") == "orders: deleted 1 to 8 (8)"


def test_a_version_that_is_never_deleted_stops_no_later_pruning(shop: InMemoryCloud) -> None:
    for at in range(3):
        shop.versions.fails_next("delete", REFUSALS["a replica at the edge"])
        deployed(shop, name=f"d-{at}")
        shop.somebody_saves("orders", f"code {at}")
    assert shop.versions_of("orders") == ["1", "10", "11", "12"]


def test_what_there_is_no_time_for_is_left_for_the_next_time(shop: InMemoryCloud) -> None:
    for _ in range(2):
        shop.versions.meanwhile("delete", lambda: shop.passes(100))
    assert deployed(shop) == "orders: deleted 1, 2, 5 more are left for the next time"


def test_where_a_deployment_cannot_be_read_nothing_is_deleted(shop: InMemoryCloud) -> None:
    a_deployment_under_way(shop)
    shop.ledger.fails_next("load", ValueError("unreadable"), of="d-other")
    assert "orders: pruning stopped" in deployed(shop)
    assert shop.versions_of("orders") == [*OLD, "10"]


def test_too_many_at_once_are_left_for_the_next_time(
    shop: InMemoryCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_AT_ONCE", 4)
    assert deployed(shop) == "orders: deleted 1, 2, 3, 4, 3 more are left for the next time"
    shop.somebody_saves("orders", "newer code")
    assert deployed(shop, name="d-2") == "orders: deleted 5, 6, 7, 8"


def test_pruning_twice_is_pruning_once(shop: InMemoryCloud) -> None:
    execution = Execution(shop, ORDERS)
    execution.run()
    again = execution.prune()
    assert again["pruned"] == "orders: deleted nothing"
    assert shop.versions_of("orders") == ["8", "9", "10"]
    assert len([line for line in shop.ledger.lines["d-1"] if line.startswith("pruned")]) == 1
