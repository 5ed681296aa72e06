"""What people tell a deployment, or all of them, is obeyed at its next look."""

from datetime import UTC, datetime, timedelta

import pytest

from local.aws.embedded import EmbeddedAws
from tests.conftest import installed
from tests.e2e.story import LONG_BAKE, Given, Then, When, steps
from tests.e2e.world import World

pytestmark = pytest.mark.emulator


@pytest.fixture
def world(aws: EmbeddedAws) -> World:
    """An installation of its own: while it is frozen nothing else moves in it."""
    return World(aws, installed(aws, "ordered"))


def test_a_step_waits_until_somebody_approves_it_and_the_next_ones_go_by_commands(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function()
    asks = {"percent": 10, "bake": "1s", "approve": {"timeout": "1h"}}
    strategy = {"type": "steps", "steps": [asks, {"percent": 50, "bake": LONG_BAKE}]}
    deployment = when.deploying(orders, strategy=strategy)
    assert "waits for approval of step 0" in when.it_says(deployment, "asked")

    late = when.told("approve", deployment=deployment.name, step=1)
    assert (late["outcome"], late["now"]["step"]) == ("stale", 0)
    assert when.told("pause", deployment=deployment.name, step="any")["outcome"] == "accepted"
    assert when.told("approve", deployment=deployment.name, step=0)["outcome"] == "accepted"
    assert when.told("approve", deployment=deployment.name, step=0)["outcome"] == "repeated"
    then.it_stays(deployment, orders, "1, 10 % to 2", looks=2)
    assert when.told("resume", deployment=deployment.name, step=0)["outcome"] == "accepted"
    when.it_has_got_to(deployment, orders, "1, 50 % to 2")
    when.told("skip", deployment=deployment.name, step=1)

    output = then.it_succeeds(deployment)
    assert orders.routing() == "2"
    orders_given = [line.split(": ", 1)[1] for line in output["timeline"] if " commanded " in line]
    assert [said.split()[0] for said in orders_given] == ["pause", "approve", "resume", "skip"]
    assert all("by ann" in said and said.endswith("it") for said in orders_given)
    assert when.told("abort", deployment=deployment.name, step="any")["outcome"] == "stale"


def test_an_aborted_deployment_goes_back_and_its_code_is_not_blamed(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function()
    strategy = steps(50, bake=LONG_BAKE)
    deployment = when.deploying(orders, strategy=strategy)
    when.it_has_got_to(deployment, orders, "1, 50 % to 2")

    when.told("abort", deployment=deployment.name, step=0)

    then.it_fails(deployment, "RolledBack", "aborted by ann")
    then.it_is_back(orders)
    held = f"{orders.name}:live is held by ann"
    then.it_fails(when.deploying(orders, strategy=strategy), "TargetBusy", held)
    again = when.deploying(orders, strategy=strategy, hold=False)
    when.it_has_got_to(again, orders, "1, 50 % to 2")
    when.told("promote", deployment=again.name, step=0)
    then.it_succeeds(again)
    assert orders.routing() == "2"


def test_a_newer_deployment_takes_the_place_of_the_one_that_moves_and_of_those_that_wait(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function(published=4, latest=None)
    holder = when.deploying(orders, source={"version": "2"}, strategy=steps(50, bake=LONG_BAKE))
    when.it_has_got_to(holder, orders, "1, 50 % to 2")
    waiter = when.deploying(orders, source={"version": "3"}, strategy="AllAtOnce", onBusy="wait")
    when.it_stands_in_line(waiter)

    newer = when.deploying(orders, source={"version": "4"}, strategy="AllAtOnce", onBusy="replace")
    path = when.it_is_followed(newer, orders)

    then.it_fails(holder, "RolledBack", f"replaced by {newer.name}")
    then.it_fails(waiter, "RolledBack", f"replaced by {newer.name}")
    [target] = then.it_succeeds(newer)["targets"]
    assert (target["from"], target["to"]) == ("1", "4")
    assert path == ["1, 50 % to 2", "1", "4"]
    then.the_claim_is_free(orders)


def test_outside_its_window_a_deployment_gives_its_candidate_no_calls(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function()
    far = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()

    deployment = when.deploying(
        orders, strategy="AllAtOnce", windows=[{"days": [far], "from": "12:00", "to": "13:00"}]
    )

    assert "held: until the window opens" in when.it_says(deployment, "held")
    then.it_stays(deployment, orders, "1", looks=2)
    when.told("abort", deployment=deployment.name, step="any")
    then.it_fails(deployment, "RolledBack", "aborted by ann")
    then.the_claim_is_free(orders)


def test_while_all_is_frozen_nothing_gets_more_calls_and_a_red_alarm_still_puts_back(
    given: Given, when: When, then: Then
) -> None:
    orders, billing, alarm = given.a_function(), given.a_function(), given.an_alarm()
    moving = when.deploying(billing, strategy=steps(50, bake=LONG_BAKE), alarms=[alarm.name])
    when.it_has_got_to(moving, billing, "1, 50 % to 2")
    assert when.told("freeze")["outcome"] == "accepted"
    try:
        starting = when.deploying(orders, strategy="AllAtOnce")
        assert "held: frozen by ann since" in when.it_says(starting, "held")
        when.told("skip", deployment=moving.name, step=0)
        assert "held: frozen by ann since" in when.it_says(moving, "held")
        assert (orders.routing(), billing.routing()) == ("1", "1, 50 % to 2")

        alarm.turns("ALARM")

        then.it_fails(moving, "RolledBack", alarm.name)
        then.it_is_back(billing)
    finally:
        assert when.told("unfreeze")["outcome"] == "accepted"
    then.it_succeeds(starting)
    assert orders.routing() == "2"


def test_a_target_that_somebody_went_back_on_is_held_until_it_is_released(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function(published=2, live=2)
    target = f"{orders.name}:live"
    back = then.it_succeeds(when.deploying(orders, source={"version": "1"}, strategy="AllAtOnce"))
    assert f"{target} is held until it is released" in back["reason"]
    then.it_fails(when.deploying(orders, strategy="AllAtOnce"), "TargetBusy", f"{target} is held by")

    waiter = when.deploying(orders, strategy="AllAtOnce", onBusy="wait")
    when.it_stands_in_line(waiter)
    assert when.told("release", target=target) == {
        "outcome": "accepted",
        "reason": f"{target} is released",
        "now": {"held": None},
    }
    then.it_succeeds(waiter)
    assert orders.routing() == "3"

    assert when.told("hold", target=target)["now"]["held"].startswith("held by ann")
    then.it_fails(when.deploying(orders, strategy="AllAtOnce", force=True), "TargetBusy", "to hold it")
    then.it_succeeds(when.deploying(orders, strategy="AllAtOnce", hold=False), "unchanged")
    assert when.told("release", target=target)["outcome"] == "repeated"


def test_claims_that_nobody_can_free_are_freed_by_a_command(given: Given, when: When, then: Then) -> None:
    orders = given.a_function()
    target = f"{orders.name}:live"
    lost = when.deploying(orders, strategy=steps(50, bake=LONG_BAKE), pollSeconds=300)
    when.it_has_got_to(lost, orders, "1, 50 % to 2")
    assert when.told("free", deployment=lost.name)["outcome"] == "refused"
    given.an_unreadable_record_of(lost)
    when.it_is_stopped(lost)

    when.the_guard_looks_around()
    shown = when.told("free", deployment=lost.name)
    assert (shown["outcome"], shown["now"]["aliases"]) == (
        "shown",
        {target: "version 1 with 50 % to version 2"},
    )
    assert orders.claimed_by() == lost.name
    orders.point("1")
    assert when.told("free", deployment=lost.name, seen=shown["now"]["aliases"])["outcome"] == "shown"
    freed = when.told("free", deployment=lost.name, seen={target: "version 1"})

    assert freed["outcome"] == "accepted"
    then.the_claim_is_free(orders)
    assert "free by ann" in lost.timeline()[-1]["reason"]
    then.it_succeeds(when.deploying(orders, strategy="AllAtOnce"))
    assert orders.routing() == "2"
