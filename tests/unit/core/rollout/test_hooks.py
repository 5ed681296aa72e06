"""Hooks: whom a request may name, which are due where, what they are told, and what they may answer."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotplug.core.deployment.verdict import Verdict
from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.problem import Problem
from hotplug.core.plan.event_budget import EVENTS_PER_POLL, HOOK_EVENT_BUDGET
from hotplug.core.plan.plan import Plan
from hotplug.core.planning.hook_checks import hook_checks, outside_hooks
from hotplug.core.request.request import Request, read_request
from hotplug.core.resources.invocation import Called, Ended
from hotplug.core.rollout.hook_answer import (
    MAX_DETAILS,
    Answer,
    Status,
    answer_of_function,
    answer_of_machine,
)
from hotplug.core.rollout.hook_schedule import (
    Asking,
    Crossing,
    Moment,
    asking_from,
    execution_name,
    hook_payload,
)
from hotplug.core.rollout.polling import hook_interval
from hotplug.core.spec.hooks import HOOK, Function, Hook, HookPoint, HookState, Machine, Place, callee_of
from tests.fakes import execution_arn
from tests.support.plans import a_plan, a_planned, an_adaptive_plan, at_step, steps_of
from tests.support.unknown_keys import with_unknown_key

BEFORE_TRAFFIC, AFTER_TRAFFIC, BEFORE_STEP, AFTER_STEP = HookPoint
HERE = Place("us-east-1", "111122223333")
FUNCTION_ARN = "arn:aws:lambda:us-east-1:111122223333:function:check"
MACHINE_ARN = "arn:aws:states:us-east-1:111122223333:stateMachine:check"
EVERY = tuple(Hook(point, f"check-{point}") for point in HookPoint)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def request_of(hooks: Any, **more: Any) -> Request:
    read = read_request({"function": "orders", "hooks": hooks} | more)
    assert isinstance(read, Request), read
    return read


def problems_of(hooks: Any) -> list[Problem]:
    read = read_request({"function": "orders", "hooks": hooks})
    assert not isinstance(read, Request)
    return list(read)


# What may be asked


@pytest.mark.parametrize(
    ("call", "callee"),
    [
        pytest.param("check", Function("check", None, None), id="a name"),
        pytest.param("check:7", Function("check", "7", None), id="a version"),
        pytest.param("check:live", Function("check", "live", None), id="an alias"),
        pytest.param("check:$LATEST", Function("check", "$LATEST", None), id="unpublished"),
        pytest.param(FUNCTION_ARN, Function("check", None, HERE), id="an ARN"),
        pytest.param(f"{FUNCTION_ARN}:live", Function("check", "live", HERE), id="the ARN of an alias"),
        pytest.param(MACHINE_ARN, Machine("check", MACHINE_ARN, MACHINE_ARN, HERE), id="a state machine"),
        pytest.param(
            f"{MACHINE_ARN}:live",
            Machine("check", MACHINE_ARN, f"{MACHINE_ARN}:live", HERE),
            id="the alias of a state machine",
        ),
    ],
)
def test_a_hook_is_a_function_or_a_state_machine(call: str, callee: object) -> None:
    assert callee_of(call) == callee
    assert request_of({"beforeTraffic": call}).hooks == (Hook(BEFORE_TRAFFIC, call),)


def test_an_execution_is_named_without_the_version_that_it_was_started_by() -> None:
    machine = callee_of(f"{MACHINE_ARN}:3")
    assert isinstance(machine, Machine)
    assert machine.execution("d-1") == execution_arn("d-1", MACHINE_ARN)


def test_a_hook_may_take_its_time_an_hour_unless_it_is_said() -> None:
    read = request_of({"afterStep": {"function": "check", "timeout": "5m"}, "beforeStep": "check"})
    assert [(hook.point, hook.timeout_seconds) for hook in read.hooks] == [
        (BEFORE_STEP, 3600),
        (AFTER_STEP, 300),
    ]


@pytest.mark.parametrize(
    ("hooks", "field"),
    [
        pytest.param("check", "hooks", id="no object"),
        pytest.param({"before": "check"}, "hooks.before", id="a place that is none"),
        pytest.param({"beforeStep": 7}, "hooks.beforeStep", id="a number"),
        pytest.param({"beforeStep": "a check"}, "hooks.beforeStep", id="no name"),
        pytest.param({"beforeStep": "check:"}, "hooks.beforeStep", id="half a qualifier"),
        pytest.param({"beforeStep": f"{FUNCTION_ARN}\n"}, "hooks.beforeStep", id="a line more"),
        pytest.param({"beforeStep": {}}, "hooks.beforeStep.function", id="nobody"),
        pytest.param(
            {"beforeStep": {"function": "check", "timeout": "25h"}}, "hooks.beforeStep.timeout", id="too long"
        ),
        pytest.param(
            {"beforeStep": {"function": "check", "retries": 1}}, "hooks.beforeStep.retries", id="misspelt"
        ),
    ],
)
def test_what_is_no_hook_is_a_problem_of_its_field(hooks: Any, field: str) -> None:
    (problem,) = problems_of(hooks)
    assert problem.field == field


def test_every_hook_that_is_wrong_is_named() -> None:
    fields = [
        problem.field for problem in problems_of({"beforeStep": 7, "afterStep": [], "afterTraffic": ""})
    ]
    assert fields == ["hooks.afterTraffic", "hooks.beforeStep", "hooks.afterStep"]


@pytest.mark.parametrize(
    ("hook", "allowed"),
    [
        pytest.param("orders", "names that match check-*", id="another name"),
        pytest.param("hotplug_plan", "names that match check-*", id="hotplug itself, by its name"),
        pytest.param(
            FUNCTION_ARN.replace("us-east-1", "eu-west-1").replace(":check", ":check-a"),
            "account 111122223333 and Region us-east-1",
            id="another Region",
        ),
        pytest.param(
            MACHINE_ARN.replace("111122223333", "444455556666").replace(":check", ":check-a"),
            "account 111122223333 and Region us-east-1",
            id="another account",
        ),
    ],
)
def test_what_may_not_be_called_is_refused(hook: str, allowed: str) -> None:
    (problem,) = outside_hooks([Hook(AFTER_STEP, hook)], "check-*", execution_arn("d-1"), "hotplug")
    assert (problem.field, problem.given) == ("hooks.afterStep", hook)
    assert allowed in problem.allowed


def test_hotplug_itself_is_no_hook_whatever_the_parameter_says() -> None:
    (problem,) = outside_hooks([Hook(AFTER_STEP, "hotplug_plan")], "*", execution_arn("d-1"), "hotplug")
    assert problem.allowed == "no function of hotplug itself"
    assert outside_hooks([Hook(AFTER_STEP, "check")], "*", execution_arn("d-1"), "hotplug") == ()


def test_an_installation_that_may_call_nothing_says_so() -> None:
    (problem,) = outside_hooks([Hook(AFTER_STEP, "check")], "", execution_arn("d-1"), "")
    assert problem.allowed == "names that match nothing: none"


def test_hooks_that_are_not_there_or_can_not_be_waited_for_are_obstacles() -> None:
    hooks = [Hook(BEFORE_TRAFFIC, "gone"), Hook(AFTER_TRAFFIC, MACHINE_ARN), Hook(AFTER_STEP, "check")]
    hooks.append(Hook(BEFORE_STEP, MACHINE_ARN))
    found = {AFTER_TRAFFIC: HookState(is_express=True), AFTER_STEP: HookState("/logs")}
    said = {problem.field: problem.allowed for problem in hook_checks(hooks, found)}
    assert list(said) == ["hooks.beforeTraffic", "hooks.afterTraffic", "hooks.beforeStep"]
    assert "type STANDARD" in said["hooks.afterTraffic"]


# With all calls before the promotion


@pytest.mark.parametrize(
    ("strategy", "percents"),
    [
        pytest.param("AllAtOnce", [100], id="all at once"),
        pytest.param("Canary10Percent5Minutes", [10, 100], id="a canary"),
        pytest.param({"type": "canary", "percent": 5, "bake": 60, "finalBake": 60}, [5, 100], id="it bakes"),
    ],
)
def test_before_a_hook_after_traffic_the_candidate_has_all_calls(strategy: Any, percents: list[int]) -> None:
    steps = request_of({"afterTraffic": "check"}, strategy=strategy).steps
    assert [step.percent for step in steps] == percents


def test_an_adaptive_climb_ends_with_all_calls_too() -> None:
    strategy = {"type": "adaptive", "bake": 0}
    assert request_of({"afterTraffic": "check"}, strategy=strategy).steps[-1].percent == 100
    assert request_of({"afterStep": "check"}, strategy=strategy).steps[-1].percent == 50


# What is due


def due(plan: Plan, moment: Moment, now: int | None, following: int) -> list[str]:
    return [str(hook.point) for hook in Crossing(plan, moment, now, following).due()]


THREE = a_plan(steps=steps_of((10, 60), (50, 60), (100, 0)), hooks=EVERY)


@pytest.mark.parametrize(
    ("moment", "now", "following", "points"),
    [
        pytest.param(Moment.START, None, 0, ["beforeTraffic", "beforeStep"], id="at the start"),
        pytest.param(Moment.ADVANCE, 0, 1, ["afterStep", "beforeStep"], id="between two steps"),
        pytest.param(Moment.PROMOTE, 2, 3, ["afterStep", "afterTraffic"], id="before the promotion"),
    ],
)
def test_hooks_are_asked_in_their_order(
    moment: Moment, now: int | None, following: int, points: list[str]
) -> None:
    assert due(THREE, moment, now, following) == points


def test_where_nobody_is_to_be_shifted_both_hooks_of_traffic_come_before_the_promotion() -> None:
    plan = a_plan(a_planned(stable=None, revision=None), steps=(), hooks=EVERY)
    crossing = Crossing(plan, Moment.START, None, 0)
    assert [hook.point for hook in crossing.due()] == [BEFORE_TRAFFIC, AFTER_TRAFFIC]
    assert crossing.onward is Verdict.PROMOTE


def test_only_those_that_were_asked_for_are_due() -> None:
    plan = a_plan(steps=THREE.steps, hooks=[Hook(AFTER_STEP, "check")])
    assert due(plan, Moment.START, None, 0) == []
    assert due(plan, Moment.ADVANCE, 0, 1) == ["afterStep"]


def test_a_candidate_that_is_to_get_fewer_calls_waits_for_nobody() -> None:
    plan = an_adaptive_plan(max_minutes=30)
    plan = Plan(**{name: getattr(plan, name) for name in plan.__slots__} | {"hooks": EVERY})
    assert due(plan, Moment.START, None, 0) == ["beforeTraffic"]
    assert due(plan, Moment.ADVANCE, 0, 1) == ["beforeStep"]
    assert due(plan, Moment.ADVANCE, 1, 3) == ["afterStep", "beforeStep"]
    assert due(plan, Moment.ADVANCE, 3, 1) == []
    assert due(plan, Moment.ADVANCE, 3, 0) == []


@pytest.mark.parametrize(
    ("point", "step"),
    [(BEFORE_TRAFFIC, None), (BEFORE_STEP, 1), (AFTER_STEP, 0), (AFTER_TRAFFIC, 0)],
)
def test_each_hook_is_about_a_step(point: HookPoint, step: int | None) -> None:
    assert Crossing(THREE, Moment.ADVANCE, 0, 1).step_of(point) == step


# What it is told


def test_a_hook_is_told_everything() -> None:
    plan = a_plan(a_planned(), a_planned("billing:live", stable=None, revision=None), hooks=EVERY)
    asking = Asking(AFTER_STEP, NOW, 2, NOW, {"run": 7})
    arn = "arn:aws:lambda:us-east-1:111122223333:function"
    assert hook_payload(at_step(plan, 1, "42", "1"), asking, 0) == {
        "schema": 1,
        "hook": "afterStep",
        "deployment": "d-1",
        "execution": execution_arn("d-1"),
        "attempt": 3,
        "step": 1,
        "steps": 2,
        "weight": 10,
        "targets": [
            {
                "function": "orders",
                "alias": "live",
                "stable": "41",
                "candidate": "42",
                "stableArn": f"{arn}:orders:41",
                "candidateArn": f"{arn}:orders:42",
            },
            {
                "function": "billing",
                "alias": "live",
                "stable": None,
                "candidate": "1",
                "stableArn": None,
                "candidateArn": f"{arn}:billing:1",
            },
        ],
        "details": {"run": 7},
        "hookDetails": {"run": 7},
        "reason": "ticket 7",
        "requestedBy": "ann",
    }


def test_before_traffic_there_is_no_step_and_no_share() -> None:
    event = hook_payload(at_step(THREE, 0, "42"), Asking.begins(BEFORE_TRAFFIC, NOW), None)
    assert (event["step"], event["weight"], event["attempt"]) == (None, 0, 1)
    assert "hookDetails" not in event


def test_an_execution_has_one_name_for_all_tries_of_one_asking_and_another_for_the_next() -> None:
    progress = at_step(THREE, 1, "42", revisions=["r-1"])
    names = {
        execution_name(progress, AFTER_STEP, 0),
        execution_name(progress, BEFORE_STEP, 0),
        execution_name(progress, AFTER_STEP, 1),
        execution_name(at_step(THREE, 1, "42", revisions=["r-2"]), AFTER_STEP, 0),
        execution_name(at_step(a_plan(deployment="d" * 80, hooks=EVERY), 1, "42"), AFTER_STEP, 0),
    }
    assert len(names) == 5
    assert max(map(len, names)) <= 80
    assert execution_name(progress, AFTER_STEP, 0) in names


# What it may answer


def answered(value: object, *, failed: bool = False) -> Answer | str:
    return answer_of_function(Called(json.dumps(value).encode(), "1", failed))


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        pytest.param({"status": "SUCCEEDED"}, Answer(Status.SUCCEEDED), id="content"),
        pytest.param({"status": "SUCCEEDED", "more": 1}, Answer(Status.SUCCEEDED), id="and more keys"),
        pytest.param({"status": "FAILED", "reason": "no"}, Answer(Status.FAILED, "no"), id="not content"),
        pytest.param({"status": "FAILED", "reason": 7}, Answer(Status.FAILED), id="a reason that is no text"),
        pytest.param(
            {"status": "IN_PROGRESS", "delaySeconds": 5, "details": [1]},
            Answer(Status.IN_PROGRESS, "", 5, [1]),
            id="at work",
        ),
        pytest.param({"hookStatus": "SUCCEEDED"}, Answer(Status.SUCCEEDED), id="content, for ECS"),
        pytest.param({"hookStatus": "FAILED"}, Answer(Status.FAILED), id="not content, for ECS"),
        pytest.param(
            {"hookStatus": "FAILED", "reason": "no"}, Answer(Status.FAILED, "no"), id="and why, for ECS"
        ),
        pytest.param({"hookStatus": "IN_PROGRESS"}, Answer(Status.IN_PROGRESS), id="at work, for ECS"),
        pytest.param(
            {"hookStatus": "IN_PROGRESS", "callBackDelay": 60, "hookDetails": {"run": 7}},
            Answer(Status.IN_PROGRESS, "", 60, {"run": 7}),
            id="at work with all, for ECS",
        ),
        pytest.param(
            {"status": "IN_PROGRESS", "hookStatus": "IN_PROGRESS", "delaySeconds": 9, "callBackDelay": 9},
            Answer(Status.IN_PROGRESS, "", 9),
            id="for both",
        ),
        pytest.param({"status": "Succeeded"}, Answer(Status.SUCCEEDED), id="content, for CodeDeploy"),
        pytest.param({"status": "Failed"}, Answer(Status.FAILED), id="not content, for CodeDeploy"),
        pytest.param(
            {"deploymentId": "d-1", "lifecycleEventHookExecutionId": "e-1", "status": "Failed"},
            Answer(Status.FAILED),
            id="what it told CodeDeploy",
        ),
    ],
)
def test_an_answer_is_read(value: object, answer: Answer) -> None:
    assert answered(value) == answer
    if answer.status is not Status.IN_PROGRESS:
        assert answer_of_machine(Ended("SUCCEEDED", json.dumps(value))) == answer


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param(None, "answered null", id="nothing"),
        pytest.param("SUCCEEDED", 'answered "SUCCEEDED"', id="the word alone"),
        pytest.param({"status": "Done"}, "its status must be", id="another word"),
        pytest.param({}, "its status or hookStatus must be", id="no status"),
        pytest.param({"hookStatus": "Done"}, "its hookStatus must be", id="another word, as ECS spells it"),
        pytest.param({"hookStatus": 7}, "its hookStatus must be", id="no word, as ECS spells it"),
        pytest.param(
            {"hookStatus": "IN_PROGRESS", "callBackDelay": -1}, "its callBackDelay must be", id="before now"
        ),
        pytest.param(
            {"hookStatus": "IN_PROGRESS", "callBackDelay": "soon"}, "its callBackDelay must be", id="soon"
        ),
        pytest.param(
            {"hookStatus": "IN_PROGRESS", "hookDetails": "x" * MAX_DETAILS},
            "its hookDetails must be",
            id="too much, as ECS spells it",
        ),
        pytest.param(
            {"status": "SUCCEEDED", "hookStatus": "FAILED"},
            "its status and its hookStatus must say the same",
            id="yes and no",
        ),
        pytest.param(
            {"status": "IN_PROGRESS", "delaySeconds": 5, "callBackDelay": 6},
            "its delaySeconds and its callBackDelay must say the same",
            id="two delays",
        ),
        pytest.param(
            {"lifecycleEventHookExecutionId": "e-1"}, "hotplug is no CodeDeploy", id="CodeDeploy's own answer"
        ),
        pytest.param({"status": ["FAILED"]}, "its status must be", id="no word"),
        pytest.param({"status": "IN_PROGRESS", "delaySeconds": 0}, "its delaySeconds must be", id="at once"),
        pytest.param({"status": "IN_PROGRESS", "delaySeconds": "5"}, "its delaySeconds must be", id="a text"),
        pytest.param(
            {"status": "IN_PROGRESS", "details": "x" * MAX_DETAILS}, "its details must be", id="too much"
        ),
        pytest.param(
            {"status": "IN_PROGRESS", "details": "\ud800"}, "its details must be", id="half a character"
        ),
        pytest.param(
            {"status": "IN_PROGRESS", "details": float("nan")}, "its details must be", id="not a number"
        ),
    ],
)
def test_what_is_no_answer_is_said(value: object, said: str) -> None:
    answer = answered(value)
    assert isinstance(answer, str)
    assert said in answer


def test_a_failure_is_told_with_its_type() -> None:
    tale = {"errorType": "KeyError", "errorMessage": "'tea'", "stackTrace": []}
    assert answered(tale, failed=True) == "failed: KeyError: 'tea'"
    assert answered("gone", failed=True) == 'failed: "gone"'
    assert answer_of_function(Called(b"<html>", "1", failed=False)) == "answered no JSON: <html>"


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        pytest.param(Ended("FAILED", "Tea: none"), "ended FAILED: Tea: none", id="it failed"),
        pytest.param(Ended("TIMED_OUT", ""), "ended TIMED_OUT: ", id="it timed out"),
        pytest.param(Ended("SUCCEEDED", ""), "ended without an output", id="it says nothing"),
        pytest.param(Ended("SUCCEEDED", "7"), "answered 7, which is no answer", id="it says something else"),
        pytest.param(
            Ended("SUCCEEDED", '{"status": "IN_PROGRESS"}'),
            "ended, and its output says IN_PROGRESS",
            id="it says that it is at work",
        ),
    ],
)
def test_an_execution_that_is_over_has_answered_or_failed(ended: Ended, said: str) -> None:
    answer = answer_of_machine(ended)
    assert isinstance(answer, str)
    assert answer.startswith(said)


# As it travels


@pytest.mark.parametrize(
    "hook", [*EVERY, Hook(AFTER_STEP, MACHINE_ARN, 60), Hook(BEFORE_STEP, "check", 60, "/logs")]
)
def test_a_hook_travels_in_the_plan(hook: Hook) -> None:
    plan = a_plan(hooks=[hook])
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_plan_without_hooks_does_not_speak_of_them() -> None:
    assert "hooks" not in a_plan().to_json()


@pytest.mark.parametrize(
    "more", [{"point": "later"}, {"call": "a b"}, {"timeoutSeconds": 0}, {"logGroup": 7}], ids=str
)
def test_a_hook_in_a_plan_that_can_not_be_read_is_not_guessed_at(more: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        HOOK(HOOK.write(Hook(AFTER_STEP, "check")) | more)


def test_where_asking_stands_travels_through_the_machine() -> None:
    asking = Asking.begins(AFTER_STEP, NOW).goes_on(NOW + timedelta(seconds=30), {"run": 7})
    assert asking_from(json.loads(json.dumps(asking.to_json()))) == asking
    assert asking_from({}) is None


def test_where_asking_stood_in_an_earlier_release_is_read_and_written_as_it_was() -> None:
    golden = json.loads((Path(__file__).parents[3] / "golden" / "hook-1.json").read_text())
    nine = datetime(2026, 11, 24, 9, tzinfo=UTC)
    asking = Asking.begins(AFTER_STEP, nine).goes_on(nine + timedelta(seconds=30), {"run": 7})
    assert asking_from(with_unknown_key(golden, ())) == asking
    assert json.dumps(asking.to_json()) == json.dumps(golden)


# How often it is looked at


@pytest.mark.parametrize("timeout_seconds", [1, 60, 3600, 24 * 3600])
@pytest.mark.parametrize("count", [1, 10, 200], ids=lambda count: f"{count} steps")
def test_all_hooks_may_take_all_of_their_time(count: int, timeout_seconds: int) -> None:
    hooks = [Hook(point, "check", timeout_seconds) for point in HookPoint]
    plan = a_plan(steps=steps_of(*((step, 1) for step in range(1, count + 1))), hooks=hooks)
    elapsed, looks = 0, 0
    while elapsed < timeout_seconds:
        elapsed, looks = elapsed + hook_interval(plan, hooks[0], elapsed), looks + 1
    times = 2 + 2 * count
    assert looks * EVENTS_PER_POLL * times <= HOOK_EVENT_BUDGET + 3 * EVENTS_PER_POLL * times


def test_a_hook_that_has_just_begun_is_looked_at_again_soon() -> None:
    assert hook_interval(THREE, EVERY[0], 0) == 1
    assert hook_interval(THREE, EVERY[0], 1800) > 30
