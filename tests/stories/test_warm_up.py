"""Whole deployments whose candidates get environments before their calls, through the machine."""

from collections import Counter
from typing import Any

import pytest

from hotplug.core.errors import TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.invocation import CallFailure
from hotplug.handlers.command import command
from tests.fakes import InMemoryCloud, a_zip, split
from tests.support.machine.execution import Execution
from tests.support.machine.values import StateFailedError
from tests.support.traffic import Callers

type Json = dict[str, Any]

SMOKE = [{"payload": {"order": 7}}, {"payload": {"order": 8}}]
WARM = {"environments": 30, "payload": {"ping": 1}}
TWO_STEPS = {"type": "steps", "steps": [{"percent": 10, "bake": "30s"}, {"percent": 50, "bake": "30s"}]}
LOOKED_AT = ["Watch", "What now?"]
CLIMBING = ["Shift", "Bake", *LOOKED_AT]
ENDING = ["Promote", "Close", "How did it end?", "Deployed"]


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders and billing on version 41, and a package that arrived."""
    for name in ("orders", "billing"):
        cloud.has_function(name, versions=["40", "41"])
    cloud.has_object("artifacts", "app.zip", a_zip("better"))
    cloud.functions.updates_take(0)
    cloud.alarm("errors")
    return cloud


def deploying(cloud: InMemoryCloud, **more: Any) -> Execution:
    request: Json = {
        "functions": ["orders"],
        "source": {"bucket": "artifacts", "key": "app.zip"},
        "strategy": TWO_STEPS,
        "warm": WARM,
    }
    asked = request | more
    return Execution(cloud, {key: value for key, value in asked.items() if value is not None})


def states_since_it_was_ready(execution: Execution) -> list[str]:
    """Run it to its end; what it enters after the last look at whether the candidates are ready."""
    execution.run()
    ready = [at for at, state in enumerate(execution.entered) if state == "Publish"][-1]
    return execution.entered[ready + 2 :]


def told(cloud: InMemoryCloud, state: str = "warmed") -> list[str]:
    lines = sorted(cloud.ledger.timeline("d-1"), key=lambda line: str(line["at"]))
    return [line["reason"] for line in lines if line["state"] == state]


def calls(cloud: InMemoryCloud) -> list[int]:
    """How many were made at the same time, again and again."""
    return [len(together) for together in cloud.parallel_trials.together]


def test_environments_are_made_before_the_first_call(shop: InMemoryCloud) -> None:
    seen: list[Any] = []
    shop.trials.does("orders", lambda event: seen.append((event, shop.routing("orders:live"))), "42")

    assert states_since_it_was_ready(deploying(shop)) == [*LOOKED_AT, *CLIMBING, *CLIMBING, *ENDING]

    assert seen == [({"ping": 1}, Routing("41"))] * 30
    assert [(call.function, call.qualifier) for call in shop.parallel_trials.together[0]] == [
        ("orders", "42")
    ] * 30
    assert told(shop) == ["30 environments of version 42 of orders in 0.0 s"]
    assert shop.routing("orders:live") == Routing("42")


def test_they_are_made_after_the_smoke_tests_with_their_payloads_in_turn(shop: InMemoryCloud) -> None:
    bad = {"payload": {"order": 0}, "expect": {"error": "KeyError"}}
    smoke = [*SMOKE, bad, {"payload": {}, "tenantId": "t-1", "clientContext": {"custom": {}}}]

    def works(event: Any) -> Any:
        if event == bad["payload"]:
            raise KeyError(0)
        return {}

    shop.trials.does("orders", works)
    execution = deploying(shop, smoke=smoke, warm={"environments": 4})
    states = states_since_it_was_ready(execution)

    assert states[:4] == ["Before traffic", "Ready?", *LOOKED_AT]
    [together] = shop.parallel_trials.together
    assert [(call.payload, call.tenant, call.context) for call in together] == [
        (b'{"order": 7}', None, None),
        (b'{"order": 8}', None, None),
        (b"{}", "t-1", {"custom": {}}),
        (b'{"order": 7}', None, None),
    ]
    assert [line["state"] for line in shop.notifications.events][3:6] == ["tested", "warmed", "shifted"]
    assert any("warmed 0 %: 4 environments" in line for line in execution.output["timeline"])


def test_before_increases_as_many_as_the_share_needs(shop: InMemoryCloud) -> None:
    execution = deploying(shop, warm=WARM | {"before": "increases"})
    weights: list[Routing | None] = []
    shop.parallel_trials.meanwhile("invoke_all", lambda: weights.append(shop.routing("orders:live")))
    shop.parallel_trials.meanwhile("invoke_all", lambda: weights.append(shop.routing("orders:live")))
    shop.parallel_trials.meanwhile("invoke_all", lambda: weights.append(shop.routing("orders:live")))

    assert states_since_it_was_ready(execution) == [*LOOKED_AT, *CLIMBING, *CLIMBING, *ENDING]

    assert calls(shop) == [3, 15, 30]
    assert weights == [Routing("41"), split("41", "42", 10), split("41", "42", 50)]
    assert [line["step"] for line in shop.ledger.timeline("d-1") if line["state"] == "warmed"] == [0, 1, 2]


def test_all_at_once_they_are_made_just_before_the_promotion(shop: InMemoryCloud) -> None:
    assert states_since_it_was_ready(deploying(shop, strategy="AllAtOnce")) == [*LOOKED_AT, *ENDING]
    assert calls(shop) == [30]


def test_a_preview_at_0_percent_gets_none_before_its_step_with_calls(shop: InMemoryCloud) -> None:
    steps = [{"percent": 0, "bake": "30s"}, {"percent": 50, "bake": "30s"}]
    states = states_since_it_was_ready(deploying(shop, strategy={"type": "steps", "steps": steps}))
    assert states == [*CLIMBING, *CLIMBING, *ENDING]
    assert calls(shop) == [30]
    assert [line["step"] for line in shop.ledger.timeline("d-1") if line["state"] == "warmed"] == [1]


@pytest.mark.slow
def test_the_adaptive_progression_makes_them_once_for_each_doubled_weight(shop: InMemoryCloud) -> None:
    """However often its weight falls to nothing and rises again."""
    Callers(shop, "d-1", 600)
    assert deploying(shop, strategy="Adaptive", warm=WARM | {"before": "increases"}).run() == "Deployed"
    lines = [line for line in shop.ledger.timeline("d-1") if line["state"] == "shifted"]
    shares = {line["targets"][0]["percent"] for line in lines}
    assert 0 in shares
    assert len(lines) > len(calls(shop))
    assert calls(shop) == sorted(set(calls(shop)))
    assert (calls(shop)[0], calls(shop)[-1]) == (1, 30)
    assert sum(calls(shop)) <= 2 * 30 + len(calls(shop))


def test_several_functions_are_warmed_together_up_to_100_calls(shop: InMemoryCloud) -> None:
    functions = ["orders", {"name": "billing", "warm": WARM | {"environments": 60}}]
    deploying(shop, functions=functions).run()
    assert [Counter(call.function for call in together) for together in shop.parallel_trials.together] == [
        {"orders": 30, "billing": 60}
    ]
    assert told(shop) == [
        "30 environments of version 42 of orders in 0.0 s; 60 environments of version 42 of billing in 0.0 s"
    ]


def test_more_than_100_calls_are_made_one_function_after_the_other(shop: InMemoryCloud) -> None:
    deploying(shop, functions=["orders", "billing"], warm=WARM | {"environments": 60}).run()
    assert [Counter(call.function for call in together) for together in shop.parallel_trials.together] == [
        {"orders": 60},
        {"billing": 60},
    ]


def test_a_function_without_anything_new_is_not_called(shop: InMemoryCloud) -> None:
    shop.somebody_saves("billing")
    deploying(shop, functions=["orders", "billing"], source=None).run()
    assert {call.function for together in shop.parallel_trials.together for call in together} == {"billing"}


def test_on_a_first_deployment_they_are_there_before_the_alias(shop: InMemoryCloud) -> None:
    shop.somebody_deletes("orders:live")
    seen: list[Any] = []
    shop.parallel_trials.meanwhile("invoke_all", lambda: seen.append(shop.alias("orders:live")))
    assert states_since_it_was_ready(deploying(shop)) == [*LOOKED_AT, *ENDING]
    assert seen == [None]


# What holds it


@pytest.mark.parametrize("smoke", [None, SMOKE], ids=["untried", "tried"])
def test_while_people_hold_it_nothing_is_made(shop: InMemoryCloud, smoke: Any) -> None:
    command({"command": "freeze", "by": "ann", "why": "the fair"}, shop)
    execution = deploying(shop, smoke=smoke).run_to("Watch")
    assert execution.watch()["verdict"] == "hold"
    assert calls(shop) == []
    command({"command": "unfreeze", "by": "ann", "why": "it is over"}, shop)
    execution.run()
    assert calls(shop) == [30]
    assert execution.status == "SUCCEEDED"


def test_hooks_are_asked_when_they_are_there(shop: InMemoryCloud) -> None:
    shop.has_function("check", alias=None)
    seen: list[list[int]] = []

    def checks(_: Any) -> Any:
        seen.append(calls(shop))
        return {"status": "SUCCEEDED"}

    shop.hooks.does("check", checks)
    states = states_since_it_was_ready(deploying(shop, hooks={"beforeTraffic": "check"}))
    assert states[:4] == [*LOOKED_AT, "Hook", "Go on?"]
    assert seen == [[30]]


# What fails


def fails_with(kind: str) -> Exception:
    """Lambda's own error, as its answer names it."""
    error: Exception = type(kind, (Exception,), {})("as Lambda says")
    return error


def test_failures_of_the_function_are_told_and_no_verdict(shop: InMemoryCloud) -> None:
    shop.trials.fails("orders", KeyError("ping"), "42")
    execution = deploying(shop)
    execution.run()
    assert execution.status == "SUCCEEDED"
    [line] = told(shop)
    assert line.startswith("30 environments of version 42 of orders in 0.0 s; 30 of 30 calls failed: {")
    assert "KeyError" in line


@pytest.mark.parametrize("kind", ["Runtime.ExitError", "Runtime.ImportModuleError", "Sandbox.Timedout"])
def test_a_candidate_that_cannot_start_gets_no_calls_and_no_blame(shop: InMemoryCloud, kind: str) -> None:
    shop.trials.fails("orders", fails_with(kind), "42")
    execution = deploying(shop)
    states = states_since_it_was_ready(execution)
    assert states == [*LOOKED_AT, "Roll back", "Is it an answer?", "Close", "How did it end?", "Rolled back"]
    assert shop.routing("orders:live") == Routing("41")
    assert execution.cause.startswith(
        "no environment could be made before the first calls: "
        "0 of 30 environments of version 42 of orders in 0.0 s; 30 of 30 calls failed: {"
    )
    assert kind in execution.cause
    assert (calls(shop), shop.ledger.blamed, shop.ledger.held) == ([30], {}, {})


def test_one_function_without_any_environment_ends_it_for_all(shop: InMemoryCloud) -> None:
    shop.trials.fails("billing", fails_with("Runtime.ExitError"), "42")
    execution = deploying(shop, functions=["orders", "billing"])
    assert execution.run() == "Rolled back"
    assert [shop.routing(f"{name}:live") for name in ("orders", "billing")] == [Routing("41")] * 2


def test_later_it_is_for_the_evidence_to_decide(shop: InMemoryCloud) -> None:
    execution = deploying(shop, warm=WARM | {"before": "increases"}).shifted()
    shop.trials.fails("orders", fails_with("Runtime.ExitError"), "42")
    assert execution.run() == "Deployed"
    assert [line.partition(" environments")[0] for line in told(shop)] == ["3", "0 of 15", "0 of 30"]


def test_going_back_is_not_stopped(shop: InMemoryCloud) -> None:
    shop.trials.fails("orders", fails_with("Runtime.ExitError"), "40")
    execution = deploying(shop, source={"version": "40"})
    assert execution.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("40")
    assert told(shop)[0].startswith("0 of 30 environments")


def test_calls_that_lambda_does_not_take_now_are_all_made_again(shop: InMemoryCloud) -> None:
    shop.trials.refuses("orders", "TooManyRequestsException", times=10, version="42")
    execution = deploying(shop)
    execution.run()
    assert calls(shop) == [30, 30]
    assert told(shop) == ["30 environments of version 42 of orders in 1.0 s"]
    assert execution.status == "SUCCEEDED"


def test_the_best_of_three_tries_counts(shop: InMemoryCloud) -> None:
    busy = iter([10, 5, 7])

    def is_throttled() -> None:
        shop.trials.refuses("orders", "TooManyRequestsException", times=next(busy), version="42")

    for _ in range(3):
        shop.parallel_trials.meanwhile("invoke_all", is_throttled)
    execution = deploying(shop)
    execution.run()
    assert calls(shop) == [30, 30, 30]
    assert told(shop)[0].startswith("25 of 30 environments of version 42 of orders in 2.0 s; 5 of 30 calls")
    assert execution.status == "SUCCEEDED"


def test_only_the_function_that_was_throttled_is_called_again(shop: InMemoryCloud) -> None:
    shop.trials.refuses("billing", "TooManyRequestsException", times=5, version="42")
    deploying(shop, functions=["orders", "billing"]).run()
    assert [Counter(call.function for call in together) for together in shop.parallel_trials.together] == [
        {"orders": 30, "billing": 30},
        {"billing": 30},
    ]
    assert told(shop) == [
        "30 environments of version 42 of orders in 0.0 s; 30 environments of version 42 of billing in 1.0 s"
    ]


@pytest.mark.parametrize("failure", [CallFailure.THROTTLED, CallFailure.NOT_READY])
def test_after_three_tries_it_ends_if_none_was_taken(shop: InMemoryCloud, failure: CallFailure) -> None:
    shop.trials.hinders("orders", failure, version="42")
    execution = deploying(shop)
    assert execution.run() == "Rolled back"
    assert calls(shop) == [30] * 3
    assert "30 of 30 calls had no answer: a text of AWS" in execution.cause


@pytest.mark.parametrize("failure", [CallFailure.TIMED_OUT, CallFailure.LOST])
def test_an_environment_that_may_be_there_is_no_reason_to_end(
    shop: InMemoryCloud, failure: CallFailure
) -> None:
    shop.trials.hinders("orders", failure, version="42")
    assert deploying(shop).run() == "Deployed"
    assert calls(shop) == [30]
    assert told(shop)[0].startswith("0 of 30 environments of version 42 of orders")


def test_no_call_begins_when_the_time_is_over(shop: InMemoryCloud) -> None:
    shop.parallel_trials.meanwhile("invoke_all", lambda: shop.passes(25))
    execution = deploying(shop, functions=["orders", "billing"], warm=WARM | {"environments": 60})
    execution.run()
    assert calls(shop) == [60]
    [line] = told(shop)
    assert line == (
        "60 environments of version 42 of orders in 25.0 s; "
        "0 of 60 environments of version 42 of billing in 0.0 s; there was no time left for a call"
    )
    assert execution.status == "SUCCEEDED"


def test_a_task_that_is_repeated_calls_nobody_again(shop: InMemoryCloud) -> None:
    execution = deploying(shop).run_to("Watch")
    first = execution.watch()
    assert execution.watch() == first
    assert calls(shop) == [30]


def test_a_line_that_is_not_taken_for_a_moment_costs_the_calls_once_more(shop: InMemoryCloud) -> None:
    execution = deploying(shop).run_to("Watch")
    shop.ledger.fails_next("append", TryAgainError("Rate exceeded"))
    execution.run()
    assert (execution.status, calls(shop)) == ("SUCCEEDED", [30, 30])


# The plan


def test_it_is_told_before_with_its_concurrency_and_cost(shop: InMemoryCloud) -> None:
    shop.has_function("orders", versions=["40", "41"], memory_mb=512)
    deploying(shop).run()
    assert (
        "30 environments of orders:live are made before its first call: "
        "30 calls at once, about $0.00026 at 1 s each"
    ) in told(shop, "planned")[0]


def test_before_increases_the_plan_says_how_many_in_all(shop: InMemoryCloud) -> None:
    deploying(shop, warm=WARM | {"before": "increases"}).run()
    assert (
        "up to 30 environments of orders:live are made before its first call and before each share of twice "
        "as many calls: 48 calls, at most 30 at once, about $0.00011 at 1 s each"
    ) in told(shop, "planned")[0]


@pytest.mark.parametrize(
    ("reserved", "unreserved", "said"),
    [
        (30, 1_000, "30 for orders, of whose 30 reserved executions 1 are in use"),
        (None, 10, "30 at once for orders, of the account's 10 unreserved executions 1 are in use"),
    ],
)
def test_without_room_for_it_nothing_begins(
    shop: InMemoryCloud, reserved: int | None, unreserved: int, said: str
) -> None:
    shop.functions.functions["orders"].reserved = reserved
    shop.functions.account_unreserved = unreserved
    execution = deploying(shop)
    assert execution.run() == "Invalid request"
    assert f"warm.environments: got {said}; allowed: at most " in execution.cause
    assert calls(shop) == []


def test_an_account_that_cannot_be_read_is_no_reason_to_refuse(shop: InMemoryCloud) -> None:
    shop.functions.fails_next("unreserved", StateFailedError("AccessDenied", "no"))
    assert deploying(shop).run() == "Deployed"


def test_without_a_warm_up_the_account_is_not_asked_and_no_state_is_added(shop: InMemoryCloud) -> None:
    states = states_since_it_was_ready(deploying(shop, warm=None))
    assert states == [*CLIMBING, *CLIMBING, *ENDING]
    assert (calls(shop), told(shop)) == ([], [])
