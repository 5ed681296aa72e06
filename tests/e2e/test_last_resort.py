"""When hotplug's own Roll back is broken, the machine restores the aliases without it."""

from collections.abc import Mapping

import pytest

from tests.e2e.story import GUARD_IS_FIRST, LONG_BAKE, READ_LAG, Given, Then, When, steps
from tests.e2e.world import eventually

pytestmark = pytest.mark.emulator

PATH_BACK = (
    *("Restore without code", "One alias", "Existed before?", "Read alias", "Still ours?"),
    *("Put back", "Is it back?", "It is back", "Close"),
)
"""What the machine goes through for one alias that is its own."""


def test_the_machine_itself_puts_the_alias_back(given: Given, when: When, then: Then) -> None:
    orders, alarm, machine = given.a_function(), given.an_alarm(), given.a_machine_whose_roll_back_fails()
    before = orders.alias_but_revision()
    strategy = steps(25, bake=LONG_BAKE)
    deployment = when.deploying(
        orders, machine=machine, strategy=strategy, alarms=[alarm.name], pollSeconds=GUARD_IS_FIRST
    )
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    alarm.turns("ALARM")

    then.it_fails(
        deployment,
        "RolledBack",
        f"alarm {alarm.name} went into ALARM",
        "hotplug's own Roll back failed, so the machine put the aliases back without it",
    )
    assert orders.alias_but_revision() == before
    states = ("planned", "claimed", "published", "shifted", "tripped", "watched", "closed")
    then.the_ledger_says(deployment, *states)
    then.the_claim_is_free(orders)


def test_the_machine_itself_puts_a_touched_alias_back(given: Given, when: When, then: Then) -> None:
    orders, machine = given.a_function(), given.a_machine_whose_roll_back_fails()
    deployment = when.deploying(orders, machine=machine, strategy=steps(25, bake=LONG_BAKE))
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    orders.is_described_as("the live one")
    orders.lets_call("events.amazonaws.com")
    when.it_is_aborted(deployment)

    cause = then.it_fails(deployment, "RolledBack", "the machine put the aliases back without it")
    assert "somebody else" not in cause
    assert (orders.routing(), orders.alias()["Description"]) == ("1", "the live one")
    assert [state for state in deployment.entered() if state in PATH_BACK] == list(PATH_BACK)
    then.the_claim_is_free(orders)


def test_the_machine_itself_reads_again_where_its_reads_lag(given: Given, when: When, then: Then) -> None:
    """Its first reads show the alias as it was before the touch, so that its writes are refused."""
    orders, machine = given.a_function(), given.a_machine_whose_roll_back_fails()
    deployment = when.deploying(orders, machine=machine, strategy=steps(25, bake=LONG_BAKE))
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    when.it_is_aborted(deployment)
    orders.is_tagged(READ_LAG, "6")
    orders.is_described_as("the live one")

    then.it_fails(deployment, "RolledBack", "the machine put the aliases back without it")
    entered = deployment.entered()
    assert entered.count("Put back") == entered.count("Read it soon") + 1 > 1
    assert entered.count("It is back") == 1
    eventually(lambda: orders.routing() == "1", f"{orders.name} is read to be on 1")
    then.the_claim_is_free(orders)


@pytest.mark.parametrize(
    ("version", "weights", "now"),
    [
        pytest.param("1", {"2": 0.5}, "1, 50 % to 2", id="another weight"),
        pytest.param("3", {"2": 0.25}, "3, 25 % to 2", id="another version beside the same weight"),
        pytest.param("2", {}, "2", id="the candidate promoted"),
    ],
)
def test_the_machine_itself_leaves_alone_what_somebody_else_moved(
    given: Given, when: When, then: Then, version: str, weights: Mapping[str, float], now: str
) -> None:
    orders, machine = given.a_function(published=3, latest=None), given.a_machine_whose_roll_back_fails()
    strategy = steps(25, bake=LONG_BAKE)
    deployment = when.deploying(orders, machine=machine, source={"version": "2"}, strategy=strategy)
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    orders.point(version, weights)
    as_they_left_it = orders.alias()

    then.it_fails(deployment, "RolledBack", f"{orders.name}:live was moved by somebody else")
    assert orders.routing() == now
    assert orders.alias() == as_they_left_it
    then.the_claim_is_free(orders)


def test_the_machine_itself_goes_on_when_somebody_else_deleted_an_alias(
    given: Given, when: When, then: Then
) -> None:
    orders, billing = given.a_function(), given.a_function()
    machine, strategy = given.a_machine_whose_roll_back_fails(), steps(25, bake=LONG_BAKE)
    deployment = when.deploying(orders, billing, machine=machine, strategy=strategy)
    when.it_has_got_to(deployment, billing, "1, 25 % to 2")

    orders.loses_its_alias()

    then.it_fails(deployment, "RolledBack", f"{orders.name}:live was moved by somebody else")
    assert (orders.routing(), billing.routing()) == ("none", "1")
    then.the_claim_is_free(orders, billing)


def test_the_machine_itself_knows_that_a_first_deployment_has_nothing_to_go_back_to(
    given: Given, when: When, then: Then
) -> None:
    orders, billing, alarm = given.a_function(), given.a_function(live=None, published=0), given.an_alarm()
    machine, strategy = given.a_machine_whose_roll_back_fails(), steps(25, bake=LONG_BAKE)
    deployment = when.deploying(orders, billing, machine=machine, strategy=strategy, alarms=[alarm.name])
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    alarm.turns("ALARM")

    then.it_fails(deployment, "RolledBack", alarm.name)
    assert (orders.routing(), billing.routing()) == ("1", "none")
    then.the_claim_is_free(orders, billing)
