"""A request that cannot be met is answered before anything is touched."""

import pytest

from tests.e2e.story import Given, Then, When

pytestmark = pytest.mark.emulator


def test_an_invalid_request_hears_all_its_problems_at_once(given: Given, when: When, then: Then) -> None:
    orders, mailbox = given.a_function(), given.a_mailbox()
    before = orders.everything()

    deployment = when.deploying(
        orders, strategy="Canary500Percent5Minutes", pollSeconds=0, alias="7", aliass="live", onBusy="fight"
    )

    then.it_fails(
        deployment,
        "InvalidRequest",
        "5 problems, nothing was touched",
        'strategy: got "Canary500Percent5Minutes"',
        "pollSeconds: got 0; allowed: a whole number from 1 to 3600",
        'alias: got "7"',
        "aliass: got an unknown key; allowed: did you mean alias?",
        'onBusy: got "fight"',
    )
    assert orders.everything() == before
    then.the_claim_is_free(orders)
    then.a_note_says_why(mailbox, deployment.name, "5 problems, nothing was touched")


def test_what_does_not_exist_is_said_all_at_once(given: Given, when: When, then: Then) -> None:
    orders, mailbox, missing = given.a_function(), given.a_mailbox(), given.name("missing")
    before = orders.everything()

    deployment = when.deploying(orders, source={"version": "99"}, alarms=[missing])

    then.it_fails(deployment, "InvalidRequest", f"version 99 of {orders.name}", f"alarms: got {missing}")
    assert orders.everything() == before
    then.a_note_says_why(mailbox, deployment.name, missing)


def test_of_two_functions_none_is_touched_when_one_does_not_exist(
    given: Given, when: When, then: Then
) -> None:
    orders, missing = given.a_function(), given.name()
    before = orders.everything()

    deployment = when.starting({"functions": [orders.name, missing], "strategy": "AllAtOnce"})

    then.it_fails(deployment, "InvalidRequest", f"function: got {missing}")
    assert orders.everything() == before
    then.the_claim_is_free(orders)


def test_a_function_outside_the_allowed_pattern_is_refused(given: Given, when: When, then: Then) -> None:
    outsider = given.a_function(name=given.name("elsewhere"), latest=None)
    before = outsider.everything()

    deployment = when.deploying(outsider)

    then.it_fails(
        deployment, "InvalidRequest", f"function: got {outsider.name}; allowed: functions that match"
    )
    assert outsider.everything() == before


@pytest.mark.parametrize("request_given", [None, [], "orders", {}], ids=repr)
def test_what_is_no_request_at_all_is_refused(when: When, then: Then, request_given: object) -> None:
    deployment = when.starting(request_given)

    then.it_fails(deployment, "InvalidRequest", "nothing was touched")
    then.the_ledger_says(deployment, "refused")
