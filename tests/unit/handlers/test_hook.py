"""Hook asks what is due, waits for what is at work, and sees meanwhile what a bake would see."""

from collections.abc import Mapping
from typing import Any

import pytest

from hotplug.core.deployment.transition import Outcome
from hotplug.core.errors import HookFailedError, HotplugError, TrippedError, TryAgainError, UnreadableError
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.function import LATEST
from hotplug.core.resources.invocation import INVOKE_ERRORS, NOT_NOW, CallFailure
from hotplug.core.spec.hooks import callee_of
from tests.fakes import RED, InMemoryCloud
from tests.support.machine.execution import Execution, attempt

type Json = dict[str, Any]

STEPS = {"type": "steps", "steps": [{"percent": 10, "bake": "1m"}, {"percent": 50, "bake": "1m"}]}
MACHINE_ARN = "arn:aws:states:us-east-1:111122223333:stateMachine:check"
CONTENT = {"status": "SUCCEEDED"}
AT_WORK = {"status": "IN_PROGRESS", "delaySeconds": 90, "details": {"run": 7}}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders with something new, an alarm, and somebody who checks and is content."""
    cloud.has_function("orders", versions=["40", "41"])
    cloud.somebody_saves("orders")
    cloud.has_function("check", alias=None)
    cloud.executions.has_machine(MACHINE_ARN)
    cloud.alarm("errors")
    cloud.hooks.answers("check", CONTENT)
    return cloud


def deploying(cloud: InMemoryCloud, **hooks: Any) -> Execution:
    request = {"function": "orders", "strategy": STEPS, "alarms": ["errors"], "hooks": hooks}
    return Execution(cloud, request)


def baked_once(cloud: InMemoryCloud, **hooks: Any) -> Execution:
    """The first step is over, and the second is next."""
    execution = deploying(cloud, **hooks).shifted()
    cloud.passes(60)
    assert execution.watch()["verdict"] == "advance"
    return execution


def failure(execution: Execution) -> str:
    with pytest.raises(HookFailedError) as failed:
        execution.hook()
    return str(failed.value)


def told(cloud: InMemoryCloud) -> list[Json]:
    return [made.event for made in cloud.hooks.made]


def lines(cloud: InMemoryCloud) -> list[Mapping[str, Any]]:
    return [line for line in cloud.ledger.timeline("d-1") if line["state"] == "hooked"]


# One that is content


def test_a_hook_that_is_content_lets_the_deployment_go_on(shop: InMemoryCloud) -> None:
    execution = deploying(shop, beforeTraffic="check").published()
    answer = execution.hook()
    assert (answer["verdict"], answer["hook"]) == ("advance", {})
    (event,) = told(shop)
    assert (event["hook"], event["weight"], event["attempt"]) == ("beforeTraffic", 0, 1)
    (line,) = lines(shop)
    assert line["key"] == "hooked#00000#beforeTraffic"
    assert line["reason"] == "beforeTraffic (check) SUCCEEDED"
    assert line["targets"][0]["percent"] == 0


@pytest.mark.parametrize(
    ("call", "qualifier"), [("check", LATEST), ("check:41", "41")], ids=["unpublished", "a version"]
)
def test_it_is_called_as_the_request_names_it(shop: InMemoryCloud, call: str, qualifier: str) -> None:
    deploying(shop, beforeTraffic=call).published().hook()
    assert [(made.function, made.qualifier) for made in shop.hooks.made] == [("check", qualifier)]


def test_the_next_hook_is_asked_at_the_next_look(shop: InMemoryCloud) -> None:
    execution = baked_once(shop, afterStep="check", beforeStep="check")
    first = execution.hook()
    assert (first["verdict"], first["wait"], first["hook"]["point"]) == ("hold", 0, "beforeStep")
    assert execution.hook()["verdict"] == "advance"
    assert [(event["hook"], event["step"], event["weight"]) for event in told(shop)] == [
        ("beforeStep", 1, 10),
        ("afterStep", 1, 10),
        ("beforeStep", 2, 50),
    ]
    assert [(line["key"], line["targets"][0]["percent"]) for line in lines(shop)] == [
        ("hooked#00000#afterStep", 10),
        ("hooked#00000#beforeStep", 0),
        ("hooked#00001#beforeStep", 10),
    ]


def test_before_the_promotion_the_candidate_has_all_calls(shop: InMemoryCloud) -> None:
    execution = deploying(shop, afterTraffic="check").baked()
    assert shop.routing("orders:live") == Routing("41", (("42", 100),))  # type: ignore[arg-type]
    assert execution.hook()["verdict"] == "promote"
    assert [(event["step"], event["weight"]) for event in told(shop)] == [(3, 100)]


def test_where_no_hook_is_due_it_goes_on(shop: InMemoryCloud) -> None:
    assert deploying(shop, afterTraffic="check").published().hook()["verdict"] == "advance"
    assert told(shop) == []


def test_repeating_it_asks_again_and_writes_one_line(shop: InMemoryCloud) -> None:
    execution = deploying(shop, beforeTraffic="check").published()
    shop.ledger.fails_next("append", TryAgainError("Rate exceeded"), after_effect=True)
    assert isinstance(attempt(execution.hook), TryAgainError)
    assert execution.hook()["verdict"] == "advance"
    assert [event["attempt"] for event in told(shop)] == [1, 1]
    assert len(lines(shop)) == 1


# One that is at work


def test_a_hook_that_is_at_work_is_asked_again_after_its_delay_with_its_details(shop: InMemoryCloud) -> None:
    shop.hooks.answers("check", AT_WORK)
    execution = deploying(shop, beforeTraffic="check").published()
    assert execution.hook()["verdict"] == "hold"
    waits = []
    for _ in range(3):
        waits.append(execution.variables["wait"])
        shop.passes(execution.variables["wait"])
        execution.hook()
    assert waits == [30, 30, 30]
    assert [(event["attempt"], event["details"]) for event in told(shop)] == [(1, None), (2, {"run": 7})]
    assert lines(shop) == []


def test_a_hook_has_its_time_in_all(shop: InMemoryCloud) -> None:
    shop.hooks.answers("check", AT_WORK)
    execution = deploying(shop, beforeTraffic={"function": "check", "timeout": "100s"}).published()
    began = shop.now()
    while (shop.now() - began).total_seconds() < 100:
        assert execution.hook()["verdict"] == "hold"
        shop.passes(execution.variables["wait"])
    assert (shop.now() - began).total_seconds() == 100
    assert failure(execution) == (
        "hook beforeTraffic (check) gave no final answer within 100 s (log group /aws/lambda/check)"
    )
    assert len(told(shop)) == 2


def test_an_answer_that_comes_too_late_does_not_count(shop: InMemoryCloud) -> None:
    def works(_: object) -> object:
        shop.passes(61)
        return CONTENT

    shop.hooks.does("check", works)
    execution = deploying(shop, beforeTraffic={"function": "check", "timeout": "1m"}).published()
    assert "answered SUCCEEDED, but not within 60 s" in failure(execution)


# One that is not content


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param({"status": "FAILED", "reason": "no tea"}, "said FAILED: no tea", id="it says why"),
        pytest.param({"status": "FAILED"}, "said FAILED: it gave no reason", id="it does not say why"),
        pytest.param({"ok": True}, 'answered {"ok": true}, which is no answer', id="something else"),
        pytest.param(b"<html>", "answered no JSON: <html>", id="no JSON"),
    ],
)
def test_a_hook_that_is_not_content_is_named_with_its_log_group(
    shop: InMemoryCloud, answer: object, said: str
) -> None:
    shop.hooks.answers("check", answer)
    why = failure(deploying(shop, beforeTraffic="check").published())
    assert why.startswith(f"hook beforeTraffic (check) {said}")
    assert why.endswith("(log group /aws/lambda/check)")


def test_a_hook_that_crashes_has_failed(shop: InMemoryCloud) -> None:
    shop.hooks.fails("check", KeyError("tea"))
    assert "failed: KeyError: 'tea' (log group /aws/lambda/check)" in failure(
        deploying(shop, beforeTraffic="check").published()
    )


PASSING = {CallFailure.THROTTLED, CallFailure.NOT_READY, CallFailure.LOST}


@pytest.mark.parametrize("cause", sorted({*CallFailure} - PASSING))
def test_a_call_with_an_obstacle_that_stays_has_failed(shop: InMemoryCloud, cause: CallFailure) -> None:
    shop.hooks.hinders("check", cause)
    assert "gave no answer: a text of AWS" in failure(deploying(shop, beforeTraffic="check").published())


@pytest.mark.parametrize("cause", sorted(PASSING))
def test_a_call_with_an_obstacle_that_passes_is_made_again(shop: InMemoryCloud, cause: CallFailure) -> None:
    shop.hooks.hinders("check", cause, retry_after_seconds=7)
    execution = deploying(shop, beforeTraffic="check").published()
    held = execution.hook()
    assert (held["verdict"], held["wait"]) == ("hold", 7)
    assert held["reason"] == "beforeTraffic (check) has not answered yet: a text of AWS"
    shop.passes(held["wait"])
    shop.hooks.answers("check", CONTENT)
    assert execution.hook()["verdict"] == "advance"
    assert [event["attempt"] for event in told(shop)] == [1, 1]
    assert len(lines(shop)) == 1


@pytest.mark.parametrize("code", sorted(name for name in INVOKE_ERRORS if INVOKE_ERRORS[name] in NOT_NOW))
def test_one_refusal_that_passes_is_no_answer_of_the_hook(shop: InMemoryCloud, code: str) -> None:
    shop.hooks.refuses("check", code)
    execution = deploying(shop, beforeTraffic="check").published()
    assert execution.hook()["verdict"] == "hold"
    shop.passes(execution.variables["wait"])
    assert execution.hook()["verdict"] == "advance"


def test_a_hook_that_can_never_be_called_has_its_time_too(shop: InMemoryCloud) -> None:
    shop.hooks.hinders("check", CallFailure.THROTTLED)
    execution = deploying(shop, beforeTraffic={"function": "check", "timeout": "100s"}).published()
    began = shop.now()
    while (shop.now() - began).total_seconds() < 100:
        assert execution.hook()["verdict"] == "hold"
        shop.passes(execution.variables["wait"])
    assert failure(execution) == (
        "hook beforeTraffic (check) gave no final answer within 100 s: a text of AWS"
        " (log group /aws/lambda/check)"
    )


# State machines


def execution_of(cloud: InMemoryCloud) -> str:
    [name] = [name for name in cloud.executions.started if name.startswith("d-1-")]
    return name


def test_a_state_machine_is_started_once_and_waited_for(shop: InMemoryCloud) -> None:
    execution = deploying(shop, beforeTraffic=MACHINE_ARN).published()
    assert execution.hook()["verdict"] == "hold"
    shop.passes(execution.variables["wait"])
    assert execution.hook()["verdict"] == "hold"
    name = execution_of(shop)
    assert shop.executions.started[name]["hook"] == "beforeTraffic"
    shop.executions.comes_to(name, MACHINE_ARN, '{"status": "SUCCEEDED", "reason": "fine"}')
    shop.passes(execution.variables["wait"])
    assert execution.hook()["verdict"] == "advance"
    assert lines(shop)[0]["reason"] == f"beforeTraffic ({MACHINE_ARN}) SUCCEEDED: fine"


def test_a_start_whose_answer_was_lost_finds_the_same_execution(shop: InMemoryCloud) -> None:
    execution = deploying(shop, beforeTraffic=f"{MACHINE_ARN}:live").published()
    shop.executions.has_machine(f"{MACHINE_ARN}:live")
    shop.executions.fails_next("start", TryAgainError("Rate exceeded"), after_effect=True)
    assert isinstance(attempt(execution.hook), TryAgainError)
    shop.passes(5)
    assert execution.hook()["verdict"] == "hold"
    execution_of(shop)


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_state_machine_that_ends_badly_has_failed_and_its_execution_is_named(
    shop: InMemoryCloud, status: str
) -> None:
    execution = deploying(shop, beforeTraffic=MACHINE_ARN).published()
    execution.hook()
    name, machine = execution_of(shop), callee_of(MACHINE_ARN)
    shop.executions.comes_to(name, MACHINE_ARN, "Tea: none", status)
    shop.passes(execution.variables["wait"])
    why = failure(execution)
    assert f"ended {status}: Tea: none; its execution is {machine.execution(name)}" in why  # type: ignore[union-attr]


def test_a_state_machine_that_ended_just_in_time_is_believed_at_the_last_look(shop: InMemoryCloud) -> None:
    execution = deploying(shop, beforeTraffic={"function": MACHINE_ARN, "timeout": "10s"}).published()
    execution.hook()
    shop.passes(execution.variables["wait"])
    assert execution.hook()["verdict"] == "hold"
    shop.executions.comes_to(execution_of(shop), MACHINE_ARN, '{"status": "SUCCEEDED"}')
    shop.passes(execution.variables["wait"])
    assert execution.hook()["verdict"] == "advance"


def test_a_state_machine_that_runs_at_the_last_look_is_out_of_time(shop: InMemoryCloud) -> None:
    execution = deploying(shop, beforeTraffic={"function": MACHINE_ARN, "timeout": "10s"}).published()
    execution.hook()
    shop.passes(execution.variables["wait"])
    execution.hook()
    assert execution.variables["wait"] == 9
    shop.passes(9)
    assert failure(execution) == f"hook beforeTraffic ({MACHINE_ARN}) gave no final answer within 10 s"


# What else is seen


def test_a_red_alarm_puts_back_while_a_hook_is_at_work_and_blames_the_code(shop: InMemoryCloud) -> None:
    shop.hooks.answers("check", AT_WORK)
    execution = baked_once(shop, afterStep="check")
    execution.hook()
    shop.alarm("errors").goes(RED, "5 errors")
    shop.passes(execution.variables["wait"])
    answer = execution.hook()
    assert (answer["verdict"], answer["blame"]) == ("roll_back", True)
    assert answer["reason"] == "alarm errors went into ALARM (5 errors); the candidate had 10 % of calls"
    [line] = [line for line in shop.ledger.timeline("d-1") if line["verdict"] == "roll_back"]
    assert (line["state"], line["targets"][0]["percent"]) == ("watched", 10)
    assert len(told(shop)) == 1


def test_before_the_first_shift_an_alarm_is_no_fault_of_a_candidate_without_calls(
    shop: InMemoryCloud,
) -> None:
    execution = deploying(shop, beforeTraffic="check").published()
    shop.alarm("errors").goes(RED)
    assert execution.hook()["verdict"] == "advance"


def test_a_guard_that_tripped_is_heard_and_nobody_is_asked_any_more(shop: InMemoryCloud) -> None:
    execution = baked_once(shop, afterStep="check")
    assert shop.ledger.trip("d-1", "alarm errors went into ALARM")
    answer = execution.hook()
    assert (answer["verdict"], answer["reason"]) == ("roll_back", "alarm errors went into ALARM")
    assert answer["blame"]
    assert told(shop) == []


def test_a_trip_before_the_first_shift_blames_nobody(shop: InMemoryCloud) -> None:
    execution = deploying(shop, beforeTraffic="check").published()
    shop.ledger.trip("d-1", "alarm errors went into ALARM")
    answer = execution.hook()
    assert (answer["verdict"], answer["blame"]) == ("roll_back", False)


def test_an_alias_that_somebody_else_moved_is_seen(shop: InMemoryCloud) -> None:
    execution = baked_once(shop, afterStep="check")
    shop.somebody_moves("orders:live", Routing("40"))
    answer = execution.hook()
    assert (answer["verdict"], answer["blame"]) == ("roll_back", False)
    assert "was moved by somebody else" in answer["reason"]
    assert told(shop) == []


def test_a_deployment_whose_end_is_decided_asks_nobody(shop: InMemoryCloud) -> None:
    execution = baked_once(shop, afterStep="check")
    shop.ledger.decide("d-1", Outcome.ROLLED_BACK)
    assert isinstance(attempt(execution.hook), TrippedError)
    assert told(shop) == []


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"moment": "hold"}, id="a moment that is none"),
        pytest.param({"moment": "promote", "hook": {"point": "later"}}, id="a hook that is none"),
        pytest.param({"step": 2}, id="no step to advance to"),
        pytest.param({"hook": None}, id="nothing"),
    ],
)
def test_what_can_not_be_read_is_not_acted_on(shop: InMemoryCloud, more: Json) -> None:
    execution = baked_once(shop, afterStep="check")
    execution.assign(**more)
    assert isinstance(attempt(execution.hook), UnreadableError)
    assert told(shop) == []


def test_a_hook_that_is_not_due_is_not_asked(shop: InMemoryCloud) -> None:
    shop.hooks.answers("check", AT_WORK)
    execution = deploying(shop, beforeTraffic="check").published()
    execution.hook()
    execution.assign(hook=execution.variables["hook"] | {"point": "afterStep"})
    assert isinstance(attempt(execution.hook), UnreadableError)


def test_nothing_moves_and_nobody_is_in_quarantine_for_what_a_hook_says(shop: InMemoryCloud) -> None:
    shop.hooks.answers("check", {"status": "FAILED"})
    execution = deploying(shop, beforeTraffic="check").published()
    before = shop.alias("orders:live")
    assert isinstance(attempt(execution.hook), HotplugError)
    assert shop.alias("orders:live") == before
    assert shop.ledger.blamed == {}
