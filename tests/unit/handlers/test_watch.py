"""Watch looks at the aliases, the alarms and the clock, and changes nothing."""

from collections.abc import Callable

import pytest

from hotplug.core.errors import TryAgainError
from hotplug.core.resources.alarm import AlarmColour
from hotplug.core.resources.alias import Routing
from tests.fakes import GREEN, NO_DATA, RED, InMemoryCloud, split
from tests.support.machine.execution import Execution

TWO_STEPS = {"type": "steps", "steps": [{"percent": 10, "bake": "1m"}, {"percent": 50, "bake": "5m"}]}
WATCHED = {"function": "orders", "strategy": TWO_STEPS, "alarms": ["errors"]}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """A function with new code and a green alarm."""
    cloud.has_function("orders")
    cloud.somebody_saves("orders")
    cloud.alarm("errors")
    return cloud


def test_a_quiet_bake_is_held_on(shop: InMemoryCloud) -> None:
    execution = Execution(shop, WATCHED).shifted()
    shop.passes(30)
    answer = execution.watch()
    assert (answer["verdict"], answer["step"], answer["wait"]) == ("hold", 0, 30)
    assert answer["reason"] == (
        "baked 30 of 60 s; the candidate had 10 % of calls; evidence: orders:live, version 42 against 41: "
        "undecided: the candidate had no calls that could be compared"
    )


def test_holding_on_is_no_transition(shop: InMemoryCloud) -> None:
    execution = Execution(shop, WATCHED).shifted()
    told = len(shop.notifications.events)
    execution.watch()
    assert "watched#00000" not in shop.ledger.lines["d-1"]
    assert len(shop.notifications.events) == told


def test_a_step_that_has_baked_advances(shop: InMemoryCloud) -> None:
    execution = Execution(shop, WATCHED).shifted()
    shop.passes(60)
    answer = execution.watch()
    assert (answer["verdict"], answer["step"], answer["wait"]) == ("advance", 1, 0)
    assert shop.ledger.lines["d-1"]["watched#00000"]["verdict"] == "advance"


def test_the_last_step_that_has_baked_is_promoted(shop: InMemoryCloud) -> None:
    execution = Execution(shop, WATCHED).shifted()
    execution.assign(step=1)
    execution.shift()
    shop.passes(300)
    answer = execution.watch()
    assert (answer["verdict"], answer["step"]) == ("promote", 2)
    assert "alarms quiet: errors" in answer["reason"]


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        pytest.param(
            lambda cloud: cloud.alarm("errors").goes(RED, "3 errors"),
            "alarm errors went into ALARM (3 errors); the candidate had 10 % of calls",
            id="an alarm goes red",
        ),
        pytest.param(
            lambda cloud: cloud.alarms.vanishes("errors"),
            "errors does not exist any more",
            id="an alarm goes",
        ),
        pytest.param(
            lambda cloud: cloud.somebody_moves("orders:live", Routing("41")),
            "orders:live was moved by somebody else: it is on version 41 now",
            id="somebody puts the alias back",
        ),
        pytest.param(
            lambda cloud: cloud.somebody_moves("orders:live", split("41", "42", 90)),
            "with 90 % to version 42 now",
            id="somebody turns the weight up",
        ),
        pytest.param(
            lambda cloud: cloud.somebody_deletes("orders:live"),
            "is gone now",
            id="somebody deletes the alias",
        ),
    ],
)
def test_what_ends_a_deployment_is_said_and_written_down(
    shop: InMemoryCloud, happens: Callable[[InMemoryCloud], object], words: str
) -> None:
    execution = Execution(shop, WATCHED).shifted()
    happens(shop)
    shop.passes(60)
    answer = execution.watch()
    assert (answer["verdict"], answer["step"]) == ("roll_back", 0)
    assert words in answer["reason"]
    line = shop.ledger.lines["d-1"]["watched#00000"]
    assert (line["verdict"], line["reason"]) == ("roll_back", answer["reason"])
    assert words in shop.notifications.messages[-1].body


@pytest.mark.parametrize(
    ("colours", "verdict"),
    [
        pytest.param([], "hold", id="it stays red"),
        pytest.param([RED], "hold", id="it is evaluated again"),
        pytest.param([GREEN], "hold", id="it clears"),
        pytest.param([NO_DATA], "hold", id="its data ends"),
        pytest.param([GREEN, RED], "roll_back", id="it clears and goes red again"),
        pytest.param([NO_DATA, RED], "roll_back", id="its data ends and it goes red again"),
    ],
)
def test_an_alarm_that_was_red_at_the_start_does_not_block_the_fix(
    shop: InMemoryCloud, colours: list[AlarmColour], verdict: str
) -> None:
    shop.alarm("errors").goes(RED)
    execution = Execution(shop, WATCHED).shifted()
    for colour in colours:
        shop.alarm("errors").goes(colour)
    assert execution.watch()["verdict"] == verdict


def test_one_target_that_was_moved_is_the_verdict_on_all(shop: InMemoryCloud) -> None:
    shop.has_function("billing")
    shop.somebody_saves("billing")
    execution = Execution(shop, {"functions": ["orders", "billing"]}).shifted()
    shop.somebody_moves("billing:live", Routing("41"))
    answer = execution.watch()
    assert answer["verdict"] == "roll_back"
    assert "billing:live" in answer["reason"]
    assert "orders:live" not in answer["reason"]


def test_looking_changes_nothing(shop: InMemoryCloud) -> None:
    execution = Execution(shop, WATCHED).shifted()
    alias, alarm = shop.alias("orders:live"), shop.alarm("errors").state
    shop.passes(60)
    execution.watch()
    assert (shop.alias("orders:live"), shop.alarm("errors").state) == (alias, alarm)


def test_looking_twice_writes_one_line(shop: InMemoryCloud) -> None:
    execution = Execution(shop, WATCHED).shifted()
    shop.passes(60)
    execution.watch()
    execution.assign(step=0)
    assert execution.watch()["verdict"] == "advance"
    assert [line["state"] for line in shop.ledger.timeline("d-1")].count("watched") == 1


def test_a_look_that_aws_does_not_answer_is_left_to_the_machine_to_retry(shop: InMemoryCloud) -> None:
    execution = Execution(shop, WATCHED).shifted()
    shop.alarms.fails_next("states", TryAgainError("Rate exceeded"))
    with pytest.raises(TryAgainError):
        execution.watch()
    assert execution.watch()["verdict"] == "hold"


def test_without_alarms_cloudwatch_is_not_needed(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "orders"}).shifted()
    shop.alarms.all.clear()
    assert execution.watch()["verdict"] == "hold"
