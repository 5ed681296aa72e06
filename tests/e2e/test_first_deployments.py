"""What was asked for as a guard holds the creation of an alias too."""

from typing import Any

import pytest

from tests.e2e.story import LONG_BAKE, Given, Then, When

pytestmark = pytest.mark.emulator

STEPS = {"type": "steps", "steps": [{"percent": 10, "bake": LONG_BAKE, "approve": {"timeout": "1h"}}]}


def test_an_alias_is_created_once_somebody_approves_and_never_while_an_alarm_is_red(
    given: Given, when: When, then: Then
) -> None:
    orders, alarm = given.a_function(live=None, published=0), given.an_alarm()
    asked: dict[str, Any] = {"strategy": STEPS, "alarms": [alarm.name]}
    then.it_fails(
        when.deploying(orders, create=False, **asked), "InvalidRequest", "create: got false", "does not exist"
    )

    first = when.deploying(orders, **asked)
    assert "waits for approval of the promotion" in when.it_says(first, "asked")
    assert "will be created" in when.it_says(first, "planned")
    then.it_stays(first, orders, "none", looks=2)
    alarm.turns("ALARM")
    then.it_fails(first, "RolledBack", alarm.name)
    assert orders.routing() == "none"
    then.the_claim_is_free(orders)

    alarm.turns("OK")
    second = when.deploying(orders, **asked)
    when.it_says(second, "asked")
    then.it_stays(second, orders, "none", looks=1)
    assert when.told("approve", deployment=second.name, step=0)["outcome"] == "accepted"
    [target] = then.it_succeeds(second)["targets"]
    assert (target["from"], target["to"], orders.routing(), orders.edition()) == (None, "1", "1", "fresh")
