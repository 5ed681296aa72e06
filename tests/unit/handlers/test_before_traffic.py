"""Before traffic calls every candidate by its version: all that falls short is named, and nothing moves."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hotplug.core.errors import SmokeFailedError, TryAgainError
from hotplug.core.parsing.problem import MAX_REASON
from hotplug.core.plan.plan import Plan
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.invocation import INVOKE_ERRORS, NOT_NOW, CallFailure
from hotplug.core.spec.smoke_test import MAX_A_TARGET, Smoke
from hotplug.handlers.before_traffic import before_traffic
from tests.fakes import InMemoryCloud
from tests.fakes.invocations import Made
from tests.support.plans import a_plan, a_planned, at_step, event_at

type Json = dict[str, Any]

ORDER = Smoke({"order": 7}, answer={"id": 7}, within_seconds=5)
BILL = Smoke({"bill": 8}, status=200)


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Two functions on 41, whose candidate 42 is there and answers as it should."""
    for name in ("orders", "billing"):
        cloud.has_function(name, versions=["41", "42"])
        cloud.somebody_moves(f"{name}:live", Routing("41"))
    cloud.trials.answers("orders", {"id": 7, "paid": True}, "42")
    cloud.trials.answers("billing", {"statusCode": 200}, "42")
    return cloud


def a_tried_plan(*orders: Smoke, billing: tuple[Smoke, ...] = (BILL,)) -> Plan:
    return a_plan(
        replace(a_planned("orders:live"), smoke=orders or (ORDER,)),
        replace(a_planned("billing:live"), smoke=billing),
    )


def tried(cloud: InMemoryCloud, plan: Plan | None = None) -> Json:
    return before_traffic(event_at(at_step(plan or a_tried_plan(), 0, "42", "42")), cloud)


def failure(cloud: InMemoryCloud, plan: Plan | None = None) -> str:
    """What is said of a smoke that fails."""
    with pytest.raises(SmokeFailedError) as failed:
        tried(cloud, plan)
    return str(failed.value)


def test_candidates_that_answer_as_expected_pass(shop: InMemoryCloud) -> None:
    reason = "smoke passed: 2 of 2 calls of the candidates"
    assert tried(shop) == {"outcome": "tested", "reason": reason}


def test_each_candidate_is_called_by_its_version_with_its_payload(shop: InMemoryCloud) -> None:
    tried(shop, a_tried_plan(ORDER, Smoke(None), Smoke("Grüße")))
    assert shop.trials.made == [
        Made("orders", "42", b'{"order": 7}'),
        Made("orders", "42", b"null"),
        Made("orders", "42", b'"Gr\\u00fc\\u00dfe"'),
        Made("billing", "42", b'{"bill": 8}'),
    ]


def test_a_tenant_and_a_client_context_go_with_the_call(shop: InMemoryCloud) -> None:
    tried(shop, a_tried_plan(Smoke({}, tenant="t-1", context={"custom": {"a": 1}}), billing=()))
    assert shop.trials.made == [Made("orders", "42", b"{}", "t-1", {"custom": {"a": 1}})]


def test_a_target_without_trials_is_not_called(shop: InMemoryCloud) -> None:
    assert tried(shop, a_tried_plan(billing=()))["reason"].startswith("smoke passed: 1 of 1")
    assert {made.function for made in shop.trials.made} == {"orders"}


def test_that_it_passed_is_written_down_and_told_before_anybody_gets_the_candidate(
    shop: InMemoryCloud,
) -> None:
    tried(shop)
    (line,) = shop.ledger.timeline("d-1")
    assert (line["key"], line["state"], line["outcome"]) == ("tested#00000", "tested", None)
    assert [(target["candidate"], target["percent"]) for target in line["targets"]] == [("42", 0), ("42", 0)]
    (event,), (message,) = shop.notifications.events, shop.notifications.messages
    assert event["state"] == "tested"
    assert message.body.startswith("tested: smoke passed: 2 of 2 calls of the candidates")
    assert "orders:live 41 -> 42 at 0 %" in message.subject


def test_repeating_it_tries_everything_again_and_writes_one_line(shop: InMemoryCloud) -> None:
    first = tried(shop)
    shop.passes(5)
    assert tried(shop) == first
    assert len(shop.trials.made) == 4
    assert len(shop.ledger.timeline("d-1")) == 1


def test_a_line_that_is_not_taken_for_a_moment_is_left_to_the_machine_to_retry(shop: InMemoryCloud) -> None:
    shop.ledger.fails_next("append", TryAgainError("Rate exceeded"), after_effect=True)
    with pytest.raises(TryAgainError):
        tried(shop)
    assert tried(shop)["outcome"] == "tested"
    assert len(shop.ledger.timeline("d-1")) == 1


def test_a_message_that_fails_is_no_reason_to_roll_back(shop: InMemoryCloud) -> None:
    shop.notifications.fails_next("publish", TryAgainError("Rate exceeded"))
    assert tried(shop)["outcome"] == "tested"


def test_the_one_that_fails_is_named_with_what_it_did(shop: InMemoryCloud) -> None:
    shop.trials.fails("billing", KeyError("no such bill"), "42")
    said = failure(shop)
    assert said.startswith(
        'version 42 of billing: it failed: {"errorMessage": "\'no such bill\'", "errorType"'
    )
    assert "orders" not in said


def test_all_that_fail_are_named(shop: InMemoryCloud) -> None:
    shop.trials.answers("orders", {"id": 9}, "42")
    shop.trials.answers("billing", {"statusCode": 500}, "42")
    assert failure(shop) == (
        'version 42 of orders: it answered {"id": 9}, in which there is no {"id": 7}; '
        "version 42 of billing: it answered status 500, not 200"
    )


def test_one_that_fails_keeps_the_others_from_nothing(shop: InMemoryCloud) -> None:
    plan = a_tried_plan(Smoke({}, error="KeyError"), ORDER, Smoke({}, status=204))
    said = failure(shop, plan).split("; ")
    assert len(said) == 2
    assert "instead of failing with KeyError" in said[0]
    assert "status null, not 204" in said[1]
    assert len(shop.trials.made) == 4


PASSING = {CallFailure.THROTTLED, CallFailure.NOT_READY, CallFailure.LOST}


@pytest.mark.parametrize("cause", sorted({*CallFailure} - PASSING))
def test_an_obstacle_that_stays_is_a_failure_and_is_named(shop: InMemoryCloud, cause: CallFailure) -> None:
    shop.trials.hinders("orders", cause, version="42")
    assert failure(shop) == "version 42 of orders: a text of AWS"


@pytest.mark.parametrize("cause", sorted(PASSING))
def test_an_obstacle_that_passes_is_left_to_the_machine_to_retry(
    shop: InMemoryCloud, cause: CallFailure
) -> None:
    shop.trials.hinders("orders", cause, version="42")
    with pytest.raises(TryAgainError) as again:
        tried(shop)
    assert str(again.value) == ("a call of the smoke got no answer: version 42 of orders: a text of AWS")
    assert [made.function for made in shop.trials.made] == ["orders", "billing"]


def test_a_failure_is_not_put_off_by_an_obstacle_that_passes(shop: InMemoryCloud) -> None:
    shop.trials.hinders("orders", CallFailure.THROTTLED, version="42")
    shop.trials.answers("billing", {"statusCode": 500}, "42")
    assert failure(shop) == "version 42 of billing: it answered status 500, not 200"


@pytest.mark.parametrize("code", sorted(name for name in INVOKE_ERRORS if INVOKE_ERRORS[name] in NOT_NOW))
def test_one_refusal_that_passes_is_no_verdict_on_the_candidate(shop: InMemoryCloud, code: str) -> None:
    shop.trials.refuses("orders", code, version="42")
    with pytest.raises(TryAgainError, match=code):
        tried(shop)
    assert tried(shop)["outcome"] == "tested"


def test_a_version_that_is_gone_is_a_failure(shop: InMemoryCloud) -> None:
    shop.functions.delete_version("billing", "42")
    assert failure(shop).startswith("version 42 of billing: Function not found: ")


@pytest.mark.parametrize(
    ("seconds", "passes"), [(5.0, True), (5.5, False)], ids=["just in time", "half a second too late"]
)
def test_an_answer_has_its_time(shop: InMemoryCloud, seconds: float, passes: bool) -> None:
    def works(_: object) -> object:
        shop.passes(seconds)
        return {"id": 7}

    shop.trials.does("orders", works, "42")
    if passes:
        assert tried(shop)["outcome"] == "tested"
    else:
        assert failure(shop) == "version 42 of orders: it took 5.5 s, not at most 5 s"


WAYS: dict[str, Callable[[InMemoryCloud], None]] = {
    "it passes": lambda _: None,
    "it answers otherwise": lambda cloud: cloud.trials.answers("orders", None, "42"),
    "it fails": lambda cloud: cloud.trials.fails("orders", KeyError("7"), "42"),
    "it is throttled": lambda cloud: cloud.trials.hinders("orders", CallFailure.THROTTLED, version="42"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nothing_moves_and_nobody_is_blamed(
    shop: InMemoryCloud, way: Callable[[InMemoryCloud], None]
) -> None:
    way(shop)
    before = [shop.alias("orders:live"), shop.alias("billing:live")]
    try:
        tried(shop)
    except (SmokeFailedError, TryAgainError):
        assert (shop.ledger.lines, shop.notifications.events) == ({}, [])
    assert [shop.alias("orders:live"), shop.alias("billing:live")] == before
    assert (shop.ledger.held, shop.ledger.standings) == ({}, {})
    assert (shop.ledger.blamed, shop.ledger.decided) == ({}, {})


def test_the_most_that_can_fail_can_still_be_said(cloud: InMemoryCloud) -> None:
    names = [f"{'f' * 61}{at:03d}" for at in range(50)]
    for name in names:
        cloud.has_function(name)
        cloud.trials.answers(name, "x" * 10_000)
    smoke = (Smoke(0, answer="y" * 900),) * MAX_A_TARGET
    plan = a_plan(*(replace(a_planned(f"{name}:live"), smoke=smoke) for name in names))
    with pytest.raises(SmokeFailedError) as failed:
        before_traffic(event_at(at_step(plan, 0, *["41"] * len(names))), cloud)
    assert len(str(failed.value)) == MAX_REASON
    assert len(cloud.trials.made) == len(names) * MAX_A_TARGET
