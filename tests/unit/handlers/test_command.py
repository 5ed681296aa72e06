"""Commands: taken once, written down with who and why, and obeyed by the machine at its next look."""

from typing import Any

import pytest

from hotplug.core.errors import AbortedError, TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.handlers.command import command
from tests.fakes import RED, InMemoryCloud, split
from tests.support.machine.execution import Execution

ASK = {"timeout": "1h", "onTimeout": "roll_back"}
ASKS_THEN_BAKES = {
    "type": "steps",
    "steps": [{"percent": 10, "bake": "1m", "approve": ASK}, {"percent": 50, "bake": "5m"}],
}
REQUEST = {"function": "orders", "strategy": ASKS_THEN_BAKES, "alarms": ["errors"]}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """A function with new code and a green alarm."""
    cloud.has_function("orders")
    cloud.somebody_saves("orders")
    cloud.alarm("errors")
    return cloud


def say(cloud: InMemoryCloud, word: str, **more: Any) -> dict[str, Any]:
    to_all = word in {"freeze", "unfreeze"}
    meant = {} if to_all else {"deployment": "d-1", "step": 0}
    return command({"command": word, "by": "ann", "why": "ticket 7"} | meant | more, cloud)


def looked(execution: Execution, after_seconds: float = 60) -> tuple[str, str]:
    execution.cloud.passes(after_seconds)
    answer = execution.watch()
    return answer["verdict"], answer["reason"]


def states(cloud: InMemoryCloud, deployment: str = "d-1") -> list[str]:
    return [event["state"] for event in cloud.notifications.events if event["deployment"] == deployment]


def test_people_are_asked_once_and_their_yes_takes_it_on(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    assert looked(execution)[0] == looked(execution)[0] == "hold"
    assert states(shop).count("asked") == 1
    assert "waits for approval of step 0 until" in shop.notifications.messages[-1].body

    answer = say(shop, "approve")
    assert (answer["outcome"], answer["reason"]) == ("accepted", "obeyed at the next poll")
    verdict, reason = looked(execution)
    assert verdict == "advance"
    assert "; approved by ann at 2026-11-24 09:02:00 UTC because ticket 7" in reason
    assert shop.notifications.events[-2]["state"] == "commanded"
    assert shop.notifications.events[-2]["reason"].startswith("approve by ann at")


def test_nobody_has_to_wait_to_be_asked(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    say(shop, "approve")
    assert looked(execution)[0] == "advance"
    assert "asked" not in states(shop)


def test_what_is_not_approved_in_time_goes_back_without_blame(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST)
    assert execution.run() == "Rolled back"
    assert "not approved within 3600 s" in execution.variables["reason"]
    assert shop.ledger.blamed == {}
    assert shop.routing("orders:live") == Routing("41")


def test_a_command_for_a_step_that_is_over_does_nothing_and_hears_what_is_now(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    say(shop, "approve")
    looked(execution)
    execution.shift()
    told = len(shop.notifications.events)

    answer = say(shop, "promote", step=0)

    assert answer == {
        "outcome": "stale",
        "reason": "it is on step 1 now, not on step 0",
        "now": {
            "frozen": None,
            "step": 1,
            "phase": "moving",
            "outcome": None,
            "paused": None,
            "aborted": None,
            "held": [],
        },
    }
    assert len(shop.notifications.events) == told
    assert looked(execution)[0] == "hold"


@pytest.mark.parametrize("word", ["approve", "pause", "promote", "skip", "abort", "freeze"])
def test_the_same_command_twice_is_one(shop: InMemoryCloud, word: str) -> None:
    Execution(shop, REQUEST).shifted()
    assert say(shop, word)["outcome"] == "accepted"
    told, ordered = len(shop.notifications.events), dict(shop.ledger.ordered)
    shop.passes(5)
    assert say(shop, word)["outcome"] == "repeated"
    assert shop.ledger.ordered == ordered
    assert len(shop.notifications.events) == told


@pytest.mark.parametrize("word", ["approve", "pause", "abort", "freeze"])
def test_a_command_whose_line_was_lost_is_written_down_when_it_is_repeated(
    shop: InMemoryCloud, word: str
) -> None:
    Execution(shop, REQUEST).shifted()
    shop.ledger.fails_next("append", TryAgainError("throttled"))
    with pytest.raises(TryAgainError):
        say(shop, word)
    shop.passes(5)
    assert say(shop, word)["outcome"] == "repeated"
    assert states(shop, "*" if word == "freeze" else "d-1")[-1] == "commanded"


def test_a_pause_holds_until_it_is_resumed(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST | {"strategy": "Canary10Percent1Minute"}).shifted()
    assert say(shop, "pause", step="any")["now"]["paused"].startswith("paused by ann since")
    verdict, reason = looked(execution)
    assert (verdict, reason.split(";")[0]) == (
        "hold",
        "held: paused by ann since 2026-11-24 09:00:00 UTC because ticket 7",
    )
    assert looked(execution, 3600 * 24 * 6)[0] == "hold"
    assert say(shop, "resume")["outcome"] == "accepted"
    assert looked(execution)[0] == "promote"
    assert states(shop).count("commanded") == 2


def test_a_pause_during_a_bake_does_not_make_it_longer(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST | {"strategy": "Canary10Percent1Minute"}).shifted()
    say(shop, "pause")
    looked(execution, 30)
    say(shop, "resume")
    assert looked(execution, 30)[0] == "promote"


@pytest.mark.parametrize("holds", ["pause", "freeze"])
def test_a_red_alarm_wins_over_whatever_holds(shop: InMemoryCloud, holds: str) -> None:
    execution = Execution(shop, REQUEST).shifted()
    say(shop, holds)
    looked(execution)
    shop.alarm("errors").goes(RED)
    verdict, reason = looked(execution, 1)
    assert (verdict, execution.variables["blame"]) == ("roll_back", True)
    assert reason.startswith("alarm errors went into ALARM")


def test_an_alias_that_somebody_moved_wins_too(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    say(shop, "pause")
    shop.somebody_moves("orders:live", Routing("41"))
    assert looked(execution)[0] == "roll_back"


def test_a_skipped_bake_is_over_and_the_next_one_is_not(shop: InMemoryCloud) -> None:
    strategy = {"type": "linear", "percent": 40, "every": "1h"}
    execution = Execution(shop, REQUEST | {"strategy": strategy}).shifted()
    say(shop, "skip")
    verdict, reason = looked(execution, 1)
    assert (verdict, execution.variables["step"]) == ("advance", 1)
    assert reason.startswith("the rest of the bake is skipped by ann at")
    execution.shift()
    assert looked(execution, 1)[0] == "hold"


def test_a_skipped_bake_still_asks_for_its_approval(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    say(shop, "skip")
    verdict, reason = looked(execution, 1)
    assert (verdict, "waits for approval" in reason) == ("hold", True)


def test_a_promotion_skips_all_steps_and_approvals(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    say(shop, "promote")
    verdict, reason = looked(execution, 1)
    assert (verdict, execution.variables["step"]) == ("promote", 2)
    assert reason.startswith("promoted by ann at")
    execution.promote()
    assert shop.routing("orders:live") == Routing("42")


def test_a_promotion_is_refused_while_an_alarm_is_red(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    shop.alarm("errors").goes(RED)
    say(shop, "promote")
    assert looked(execution, 1)[0] == "roll_back"


def test_an_abort_goes_back_and_blames_nobody(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST)
    ended = execution.run(lambda: say(shop, "abort", step="any"))
    assert ended == "Rolled back"
    assert execution.variables["reason"].startswith("aborted by ann at")
    assert "the candidate had 10 % of calls" in execution.variables["reason"]
    assert shop.routing("orders:live") == Routing("41")
    assert (shop.ledger.blamed, shop.ledger.held) == ({}, {})


def test_an_abort_is_no_red_alarm_even_if_both_are_there(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    say(shop, "abort")
    shop.alarm("errors").goes(RED)
    verdict, reason = looked(execution, 1)
    assert (verdict, execution.variables["blame"]) == ("roll_back", False)
    assert reason.startswith("aborted by ann")


def test_what_waits_in_line_can_be_aborted(shop: InMemoryCloud) -> None:
    holder = Execution(shop, REQUEST, "d-0").shifted()
    waiter = Execution(shop, REQUEST | {"onBusy": "wait"})
    waiter.plan()
    assert waiter.claim()["outcome"] == "waiting"

    say(shop, "abort", step="any")

    assert waiter.run() == "Rolled back"
    assert waiter.cause.startswith("AbortedError: aborted by ann")
    assert (shop.ledger.line, set(shop.ledger.held)) == ({}, {"orders:live"})
    assert shop.routing("orders:live") == split("41", "42", 10)
    assert looked(holder)[0] == "hold"


def test_an_abort_during_publishing_is_obeyed_at_the_next_look(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST)
    execution.plan()
    execution.claim()
    say(shop, "abort", step=0)
    with pytest.raises(AbortedError):
        execution.publish()


def test_what_cannot_be_read_is_refused_with_all_its_problems(shop: InMemoryCloud) -> None:
    answer = command({"command": "pause", "step": "first"}, shop)
    assert answer["outcome"] == "refused"
    for field in ("deployment", "step", "by", "why"):
        assert f"- {field}: " in answer["reason"]
    assert shop.ledger.ordered == {}


def test_a_command_to_nobody_is_refused(shop: InMemoryCloud) -> None:
    answer = say(shop, "pause", deployment="d-9")
    assert (answer["outcome"], answer["reason"]) == ("refused", "there is no deployment of this name")
    assert (shop.ledger.ordered, shop.notifications.events) == ({}, [])


def test_a_command_moves_no_alias(shop: InMemoryCloud) -> None:
    Execution(shop, REQUEST).shifted()
    before = shop.alias("orders:live")
    for word in ("pause", "resume", "approve", "skip", "promote", "abort", "freeze", "unfreeze"):
        say(shop, word)
    assert shop.alias("orders:live") == before
