"""Twenty and fifty functions as one: within Lambda's quota, in time, in size, and all or none."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from hotplug.core.deployment.transition import State
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.function import LAMBDA_CALLS_A_SECOND
from hotplug.handlers.guard import guard
from tests.contract.analysis.names import file_of
from tests.contract.analysis.template import load_template, resources
from tests.fakes import RED, a_zip, sha_of
from tests.fakes.control_plane import OWN_QUOTA, CountedCloud
from tests.support.guarding import turned_red
from tests.support.machine.execution import Execution
from tests.support.machine.interpreter import Perform
from tests.support.machine.tasks import carried_out

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


def a_release(cloud: CountedCloud, perform: Perform | None = None, **more: Any) -> Execution:
    """Each function with an alarm of its own, two steps."""
    listed = [{"name": name, "alarms": [f"{name}-errors"]} for name in functions(cloud)]
    steps = [{"percent": 10, "bake": "5m"}, {"percent": 50, "bake": "5m"}]
    strategy = {"type": "steps", "steps": steps}
    request = {"functions": listed, "strategy": strategy, "pollSeconds": 60} | more
    return Execution(cloud, request, perform=perform)


def routings(cloud: CountedCloud) -> set[str]:
    return {str(cloud.routing(f"{name}:live")) for name in functions(cloud)}


def during(cloud: CountedCloud, does: Callable[[], object]) -> list[tuple[str, str]]:
    """The calls that count for the quota, while something is done."""
    before = len(cloud.plane.limited())
    does()
    return [(call.operation, call.function) for call in cloud.plane.limited()[before:]]


@pytest.mark.slow
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
    assert counted["GetAlias"] == (3 + looks) * count  # plan, claim, the way back and the report look as well


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


@pytest.mark.slow
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
    release.assign(reason="asked for")

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


@dataclass
class Longest:
    """Of each use case the most seconds that it took, and the most characters that went in or out of it."""

    cloud: CountedCloud
    seconds: dict[str, float] = field(default_factory=dict)
    size: dict[str, int] = field(default_factory=dict)

    def perform(self, state: str, resource: str, arguments: Json) -> Json:
        begun, name = self.cloud.now(), file_of(state)
        answer: Json = carried_out(resource, arguments, self.cloud)
        took = (self.cloud.now() - begun).total_seconds()
        self.seconds[name] = max(self.seconds.get(name, 0.0), took)
        self.size[name] = max(self.size.get(name, 0), *(len(json.dumps(it)) for it in (arguments, answer)))
        return answer


@pytest.mark.slow
def test_with_fifty_functions_no_task_comes_near_its_timeout() -> None:
    cloud = a_shop(50, UpdateFunctionCode=2.5, UpdateAlias=0.12, PublishVersion=0.3, GetFunction=0.1)
    cloud.has_object("artifacts", "app.zip", a_zip("better"))
    longest, source = Longest(cloud), {"bucket": "artifacts", "key": "app.zip"}

    assert a_release(cloud, longest.perform, source=source).run() == "Deployed"

    allowed = timeouts()
    assert {task: took for task, took in longest.seconds.items() if took > allowed[task] * 0.8} == {}
    codes = {function.versions["42"].config.code_sha256 for function in cloud.functions.functions.values()}
    assert codes == {sha_of(a_zip("better"))}


def test_a_look_that_takes_long_leaves_the_rest_to_the_next() -> None:
    cloud = a_shop(50, UpdateFunctionCode=2.5)
    cloud.has_object("artifacts", "app.zip", a_zip("better"))
    longest, source = Longest(cloud), {"bucket": "artifacts", "key": "app.zip"}
    release = a_release(cloud, longest.perform, source=source).run_to("Publish")

    looked = release.publish()

    assert looked["outcome"] == "waiting"
    assert 0 < cloud.plane.counted()["UpdateFunctionCode"] < 50
    assert longest.seconds["publish"] < 35


# Size


def test_with_fifty_functions_and_long_names_everything_fits_into_a_state() -> None:
    cloud = a_shop(50, name="f{:02}-" + "n" * 60)
    smoke = [{"payload": {"words": "w" * 1_100}}]
    for name in functions(cloud):
        cloud.trials.does(name, lambda event: event)
    alias = "a" * 128
    for name in functions(cloud):
        cloud.somebody_moves(f"{name}:{alias}", Routing("41"))
    longest, strategy = Longest(cloud), "Linear20PercentEvery1Minute"
    release = a_release(cloud, longest.perform, alias=alias, smoke=smoke, strategy=strategy)
    bad = functions(cloud)[7]

    def goes_red_at_last() -> None:
        if release.variables["step"] == 3:
            cloud.alarm(f"{bad}-errors").goes(RED, "r" * 1_000)

    assert release.run(goes_red_at_last) == "Rolled back"

    assert {task: size for task, size in longest.size.items() if size > MAX_STATE} == {}
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
