"""Reads may be older than the last write: no deployment ends, stays split or is settled for that."""

import pytest

from tests.e2e.cast import Function
from tests.e2e.story import LONG_BAKE, READ_LAG, Given, Then, When, steps
from tests.e2e.world import eventually

pytestmark = pytest.mark.emulator


@pytest.fixture
def orders(given: Given) -> Function:
    """After each write, two reads are older than it."""
    orders = given.a_function()
    orders.is_tagged(READ_LAG, "2")
    return orders


def is_read_on(orders: Function, routing: str) -> bool:
    return eventually(lambda: orders.routing() == routing, f"{orders.name} is read to be on {routing}")


@pytest.mark.parametrize("strategy", [steps(25, 50), "AllAtOnce"], ids=["canary", "all at once"])
def test_a_good_version_is_deployed(orders: Function, when: When, then: Then, strategy: object) -> None:
    output = then.it_succeeds(when.deploying(orders, strategy=strategy))
    assert output["targets"][0]["to"] == "2"
    assert is_read_on(orders, "2")
    then.the_claim_is_free(orders)


def test_a_first_deployment_is_deployed(given: Given, when: When, then: Then) -> None:
    orders = given.a_function(live=None, published=0)
    orders.is_tagged(READ_LAG, "2")
    output = then.it_succeeds(when.deploying(orders, strategy=steps(25)))
    assert output["targets"][0]["to"] == "1"
    assert is_read_on(orders, "1")


def test_a_bad_version_goes_back(orders: Function, given: Given, when: When, then: Then) -> None:
    alarm = given.an_alarm()
    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name])
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    alarm.turns("ALARM")

    cause = then.it_fails(deployment, "RolledBack", f"{orders.name}:live is back on version 1")
    assert "somebody else" not in cause
    assert is_read_on(orders, "1")
    then.the_claim_is_free(orders)


def test_a_live_execution_that_is_not_found_yet_is_not_settled(given: Given, when: When, then: Then) -> None:
    orders = given.a_function()
    deployment = when.deploying(orders, name=given.name("lag-3"), strategy=steps(25, bake=LONG_BAKE))
    when.it_says(deployment, "claimed")

    when.the_guard_looks_around()

    assert deployment.outcome() is None
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")
    assert when.told("skip", deployment=deployment.name, step=0)["outcome"] == "accepted"
    then.it_succeeds(deployment)
    assert orders.routing() == "2"


def test_a_stopped_execution_that_still_seems_to_run_is_settled_later(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function()
    deployment = when.deploying(orders, name=given.name("lag-3"), strategy=steps(25, bake=LONG_BAKE))
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    when.it_is_stopped(deployment)

    assert then.the_guard_settles_it_in_the_end(deployment, orders) == "rolled_back"
    assert orders.routing() == "1"
