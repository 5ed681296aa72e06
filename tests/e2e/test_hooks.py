"""The user's own functions and state machines are asked on the way, and what they answer decides."""

import re
from pathlib import Path

import pytest

from tests.e2e.story import LONG_BAKE, Given, Then, When, steps

pytestmark = pytest.mark.emulator

PAGE = (Path(__file__).resolve().parents[2] / "docs/hooks.md").read_text()
[EXAMPLE] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SAYS_NO = """
def handler(event, context):
    return {"status": "FAILED", "reason": f"no room for {[each['function'] for each in event['targets']]}"}
"""
CRASHES_AT_HALF = """
import os

def handler(event, context):
    if event["weight"] == 50:
        os._exit(7)
    return {"status": "SUCCEEDED"}
"""
SAYS_NO_AFTER_A_WHILE = """
def handler(event, context):
    if event["attempt"] < 3:
        return {"status": "IN_PROGRESS", "delaySeconds": 2}
    return {"status": "FAILED", "reason": "too slow with all calls"}
"""
IS_AT_WORK = """
def handler(event, context):
    return {"status": "IN_PROGRESS", "delaySeconds": 3600}
"""


def test_a_hook_that_takes_its_time_lets_a_deployment_go_through_its_steps(
    given: Given, when: When, then: Then
) -> None:
    orders, check = given.a_function(), given.a_hook(EXAMPLE)

    deployment = when.deploying(orders, strategy=steps(25, 50, bake="1s"), hooks={"afterStep": check.name})

    then.it_succeeds(deployment)
    assert orders.routing() == "2"
    one = ("shifted", "watched", "hooked")
    lines = then.the_ledger_says(
        deployment, "planned", "claimed", "published", *one, *one, "promoted", "closed"
    )
    said = [line["reason"] for line in lines if line["state"] == "hooked"]
    assert said == [f"afterStep ({check.name}) SUCCEEDED: well 3 times at {weight} %" for weight in (25, 50)]
    assert deployment.entered().count("Hook at work") >= 4


def test_every_hook_is_asked_in_its_place_and_told_the_share_of_calls(
    given: Given, when: When, then: Then
) -> None:
    orders, billing, check = given.a_function(), given.a_function(), given.a_hook(EXAMPLE)
    hooks = dict.fromkeys(("beforeTraffic", "beforeStep", "afterStep", "afterTraffic"), check.name)

    deployment = when.deploying(orders, billing, strategy=steps(25, bake="1s"), hooks=hooks)

    then.it_succeeds(deployment)
    assert (orders.routing(), billing.routing()) == ("2", "2")
    said = [line["reason"].split(" ") for line in deployment.timeline() if line["state"] == "hooked"]
    assert [(words[0], words[-2]) for words in said] == [
        ("beforeTraffic", "0"),
        ("beforeStep", "25"),
        ("afterStep", "25"),
        ("beforeStep", "100"),
        ("afterStep", "100"),
        ("afterTraffic", "100"),
    ]


def test_a_hook_that_says_no_before_traffic_leaves_the_aliases_as_they_were(
    given: Given, when: When, then: Then
) -> None:
    orders, billing, check = given.a_function(), given.a_function(), given.a_hook(SAYS_NO)
    before = [orders.alias_but_revision(), billing.alias_but_revision()]

    deployment = when.deploying(orders, billing, hooks={"beforeTraffic": check.name})

    then.it_fails(
        deployment,
        "RolledBack",
        f"HookFailedError: hook beforeTraffic ({check.name}) said FAILED",
        f"no room for ['{orders.name}', '{billing.name}']",
    )
    assert [orders.alias_but_revision(), billing.alias_but_revision()] == before
    then.the_claim_is_free(orders, billing)


def test_a_hook_that_crashes_puts_the_alias_back_and_names_its_log_group(
    given: Given, when: When, then: Then
) -> None:
    orders, check = given.a_function(), given.a_hook(CRASHES_AT_HALF)

    deployment = when.deploying(orders, strategy=steps(25, 50, bake="1s"), hooks={"beforeStep": check.name})

    then.it_fails(
        deployment,
        "RolledBack",
        f"hook beforeStep ({check.name}) failed: Runtime.ExitError",
        f"log group /aws/lambda/{check.name}",
        f"{orders.name}:live is back on version 1",
    )
    assert orders.routing() == "1"
    then.the_claim_is_free(orders)


def test_a_hook_that_says_no_after_traffic_puts_back_what_had_all_calls(
    given: Given, when: When, then: Then
) -> None:
    orders, check = given.a_function(), given.a_hook(SAYS_NO_AFTER_A_WHILE)

    deployment = when.deploying(orders, strategy="AllAtOnce", hooks={"afterTraffic": check.name})

    when.it_has_got_to(deployment, orders, "1, 100 % to 2")
    then.it_fails(
        deployment, "RolledBack", f"afterTraffic ({check.name}) said FAILED: too slow with all calls"
    )
    assert orders.routing() == "1"
    then.the_claim_is_free(orders)


def test_an_alarm_that_turns_red_does_not_wait_for_a_hook_that_is_at_work(
    given: Given, when: When, then: Then
) -> None:
    orders, check, alarm = given.a_function(), given.a_hook(IS_AT_WORK), given.an_alarm()
    hooks, strategy = {"afterStep": check.name}, steps(25, bake="1s", final_bake=LONG_BAKE)
    deployment = when.deploying(orders, strategy=strategy, alarms=[alarm.name], hooks=hooks)
    deployment.goes_on_until(lambda: "Hook at work" in deployment.entered(), "the hook is at work")

    alarm.turns("ALARM")

    then.it_fails(deployment, "RolledBack", f"alarm {alarm.name} went into ALARM", "25 % of calls")
    assert orders.routing() == "1"


def test_a_state_machine_is_waited_for_and_its_output_decides(given: Given, when: When, then: Then) -> None:
    orders = given.a_function()
    content = given.a_machine_as_hook({"status": "SUCCEEDED", "reason": "{% $states.input.hook %}"})
    refusing = given.a_machine_as_hook(
        {"status": "FAILED", "reason": "{% $states.input.targets[0].function %}"}
    )

    deployment = when.deploying(
        orders, strategy=steps(25, bake="1s"), hooks={"beforeTraffic": content, "afterTraffic": refusing}
    )

    then.it_fails(deployment, "RolledBack", f"afterTraffic ({refusing}) said FAILED: {orders.name}")
    assert orders.routing() == "1"
    [hooked] = [line["reason"] for line in deployment.timeline() if line["state"] == "hooked"]
    assert hooked == f"beforeTraffic ({content}) SUCCEEDED: beforeTraffic"


def test_hooks_that_can_not_be_asked_touch_nothing_and_are_named_at_once(
    given: Given, when: When, then: Then
) -> None:
    orders, check = given.a_function(), given.a_hook(EXAMPLE)
    before, gone = orders.everything(), given.name("hotplug-hook")

    foreign = when.deploying(orders, hooks={"beforeTraffic": orders.name, "afterTraffic": check.name})
    missing = when.deploying(orders, hooks={"beforeStep": gone, "afterStep": f"{check.name}:live"})

    then.it_fails(
        foreign,
        "InvalidRequest",
        f"hooks.beforeTraffic: got {orders.name}; allowed: names that match hotplug-",
    )
    then.it_fails(
        missing, "InvalidRequest", f"hooks.beforeStep: got {gone}", "hooks.afterStep", "that exists"
    )
    assert orders.everything() == before
