"""With `onBusy: replace` a newer deployment takes the place of older ones, and there are never two movers."""

import pytest

from hotplug.core.errors import AbortedError, UnreadableError
from hotplug.core.resources.alias import Routing
from tests.fakes import InMemoryCloud, split
from tests.support.machine.execution import Execution


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Two functions with several versions."""
    cloud.has_function("orders", versions=["41", "42", "43", "44"])
    cloud.has_function("billing", versions=["41", "42"])
    for target in ("orders:live", "billing:live"):
        cloud.somebody_moves(target, Routing("41"))
    return cloud


def planned(
    cloud: InMemoryCloud, name: str, version: str, on_busy: str = "replace", *functions: str
) -> Execution:
    request = {
        "functions": list(functions or ["orders"]),
        "source": {"version": version},
        "onBusy": on_busy,
        "reason": f"ticket {name}",
    }
    execution = Execution(cloud, request, name)
    execution.plan()
    cloud.passes(1)
    return execution


def shifted(execution: Execution) -> Execution:
    execution.claim()
    execution.publish()
    execution.shift()
    return execution


def goes_back(execution: Execution, error: str = "") -> None:
    execution.assign(fault={"Error": "AbortedError", "Cause": error} if error else {})
    execution.roll_back()
    execution.close()
    execution.cloud.executions.ends(execution.name, "FAILED")


def test_the_one_that_moves_goes_back_first_and_then_the_newer_one_moves(shop: InMemoryCloud) -> None:
    holder, newer = shifted(planned(shop, "d-1", "42")), planned(shop, "d-2", "43")
    assert newer.claim()["outcome"] == "waiting"
    assert shop.routing("orders:live") == split("41", "42", 10)

    answer = holder.watch()
    assert answer["verdict"] == "roll_back"
    assert answer["reason"].startswith("aborted by deployment d-2 at ")
    assert "because replaced by d-2: ticket d-2" in answer["reason"]
    assert newer.claim()["outcome"] == "waiting"
    goes_back(holder)

    assert newer.claim()["outcome"] == "claimed"
    assert newer.variables["plan"]["targets"][0]["stable"] == "41"
    assert shop.ledger.blamed == {}


def test_those_that_wait_give_up_their_places(shop: InMemoryCloud) -> None:
    holder = shifted(planned(shop, "d-1", "42"))
    waiter, newer = planned(shop, "d-2", "43", "wait"), planned(shop, "d-3", "44")
    assert [one.claim()["outcome"] for one in (waiter, newer)] == ["waiting", "waiting"]
    holder.watch()
    goes_back(holder)

    with pytest.raises(AbortedError, match="replaced by d-3"):
        waiter.claim()
    assert newer.claim()["outcome"] == "waiting"
    goes_back(waiter, "replaced")
    assert newer.claim()["outcome"] == "claimed"
    assert list(shop.ledger.held) == ["orders:live"]
    assert shop.ledger.line == {}


def test_one_that_is_being_promoted_is_waited_for(shop: InMemoryCloud) -> None:
    holder, newer = shifted(planned(shop, "d-1", "42")), planned(shop, "d-2", "43")
    holder.promote()
    assert newer.claim()["outcome"] == "waiting"
    assert shop.ledger.ordered.get("d-1") is None
    holder.close()
    shop.executions.ends("d-1", "SUCCEEDED")

    assert newer.claim()["outcome"] == "again"
    newer.plan()
    assert newer.claim()["outcome"] == "claimed"
    assert newer.variables["plan"]["targets"][0]["stable"] == "42"


def test_of_two_that_would_replace_each_other_the_newer_one_does(shop: InMemoryCloud) -> None:
    older, newer = planned(shop, "d-1", "42"), planned(shop, "d-2", "43")
    assert newer.claim()["outcome"] == "claimed"
    assert older.claim()["outcome"] == "waiting"
    assert shop.ledger.ordered.get("d-2") is None


def test_those_who_move_other_targets_are_left_alone(shop: InMemoryCloud) -> None:
    stranger = shifted(planned(shop, "d-1", "42", "reject", "billing"))
    newer = planned(shop, "d-2", "43")
    assert newer.claim()["outcome"] == "claimed"
    assert shop.ledger.ordered == {}
    assert stranger.watch()["verdict"] == "hold"


def test_one_target_in_common_is_enough(shop: InMemoryCloud) -> None:
    holder = shifted(planned(shop, "d-1", "42", "reject", "billing"))
    newer = planned(shop, "d-2", "42", "replace", "orders", "billing")
    assert newer.claim()["outcome"] == "waiting"
    assert holder.watch()["verdict"] == "roll_back"
    goes_back(holder)
    assert newer.claim()["outcome"] == "claimed"


def test_asking_again_and_again_orders_once(shop: InMemoryCloud) -> None:
    shifted(planned(shop, "d-1", "42"))
    newer = planned(shop, "d-2", "43")
    for _ in range(3):
        newer.claim()
        shop.passes(1)
    told = [event for event in shop.notifications.events if event["state"] == "commanded"]
    assert [(event["deployment"], event["reason"].split()[0]) for event in told] == [("d-1", "abort")]


def test_a_holder_whose_execution_is_gone_is_settled_at_once(shop: InMemoryCloud) -> None:
    shifted(planned(shop, "d-1", "42"))
    shop.executions.ends("d-1", "ABORTED")
    assert planned(shop, "d-2", "43").claim()["outcome"] in {"claimed", "again"}
    assert shop.routing("orders:live") == Routing("41")


def test_one_that_cannot_be_read_is_waited_for(shop: InMemoryCloud) -> None:
    shifted(planned(shop, "d-1", "42"))
    newer = planned(shop, "d-2", "43")
    shop.ledger.fails_next("load", UnreadableError("plan is missing"), of="d-1")
    assert newer.claim()["outcome"] == "waiting"
    assert shop.ledger.ordered.get("d-1") is None
