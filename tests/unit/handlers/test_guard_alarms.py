"""A red alarm puts the aliases back between two polls, and the machine ends with that reason."""

from collections.abc import Callable
from typing import Any

import pytest

from hotplug.core.errors import ForbiddenError, NotRestoredError, TrippedError, TryAgainError
from hotplug.core.resources.alias import AliasState, Routing
from tests.fakes import GREEN, NO_DATA, RED, InMemoryCloud, split
from tests.support.guarding import SWEEP, turned_red, wake
from tests.support.machine.execution import Execution

BOTH = {
    "functions": ["orders", "billing"],
    "strategy": "Linear40PercentEvery10Minutes",
    "alarms": ["errors"],
    "pollSeconds": 300,
}
WHY = "alarm errors went into ALARM (9 errors in 1 minute); the candidate had 40 % of calls"


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Three functions with new code, and two green alarms."""
    for name in ("orders", "billing", "mail"):
        cloud.has_function(name)
        cloud.somebody_saves(name)
    cloud.alarm("errors")
    cloud.alarm("latency")
    return cloud


def goes_red(cloud: InMemoryCloud, alarm: str = "errors") -> None:
    cloud.alarm(alarm).goes(RED, "9 errors in 1 minute")


def serves(cloud: InMemoryCloud) -> list[Routing | None]:
    return [cloud.routing("orders:live"), cloud.routing("billing:live")]


def aliases(cloud: InMemoryCloud) -> list[AliasState | None]:
    return [cloud.alias("orders:live"), cloud.alias("billing:live")]


AS_IT_WAS = [Routing("41"), Routing("41")]
SHIFTED = [split("41", "42", 40)] * 2


def test_the_aliases_go_back_at_once_and_no_time_passes(shop: InMemoryCloud) -> None:
    Execution(shop, BOTH).shifted()
    goes_red(shop)
    before = shop.now()
    assert wake(shop, turned_red()) == {"looked": 1, "restored": ["d-1"]}
    assert serves(shop) == AS_IT_WAS
    assert shop.now() == before


def test_people_are_told_at_once_with_the_numbers(shop: InMemoryCloud) -> None:
    Execution(shop, BOTH).shifted()
    goes_red(shop)
    wake(shop, turned_red())
    line = shop.ledger.lines["d-1"]["tripped#00000"]
    assert line["reason"].startswith(f"{WHY}; ")
    for target in ("orders:live", "billing:live"):
        assert f"{target} is back on version 41" in line["reason"]
    assert [target["percent"] for target in line["targets"]] == [0, 0]
    assert shop.notifications.events[-1]["state"] == "tripped"
    assert line["reason"] in shop.notifications.messages[-1].body


def test_the_claims_stay_until_the_machine_has_ended(shop: InMemoryCloud) -> None:
    execution = Execution(shop, BOTH).shifted()
    goes_red(shop)
    wake(shop, turned_red())
    assert set(shop.ledger.held) == {"orders:live", "billing:live"}
    shop.passes(300)
    assert execution.watch()["verdict"] == "roll_back"
    execution.roll_back()
    execution.close()
    assert shop.ledger.held == {}


def test_the_machine_ends_with_the_reason_of_the_guard_though_the_alarm_has_cleared(
    shop: InMemoryCloud,
) -> None:
    execution = Execution(shop, BOTH)
    happened: list[str] = []

    def blinks() -> None:
        if not happened:
            goes_red(shop)
            happened.extend(wake(shop, turned_red())["restored"])
            shop.alarm("errors").goes(GREEN)

    assert execution.run(blinks) == "Rolled back"
    assert happened == ["d-1"]
    assert execution.variables["reason"] == (
        f"{WHY}; billing:live is back on version 41; orders:live is back on version 41; "
        "$LATEST of orders still holds the code of version 42; "
        "$LATEST of billing still holds the code of version 42"
    )
    assert serves(shop) == AS_IT_WAS
    assert shop.ledger.held == {}
    states = [line["state"] for line in shop.ledger.lines["d-1"].values()]
    assert states[-4:] == ["tripped", "watched", "restored", "closed"]


def test_the_reason_of_the_guard_beats_what_failed_because_of_it(shop: InMemoryCloud) -> None:
    """The machine hears of it as an error, too: when its next step is a Shift or the Promote."""
    execution = Execution(shop, BOTH).shifted()
    goes_red(shop)
    wake(shop, turned_red())
    execution.assign(step=1)
    with pytest.raises(TrippedError, match="alarm errors went into ALARM"):
        execution.shift()
    execution.assign(fault={"Error": "AliasMovedError", "Cause": "orders:live was moved"})
    assert execution.roll_back()["reason"].startswith(f"{WHY}; ")
    assert execution.close()["reason"].startswith(f"{WHY}; ")


DISREGARDED: list[tuple[str, Callable[[InMemoryCloud], object], dict[str, Any]]] = [
    ("it is not watched", lambda cloud: goes_red(cloud, "latency"), turned_red("latency")),
    ("it does not exist", lambda cloud: None, turned_red("nobody's")),
    ("it is forged: the alarm is green", lambda cloud: None, turned_red()),
    ("it is late: it has cleared", lambda cloud: cloud.alarm("errors").goes(GREEN), turned_red()),
    ("it is forged: there is no data", lambda cloud: cloud.alarm("errors").goes(NO_DATA), turned_red()),
    ("the alarm is gone", lambda cloud: cloud.alarms.vanishes("errors"), turned_red()),
]


@pytest.mark.parametrize(
    ("happens", "event"), [entry[1:] for entry in DISREGARDED], ids=[entry[0] for entry in DISREGARDED]
)
def test_an_event_is_not_believed(
    shop: InMemoryCloud, happens: Callable[[InMemoryCloud], object], event: dict[str, Any]
) -> None:
    Execution(shop, BOTH).shifted()
    happens(shop)
    before, told = aliases(shop), len(shop.notifications.events)
    assert wake(shop, event) == {"looked": 1, "restored": []}
    assert aliases(shop) == before
    assert len(shop.notifications.events) == told
    assert shop.ledger.standings["d-1"].tripped is None


def test_an_alarm_that_was_red_at_the_start_is_excused_until_it_has_cleared(shop: InMemoryCloud) -> None:
    goes_red(shop)
    Execution(shop, BOTH).shifted()
    assert wake(shop, turned_red())["restored"] == []
    assert serves(shop) == SHIFTED
    shop.alarm("errors").goes(GREEN)
    goes_red(shop)
    assert wake(shop, turned_red())["restored"] == ["d-1"]
    assert serves(shop) == AS_IT_WAS
    assert "again, after it had cleared" in shop.ledger.lines["d-1"]["tripped#00000"]["reason"]


def test_each_deployment_that_watches_the_alarm_goes_back_and_no_other(shop: InMemoryCloud) -> None:
    for name, function, alarm in [
        ("d-1", "orders", "errors"),
        ("d-2", "billing", "latency"),
        ("d-3", "mail", "errors"),
    ]:
        Execution(shop, {"function": function, "alarms": [alarm]}, name).shifted()
    goes_red(shop)
    assert wake(shop, turned_red()) == {"looked": 3, "restored": ["d-1", "d-3"]}
    assert serves(shop) == [Routing("41"), split("41", "42", 10)]
    assert shop.routing("mail:live") == Routing("41")


def test_one_deployment_that_fails_keeps_no_other_waiting(shop: InMemoryCloud) -> None:
    for name, function in (("d-1", "orders"), ("d-2", "billing")):
        Execution(shop, {"function": function, "alarms": ["errors"]}, name).shifted()
    goes_red(shop)
    shop.functions.fails_next("point", ForbiddenError("AccessDenied"), of="orders")
    with pytest.raises(NotRestoredError, match="orders:live: ForbiddenError: AccessDenied"):
        wake(shop, turned_red())
    assert shop.routing("billing:live") == Routing("41")
    assert wake(shop, turned_red())["restored"] == ["d-1", "d-2"]
    assert serves(shop) == AS_IT_WAS


def test_tripping_twice_is_tripping_once(shop: InMemoryCloud) -> None:
    Execution(shop, BOTH).shifted()
    goes_red(shop)
    wake(shop, turned_red())
    before, lines = aliases(shop), dict(shop.ledger.lines["d-1"])
    shop.passes(30)
    wake(shop, turned_red())
    assert aliases(shop) == before
    assert shop.ledger.lines["d-1"] == lines


def test_of_two_alarms_the_first_is_the_reason(shop: InMemoryCloud) -> None:
    Execution(shop, BOTH | {"alarms": ["errors", "latency"]}).shifted()
    goes_red(shop)
    wake(shop, turned_red())
    goes_red(shop, "latency")
    wake(shop, turned_red("latency"))
    assert shop.ledger.tripped("d-1") == WHY


def test_an_alias_that_somebody_moved_is_left_as_it_is(shop: InMemoryCloud) -> None:
    Execution(shop, BOTH).shifted()
    moved = shop.somebody_moves("orders:live", split("41", "42", 77))
    goes_red(shop)
    wake(shop, turned_red())
    assert shop.alias("orders:live") == moved
    assert shop.routing("billing:live") == Routing("41")
    said = "orders:live was moved by somebody else: it is on version 41 with 77 % to version 42 now"
    assert said in shop.ledger.lines["d-1"]["tripped#00000"]["reason"]


def test_a_deployment_that_is_not_shifted_yet_never_begins(shop: InMemoryCloud) -> None:
    execution = Execution(shop, BOTH).published()
    goes_red(shop)
    assert wake(shop, turned_red())["restored"] == ["d-1"]
    with pytest.raises(TrippedError):
        execution.shift()
    assert serves(shop) == AS_IT_WAS


def test_a_deployment_that_is_being_promoted_has_its_verdict(shop: InMemoryCloud) -> None:
    execution = Execution(shop, BOTH).baked()
    execution.promote()
    goes_red(shop)
    assert wake(shop, turned_red())["restored"] == []
    assert serves(shop) == [Routing("42"), Routing("42")]
    assert execution.close()["outcome"] == "deployed"


def test_a_deployment_that_was_tripped_and_then_stopped_is_closed_with_that_reason(
    shop: InMemoryCloud,
) -> None:
    Execution(shop, BOTH).shifted()
    goes_red(shop)
    wake(shop, turned_red())
    shop.executions.ends("d-1")
    assert wake(shop, SWEEP)["restored"] == ["d-1"]
    assert serves(shop) == AS_IT_WAS
    assert shop.ledger.held == {}
    (closed,) = [line for line in shop.ledger.timeline("d-1") if line["state"] == "closed"]
    assert closed["reason"].startswith(f"{WHY}; ")


@pytest.mark.parametrize("verb", ["trip", "append"])
@pytest.mark.parametrize("after_effect", [False, True], ids=["refused", "answer lost"])
def test_a_guard_that_breaks_off_is_made_good_when_it_is_retried(
    shop: InMemoryCloud, verb: str, after_effect: bool
) -> None:
    Execution(shop, BOTH).shifted()
    goes_red(shop)
    shop.ledger.fails_next(verb, TryAgainError("throttled"), after_effect=after_effect)
    with pytest.raises(NotRestoredError):
        wake(shop, turned_red())
    wake(shop, turned_red())
    assert serves(shop) == AS_IT_WAS
    assert shop.ledger.tripped("d-1") == WHY
    assert "tripped#00000" in shop.ledger.lines["d-1"]
