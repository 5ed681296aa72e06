"""Somebody changes something of the alias that routes no calls: the deployment goes on as if nothing were."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.cast import Function
from tests.e2e.story import LONG_BAKE, Given, Then, When, steps

pytestmark = pytest.mark.emulator

STATES = (
    *("planned", "claimed", "published", "shifted", "watched", "shifted", "watched"),
    *("promoted", "closed"),
)
"""Of a canary in two steps that nobody gets in the way of."""

TOUCHES: dict[str, Callable[[Function], None]] = {
    "a description": lambda orders: orders.is_described_as("the live one"),
    "a permission": lambda orders: orders.lets_call("events.amazonaws.com"),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_a_canary_whose_alias_is_touched_is_deployed(
    given: Given, when: When, then: Then, touch: Callable[[Function], None]
) -> None:
    orders = given.a_function()
    deployment = when.deploying(orders, strategy=steps(25, 50))
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    touch(orders)

    (target,) = then.it_succeeds(deployment)["targets"]
    assert (target["from"], target["to"], orders.routing()) == ("1", "2", "2")
    then.the_ledger_says(deployment, *STATES)
    then.the_claim_is_free(orders)


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_a_touched_alias_goes_back_when_an_alarm_turns_red(
    given: Given, when: When, then: Then, touch: Callable[[Function], None]
) -> None:
    orders, alarm = given.a_function(), given.an_alarm()
    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name])
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    touch(orders)
    alarm.turns("ALARM")

    cause = then.it_fails(deployment, "RolledBack", f"{orders.name}:live is back on version 1")
    assert "somebody else" not in cause
    assert orders.routing() == "1"
    then.the_claim_is_free(orders)


def test_the_guard_puts_a_touched_alias_back_after_a_stop(given: Given, when: When, then: Then) -> None:
    orders = given.a_function()
    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE))
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    orders.is_described_as("the live one")
    when.it_is_stopped(deployment)

    assert then.the_guard_settles_it(deployment, orders) == "rolled_back"
    assert orders.routing() == "1"


def test_an_alias_that_is_held_before_its_first_calls_may_be_touched(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function()
    far = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
    window = {"days": [far], "from": "12:00", "to": "13:00"}
    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE), windows=[window])
    when.it_says(deployment, "held")

    orders.lets_call("events.amazonaws.com")

    then.it_stays(deployment, orders, "1", looks=2)
    when.it_is_aborted(deployment)
    assert "somebody else" not in then.it_fails(deployment, "RolledBack", "aborted by ann")
