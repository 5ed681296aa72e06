"""A candidate has its capacity before its traffic, and in the end nothing is paid for that nobody needs."""

from typing import Any

import pytest

from hotplug.core.errors import ForbiddenError
from hotplug.core.plan.plan import Plan
from hotplug.core.resources.alias import Routing
from hotplug.handlers.command import command
from tests.fakes import RED, InMemoryCloud, refusal
from tests.support.guarding import SWEEP, wake
from tests.support.machine.execution import Execution

ORDERS = {"function": "orders", "alarms": ["errors"]}
LIMIT = "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution"


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders on version 41, which keeps five executions ready; new code, and a green alarm."""
    cloud.has_function("orders", versions=("40", "41"))
    cloud.functions.concurrency["orders", "41"] = 5
    cloud.somebody_saves("orders")
    cloud.alarm("errors")
    return cloud


def concurrency(cloud: InMemoryCloud) -> dict[str, int]:
    return {qualifier: count for (_, qualifier), count in cloud.functions.concurrency.items()}


def test_the_candidate_waits_for_as_much_as_the_stable_version_has(shop: InMemoryCloud) -> None:
    shop.concurrency.take(looks=3)
    execution = Execution(shop, ORDERS)
    execution.plan()
    assert "5 executions are provisioned for each of orders:live" in execution.variables["reason"]
    execution.claim()
    waited = []
    while execution.publish()["outcome"] == "waiting":
        waited.append(execution.variables["candidates"])
        assert shop.routing("orders:live") == Routing("41")
    assert waited == [[]] * 4
    assert concurrency(shop) == {"41": 5, "42": 5}


def test_both_have_theirs_while_they_share_the_calls_and_then_only_the_new_one(shop: InMemoryCloud) -> None:
    during = []
    execution = Execution(shop, ORDERS)
    assert execution.run(lambda: during.append(concurrency(shop))) == "Deployed"
    assert all(each == {"41": 5, "42": 5} for each in during)
    assert concurrency(shop) == {"42": 5}
    assert "orders:41 has 0 executions provisioned, no more 5" in execution.variables["reason"]


def test_after_a_rollback_the_stable_version_has_its_own_and_nobody_else(shop: InMemoryCloud) -> None:
    execution = Execution(shop, ORDERS)
    assert execution.run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"
    assert concurrency(shop) == {"41": 5}
    assert "orders:42 has 0 executions provisioned, no more 5" in execution.variables["reason"]


def test_capacity_that_lambda_does_not_give_moves_nothing(shop: InMemoryCloud) -> None:
    shop.concurrency.fails_next("put", refusal("InvalidParameterValueException", "Put", LIMIT))
    execution = Execution(shop, ORDERS)
    assert execution.run() == "Rolled back"
    assert LIMIT in execution.variables["reason"]
    assert (shop.routing("orders:live"), concurrency(shop)) == (Routing("41"), {"41": 5})


def reserves(cloud: InMemoryCloud, executions: int) -> InMemoryCloud:
    cloud.functions.functions["orders"].reserved = executions
    return cloud


@pytest.mark.parametrize("place", ["41", "live"], ids=["a version", "an alias"])
def test_what_the_reserved_concurrency_has_no_room_for_is_refused_in_plan(
    shop: InMemoryCloud, place: str
) -> None:
    shop.functions.concurrency.clear()
    shop.functions.concurrency["orders", place] = 5
    execution = Execution(reserves(shop, 9), ORDERS)
    assert execution.run() == "Invalid request"
    assert (
        "got 5 executions more for orders, of whose 9 reserved ones 5 are provisioned; "
        'allowed: 10 reserved executions, or "provisionedConcurrency": false'
    ) in execution.variables["reason"]
    assert concurrency(shop) == {place: 5}


def test_the_reserved_concurrency_may_be_used_up(shop: InMemoryCloud) -> None:
    assert Execution(reserves(shop, 10), ORDERS).run() == "Deployed"
    assert concurrency(shop) == {"42": 5}


@pytest.mark.parametrize("place", ["41", "live"], ids=["a version", "an alias"])
def test_a_function_without_room_for_two_is_deployed_if_its_concurrency_is_given_up(
    shop: InMemoryCloud, place: str
) -> None:
    shop.functions.concurrency.clear()
    shop.functions.concurrency["orders", place] = 5
    execution = Execution(reserves(shop, 5), ORDERS | {"provisionedConcurrency": False})
    execution.plan()
    assert "warning: provisionedConcurrency: " in execution.variables["reason"]
    assert execution.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("42")
    assert concurrency(shop) == {place: 5}


def test_what_stays_live_needs_no_room(shop: InMemoryCloud) -> None:
    back = Execution(reserves(shop, 5), ORDERS | {"source": {"version": "41"}})
    assert back.run() == "Deployed"
    assert concurrency(shop) == {"41": 5}


def test_capacity_that_cannot_be_made_ready_moves_nothing_and_costs_nothing(shop: InMemoryCloud) -> None:
    shop.concurrency.fail("FUNCTION_ERROR_INIT_FAILURE")
    execution = Execution(shop, ORDERS)
    assert execution.run() == "Rolled back"
    reason = execution.variables["reason"]
    assert "of orders:42 could not be made ready: FUNCTION_ERROR_INIT_FAILURE" in reason
    assert (shop.routing("orders:live"), concurrency(shop)) == (Routing("41"), {"41": 5})


def test_an_execution_that_is_stopped_while_it_waits_for_capacity_costs_nothing(shop: InMemoryCloud) -> None:
    shop.concurrency.take(looks=9)
    execution = Execution(shop, ORDERS)
    execution.plan()
    execution.claim()
    execution.publish()
    assert concurrency(shop) == {"41": 5, "42": 5}
    shop.executions.ends("d-1")
    wake(shop, SWEEP)
    assert concurrency(shop) == {"41": 5}
    assert shop.ledger.held == {}


def test_an_execution_that_is_stopped_on_its_way_costs_nothing(shop: InMemoryCloud) -> None:
    Execution(shop, ORDERS).shifted()
    shop.executions.ends("d-1")
    wake(shop, SWEEP)
    assert (shop.routing("orders:live"), concurrency(shop)) == (Routing("41"), {"41": 5})


def test_a_deployment_that_is_over_asks_for_nothing_more(shop: InMemoryCloud) -> None:
    late = Execution(shop, ORDERS)
    late.plan()
    late.claim()
    shop.executions.ends("d-1")
    wake(shop, SWEEP)
    with pytest.raises(Exception, match="it is decided already"):
        late.publish()
    assert concurrency(shop) == {"41": 5}


def test_what_cannot_be_taken_away_is_said_and_fails_nothing(shop: InMemoryCloud) -> None:
    shop.concurrency.fails_next("remove", ForbiddenError("AccessDenied"), of="orders")
    execution = Execution(shop, ORDERS)
    assert execution.run() == "Deployed"
    assert (
        "see to the provisioned concurrency of orders, version 41, which is paid for: AccessDenied"
        in (execution.variables["reason"])
    )
    assert shop.ledger.held == {}


def test_closing_again_takes_away_what_was_left(shop: InMemoryCloud) -> None:
    shop.concurrency.fails_next("remove", ForbiddenError("AccessDenied"), of="orders")
    execution = Execution(shop, ORDERS)
    execution.run()
    execution.close()
    assert concurrency(shop) == {"42": 5}


def test_what_somebody_else_put_stays(shop: InMemoryCloud) -> None:
    def somebody_raises_it() -> None:
        shop.functions.concurrency["orders", "42"] = 7
        shop.alarm("errors").goes(RED)

    execution = Execution(shop, ORDERS)
    execution.run(somebody_raises_it)
    assert concurrency(shop) == {"41": 5, "42": 7}
    assert "orders:42 has 7 executions provisioned by somebody else" in execution.variables["reason"]


def test_a_version_that_another_alias_leads_to_keeps_its_own(shop: InMemoryCloud) -> None:
    shop.somebody_moves("orders:test", Routing("41"))
    assert Execution(shop, ORDERS).run() == "Deployed"
    assert concurrency(shop) == {"41": 5, "42": 5}


def test_a_version_that_somebody_has_put_back_meanwhile_keeps_its_own(shop: InMemoryCloud) -> None:
    execution = Execution(shop, ORDERS | {"strategy": "AllAtOnce"}).published()
    execution.promote()
    shop.somebody_moves("orders:live", Routing("41"))
    execution.close()
    assert concurrency(shop) == {"41": 5, "42": 5}


@pytest.mark.parametrize(("had", "during"), [(2, 5), (5, 5), (9, 9)])
@pytest.mark.parametrize("ends", ["Deployed", "Rolled back"])
def test_an_older_version_that_has_some_already_gets_no_less(
    shop: InMemoryCloud, had: int, during: int, ends: str
) -> None:
    shop.functions.concurrency["orders", "40"] = had
    execution = Execution(shop, ORDERS | {"source": {"version": "40"}})

    def at_bake() -> None:
        assert concurrency(shop) == {"41": 5, "40": during}
        if ends == "Rolled back":
            about = {"deployment": execution.name, "step": "any", "by": "ann", "why": "no"}
            command({"command": "abort"} | about, shop)

    assert execution.run(at_bake) == ends
    assert concurrency(shop) == ({"40": during} if ends == "Deployed" else {"41": 5, "40": had})


def test_a_function_without_capacity_is_asked_for_none(shop: InMemoryCloud) -> None:
    shop.functions.concurrency.clear()
    execution = Execution(shop, ORDERS)
    assert execution.run() == "Deployed"
    assert Plan.from_json(execution.variables["plan"]).targets[0].concurrency is None
    assert concurrency(shop) == {}


def test_what_is_live_already_needs_nothing(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders")
    cloud.functions.concurrency["orders", "41"] = 5
    assert Execution(cloud, {"function": "orders"}).run() == "Deployed"
    assert concurrency(cloud) == {"41": 5}


# Capacity of an alias, which Lambda spreads over the versions that it leads to


@pytest.fixture
def by_alias(shop: InMemoryCloud) -> InMemoryCloud:
    """The alias keeps them ready, not the version."""
    shop.functions.concurrency = {("orders", "live"): 5}
    return shop


@pytest.mark.parametrize("ends", ["Deployed", "Rolled back"])
def test_what_an_alias_has_is_doubled_while_it_is_split(by_alias: InMemoryCloud, ends: str) -> None:
    def at_bake() -> None:
        assert concurrency(by_alias) == {"live": 10}
        if ends == "Rolled back":
            by_alias.alarm("errors").goes(RED)

    execution = Execution(by_alias, ORDERS)
    assert execution.run(at_bake) == ends
    assert concurrency(by_alias) == {"live": 5}
    assert "10 executions are provisioned for the alias orders:live" in str(
        by_alias.ledger.lines["d-1"]["planned#00000"]["reason"]
    )


def test_an_alias_that_is_never_split_is_left_to_lambda(by_alias: InMemoryCloud) -> None:
    request: dict[str, Any] = ORDERS | {"strategy": "AllAtOnce"}
    assert Execution(by_alias, request).run() == "Deployed"
    assert concurrency(by_alias) == {"live": 5}


def test_what_an_autoscaler_made_of_it_meanwhile_stays(by_alias: InMemoryCloud) -> None:
    def scaled() -> None:
        by_alias.functions.concurrency["orders", "live"] = 12

    assert Execution(by_alias, ORDERS).run(scaled) == "Deployed"
    assert concurrency(by_alias) == {"live": 12}


# Versions that are not ready, or have fallen asleep


def test_a_stable_version_that_sleeps_is_woken_before_anything_moves(shop: InMemoryCloud) -> None:
    shop.functions.falls_asleep("orders", "41", looks=2)
    execution = Execution(shop, ORDERS)
    execution.plan()
    execution.claim()
    while execution.publish()["outcome"] == "waiting":
        assert shop.routing("orders:live") == Routing("41")
    assert shop.functions.functions["orders"].versions["41"].state == "Active"
    assert [(made.qualifier, made.event) for made in shop.trials.made] == [("41", {})]


def test_a_version_to_go_back_to_that_sleeps_is_woken_before_it_is_routed_to(shop: InMemoryCloud) -> None:
    shop.functions.falls_asleep("orders", "40")
    assert Execution(shop, ORDERS | {"source": {"version": "40"}}).run() == "Deployed"
    assert shop.routing("orders:live") == Routing("40")
    assert shop.functions.functions["orders"].versions["40"].state == "Active"


def test_a_version_that_does_not_wake_is_not_routed_to(shop: InMemoryCloud) -> None:
    shop.functions.falls_asleep("orders", "40", looks=10_000)
    execution = Execution(shop, ORDERS | {"source": {"version": "40"}})
    assert execution.run() == "Rolled back"
    assert "not Active after 100 looks: orders" in execution.variables["reason"]
    assert shop.routing("orders:live") == Routing("41")
