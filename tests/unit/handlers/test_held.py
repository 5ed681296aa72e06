"""Frozen, paused or outside its window, a deployment gives its candidate no calls, and no more of them."""

from datetime import datetime
from typing import Any

import pytest

from hotplug.core.resources.alias import Routing
from hotplug.handlers.command import command
from tests.fakes import RED, InMemoryCloud, split
from tests.support.machine.execution import Execution

SMOKE: list[Any] = [{"payload": {}}]
TUESDAY_NOON = {"days": ["tue"], "from": "12:00", "to": "13:00"}
REQUEST: dict[str, Any] = {"function": "orders", "strategy": "Canary10Percent1Minute", "alarms": ["errors"]}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """A function with new code and a green alarm, on a Tuesday at nine."""
    cloud.has_function("orders")
    cloud.somebody_saves("orders")
    cloud.alarm("errors")
    return cloud


def all_is(cloud: InMemoryCloud, word: str) -> None:
    answer = command({"command": word, "by": "ann", "why": "the fair"}, cloud)
    assert answer["outcome"] == "accepted"


def told(cloud: InMemoryCloud, state: str) -> list[str]:
    return [event["reason"] for event in cloud.notifications.events if event["state"] == state]


@pytest.mark.parametrize("strategy", ["Canary10Percent1Minute", "AllAtOnce", "Adaptive"])
@pytest.mark.parametrize("smoke", [[], SMOKE], ids=["untried", "tried"])
def test_in_a_freeze_the_first_calls_wait_until_it_ends(
    shop: InMemoryCloud, strategy: str, smoke: list[Any]
) -> None:
    all_is(shop, "freeze")
    execution = Execution(shop, REQUEST | {"strategy": strategy, "smoke": smoke})
    execution.published()
    outcome = execution.before_traffic()["outcome"] if smoke else execution.variables["outcome"]
    assert outcome == "held"

    held = execution.watch()
    assert (held["verdict"], shop.routing("orders:live")) == ("hold", Routing("41"))
    assert held["reason"] == (
        "held: frozen by ann since 2026-11-24 09:00:00 UTC because the fair; no candidate had calls yet"
    )
    all_is(shop, "unfreeze")
    assert execution.watch()["verdict"] == ("promote" if strategy == "AllAtOnce" else "advance")
    assert told(shop, "held") == [held["reason"]]
    assert told(shop, "watched") == []


@pytest.mark.parametrize("strategy", ["Canary10Percent1Minute", "AllAtOnce"])
def test_a_deployment_that_was_held_at_first_goes_its_whole_way(shop: InMemoryCloud, strategy: str) -> None:
    all_is(shop, "freeze")
    looks = []

    def thaws_at_the_third() -> None:
        looks.append(shop.routing("orders:live"))
        if len(looks) == 3:
            all_is(shop, "unfreeze")

    assert Execution(shop, REQUEST | {"strategy": strategy}).run(thaws_at_the_third) == "Deployed"
    assert looks[:3] == [Routing("41")] * 3
    assert shop.routing("orders:live") == Routing("42")


def test_a_freeze_holds_what_moves_where_it_is(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    all_is(shop, "freeze")
    shop.passes(60)
    assert execution.watch()["verdict"] == "hold"
    assert shop.routing("orders:live") == split("41", "42", 10)
    assert len(told(shop, "held")) == 1
    all_is(shop, "unfreeze")
    assert execution.watch()["verdict"] == "promote"


def test_outside_its_window_a_deployment_waits_for_it_to_open(shop: InMemoryCloud) -> None:
    request = REQUEST | {"windows": [TUESDAY_NOON]}
    execution = Execution(shop, request)
    moved_at: list[datetime] = []

    def look() -> None:
        if not moved_at and shop.routing("orders:live") != Routing("41"):
            moved_at.append(shop.now())

    assert execution.run(look) == "Deployed"
    assert [at.hour for at in moved_at] == [12]
    [reason] = told(shop, "held")
    assert reason.startswith("held: until the window opens Tue 2026-11-24 12:00 (UTC)")


def test_a_window_that_closes_holds_the_next_step(shop: InMemoryCloud) -> None:
    shop.passes(3 * 3600)
    request = REQUEST | {"windows": [TUESDAY_NOON], "strategy": "Canary10Percent60Minutes"}
    execution = Execution(shop, request).shifted()
    shop.passes(3600)
    answer = execution.watch()
    assert answer["verdict"] == "hold"
    assert "until the window opens Tue 2026-12-01 12:00 (UTC)" in answer["reason"]


def test_one_that_is_held_can_be_aborted(shop: InMemoryCloud) -> None:
    all_is(shop, "freeze")
    execution = Execution(shop, REQUEST)
    accepted = {"command": "abort", "deployment": "d-1", "step": 0, "by": "ann", "why": "no"}
    assert execution.run(lambda: command(accepted, shop)) == "Rolled back"
    assert "aborted by ann" in execution.variables["reason"]
    assert shop.routing("orders:live") == Routing("41")
    assert shop.ledger.held == {}


def test_an_alarm_that_turns_red_before_the_first_calls_ends_it_and_blames_nobody(
    shop: InMemoryCloud,
) -> None:
    all_is(shop, "freeze")
    execution = Execution(shop, REQUEST)
    assert execution.run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"
    assert "no candidate had calls yet" in execution.variables["reason"]
    assert shop.ledger.blamed == {}


def test_a_promotion_by_hand_waits_for_the_end_of_a_freeze(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    all_is(shop, "freeze")
    accepted = {"command": "promote", "deployment": "d-1", "step": 0, "by": "ann", "why": "now"}
    command(accepted, shop)
    assert execution.watch()["verdict"] == "hold"
    all_is(shop, "unfreeze")
    assert execution.watch()["verdict"] == "promote"


def test_what_is_live_already_is_not_held(shop: InMemoryCloud) -> None:
    all_is(shop, "freeze")
    assert Execution(shop, REQUEST | {"source": {"version": "41"}}).run() == "Deployed"


@pytest.mark.parametrize("strategy", ["Canary10Percent1Minute", "AllAtOnce"])
def test_hooks_are_asked_once_the_first_calls_are_not_held_any_more(
    shop: InMemoryCloud, strategy: str
) -> None:
    shop.has_function("check")
    points = dict.fromkeys(("beforeTraffic", "afterTraffic"), "check")
    asked_at: list[datetime] = []

    def works(_: object) -> dict[str, str]:
        asked_at.append(shop.now())
        return {"status": "SUCCEEDED"}

    shop.hooks.does("check", works)
    all_is(shop, "freeze")
    thawed_at: list[datetime] = []

    def thaws() -> None:
        assert thawed_at or not asked_at
        if not thawed_at:
            all_is(shop, "unfreeze")
            thawed_at.append(shop.now())

    assert Execution(shop, REQUEST | {"strategy": strategy, "hooks": points}).run(thaws) == "Deployed"
    assert len(asked_at) == 2
    assert shop.routing("orders:live") == Routing("42")
