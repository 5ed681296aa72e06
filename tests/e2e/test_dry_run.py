"""A dry run touches nothing, and says how many states the deployment after it enters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

import pytest

from tests.e2e.cast import Deployment, Function
from tests.e2e.story import Given, Then, When, steps

pytestmark = pytest.mark.emulator

type Json = dict[str, Any]
type Ask = Callable[[Given], Json]

SELDOM = 30
"""Seconds between two polls: longer than a bake, which is looked at once."""
AT_ONCE = 4
"""Deployments: each more makes all of hotplug's functions start once more."""


@dataclass(frozen=True)
class Kind:
    """What is asked for, of functions made so."""

    name: str
    ask: Ask
    functions: int = 1
    made: Json = field(default_factory=dict)


def exactly(**request: Any) -> Ask:
    return lambda _: request


KINDS = (
    Kind("all at once", exactly(strategy="AllAtOnce")),
    Kind("canary", exactly(strategy={"type": "canary", "percent": 10, "bake": "3s"})),
    Kind("linear", exactly(strategy={"type": "linear", "percent": 25, "every": "2s"})),
    Kind("steps with a final bake", exactly(strategy=steps(5, 50, bake="2s", final_bake="2s"))),
    Kind("exponential", exactly(strategy={"type": "exponential", "start": 5, "factor": 4, "every": "2s"})),
    Kind("with alarms", lambda given: {"alarms": [given.an_alarm().name], "strategy": steps(50, bake="2s")}),
    Kind("with smoke", exactly(smoke=[{"payload": {}, "expect": {"status": 200}}], strategy=steps(50))),
    Kind("two functions", exactly(strategy=steps(50)), functions=2),
    Kind("first deployment", exactly(), made={"live": None, "published": 0}),
    Kind("a zip", lambda given: {"source": given.a_package("3"), "strategy": steps(50)}),
    Kind("unchanged", exactly(strategy=steps(5, 50)), made={"latest": None}),
    Kind(
        "looked at more than once",
        exactly(strategy={"type": "canary", "percent": 10, "bake": "12s"}, pollSeconds=6),
    ),
)


@pytest.mark.long
def test_the_deployment_that_follows_enters_as_many_states_as_were_predicted(
    given: Given, when: When, then: Then
) -> None:
    functions = {kind.name: [given.a_function(**kind.made) for _ in range(kind.functions)] for kind in KINDS}
    asked: dict[str, Json] = {kind.name: {"pollSeconds": SELDOM} | kind.ask(given) for kind in KINDS}

    predicted: dict[str, int] = {}
    real: dict[str, Deployment] = {}
    ended: dict[str, str] = {}
    for name, request in asked.items():
        dry = when.deploying(*functions[name], dryRun=True, **request)
        predicted[name] = then.it_succeeds(dry, "dry_run")["transitions"]["expected"]
    for names in batched(asked, AT_ONCE, strict=False):
        real |= {name: when.deploying(*functions[name], **asked[name]) for name in names}
        ended |= {name: then.it_ends(real[name])["status"] for name in names}

    assert ended == dict.fromkeys(asked, "SUCCEEDED")
    counted = {name: len(run.entered()) for name, run in real.items()}
    assert counted == predicted | {"a zip": predicted["a zip"] + 3 * more_looks_at_the_package(real["a zip"])}


def more_looks_at_the_package(deployment: Deployment) -> int:
    """Than the one that a dry run expects: how long Lambda takes over a package is not for hotplug to say."""
    return deployment.entered().count("Not ready yet") - 1


def test_a_dry_run_leaves_nothing_behind_but_its_answer(given: Given, when: When, then: Then) -> None:
    orders, alarm = given.a_function(), given.an_alarm("INSUFFICIENT_DATA")
    before = orders.everything()

    dry = when.deploying(
        orders, source=given.a_package("3"), strategy=steps(5, 50), alarms=[alarm.name], dryRun=True
    )

    report = then.it_succeeds(dry, "dry_run")
    assert [stage["percent"] for stage in report["timeline"]] == [5, 50, 100]
    assert f"warning: alarms: {alarm.name} has no data" in "\n".join(report["lines"])
    assert dry.entered() == ["Plan", "Refused?", "Dry run"]
    assert orders.everything() == before
    assert dry.timeline() == []
    then.the_claim_is_free(orders)


def test_a_dry_run_hears_of_all_that_blocks_the_deployment(given: Given, when: When, then: Then) -> None:
    orders, missing = given.a_function(latest=None), given.name("missing")

    dry = when.deploying(orders, source="previous", alarms=[missing], dryRun=True)

    then.it_fails(
        dry,
        "InvalidRequest",
        "2 problems, nothing was touched",
        f"no version of {orders.name}:live older than 1 is remembered",
        f"alarms: got {missing}",
    )


def test_going_back_names_no_version_and_is_not_stopped_by_what_is_red(
    given: Given, when: When, then: Then
) -> None:
    orders, alarm = given.a_function(), given.an_alarm()
    then.it_succeeds(when.deploying(orders, strategy="AllAtOnce"))
    assert orders.routing() == "2"

    back = when.deploying(orders, source="previous", strategy=steps(10, 50), alarms=[alarm.name])
    when.it_has_got_to(back, orders, "2, 10 % to 1")
    alarm.turns("ALARM")

    assert then.it_succeeds(back)["targets"][0]["to"] == "1"
    assert orders.routing() == "1"


def test_after_going_back_an_upload_waits_until_somebody_releases_its_target(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function()
    then.it_succeeds(when.deploying(orders, strategy="AllAtOnce"))
    then.it_succeeds(when.deploying(orders, source="previous", strategy="AllAtOnce"))

    forward: dict[str, Any] = {"source": {"version": "2"}, "strategy": "AllAtOnce"}
    then.it_fails(when.deploying(orders, **forward), "TargetBusy", f"{orders.name}:live is held")
    waiter = when.deploying(orders, **forward, onBusy="wait")
    when.it_stands_in_line(waiter)
    assert orders.routing() == "1"
    assert when.told("release", target=f"{orders.name}:live")["outcome"] == "accepted"

    then.it_succeeds(waiter)
    assert orders.routing() == "2"


def test_the_previous_version_is_known_to_a_dry_run(given: Given, when: When, then: Then) -> None:
    orders: Function = given.a_function()
    then.it_succeeds(when.deploying(orders, strategy="AllAtOnce"))

    report = then.it_succeeds(when.deploying(orders, source="previous", dryRun=True), "dry_run")

    assert (report["targets"][0]["from"], report["targets"][0]["source"]) == ("2", {"version": "1"})
