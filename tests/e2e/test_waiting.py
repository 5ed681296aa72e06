"""With `onBusy: wait`, deployments of one alias take their turns, oldest first."""

import pytest

from tests.e2e.story import Given, Then, When, steps

pytestmark = pytest.mark.emulator


def test_each_waiting_deployment_gets_its_turn_oldest_first(given: Given, when: When, then: Then) -> None:
    orders = given.a_function(published=4, latest=None)
    holder = when.deploying(orders, source={"version": "2"}, strategy=steps(50, bake="20s"))
    when.it_has_got_to(holder, orders, "1, 50 % to 2")

    older = when.deploying(orders, source={"version": "3"}, strategy="AllAtOnce", onBusy="wait")
    when.it_stands_in_line(older)
    younger = when.deploying(orders, source={"version": "4"}, strategy="AllAtOnce", onBusy="wait")
    when.it_stands_in_line(younger)
    path = when.it_is_followed(younger, orders)

    for deployment, ends in ((holder, ("1", "2")), (older, ("2", "3")), (younger, ("3", "4"))):
        [target] = then.it_succeeds(deployment)["targets"]
        assert (target["from"], target["to"]) == ends
    assert path == [state for state in ("1, 50 % to 2", "2", "3", "4") if state in path]
    assert path[-1] == "4"
    then.the_claim_is_free(orders)
