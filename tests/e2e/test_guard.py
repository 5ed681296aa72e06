"""The guard puts traffic back when the execution can't: it was stopped, or it sleeps."""

import json
import time
from typing import Any

import pytest

from hotplug.core.deployment.transition import State
from tests.e2e.cast import package
from tests.e2e.story import LONG_BAKE, Given, Then, When, steps

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("guard")]

SLEEPY = 300
"""Seconds between two looks of the machine: longer than anybody waits here."""
AT_ONCE_SECONDS = 5.0
"""From the alarm to the alias."""


@pytest.mark.parametrize(
    ("state", "at"),
    [
        pytest.param("Plan", 1, marks=pytest.mark.long),
        ("Claim", 1),
        ("Publish", 1),
        pytest.param("Not ready yet", 1, marks=pytest.mark.long),
        ("Shift", 1),
        pytest.param("Bake", 1, marks=pytest.mark.long),
        ("Watch", 1),
        pytest.param("Shift", 2, marks=pytest.mark.long),
        ("Bake", 2),
    ],
)
def test_stop_execution_is_a_safe_abort_wherever_the_deployment_is(
    given: Given, when: When, then: Then, state: str, at: int
) -> None:
    orders, billing, mailbox = given.a_function(latest=None), given.a_function(latest=None), given.a_mailbox()
    before = [orders.alias_but_revision(), billing.alias_but_revision()]
    source = given.a_package("fresh")
    strategy = {"type": "steps", "steps": [{"percent": 10, "bake": 1}, {"percent": 50, "bake": LONG_BAKE}]}
    deployment = when.deploying(orders, billing, source=source, strategy=strategy)

    when.it_is_stopped_in(state, deployment, time=at)

    outcome = then.the_guard_settles_it(deployment, orders, billing)
    assert outcome == ("refused" if state == "Plan" and outcome == "refused" else "rolled_back")
    assert [orders.alias_but_revision(), billing.alias_but_revision()] == before
    assert (orders.edition(), billing.edition()) == ("1", "1")
    then.people_hear(mailbox, deployment, outcome)


def test_directly_after_the_start_nothing_was_touched_and_people_hear_of_it(
    given: Given, when: When, then: Then
) -> None:
    orders, billing, mailbox = given.a_function(), given.a_function(), given.a_mailbox()
    before = [orders.everything(), billing.everything()]
    deployment = when.deploying(orders, billing, strategy=steps(25, bake=LONG_BAKE))

    when.it_is_stopped(deployment)

    outcome = then.the_guard_settles_it(deployment, orders, billing)
    assert [orders.routing(), billing.routing()] == ["1", "1"]
    assert [orders.versions(), billing.versions()] == [before[0]["versions"], before[1]["versions"]]
    then.people_hear(mailbox, deployment, outcome)


@pytest.mark.parametrize("state", ["Promote", "Close"])
def test_an_execution_that_is_stopped_while_it_promotes_ends_whole(
    given: Given, when: When, then: Then, state: str
) -> None:
    orders, billing = given.a_function(), given.a_function()
    deployment = when.deploying(orders, billing, strategy="AllAtOnce")

    when.it_is_stopped_in(state, deployment)

    outcome = then.the_guard_settles_it(deployment, orders, billing)
    version = "2" if outcome == "deployed" else "1"
    assert (orders.routing(), billing.routing()) == (version, version)
    if state == "Close":
        assert outcome == "deployed"


def test_an_alias_that_somebody_else_moved_stays_when_the_execution_is_stopped(
    given: Given, when: When, then: Then
) -> None:
    orders, billing = given.a_function(), given.a_function()
    deployment = when.deploying(orders, billing, strategy=steps(25, bake=LONG_BAKE), pollSeconds=SLEEPY)
    when.it_has_got_to(deployment, billing, "1, 25 % to 2")
    orders.point("1", {"2": 0.5})
    as_they_left_it = orders.alias()

    when.it_is_stopped(deployment)

    assert then.the_guard_settles_it(deployment, orders, billing) == "rolled_back"
    assert orders.alias() == as_they_left_it
    assert billing.routing() == "1"
    said = f"{orders.name}:live was moved by somebody else: it is on version 1 with 50 % to version 2 now"
    assert said in deployment.timeline()[-1]["reason"]


def test_a_stop_that_nobody_hears_of_is_found_by_the_next_look_around(
    given: Given, when: When, then: Then
) -> None:
    given.a_guard_that_hears_of_no_end()
    orders, billing = given.a_function(), given.a_function()
    deployment = when.deploying(orders, billing, strategy=steps(25, bake=LONG_BAKE))
    when.it_has_got_to(deployment, billing, "1, 25 % to 2")
    when.it_is_stopped(deployment)

    when.the_guard_looks_around()

    assert then.the_guard_settles_it(deployment, orders, billing) == "rolled_back"
    assert (orders.routing(), billing.routing()) == ("1", "1")


def test_a_red_alarm_puts_the_aliases_back_at_once_however_seldom_the_machine_looks(
    given: Given, when: When, then: Then
) -> None:
    orders, billing, alarm = given.a_function(), given.a_function(), given.an_alarm()
    mailbox = given.a_mailbox()
    deployment = when.deploying(
        orders, billing, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name], pollSeconds=SLEEPY
    )
    when.it_has_got_to(deployment, billing, "1, 25 % to 2")

    alarm.turns("ALARM")
    since = time.monotonic()

    then.it_is_back(orders, billing)
    assert time.monotonic() - since < AT_ONCE_SECONDS
    assert deployment.is_running()
    line = then.people_hear(mailbox, deployment, str(State.TRIPPED))
    assert f"alarm {alarm.name} went into ALARM" in line
    assert orders.claimed_by() == deployment.name
    when.it_is_stopped(deployment)
    assert then.the_guard_settles_it(deployment, orders, billing) == "rolled_back"
    assert f"alarm {alarm.name} went into ALARM" in deployment.timeline()[-1]["reason"]


def test_the_machine_hears_of_it_at_its_next_look_and_ends_with_that_reason(
    given: Given, when: When, then: Then
) -> None:
    """Its looks are 20 s apart, for who would wait 300 s for the end of a story."""
    orders, alarm = given.a_function(), given.an_alarm()
    deployment = when.deploying(
        orders, strategy=steps(25, bake=LONG_BAKE), alarms=[alarm.name], pollSeconds=20
    )
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    alarm.turns("ALARM")
    then.it_is_back(orders)
    assert deployment.is_running()
    alarm.turns("OK")

    then.it_fails(
        deployment,
        "RolledBack",
        f"alarm {alarm.name} went into ALARM",
        "the candidate had 25 % of calls",
        f"{orders.name}:live is back on version 1",
    )
    states = ("planned", "claimed", "published", "shifted", "tripped", "watched", "restored", "closed")
    then.the_ledger_says(deployment, *states)
    assert orders.routing() == "1"
    then.the_claim_is_free(orders)


def test_an_alarm_that_nobody_watches_moves_nothing(given: Given, when: When, then: Then) -> None:
    orders, watched, other = given.a_function(), given.an_alarm(), given.an_alarm()
    deployment = when.deploying(
        orders, strategy=steps(25, bake=LONG_BAKE), alarms=[watched.name], pollSeconds=SLEEPY
    )
    when.it_has_got_to(deployment, orders, "1, 25 % to 2")

    other.turns("ALARM")
    when.the_guard_looks_around()

    assert orders.routing() == "1, 25 % to 2"
    assert "tripped" not in [line["state"] for line in deployment.timeline()]
    when.it_is_stopped(deployment)
    then.the_guard_settles_it(deployment, orders)


def test_bytes_that_were_rolled_back_come_in_again_only_by_force_and_with_a_reason(
    given: Given, when: When, then: Then
) -> None:
    orders, alarm, mailbox = given.a_function(latest=None), given.an_alarm(), given.a_mailbox()
    prefix = given.name("policy")
    policy: dict[str, Any] = {"function": orders.name, "alarms": [alarm.name], "pollSeconds": 1}
    given.a_policy(prefix, policy | {"strategy": steps(25, bake=LONG_BAKE)})
    when.uploading(package("bad"), f"{prefix}/build-1.zip")
    first = when.the_upload_starts(prefix)
    when.it_has_got_to(first, orders, "1, 25 % to 2")
    alarm.turns("ALARM")
    then.it_fails(first, "RolledBack", f"alarm {alarm.name} went into ALARM")
    alarm.turns("OK")

    when.uploading(package("bad"), f"{prefix}/build-2.zip")

    second = when.the_upload_starts(prefix, after=first)
    then.it_fails(second, "InvalidRequest", f"deployment {first.name} rolled it back", '"force": true')
    assert orders.routing() == "1"
    assert any("rolled it back" in json.dumps(told) for told in mailbox.messages(second.name))
    forced = policy | {"force": True, "reason": "the database was down", "strategy": "AllAtOnce"}
    third = when.deploying(orders, source=given.a_package("bad"), **forced)
    then.it_succeeds(third)
    assert orders.edition() == "bad"
