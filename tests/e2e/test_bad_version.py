"""A bad version is put back, and people learn why."""

import pytest

from tests.e2e.story import GUARD_IS_FIRST, LONG_BAKE, Given, Then, When, steps

pytestmark = pytest.mark.emulator


def test_an_alarm_that_turns_red_puts_the_alias_back_exactly_as_it_was(
    given: Given, when: When, then: Then
) -> None:
    orders, alarm = given.a_function(), given.an_alarm()
    before = orders.alias_but_revision()
    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name])
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    alarm.turns("ALARM")

    then.it_fails(
        deployment,
        "RolledBack",
        f"alarm {alarm.name} went into ALARM",
        "the candidate had 25 % of calls",
        f"{orders.name}:live is back on version 1",
        f"$LATEST of {orders.name} still holds the code of version 2",
    )
    assert orders.alias_but_revision() == before
    assert orders.edition() == "1"
    then.the_claim_is_free(orders)


def test_ledger_and_people_learn_of_a_rollback_with_its_numbers(given: Given, when: When, then: Then) -> None:
    orders, alarm, mailbox = given.a_function(), given.an_alarm(), given.a_mailbox()
    states = ("planned", "claimed", "published", "shifted", "tripped", "watched", "restored", "closed")
    deployment = when.deploying(
        orders, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name], pollSeconds=GUARD_IS_FIRST
    )
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    alarm.turns("ALARM")

    cause = then.it_fails(deployment, "RolledBack")
    lines = then.the_ledger_says(deployment, *states)
    assert [line["targets"][0]["percent"] for line in lines] == [0, 0, 0, 25, 0, 0, 0, 0]
    assert (lines[5]["verdict"], lines[-1]["outcome"], lines[-1]["reason"]) == (
        "roll_back",
        "rolled_back",
        cause,
    )
    events = then.all_are_told(lambda: mailbox.transitions(deployment.name), len(states))
    assert [event["detail"]["state"] for event in events] == list(states)
    last = then.all_are_told(lambda: mailbox.messages(deployment.name), len(states))[-1]
    assert last["Subject"] == f"hotplug: rolled_back: {orders.name}:live 1 -> 2 at 0 %"
    assert cause in last["Message"]


def test_a_composite_alarm_counts_like_any_other(given: Given, when: When, then: Then) -> None:
    orders, child = given.a_function(), given.an_alarm()
    composite = given.a_composite_alarm_over(child)
    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE), alarms=[composite.name])
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    child.turns("ALARM")

    then.it_fails(deployment, "RolledBack", f"alarm {composite.name} went into ALARM", "25 %")
    assert orders.routing() == "1"


def test_an_alarm_that_was_red_before_does_not_block_the_fix(given: Given, when: When, then: Then) -> None:
    orders, alarm = given.a_function(), given.an_alarm("ALARM")

    deployment = when.deploying(orders, strategy=steps(50), alarms=[alarm.name])

    then.it_succeeds(deployment)
    assert orders.routing() == "2"
    [watched] = [line for line in deployment.timeline() if line["state"] == "watched"]
    assert f"red since before the start: {alarm.name}" in watched["reason"]


def test_an_alarm_that_cleared_and_turned_red_again_counts(given: Given, when: When, then: Then) -> None:
    orders, alarm = given.a_function(), given.an_alarm("ALARM")
    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name])
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    alarm.turns("OK")
    alarm.turns("ALARM")

    then.it_fails(deployment, "RolledBack", f"alarm {alarm.name} went into ALARM again, after it had cleared")
    assert orders.routing() == "1"


def test_an_alarm_that_is_deleted_vouches_for_nothing(given: Given, when: When, then: Then) -> None:
    orders, alarm = given.a_function(), given.an_alarm()
    deployment = when.deploying(orders, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name])
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    alarm.vanishes()

    then.it_fails(deployment, "RolledBack", f"alarm {alarm.name} does not exist any more")
    assert orders.routing() == "1"


def test_a_red_alarm_during_the_final_bake_goes_back_in_one_move(
    given: Given, when: When, then: Then
) -> None:
    orders, alarm = given.a_function(), given.an_alarm()
    strategy = steps(50, bake="1s", final_bake=LONG_BAKE)
    deployment = when.deploying(orders, strategy=strategy, alarms=[alarm.name])
    when.it_has_got_to(deployment, orders, "1, 100 % to 2")

    alarm.turns("ALARM")

    assert when.it_is_followed(deployment, orders) == ["1, 100 % to 2", "1"]
    then.it_fails(deployment, "RolledBack", alarm.name, "the candidate had 100 % of calls")


def test_of_two_functions_both_go_back_when_one_fails(given: Given, when: When, then: Then) -> None:
    orders, billing, alarm_of_billing = given.a_function(), given.a_function(), given.an_alarm()
    before = [orders.alias_but_revision(), billing.alias_but_revision()]
    deployment = when.deploying(
        orders, billing, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm_of_billing.name]
    )
    when.it_has_got_to(deployment, billing, "1, 25 % to 2")

    alarm_of_billing.turns("ALARM")

    then.it_fails(
        deployment,
        "RolledBack",
        alarm_of_billing.name,
        f"{orders.name}:live is back on version 1",
        f"{billing.name}:live is back on version 1",
    )
    assert [orders.alias_but_revision(), billing.alias_but_revision()] == before
    then.the_claim_is_free(orders, billing)


def test_a_first_deployment_beside_one_that_fails_leaves_no_alias_behind(
    given: Given, when: When, then: Then
) -> None:
    orders, billing, alarm = given.a_function(), given.a_function(live=None, published=0), given.an_alarm()
    deployment = when.deploying(orders, billing, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name])
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    alarm.turns("ALARM")

    then.it_fails(deployment, "RolledBack", f"{billing.name}:live does not exist, as before")
    assert (orders.routing(), billing.routing()) == ("1", "none")
    then.the_claim_is_free(orders, billing)
