"""Others move the alias too: people, tools, other deployments."""

from collections.abc import Mapping

import pytest

from tests.e2e.story import LONG_BAKE, Given, Then, When, steps

pytestmark = pytest.mark.emulator


@pytest.mark.parametrize(
    ("version", "weights", "now"),
    [
        pytest.param("1", {"3": 0.1}, "version 1 with 10 % to version 3", id="brings another version in"),
        pytest.param("1", {"2": 0.5}, "version 1 with 50 % to version 2", id="changes the weight"),
        pytest.param("2", {}, "version 2", id="promotes the candidate"),
        pytest.param("1", {}, "version 1", id="puts it back"),
    ],
)
def test_what_somebody_else_did_to_the_alias_stays(
    given: Given, when: When, then: Then, version: str, weights: Mapping[str, float], now: str
) -> None:
    orders = given.a_function(published=3, latest=None)
    deployment = when.deploying(orders, source={"version": "2"}, strategy=steps(25, bake=LONG_BAKE))
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    orders.point(version, weights)
    as_they_left_it = orders.alias()

    said = f"{orders.name}:live was moved by somebody else: it is on {now} now and is left as it is"
    assert then.it_fails(deployment, "RolledBack", said).count(said) == 1
    assert orders.alias() == as_they_left_it
    then.the_claim_is_free(orders)


def test_an_alias_that_somebody_else_deleted_stays_away(given: Given, when: When, then: Then) -> None:
    orders = given.a_function()
    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE))
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    orders.loses_its_alias()

    then.it_fails(deployment, "RolledBack", f"{orders.name}:live was moved by somebody else: it is gone now")
    assert orders.routing() == "none"
    then.the_claim_is_free(orders)


def test_of_two_functions_the_one_that_nobody_touched_goes_back(given: Given, when: When, then: Then) -> None:
    orders, billing = given.a_function(), given.a_function()
    deployment = when.deploying(orders, billing, strategy=steps(25, bake=LONG_BAKE))
    when.it_has_got_to(deployment, billing, "1, 25 % to 2")

    orders.point("1", {"2": 0.5})
    as_they_left_it = orders.alias()

    then.it_fails(deployment, "RolledBack", f"{billing.name}:live is back on version 1")
    assert orders.alias() == as_they_left_it
    assert billing.routing() == "1"
    then.the_claim_is_free(orders, billing)


def test_of_two_deployments_at_once_exactly_one_moves_the_alias(given: Given, when: When, then: Then) -> None:
    orders = given.a_function()

    rivals = [when.deploying(orders, strategy=steps(50, bake="4s")) for _ in range(2)]
    path = when.it_is_followed(rivals[0], orders) + when.it_is_followed(rivals[1], orders)

    mover, refused = sorted(rivals, key=lambda rival: str(then.it_ends(rival)["status"]), reverse=True)
    then.it_succeeds(mover)
    then.it_fails(refused, "TargetBusy", f"{orders.name}:live is being moved by deployment {mover.name}")
    assert path[-1] == "2"
    then.the_ledger_says(refused, "planned", "busy")
    then.the_claim_is_free(orders)


def test_of_two_busy_targets_none_is_claimed(given: Given, when: When, then: Then) -> None:
    orders, billing, alarm = given.a_function(), given.a_function(), given.an_alarm()
    holder = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name])
    when.it_has_got_to(holder, orders, "1, 25 % to 2")

    both = when.deploying(billing, orders, strategy="AllAtOnce")

    then.it_fails(both, "TargetBusy", f"{orders.name}:live is being moved by deployment {holder.name}")
    assert (orders.routing(), billing.routing()) == ("1, 25 % to 2", "1")
    then.the_claim_is_free(billing)
    assert orders.claimed_by() == holder.name
    alarm.turns("ALARM")
    then.it_fails(holder, "RolledBack")


def test_a_claim_whose_execution_is_gone_holds_nobody_up(given: Given, when: When, then: Then) -> None:
    orders = given.a_function()
    stopped = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE))
    when.it_has_got_to(stopped, orders, "1, 25 % to 2")
    when.it_is_stopped(stopped)

    next_one = when.deploying(orders, strategy="AllAtOnce")

    then.it_succeeds(next_one)
    assert orders.routing() == "2"
    then.the_claim_is_free(orders)


def test_a_half_split_alias_is_refused_without_force(given: Given, when: When, then: Then) -> None:
    orders = given.a_function(published=2)
    orders.point("1", {"2": 0.5})
    before = orders.everything()

    deployment = when.deploying(orders, strategy=steps(25))

    then.it_fails(deployment, "InvalidRequest", "version 1 with 50 % to version 2", '"force": true')
    assert orders.everything() == before
    then.the_claim_is_free(orders)


def test_force_takes_a_half_split_alias_over(given: Given, when: When, then: Then) -> None:
    orders = given.a_function(published=2)
    orders.point("1", {"2": 0.5})

    deployment = when.deploying(orders, strategy=steps(25), force=True)

    path = when.it_is_followed(deployment, orders)
    assert [at for at in path if at != "1"] == ["1, 50 % to 2", "1, 25 % to 3", "3"]  # whole for a moment
    then.it_succeeds(deployment)
    then.the_claim_is_free(orders)
