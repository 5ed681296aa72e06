"""Whoever goes back by hand does not want the next upload to roll forward over it: the target is held."""

from typing import Any

import pytest

from hotplug.core.resources.alias import Routing
from hotplug.handlers.command import command
from tests.fakes import RED, InMemoryCloud, a_zip
from tests.support.guarding import SWEEP, wake
from tests.support.machine.execution import Execution

type Json = dict[str, Any]

UPLOAD: Json = {
    "function": "orders",
    "source": {"bucket": "artifacts", "key": "orders/app.zip"},
    "strategy": "AllAtOnce",
}
BACK: Json = {"function": "orders", "strategy": "AllAtOnce", "reason": "42 is bad", "requestedBy": "ann"}
HELD = "orders:live is held by ann since 2026-11-24 09:00:00 UTC because 42 is bad"


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders went from 41 to 42 by a deployment; a package lies in the bucket."""
    cloud.has_function("orders", versions=("40", "41"))
    cloud.has_object("artifacts", "orders/app.zip", a_zip("the next one"))
    cloud.functions.updates_take(0)
    cloud.alarm("errors")
    cloud.somebody_saves("orders")
    assert Execution(cloud, {"function": "orders", "strategy": "AllAtOnce"}, "d-42").run() == "Deployed"
    return cloud


def goes_back(cloud: InMemoryCloud, **more: Any) -> Execution:
    back = Execution(cloud, BACK | {"source": "previous"} | more, "d-back")
    assert back.run() == "Deployed"
    return back


def say(cloud: InMemoryCloud, word: str, **more: Any) -> Json:
    return command({"command": word, "by": "bob", "why": "43 is good"} | more, cloud)


def released(cloud: InMemoryCloud) -> Json:
    return say(cloud, "release", target="orders:live")


# What holds


@pytest.mark.parametrize("source", ["previous", {"version": "41"}], ids=["previous", "an older version"])
def test_after_going_back_an_upload_is_refused_with_who_and_why(shop: InMemoryCloud, source: Any) -> None:
    back = goes_back(shop, source=source)
    assert (
        "then orders:live is held until it is released"
        in shop.ledger.lines["d-back"]["planned#00000"]["reason"]
    )
    assert "orders:live is held until it is released" in back.variables["summary"]["reason"]
    upload = Execution(shop, UPLOAD, "d-43")
    assert upload.run() == "Target busy"
    assert upload.cause == f'{HELD}; release it, or deploy with "hold": false'.replace(";", ":")
    assert shop.routing("orders:live") == Routing("41")
    assert "d-43" not in {holder.deployment for holder in shop.ledger.held.values()}


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param({"source": "previous", "hold": False}, id="if it is not wanted"),
        pytest.param({"source": {"version": "42"}, "force": True}, id="that is live"),
    ],
)
def test_another_deployment_holds_nothing(shop: InMemoryCloud, request_: Json) -> None:
    assert Execution(shop, BACK | request_, "d-other").run() == "Deployed"
    assert Execution(shop, UPLOAD, "d-43").run() == "Deployed"


@pytest.mark.parametrize("source", [{"version": "42"}, None], ids=["what is live", "what is new"])
def test_any_deployment_holds_if_it_says_so(shop: InMemoryCloud, source: Any) -> None:
    shop.somebody_saves("orders", "the last one of this year")
    request = BACK | {"hold": True} | ({"source": source} if source else {})
    assert Execution(shop, request, "d-last").run() == "Deployed"
    assert Execution(shop, UPLOAD, "d-43").run() == "Target busy"


def test_an_automatic_rollback_holds_nothing(shop: InMemoryCloud) -> None:
    request = UPLOAD | {"strategy": "Canary10Percent5Minutes", "alarms": ["errors"]}
    assert Execution(shop, request, "d-43").run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"
    shop.has_object("artifacts", "orders/app.zip", a_zip("mended"))
    assert Execution(shop, UPLOAD, "d-44").run() == "Deployed"


def test_going_back_that_failed_holds_nothing(shop: InMemoryCloud) -> None:
    back = Execution(shop, BACK | {"source": "previous", "strategy": "Canary10Percent5Minutes"}, "d-back")
    back.shifted().ends("ABORTED")
    wake(shop, SWEEP)
    assert Execution(shop, UPLOAD, "d-43").run() == "Deployed"


@pytest.mark.parametrize(("more", "end"), [({}, "Target busy"), ({"hold": False}, "Deployed")], ids=str)
def test_an_abort_by_hand_holds_unless_it_says_otherwise(shop: InMemoryCloud, more: Json, end: str) -> None:
    bad = Execution(shop, UPLOAD | {"strategy": "Canary10Percent5Minutes"}, "d-43").shifted()
    answer = say(shop, "abort", deployment="d-43", step="any", **more)
    assert answer["outcome"] == "accepted"
    assert ("orders:live is held until it is released" in answer["reason"]) == (not more)
    assert bad.run() == "Rolled back"
    shop.has_object("artifacts", "orders/app.zip", a_zip("mended"))
    upload = Execution(shop, UPLOAD, "d-44")
    assert upload.run() == end
    assert ("because d-43 was aborted: 43 is good" in upload.cause) == (not more)


def test_an_abort_by_a_newer_deployment_holds_nothing(shop: InMemoryCloud) -> None:
    Execution(shop, UPLOAD | {"strategy": "Canary10Percent5Minutes"}, "d-43").shifted()
    shop.passes(1)
    shop.has_object("artifacts", "orders/app.zip", a_zip("mended"))
    newer = Execution(shop, UPLOAD | {"onBusy": "replace"}, "d-44").run_to("Wait for its turn")
    assert shop.ledger.ordered["d-43"]
    shop.executions.ends("d-43")
    assert newer.run() == "Deployed"


def test_one_that_only_waits_is_aborted_and_nothing_is_held(shop: InMemoryCloud) -> None:
    Execution(shop, UPLOAD | {"strategy": "Canary10Percent5Minutes"}, "d-43").shifted()
    Execution(shop, UPLOAD | {"onBusy": "wait"}, "d-44").run_to("Wait for its turn")
    say(shop, "abort", deployment="d-44", step="any")
    assert shop.ledger.ordered_for == {}


@pytest.mark.parametrize(
    ("on_busy", "end"), [("reject", "Target busy"), ("wait", "Wait for its turn")], ids=str
)
def test_a_hold_that_is_set_just_before_the_claim_is_free_counts(
    shop: InMemoryCloud, on_busy: str, end: str
) -> None:
    upload = Execution(shop, UPLOAD | {"onBusy": on_busy}, "d-43").run_to("Claim")
    shop.ledger.meanwhile("claim", lambda: say(shop, "hold", target="orders:live"))
    upload.run_to(end)
    assert upload.variables["reason"].startswith("orders:live is held by bob")
    assert shop.ledger.held == {}


# What waits, and what need not


def test_an_upload_that_may_wait_waits_until_the_hold_is_released(shop: InMemoryCloud) -> None:
    goes_back(shop)
    upload = Execution(shop, UPLOAD | {"onBusy": "wait"}, "d-43").run_to("Wait for its turn")
    assert upload.variables["reason"].startswith(HELD)
    for _ in range(9):
        upload.step()
    assert shop.routing("orders:live") == Routing("41")
    assert released(shop) == {
        "outcome": "accepted",
        "reason": "orders:live is released",
        "now": {"held": None},
    }
    assert upload.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("43")


def test_a_deployment_that_says_so_releases_and_overtakes_what_waits(shop: InMemoryCloud) -> None:
    goes_back(shop)
    Execution(shop, UPLOAD | {"onBusy": "wait"}, "d-43").run_to("Wait for its turn")
    fix = Execution(shop, UPLOAD | {"hold": False, "requestedBy": "bob"}, "d-fix")
    assert fix.run() == "Deployed"
    assert "orders:live is released" in shop.ledger.lines["d-fix"]["claimed#00000"]["reason"]
    assert "hold: orders:live is held by ann" in shop.ledger.lines["d-fix"]["planned#00000"]["reason"]
    assert released(shop)["outcome"] == "repeated"


def test_going_back_further_is_never_held(shop: InMemoryCloud) -> None:
    goes_back(shop)
    Execution(shop, UPLOAD | {"onBusy": "wait"}, "d-43").run_to("Wait for its turn")
    further = Execution(shop, BACK | {"source": {"version": "40"}}, "d-further")
    assert further.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("40")


def test_an_upload_that_replaces_others_leaves_one_that_goes_back_by_hand(shop: InMemoryCloud) -> None:
    back = Execution(shop, BACK | {"source": "previous", "strategy": "Canary10Percent5Minutes"}, "d-back")
    back.shifted()
    shop.passes(1)
    upload = Execution(shop, UPLOAD | {"onBusy": "replace"}, "d-43").run_to("Wait for its turn")
    assert back.run() == "Deployed"
    for _ in range(6):
        upload.step()
    assert upload.variables["reason"].startswith("orders:live is held by ann")
    assert shop.routing("orders:live") == Routing("41")


def test_what_is_held_is_one_target_and_no_other(shop: InMemoryCloud) -> None:
    goes_back(shop)
    shop.has_function("billing")
    shop.somebody_saves("billing")
    assert Execution(shop, {"function": "billing", "strategy": "AllAtOnce"}, "d-b").run() == "Deployed"
    assert Execution(shop, UPLOAD | {"alias": "beta"}, "d-beta").run() == "Deployed"
    both = Execution(shop, {"functions": ["billing", "orders"], "strategy": "AllAtOnce"}, "d-both")
    assert both.run() == "Target busy"


# What is shown


@pytest.mark.parametrize(
    ("on_busy", "words"),
    [
        ("reject", "this one is refused, unless it says"),
        ("wait", "this one waits until it is released, unless"),
    ],
)
def test_a_dry_run_says_that_it_would_be_held(shop: InMemoryCloud, on_busy: str, words: str) -> None:
    goes_back(shop)
    dry = Execution(shop, UPLOAD | {"onBusy": on_busy, "dryRun": True}, "d-dry")
    assert dry.run() == "Dry run"
    [said] = [it["warning"] for it in dry.output["warnings"] if it["field"] == "hold"]
    assert said.startswith(f"{HELD}: {words}")


def test_a_target_is_held_by_hand_once_and_people_are_told(shop: InMemoryCloud) -> None:
    assert say(shop, "hold", target="orders:live") == {
        "outcome": "accepted",
        "reason": "orders:live is held until it is released",
        "now": {"held": "held by bob since 2026-11-24 09:00:00 UTC because 43 is good"},
    }
    shop.passes(60)
    assert say(shop, "hold", target="orders:live")["outcome"] == "repeated"
    told = [event["reason"] for event in shop.notifications.events if event["state"] == "commanded"]
    assert told == ["hold of orders:live by bob since 2026-11-24 09:00:00 UTC because 43 is good"]
    assert Execution(shop, UPLOAD, "d-43").run() == "Target busy"
    shop.passes(60)
    assert released(shop)["outcome"] == "accepted"
    assert Execution(shop, UPLOAD, "d-44").run() == "Deployed"


def test_the_answer_to_a_command_says_which_targets_are_held(shop: InMemoryCloud) -> None:
    goes_back(shop)
    answer = say(shop, "pause", deployment="d-back", step="any")
    assert answer["now"]["held"] == [HELD]
