"""hotplug as a target of its own: which functions are its, and the policy of its releases."""

from typing import Any

import pytest

from hotplug.core.request.alarms import WantedAlarm
from hotplug.core.request.request import Request, read_request
from hotplug.core.request.self_release import PREFIX, TASKS, TRIALS, is_self, self_policy
from hotplug.core.request.upload import read_upload
from hotplug.core.spec.on_busy import OnBusy
from hotplug.core.spec.smoke_test import read_smoke
from tests.contract.analysis.source import handlers
from tests.contract.analysis.template import load_template, resources
from tests.fakes import a_target
from tests.support.plans import steps_of

SPELT_OUT = '{"type": "steps", "steps": [{"percent": 1, "bake": "90s"}, {"percent": 50, "bake": "10m"}]}'


def policy(
    strategy: str = "AllAtOnce", *alarms: str, stack: str = "hotplug", has_router: bool = True
) -> dict[str, Any]:
    return self_policy(stack, strategy, alarms, has_router=has_router)


def request_of(policy: dict[str, Any]) -> Request:
    read = read_request(policy | {"source": {"bucket": "artifacts", "key": "hotplug/app.zip"}})
    assert isinstance(read, Request), read
    return read


def test_every_handler_that_is_a_lambda_has_a_trial_and_no_other() -> None:
    assert sorted(TRIALS) == handlers()


def test_every_task_of_the_machine_is_asked_with_a_plan_from_the_future() -> None:
    outside = {"plan", "intake", "guard", "command", "router"}
    assert set(TASKS) == set(TRIALS) - outside
    assert {TRIALS[task]["expect"]["error"] for task in TASKS} == {"PlanTooNewError"}


def test_the_template_gives_each_function_the_name_under_which_it_is_released() -> None:
    named = {
        properties["FunctionName"]["Fn::Sub"]: properties["Handler"]
        for properties in resources(load_template(), "AWS::Serverless::Function").values()
    }
    assert named == {
        f"${{AWS::StackName}}_{handler}": f"hotplug.handlers.{handler}.handler" for handler in TRIALS
    }


@pytest.mark.parametrize(
    ("function", "stack", "own"),
    [
        pytest.param("hotplug_plan", "hotplug", True, id="its name, an underscore and a handler"),
        pytest.param("hotplug_anything", "hotplug", True, id="whatever comes after it"),
        pytest.param("hotplug", "hotplug", False, id="the name alone"),
        pytest.param("hotplug-plan", "hotplug", False, id="another line between"),
        pytest.param("hotplugs_plan", "hotplug", False, id="a longer name"),
        pytest.param("my_hotplug_plan", "hotplug", False, id="in the middle"),
        pytest.param("Hotplug_plan", "hotplug", False, id="another case"),
        pytest.param("_plan", "", False, id="an installation that does not know its name"),
    ],
)
def test_what_is_its_own_begins_with_the_name_of_its_stack(function: str, stack: str, own: bool) -> None:
    assert is_self(function, stack) is own


@pytest.mark.parametrize("has_router", [True, False], ids=["with a router", "without a router"])
def test_all_its_functions_move_as_one_and_each_is_tried(has_router: bool) -> None:
    request = request_of(policy("AllAtOnce", "not-restored", "trouble", has_router=has_router))
    wanted = [handler for handler in TRIALS if has_router or handler != "router"]
    assert [target.target for target in request.targets] == [
        a_target(f"hotplug_{handler}:live") for handler in wanted
    ]
    assert [target.smoke for target in request.targets] == [
        read_smoke([TRIALS[handler]], "smoke", []) for handler in wanted
    ]
    assert request.alarms == (WantedAlarm("not-restored"), WantedAlarm("trouble"))
    assert (request.on_busy, request.force) == (OnBusy.WAIT, False)


def test_the_longest_name_of_a_stack_that_leaves_room_for_its_functions_is_taken() -> None:
    longest = "s" * (64 - len("_before_traffic"))
    assert len(request_of(policy(stack=longest)).targets) == len(TRIALS)


@pytest.mark.parametrize(
    ("strategy", "steps"),
    [
        pytest.param("Canary10Percent5Minutes", steps_of((10, 300)), id="a name"),
        pytest.param("AllAtOnce", (), id="the name of none"),
        pytest.param(SPELT_OUT, steps_of((1, 90), (50, 600)), id="spelt out as JSON"),
        pytest.param('"AllAtOnce"', (), id="a name as JSON"),
    ],
)
def test_its_strategy_is_a_name_or_spelt_out(strategy: str, steps: object) -> None:
    assert request_of(policy(strategy)).steps == steps


@pytest.mark.parametrize(
    ("strategy", "given_"),
    [
        pytest.param(SPELT_OUT[:-1], '"{\\"type\\": \\"steps\\"', id="JSON that was cut short"),
        pytest.param('{"type": "spiral"}', '"spiral"', id="a type that nobody knows"),
        pytest.param("Cannary", '"Cannary"', id="a name that nobody knows"),
        pytest.param("", '""', id="nothing"),
        pytest.param("5", "5", id="a number"),
        pytest.param("null", "null", id="null"),
        pytest.param("[" * 50_000, "[[[", id="deeper than can be read"),
    ],
)
def test_a_strategy_that_can_not_be_read_is_the_problem_of_the_request(strategy: str, given_: str) -> None:
    read = read_request(policy(strategy))
    assert not isinstance(read, Request)
    (problem,) = read
    assert problem.field.partition(".")[0] == "strategy"
    assert given_ in problem.given


def test_its_prefix_is_that_of_an_upload() -> None:
    detail = {"bucket": {"name": "artifacts"}, "object": {"key": f"{PREFIX}/any.zip"}}
    assert read_upload({"detail": detail}).prefix == PREFIX
