"""What was asked for as a guard guards, whatever kind of deployment it is, or it is said that it can't."""

from typing import Any

import pytest

from hotplug.core.errors import UnreadableError
from hotplug.core.resources.alias import Routing
from hotplug.handlers.command import command
from tests.fakes import GREEN, RED, InMemoryCloud
from tests.support.guarding import turned_red, wake
from tests.support.machine.execution import Execution

type Json = dict[str, Any]

ASKING: Json = {"percent": 10, "bake": "1m", "approve": {"timeout": "1h"}}
STEPS: Json = {"type": "steps", "steps": [ASKING]}
NEW: Json = {"function": "orders", "alias": "beta"}
AT_ONCE: Json = {"function": "orders", "strategy": "AllAtOnce"}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders has new code, and an alias `live`; nothing is called `beta` yet."""
    cloud.has_function("orders", versions=("40", "41"))
    cloud.somebody_saves("orders")
    cloud.has_function("check", alias=None)
    cloud.hooks.answers("check", {"status": "SUCCEEDED"})
    cloud.alarm("errors")
    return cloud


def beta(cloud: InMemoryCloud) -> Routing | None:
    return cloud.routing("orders:beta")


def told(cloud: InMemoryCloud, state: str) -> list[str]:
    return [event["reason"] for event in cloud.notifications.events if event["state"] == state]


def ordered(cloud: InMemoryCloud, word: str) -> str:
    said = {"command": word, "deployment": "d-1", "step": 0, "by": "ann", "why": "ticket 7"}
    return str(command(said, cloud)["outcome"])


# Approvals


@pytest.mark.parametrize("word", ["approve", "promote"])
@pytest.mark.parametrize(
    "more", [{}, {"smoke": [{"payload": {}}]}, {"hooks": {"beforeTraffic": "check"}}], ids=str
)
def test_an_alias_is_created_once_somebody_approves(shop: InMemoryCloud, word: str, more: Json) -> None:
    first = Execution(shop, NEW | {"strategy": STEPS} | more)
    looks: list[Routing | None] = []

    def is_approved_at_the_third() -> None:
        looks.append(beta(shop))
        if len(looks) == 3:
            assert ordered(shop, word) == "accepted"

    assert first.run(is_approved_at_the_third) == "Deployed"
    assert looks == [None] * 3
    assert beta(shop) == Routing("42")
    [asked] = told(shop, "asked")
    assert asked.startswith(
        "waits for approval of the promotion until 2026-11-24 10:00:00 UTC, then: roll_back"
    )


@pytest.mark.parametrize(
    ("on_timeout", "end", "is_there"),
    [("roll_back", "Rolled back", False), ("advance", "Deployed", True)],
)
def test_without_an_answer_it_ends_as_was_asked(
    shop: InMemoryCloud, on_timeout: str, end: str, is_there: bool
) -> None:
    step = ASKING | {"approve": {"timeout": "10m", "onTimeout": on_timeout}}
    first = Execution(shop, NEW | {"strategy": {"type": "steps", "steps": [step]}})
    assert first.run() == end
    assert (beta(shop) is not None) == is_there


def test_an_approval_of_the_whole_strategy_holds_the_creation_too(shop: InMemoryCloud) -> None:
    strategy = {"type": "canary", "percent": 5, "bake": "5m", "approve": {}}
    first = Execution(shop, NEW | {"strategy": strategy}).published()
    assert first.state == "Watch"
    assert first.watch()["verdict"] == "hold"
    assert ordered(shop, "approve") == "accepted"
    assert first.watch()["verdict"] == "promote"


def test_of_several_approvals_the_strictest_is_asked_for(shop: InMemoryCloud) -> None:
    steps = [ASKING | {"percent": 5, "approve": {"timeout": "2h"}}]
    steps += [ASKING | {"percent": 9, "approve": {"timeout": "1m", "onTimeout": "advance"}}]
    answer = Execution(shop, NEW | {"strategy": {"type": "steps", "steps": steps}}).plan()
    assert answer["plan"]["approval"] == {"timeoutSeconds": 7200, "onTimeout": "roll_back"}
    assert "its 2 approvals become one" in answer["reason"]


def test_a_dead_live_version_is_left_once_somebody_approves(shop: InMemoryCloud) -> None:
    shop.functions.functions["orders"].versions["41"].state = "Failed"
    cure = Execution(shop, {"function": "orders", "strategy": STEPS})
    assert cure.run(lambda: ordered(shop, "approve")) == "Deployed"
    assert told(shop, "asked")


# Windows and freezes


def test_the_creation_of_an_alias_waits_for_its_window_and_for_the_end_of_a_freeze(
    shop: InMemoryCloud,
) -> None:
    command({"command": "freeze", "by": "ann", "why": "the fair"}, shop)
    windows = [{"days": ["tue"], "from": "12:00", "to": "13:00"}]
    first = Execution(shop, NEW | {"windows": windows}).run_to("Watch")
    held = first.watch()
    assert held["verdict"] == "hold"
    assert "frozen by ann" in held["reason"]
    assert "until the window opens" in held["reason"]
    assert beta(shop) is None


@pytest.mark.parametrize("request_", [NEW, AT_ONCE], ids=["new", "at once"])
def test_a_freeze_is_a_warning_of_plan_and_dry_run(shop: InMemoryCloud, request_: Json) -> None:
    command({"command": "freeze", "by": "ann", "why": "the fair"}, shop)
    dry = Execution(shop, request_ | {"dryRun": True}, "d-dry")
    assert dry.run() == "Dry run"
    [said] = [it["warning"] for it in dry.output["warnings"] if it["field"] == "windows"]
    assert said == (
        "every deployment is frozen by ann since 2026-11-24 09:00:00 UTC because the fair: this one waits "
        "before its first calls until the freeze is ended"
    )
    assert said in Execution(shop, request_).plan()["reason"]


@pytest.mark.parametrize("is_over", [True, False], ids=["ended", "unreadable"])
def test_no_freeze_is_none_and_one_that_cannot_be_read_stops_no_plan(
    shop: InMemoryCloud, is_over: bool
) -> None:
    command({"command": "freeze", "by": "ann", "why": "the fair"}, shop)
    if is_over:
        command({"command": "unfreeze", "by": "ann", "why": "it is over"}, shop)
    else:
        shop.ledger.fails_next("commands", UnreadableError("by is 7"), of="*")
    assert "frozen" not in Execution(shop, AT_ONCE).plan()["reason"]


# Alarms

DEPLOYMENTS: dict[str, Json] = {
    "all at once": AT_ONCE,
    "a first deployment": NEW,
    "forwards to a version": AT_ONCE | {"source": {"version": "42"}},
}


@pytest.mark.parametrize("asked", DEPLOYMENTS)
@pytest.mark.parametrize("more", [{}, {"hooks": {"beforeTraffic": "check"}}], ids=str)
def test_an_alarm_that_is_red_before_the_promotion_stops_it(
    shop: InMemoryCloud, asked: str, more: Json
) -> None:
    shop.functions.had_published("orders", "42", shop.functions.functions["orders"].config)

    def reddens(_: object) -> Json:
        shop.alarm("errors").goes(RED)
        return {"status": "SUCCEEDED"}

    shop.hooks.does("check", reddens)
    execution = Execution(shop, DEPLOYMENTS[asked] | {"alarms": ["errors"]} | more).run_to("Publish")
    if not more:
        shop.alarm("errors").goes(RED, "9 errors")
    assert execution.run() == "Rolled back"
    assert "AlarmRedError: alarm errors went into ALARM" in execution.cause
    assert shop.routing("orders:live") == Routing("41")
    assert beta(shop) is None
    assert (shop.ledger.held, shop.ledger.blamed) == ({}, {})


@pytest.mark.parametrize("asked", DEPLOYMENTS)
def test_an_alarm_that_the_guard_heard_of_while_publish_waits_stops_it(
    shop: InMemoryCloud, asked: str
) -> None:
    shop.functions.had_published("orders", "42", shop.functions.functions["orders"].config)
    execution = Execution(shop, DEPLOYMENTS[asked] | {"alarms": ["errors"]}).run_to("Publish")
    shop.alarm("errors").goes(RED, "9 errors")
    assert wake(shop, turned_red())["restored"] == ["d-1"]
    shop.alarm("errors").goes(GREEN)
    assert execution.run() == "Rolled back"
    assert execution.cause.startswith("alarm errors went into ALARM (9 errors); no candidate had calls yet")
    assert shop.routing("orders:live") == Routing("41")
    assert beta(shop) is None


def test_an_alarm_that_was_red_before_does_not_stop_it(shop: InMemoryCloud) -> None:
    shop.alarm("errors").goes(RED)
    assert Execution(shop, AT_ONCE | {"alarms": ["errors"]}).run() == "Deployed"


def test_no_alarm_stops_going_back_at_once(shop: InMemoryCloud) -> None:
    back = Execution(shop, AT_ONCE | {"source": {"version": "40"}, "alarms": ["errors"]}).run_to("Promote")
    shop.alarm("errors").goes(RED)
    assert wake(shop, turned_red())["restored"] == []
    assert back.run() == "Deployed"


def test_what_watches_is_named_with_how_long(shop: InMemoryCloud) -> None:
    answer = Execution(shop, NEW | {"strategy": STEPS, "alarms": ["errors"], "evidence": "on"}).plan()
    assert answer["reason"].startswith(
        "after an approval, all at once; watched by errors until all calls move;"
    )
