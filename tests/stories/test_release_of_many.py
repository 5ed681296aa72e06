"""Twenty and fifty functions as one: within Lambda's quota, in time, in size, and all or none."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hotplug.core.deployment.transition import State
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.function import LAMBDA_CALLS_A_SECOND
from hotplug.handlers.guard import guard
from tests.contract.analysis.template import load_template, resources
from tests.fakes import RED, a_zip, sha_of
from tests.fakes.control_plane import OWN_QUOTA, CountedCloud
from tests.support import execution as machine
from tests.support.execution import Execution
from tests.support.guarding import turned_red

type Json = dict[str, Any]

QUOTA = 15
"""Calls a second that Lambda's control plane takes from one account in one Region."""
MAX_STATE = 256 * 1024
MANY = pytest.mark.parametrize("count", [20, 50])


def a_shop(count: int, name: str = "f{:02}", **takes_seconds: float) -> CountedCloud:
    """So many functions on version 41, whose $LATEST holds something new, with an alarm each."""
    cloud = CountedCloud(LAMBDA_CALLS_A_SECOND, **takes_seconds)
    for at in range(count):
        function = name.format(at)
        cloud.has_function(function)
        cloud.somebody_saves(function)
        cloud.alarm(f"{function}-errors")
    return cloud


def functions(cloud: CountedCloud) -> list[str]:
    return list(cloud.functions.functions)


def a_release(cloud: CountedCloud, **more: Any) -> Execution:
    """Each function with an alarm of its own, two steps."""
    listed = [{"name": name, "alarms": [f"{name}-errors"]} for name in functions(cloud)]
    steps = [{"percent": 10, "bake": "5m"}, {"percent": 50, "bake": "5m"}]
    strategy = {"type": "steps", "steps": steps}
    return Execution(cloud, {"functions": listed, "strategy": strategy, "pollSeconds": 60} | more)


def routings(cloud: CountedCloud) -> set[str]:
    return {str(cloud.routing(f"{name}:live")) for name in functions(cloud)}


def during(cloud: CountedCloud, does: Callable[[], object]) -> list[tuple[str, str]]:
    """The calls that count for the quota, while something is done."""
    before = len(cloud.plane.limited())
    does()
    return [(call.operation, call.function) for call in cloud.plane.limited()[before:]]


@MANY
def test_with_a_bad_one_among_them_all_are_back_and_lambda_was_never_asked_too_often(count: int) -> None:
    cloud = a_shop(count)
    release = a_release(cloud)
    bad = functions(cloud)[count // 2]

    def goes_red_on_the_second_step() -> None:
        if release.variables["step"] == 1:
            cloud.alarm(f"{bad}-errors").goes(RED, "9 errors in 1 minute")

    assert release.run(goes_red_on_the_second_step) == "Rolled back"

    assert routings(cloud) == {"version 41"}
    assert f"alarm {bad}-errors went into ALARM" in release.variables["reason"]
    assert cloud.plane.busiest_second() <= LAMBDA_CALLS_A_SECOND < QUOTA
    counted = cloud.plane.counted()
    assert counted["UpdateAlias"] == 4 * count  # the way back is tried, two steps, and the way back
    assert counted["PublishVersion"] == count
    looks = 1 + 6  # five polls of the first bake, one of the second
    assert counted["GetAlias"] == (2 + looks) * count  # plan, claim and the way back look as well


@MANY
def test_the_guard_puts_all_back_between_two_polls_within_the_same_rate(count: int) -> None:
    cloud = a_shop(count)
    release = a_release(cloud).shifted()
    assert routings(cloud) == {"version 41 with 10 % to version 42"}
    cloud.alarm(f"{functions(cloud)[0]}-errors").goes(RED, "9 errors in 1 minute")
    begun = cloud.now()

    guard(turned_red(f"{functions(cloud)[0]}-errors"), cloud)

    assert routings(cloud) == {"version 41"}
    assert cloud.plane.busiest_second() <= LAMBDA_CALLS_A_SECOND
    assert (cloud.now() - begun).total_seconds() <= 2 * count / LAMBDA_CALLS_A_SECOND
    assert release.watch()["verdict"] == "roll_back"


@MANY
def test_a_good_release_is_live_everywhere_within_the_same_rate(count: int) -> None:
    cloud = a_shop(count)

    assert a_release(cloud).run() == "Deployed"

    assert routings(cloud) == {"version 42"}
    assert cloud.plane.busiest_second() <= LAMBDA_CALLS_A_SECOND


# How long the set is split


@MANY
def test_a_shift_is_nothing_but_its_writes_one_after_the_other(count: int) -> None:
    cloud = a_shop(count)
    release = a_release(cloud).published()
    begun = cloud.now()

    asked = during(cloud, release.shift)

    assert asked == [("UpdateAlias", name) for name in functions(cloud)]
    assert (cloud.now() - begun).total_seconds() <= count / LAMBDA_CALLS_A_SECOND


@MANY
def test_the_way_back_begins_with_the_last(count: int) -> None:
    cloud = a_shop(count)
    release = a_release(cloud).shifted()
    release.variables["reason"] = "asked for"

    asked = during(cloud, release.roll_back)

    written = [function for operation, function in asked if operation == "UpdateAlias"]
    assert written == functions(cloud)[::-1]


# Time


def timeouts() -> Mapping[str, float]:
    """Of hotplug's functions, by the use case."""
    template = load_template()
    default = template["Globals"]["Function"]["Timeout"]
    found = resources(template, "AWS::Serverless::Function")
    return {
        properties["Handler"].split(".")[-2]: properties.get("Timeout", default)
        for properties in found.values()
    }


@pytest.fixture
def longest(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[float, int]]:
    """For each use case the longest time that it took, and the most that went in or out of it."""
    found: dict[str, tuple[float, int]] = {}
    called = machine._called

    def measured(task: machine.Task, event: Json, cloud: CountedCloud) -> Json:
        begun = cloud.now()
        answer = called(task, event, cloud)
        took, size = (cloud.now() - begun).total_seconds(), max(len(json.dumps(it)) for it in (event, answer))
        before = found.get(task.__name__, (0.0, 0))
        found[task.__name__] = max(before[0], took), max(before[1], size)
        return answer

    monkeypatch.setattr(machine, "_called", measured)
    return found


def test_with_fifty_functions_no_task_comes_near_its_timeout(longest: dict[str, tuple[float, int]]) -> None:
    cloud = a_shop(50, UpdateFunctionCode=2.5, UpdateAlias=0.12, PublishVersion=0.3, GetFunction=0.1)
    cloud.has_object("artifacts", "app.zip", a_zip("better"))

    assert a_release(cloud, source={"bucket": "artifacts", "key": "app.zip"}).run() == "Deployed"

    allowed = timeouts()
    assert {task: took for task, (took, _) in longest.items() if took > allowed[task] * 0.8} == {}
    codes = {function.versions["42"].config.code_sha256 for function in cloud.functions.functions.values()}
    assert codes == {sha_of(a_zip("better"))}


def test_a_look_that_takes_long_leaves_the_rest_to_the_next(longest: dict[str, tuple[float, int]]) -> None:
    cloud = a_shop(50, UpdateFunctionCode=2.5)
    cloud.has_object("artifacts", "app.zip", a_zip("better"))
    release = a_release(cloud, source={"bucket": "artifacts", "key": "app.zip"})
    release.plan()
    release.claim()

    looked = release.publish()

    assert looked["outcome"] == "waiting"
    assert 0 < cloud.plane.counted()["UpdateFunctionCode"] < 50
    assert longest["publish"][0] < 35


# Size


def test_with_fifty_functions_and_long_names_everything_fits_into_a_state(
    longest: dict[str, tuple[float, int]],
) -> None:
    cloud = a_shop(50, name="f{:02}-" + "n" * 60)
    smoke = [{"payload": {"words": "w" * 1_100}}]
    for name in functions(cloud):
        cloud.trials.does(name, lambda event: event)
    alias = "a" * 128
    for name in functions(cloud):
        cloud.somebody_moves(f"{name}:{alias}", Routing("41"))
    release = a_release(cloud, alias=alias, smoke=smoke, strategy="Linear20PercentEvery1Minute")
    bad = functions(cloud)[7]

    def goes_red_at_last() -> None:
        if release.variables["step"] == 3:
            cloud.alarm(f"{bad}-errors").goes(RED, "r" * 1_000)

    assert release.run(goes_red_at_last) == "Rolled back"

    assert {task: size for task, (_, size) in longest.items() if size > MAX_STATE} == {}
    lines = cloud.ledger.timeline("d-1")
    assert {line["state"] for line in lines} >= {State.SHIFTED, State.RESTORED, State.CLOSED}


def test_a_plan_that_would_not_fit_is_refused_before_anything_is_touched() -> None:
    cloud = a_shop(50)
    for name in functions(cloud):
        for at in range(20):
            cloud.alarm(f"{name}-{at}-" + "x" * 200)
    listed = [
        {"name": name, "alarms": [f"{name}-{at}-" + "x" * 200 for at in range(20)]}
        for name in functions(cloud)
    ]

    release = a_release(cloud, functions=listed)

    assert release.run() == "Invalid request"
    assert "functions: got a plan of 2" in release.variables["reason"]
    reads = {OWN_QUOTA, "GetAlias", "GetPolicy", "ListEventSourceMappings", "GetAccountSettings"}
    assert cloud.plane.counted().keys() <= reads
