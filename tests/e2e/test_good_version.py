"""A good version takes over."""

import pytest

from tests.e2e.story import LONG_BAKE, Given, Then, When, steps

pytestmark = pytest.mark.emulator

STATES = (
    "planned",
    "claimed",
    "published",
    "shifted",
    "watched",
    "shifted",
    "watched",
    "promoted",
    "closed",
)


def test_a_good_version_takes_over_step_by_step(given: Given, when: When, then: Then) -> None:
    orders = given.a_function()

    deployment = when.deploying(orders, strategy=steps(5, 50), reason="faster checkout")
    path = when.it_is_followed(deployment, orders)

    output = then.it_succeeds(deployment)
    assert path == ["1", "1, 5 % to 2", "1, 50 % to 2", "2"]
    assert orders.edition() == "fresh"
    assert output["deployment"] == deployment.name
    assert output["reason"] == f"{orders.name}:live 1 -> 2 at 100 %"
    [target] = output["targets"]
    assert (target["function"], target["alias"], target["from"], target["to"]) == (
        orders.name,
        "live",
        "1",
        "2",
    )
    assert [line.split()[1].rstrip(":") for line in output["timeline"]] == list(STATES)
    then.the_claim_is_free(orders)


def test_every_transition_is_in_the_ledger_and_told_to_people_with_its_numbers(
    given: Given, when: When, then: Then
) -> None:
    orders, alarm, mailbox = given.a_function(), given.an_alarm(), given.a_mailbox()

    deployment = when.deploying(orders, strategy=steps(5, 50), alarms=[alarm.name])
    then.it_succeeds(deployment)

    lines = then.the_ledger_says(deployment, *STATES)
    shares = [line["targets"][0]["percent"] for line in lines]
    assert shares == [0, 0, 0, 5, 5, 50, 50, 100, 100]
    assert [line["verdict"] for line in lines if line["verdict"]] == ["advance", "promote"]
    assert f"alarms quiet: {alarm.name}" in lines[4]["reason"]
    events = then.all_are_told(lambda: mailbox.transitions(deployment.name), len(STATES))
    assert [event["detail"]["state"] for event in events] == list(STATES)
    assert {event["detail-type"] for event in events} == {"hotplug Deployment Transition"}
    assert len({(event["detail"]["schema"], *sorted(event["detail"])) for event in events}) == 1
    assert [event["detail"]["targets"][0]["percent"] for event in events] == shares
    messages = then.all_are_told(lambda: mailbox.messages(deployment.name), len(STATES))
    subjects = [message["Subject"] for message in messages]
    assert f"hotplug: shifted: {orders.name}:live 1 -> 2 at 50 %" in subjects
    assert subjects[-1] == f"hotplug: deployed: {orders.name}:live 1 -> 2 at 100 %"


def test_at_half_of_the_calls_both_versions_answer_and_are_measured_apart(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function()
    deployment = when.deploying(orders, strategy=steps(50, bake=LONG_BAKE))
    when.it_has_got_to(deployment, orders, "1, 50 % to 2")

    calls = orders.called(40)

    assert set(calls) == {"1", "2"}
    then.the_calls_are_measured(orders, calls)
    when.it_is_stopped(deployment)


def test_all_at_once_moves_in_one_go(given: Given, when: When, then: Then) -> None:
    orders = given.a_function()

    deployment = when.deploying(orders, strategy="AllAtOnce")

    assert when.it_is_followed(deployment, orders) == ["1", "2"]
    then.it_succeeds(deployment)
    then.the_ledger_says(deployment, "planned", "claimed", "published", "promoted", "closed")


def test_a_final_bake_watches_the_candidate_alone_before_it_is_promoted(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function()

    deployment = when.deploying(orders, strategy=steps(50, final_bake="2s"))

    assert when.it_is_followed(deployment, orders) == ["1", "1, 50 % to 2", "1, 100 % to 2", "2"]
    then.it_succeeds(deployment)


def test_an_existing_version_comes_back_without_touching_latest(given: Given, when: When, then: Then) -> None:
    orders = given.a_function(published=3, live=3, latest=None)
    before = orders.everything()

    deployment = when.deploying(orders, source={"version": "1"}, strategy=steps(50))

    assert when.it_is_followed(deployment, orders) == ["3", "3, 50 % to 1", "1"]
    assert then.it_succeeds(deployment)["targets"][0]["to"] == "1"
    assert orders.edition() == "1"
    assert orders.everything() | {"alias": None} == before | {"alias": None}


def test_the_first_deployment_creates_the_alias_on_the_candidate(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function(live=None, published=0)

    deployment = when.deploying(orders)

    output = then.it_succeeds(deployment)
    assert (output["targets"][0]["from"], output["targets"][0]["to"]) == (None, "1")
    assert orders.routing() == "1"
    then.the_claim_is_free(orders)


def test_nothing_to_deploy_is_a_success_that_says_so(given: Given, when: When, then: Then) -> None:
    orders = given.a_function(latest=None)
    before = orders.everything_but_marks()

    deployment = when.deploying(orders, strategy=steps(5, 50))

    output = then.it_succeeds(deployment, "unchanged")
    assert "live already" in output["reason"]
    assert orders.everything_but_marks() == before
    then.the_ledger_says(deployment, "planned", "claimed", "published", "closed")
    then.the_claim_is_free(orders)


def test_two_functions_move_together(given: Given, when: When, then: Then) -> None:
    orders, billing = given.a_function(), given.a_function()

    deployment = when.deploying(orders, billing, strategy=steps(50))

    then.it_succeeds(deployment)
    assert (orders.routing(), billing.routing()) == ("2", "2")
    then.the_claim_is_free(orders, billing)
