"""A candidate gets the provisioned concurrency of the live version; the user's amount stays what it was."""

import pytest

from tests.e2e.cast import ALIAS, Function
from tests.e2e.story import LONG_BAKE, PROVISIONING, WITHHELD, Given, Then, When, steps
from tests.fakes import a_zip

pytestmark = pytest.mark.emulator

SETTLING = "2, 100 % to 1"


@pytest.fixture
def orders(given: Given) -> Function:
    """On version 1, by an alias that has five executions provisioned."""
    orders = given.a_function()
    orders.provision(ALIAS, 5)
    return orders


@pytest.fixture
def machine(given: Given) -> str:
    return given.a_machine_that_looks_often_whether_an_alias_has_settled()


def test_a_canary_is_deployed_once_its_alias_has_settled(
    orders: Function, machine: str, when: When, then: Then
) -> None:
    deployment = when.deploying(orders, machine=machine, strategy=steps(25))
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")
    assert orders.provisioned() == {ALIAS: 10}
    orders.is_tagged(PROVISIONING, WITHHELD)

    when.it_has_got_to(deployment, orders, SETTLING)
    deployment.goes_on_until(lambda: len(deployment.failed_tries()) > 1, "Promote was tried again")
    assert set(deployment.failed_tries()) == {"NotSettledError"}
    assert "promoted" not in [line["state"] for line in deployment.timeline()]
    assert (orders.edition(), orders.provisioned()) == ("1", {ALIAS: 10})
    orders.is_tagged(PROVISIONING, None)

    output = then.it_succeeds(deployment)
    assert (output["targets"][0]["to"], orders.routing(), orders.edition()) == ("2", "2", "fresh")
    assert "see to" not in output["reason"]
    assert orders.provisioned() == {ALIAS: 5}
    then.the_ledger_says(
        deployment, "planned", "claimed", "published", "shifted", "watched", "promoted", "closed"
    )
    then.the_claim_is_free(orders)


def test_all_at_once_waits_for_its_alias_too(orders: Function, machine: str, when: When, then: Then) -> None:
    orders.is_tagged(PROVISIONING, WITHHELD)
    deployment = when.deploying(orders, machine=machine, strategy="AllAtOnce")
    when.it_has_got_to(deployment, orders, SETTLING)
    deployment.goes_on_until(lambda: len(deployment.failed_tries()) > 0, "Promote was tried once")
    orders.is_tagged(PROVISIONING, None)

    then.it_succeeds(deployment)
    assert (orders.routing(), orders.provisioned()) == ("2", {ALIAS: 5})


def test_a_promotion_that_settles_when_its_execution_is_stopped_stays(
    orders: Function, when: When, then: Then
) -> None:
    deployment = when.deploying(orders, strategy=steps(25))
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")
    orders.is_tagged(PROVISIONING, WITHHELD)
    when.it_has_got_to(deployment, orders, SETTLING)

    when.it_is_stopped(deployment)

    assert f"promoted, but {orders.name}:live settles" in when.it_says(deployment, "held")
    when.the_guard_looks_around()
    assert (deployment.outcome(), orders.routing()) == (None, SETTLING)
    orders.is_tagged(PROVISIONING, None)
    assert then.the_guard_settles_it_in_the_end(deployment, orders) == "deployed"
    assert (orders.routing(), orders.provisioned()) == ("2", {ALIAS: 5})


def test_an_alias_goes_back_with_the_amount_that_it_had(
    orders: Function, given: Given, when: When, then: Then
) -> None:
    alarm = given.an_alarm()
    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name])
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    alarm.turns("ALARM")

    then.it_fails(deployment, "RolledBack", f"{orders.name}:live is back on version 1")
    assert (orders.routing(), orders.provisioned()) == ("1", {ALIAS: 5})


def test_the_amount_of_a_version_passes_to_the_candidate(given: Given, when: When, then: Then) -> None:
    orders = given.a_function()
    orders.provision("1", 3)
    deployment = when.deploying(orders, strategy=steps(25))
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")
    assert orders.provisioned() == {"1": 3, "2": 3}

    then.it_succeeds(deployment)
    assert (orders.routing(), orders.provisioned()) == ("2", {"2": 3})


def test_a_candidate_that_cannot_be_initialized_gets_no_calls(given: Given, when: When, then: Then) -> None:
    orders = given.a_function(latest=None)
    orders.provision("1", 3)
    orders.hold_package(a_zip("raise RuntimeError('no settings')"))

    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE))

    reason = (
        f"the provisioned concurrency of {orders.name}:2 could not be made ready: FUNCTION_ERROR_INIT_FAILURE"
    )
    then.it_fails(deployment, "RolledBack", reason)
    assert "shifted" not in [line["state"] for line in deployment.timeline()]
    assert (orders.routing(), orders.provisioned()) == ("1", {"1": 3})
    then.the_claim_is_free(orders)
