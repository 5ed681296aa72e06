"""API Gateway answers a request from the version that it names, and everybody else from the live alias."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from math import sqrt

import pytest

from tests.e2e.api import AT_A_TIME, Answer, Api
from tests.e2e.cast import ALIAS, Function
from tests.e2e.story import LONG_BAKE, Given, Then, When, steps
from tests.e2e.world import PATIENCE_SECONDS, World, eventually

pytestmark = pytest.mark.emulator

CALLERS = [f"caller-{number}" for number in range(40)]


@pytest.fixture
def api(world: World) -> Iterator[Api]:
    with Api.at(world.router) as api:
        yield api


def by_name(api: Api, function: Function, version: str) -> Answer:
    return api.call(f"{function.name}/orders?version={version}")


def test_a_preview_is_reached_by_name_and_disturbs_nobody(
    given: Given, when: When, then: Then, api: Api
) -> None:
    orders = given.a_function()

    preview = when.deploying(orders, strategy=steps(0, bake=LONG_BAKE))
    when.it_has_got_to(preview, orders, "1, 0 % to 2")

    eventually(lambda: by_name(api, orders, "2").edition == "fresh", "version 2 answers to its name")
    assert by_name(api, orders, "candidate").version == "2"
    assert by_name(api, orders, "1").edition == "1"
    assert by_name(api, orders, "stable").version == "1"
    assert by_name(api, orders, "live").version == "1"
    assert {answer.version for answer in api.calls(f"{orders.name}/orders", 40)} == {"1"}
    when.it_is_stopped(preview)
    then.the_guard_settles_it(preview, orders)


def test_a_preview_goes_on_when_its_bake_ends(given: Given, when: When, then: Then, api: Api) -> None:
    orders = given.a_function()

    then.it_succeeds(when.deploying(orders, strategy=steps(0)))

    assert api.call(f"{orders.name}/orders").version == "2"
    eventually(lambda: by_name(api, orders, "previous").version == "1", "the last good version is known")


@pytest.mark.parametrize("calls", [400, pytest.param(2_000, marks=pytest.mark.long)])
def test_at_25_percent_both_serve_within_statistical_limits(given: Given, api: Api, calls: int) -> None:
    orders = given.a_function(published=2, latest=None)
    orders.point("1", {"2": 0.25})

    served = Counter(answer.version for answer in api.calls(f"{orders.name}/orders", calls))

    assert set(served) == {"1", "2"}
    expected, deviation = 0.25 * calls, sqrt(calls * 0.25 * 0.75)
    assert abs(served["2"] - expected) < 5 * deviation  # by chance once in 1.7 million runs


def test_a_caller_with_a_key_never_flips_while_the_weight_goes_up(
    given: Given, when: When, then: Then, api: Api
) -> None:
    orders = given.a_function()
    path: dict[str, list[str]] = {caller: [] for caller in CALLERS}

    deployment = when.deploying(orders, strategy=steps(5, 25, 50, 100, bake="6s"))
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while deployment.is_running() or any(way[-1:] != ["2"] for way in path.values()):
            assert time.monotonic() < give_up, "everybody ends on version 2"
            for caller, answer in zip(
                CALLERS, pool.map(lambda caller: called_by(api, orders, caller), CALLERS), strict=True
            ):
                path[caller].append(str(answer.version))
            assert deployment.described()["status"] in {"RUNNING", "SUCCEEDED"}

    then.it_succeeds(deployment)
    ways = {caller: [version for version, _ in groupby(way)] for caller, way in path.items()}
    assert set(map(tuple, ways.values())) <= {("1", "2"), ("2",)}
    shares = {sum(way[at] == "2" for way in path.values()) for at in range(min(map(len, path.values())))}
    assert len(shares) > 2, "callers moved in steps, not all at once"


def called_by(api: Api, function: Function, caller: str) -> Answer:
    return api.call(f"{function.name}/orders", headers=[("x-user", caller)])


def test_after_a_rollback_nobody_reaches_the_candidate(
    given: Given, when: When, then: Then, api: Api, world: World
) -> None:
    orders, alarm = given.a_function(), given.an_alarm()
    deployment = when.deploying(orders, strategy=steps(50, bake=LONG_BAKE), alarms=[alarm.name])
    when.it_has_got_to(deployment, orders, "1, 50 % to 2")
    eventually(lambda: by_name(api, orders, "2").version == "2", "version 2 answers to its name")
    eventually(
        lambda: {called_by(api, orders, caller).version for caller in CALLERS} == {"1", "2"},
        "callers are on both sides",
    )

    alarm.turns("ALARM")
    then.it_fails(deployment, "RolledBack", alarm.name)

    eventually(lambda: by_name(api, orders, "2").status == 404, "version 2 answers to its name no more")
    eventually(lambda: served_by_all(api, orders) == {"1"}, "all are on version 1")
    assert {answer.version for answer in api.calls(f"{orders.name}/orders", 40)} == {"1"}
    assert by_name(api, orders, "candidate").status == 404


def served_by_all(api: Api, function: Function) -> set[str | None]:
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return {answer.version for answer in pool.map(lambda one: called_by(api, function, one), CALLERS * 2)}


def test_what_may_not_be_reached_is_not_told_from_what_is_not_there(given: Given, api: Api) -> None:
    orders = given.a_function(published=2, latest=None)

    there, not_there = by_name(api, orders, "2"), by_name(api, orders, "99")

    assert (there.status, not_there.status) == (404, 404)
    assert there.body == not_there.body
    assert by_name(api, orders, "%24LATEST").status == 400
    assert api.call("hotplug-plan/orders").body == api.call("nothing/orders").body
    assert by_name(api, orders, "41;DROP").headers["content-type"] == "application/problem+json"


def test_a_caller_without_a_key_is_given_one_and_keeps_its_side(given: Given, api: Api) -> None:
    orders = given.a_function(published=2, latest=None)
    orders.point("1", {"2": 0.5})

    first = api.call(f"{orders.name}/orders")
    cookie = first.headers["set-cookie"].partition(";")[0]
    later = [
        api.call(f"{orders.name}/orders", headers=[("Cookie", f"theme=dark; {cookie}")]) for _ in range(10)
    ]

    assert cookie.startswith("hotplug-affinity=")
    assert {answer.version for answer in later} == {first.version}
    assert not any("set-cookie" in answer.headers for answer in later)


def test_calls_are_counted_by_the_version_that_served_them(given: Given, api: Api, world: World) -> None:
    orders = given.a_function(published=2, latest=None)
    orders.point("1", {"2": 0.5})
    served = Counter(str(answer.version) for answer in (called_by(api, orders, caller) for caller in CALLERS))

    eventually(lambda: counts(world, orders) == served, f"the router's metrics show {served}")


def counts(world: World, function: Function) -> dict[str, int]:
    """Calls by version, summed up from the embedded metrics in the router's log as CloudWatch does."""
    counted: Counter[str] = Counter()
    pages = (
        world.aws.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=f"/aws/lambda/{world.part('RouterFunction')}",
            filterPattern=f'"{function.name}:{ALIAS}"',
        )
    )
    for event in (event for page in pages for event in page["events"]):
        if event["message"].startswith("{") and "Version" in (line := json.loads(event["message"])):
            counted[line["Version"]] += int(line["Calls"][0])
    return dict(counted)
