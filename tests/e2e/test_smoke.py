"""A candidate is called by its version before anybody else reaches it."""

import pytest

from tests.e2e.story import Given, Then, When

pytestmark = pytest.mark.emulator


def test_a_candidate_that_does_not_answer_as_it_must_gets_no_calls(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function(latest="broken")
    before = orders.alias_but_revision()
    smoke = [
        {"payload": {}, "expect": {"status": 200}},
        {"payload": {}, "expect": {"answer": {"body": "fresh"}}},
    ]

    deployment = when.deploying(orders, strategy="AllAtOnce", smoke=smoke)

    then.it_fails(deployment, "RolledBack", f"version 2 of {orders.name}: it answered ", '"broken"')
    assert orders.alias_but_revision() == before
    assert "Promote" not in deployment.entered()
    then.the_claim_is_free(orders)


def test_a_candidate_that_answers_as_it_must_takes_over(given: Given, when: When, then: Then) -> None:
    orders = given.a_function(latest="fresh")
    smoke = [{"payload": {}, "expect": {"status": 200, "answer": {"body": "fresh"}, "within": 5}}]

    deployment = when.deploying(orders, strategy="AllAtOnce", smoke=smoke)

    then.it_succeeds(deployment)
    assert when.it_says(deployment, "tested") == "smoke passed: 1 of 1 calls of the candidates"
    assert orders.edition() == "fresh"
