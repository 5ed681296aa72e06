"""The guard settles what executions that are over have left: whoever calls it, and however often."""

from collections.abc import Callable
from typing import Any

import pytest

from hotplug.core.errors import ForbiddenError, NotRestoredError, TryAgainError
from hotplug.core.resources.alias import AliasState, Routing
from tests.fakes import InMemoryCloud, split
from tests.support.guarding import SWEEP, ended, turned_red, wake
from tests.support.machine.execution import Execution

BOTH = {"functions": ["orders", "billing"], "strategy": "Linear40PercentEvery1Minute", "alarms": ["errors"]}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Two functions with new code, one that was never deployed, and a green alarm."""
    for name in ("orders", "billing"):
        cloud.has_function(name)
        cloud.somebody_saves(name)
    cloud.has_function("mail", versions=[], alias=None)
    cloud.alarm("errors")
    return cloud


def stopped(execution: Execution, status: str = "ABORTED") -> None:
    execution.cloud.executions.ends(execution.name, status)


def serves(cloud: InMemoryCloud, *names: str) -> list[Routing | None]:
    return [cloud.routing(f"{name}:live") for name in names or ("orders", "billing")]


def aliases(cloud: InMemoryCloud) -> list[AliasState | None]:
    return [cloud.alias(f"{name}:live") for name in ("orders", "billing")]


def outcome_of(cloud: InMemoryCloud, name: str = "d-1") -> Any:
    """It is closed once, whoever does it."""
    (line,) = [line for line in cloud.ledger.timeline(name) if line["state"] == "closed"]
    return line["outcome"]


AS_IT_WAS = [Routing("41"), Routing("41")]
TRIGGERS = [pytest.param(ended(), id="its end is told"), pytest.param(SWEEP, id="it is found by the sweep")]
PLACES: list[tuple[str, Callable[[Execution], object]]] = [
    ("claimed", lambda execution: (execution.plan(), execution.claim())),
    ("published", Execution.published),
    ("on its first step", Execution.shifted),
    ("past its bakes", Execution.baked),
]
everywhere = pytest.mark.parametrize("place", [at[1] for at in PLACES], ids=[at[0] for at in PLACES])


@pytest.mark.parametrize("event", TRIGGERS)
@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED"])
@everywhere
def test_whatever_an_execution_left_behind_is_put_back(
    shop: InMemoryCloud, place: Callable[[Execution], object], status: str, event: dict[str, Any]
) -> None:
    execution = Execution(shop, BOTH)
    place(execution)
    stopped(execution, status)
    assert wake(shop, event) == {"looked": 1, "restored": ["d-1"]}
    assert serves(shop) == AS_IT_WAS
    assert shop.ledger.held == {}
    assert outcome_of(shop) == "rolled_back"


def test_it_says_why_what_was_done_and_what_is_left_behind(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "orders"}).shifted()
    stopped(execution)
    wake(shop, ended())
    reason = (
        "the execution ended before its deployment was over; orders:live is back on version 41; "
        "$LATEST of orders still holds the code of version 42"
    )
    for line in ("restored#00000", "closed"):
        assert shop.ledger.lines["d-1"][line]["reason"] == reason
    assert shop.notifications.messages[-1].subject == "hotplug: rolled_back: orders:live 41 -> 42 at 0 %"
    assert reason in shop.notifications.messages[-1].body
    (past,) = shop.ledger.history["orders:live"].values()
    assert (past["outcome"], past["percent"]) == ("rolled_back", 0)


@everywhere
def test_an_execution_that_is_still_running_is_left_to_itself(
    shop: InMemoryCloud, place: Callable[[Execution], object]
) -> None:
    execution = Execution(shop, BOTH)
    place(execution)
    before, told = aliases(shop), len(shop.notifications.events)
    for event in (ended(), SWEEP):
        assert wake(shop, event) == {"looked": 1, "restored": []}
    assert aliases(shop) == before
    assert set(shop.ledger.held) == {"orders:live", "billing:live"}
    assert len(shop.notifications.events) == told


def test_an_execution_that_waits_for_its_redrive_is_left_to_itself(shop: InMemoryCloud) -> None:
    execution = Execution(shop, BOTH).shifted()
    stopped(execution, "PENDING_REDRIVE")
    assert wake(shop, SWEEP)["restored"] == []
    assert serves(shop) == [split("41", "42", 40)] * 2


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(ended(), id="the event is delivered twice"),
        pytest.param(SWEEP, id="the sweep comes, too"),
    ],
)
def test_settling_twice_is_settling_once(shop: InMemoryCloud, again: dict[str, Any]) -> None:
    execution = Execution(shop, BOTH).shifted()
    stopped(execution)
    wake(shop, ended())
    before, lines, told = aliases(shop), dict(shop.ledger.lines["d-1"]), len(shop.notifications.events)
    shop.passes(60)
    wake(shop, again)
    assert aliases(shop) == before
    assert shop.ledger.lines["d-1"] == lines
    assert len(shop.ledger.history["orders:live"]) == 1
    assert {message.subject for message in shop.notifications.messages[told:]} <= {
        message.subject for message in shop.notifications.messages[:told]
    }


def test_an_event_that_comes_late_does_not_touch_the_deployment_that_came_after(shop: InMemoryCloud) -> None:
    first = Execution(shop, {"function": "orders"}, "d-1").shifted()
    stopped(first)
    wake(shop, SWEEP)
    Execution(shop, {"function": "orders"}, "d-2").shifted()
    before = aliases(shop)
    assert "d-2" not in wake(shop, ended("d-1"))["restored"]
    assert aliases(shop) == before
    assert shop.ledger.held["orders:live"].deployment == "d-2"


def test_what_went_well_to_its_end_is_left_as_it_is(shop: InMemoryCloud) -> None:
    execution = Execution(shop, BOTH)
    assert execution.run() == "Deployed"
    stopped(execution, "SUCCEEDED")
    before = aliases(shop)
    for event in (ended(status="FAILED"), SWEEP, turned_red()):
        wake(shop, event)
    assert aliases(shop) == before
    assert serves(shop) == [Routing("42"), Routing("42")]
    assert outcome_of(shop) == "deployed"


FOREIGN = [
    pytest.param(split("41", "42", 77), id="another weight"),
    pytest.param(Routing("42"), id="the candidate, by hand"),
]


@pytest.mark.parametrize("routing", FOREIGN)
def test_an_alias_that_somebody_moved_is_left_as_it_is(shop: InMemoryCloud, routing: Routing) -> None:
    execution = Execution(shop, BOTH).shifted()
    moved = shop.somebody_moves("orders:live", routing)
    stopped(execution)
    wake(shop, ended())
    assert shop.alias("orders:live") == moved
    assert shop.routing("billing:live") == Routing("41")
    reason = shop.ledger.lines["d-1"]["closed"]["reason"]
    assert f"orders:live was moved by somebody else: it is on {routing} now" in reason
    assert shop.ledger.held == {}


def test_an_alias_that_somebody_deleted_stays_deleted(shop: InMemoryCloud) -> None:
    execution = Execution(shop, BOTH).shifted()
    shop.somebody_deletes("orders:live")
    stopped(execution)
    wake(shop, ended())
    assert serves(shop) == [None, Routing("41")]
    assert shop.ledger.held == {}


# A promotion under way


def baked(cloud: InMemoryCloud, *functions: str) -> Execution:
    return Execution(cloud, {"functions": list(functions)}).baked()


def test_a_promotion_that_reached_every_alias_stays(shop: InMemoryCloud) -> None:
    execution = baked(shop, "orders", "mail", "billing")
    execution.promote()
    stopped(execution)
    assert wake(shop, ended())["restored"] == ["d-1"]
    assert serves(shop, "orders", "mail", "billing") == [Routing("42"), Routing("1"), Routing("42")]
    assert shop.ledger.held == {}
    assert outcome_of(shop) == "deployed"
    assert shop.notifications.events[-1]["outcome"] == "deployed"
    assert [target["percent"] for target in shop.notifications.events[-1]["targets"]] == [100, 100, 100]


@pytest.mark.parametrize(
    ("verb", "of"),
    [
        pytest.param("point", "orders", id="the first swap"),
        pytest.param("point", "billing", id="the second swap"),
        pytest.param("create", "mail", id="the creation"),
    ],
)
def test_a_promotion_that_reached_only_some_goes_back_everywhere(
    shop: InMemoryCloud, verb: str, of: str
) -> None:
    execution = baked(shop, "orders", "billing", "mail")
    shop.functions.fails_next(verb, ForbiddenError("AccessDenied"), of=of)
    with pytest.raises(ForbiddenError):
        execution.promote()
    stopped(execution)
    wake(shop, ended())
    assert serves(shop, "orders", "billing", "mail") == [*AS_IT_WAS, None]
    assert outcome_of(shop) == "rolled_back"
    assert shop.ledger.held == {}


def test_a_promoted_alias_that_somebody_moved_on_is_left_and_the_others_go_back(shop: InMemoryCloud) -> None:
    execution = baked(shop, "orders", "billing")
    execution.promote()
    moved = shop.somebody_moves("orders:live", split("42", "41", 5))
    stopped(execution)
    wake(shop, ended())
    assert shop.alias("orders:live") == moved
    assert shop.routing("billing:live") == Routing("41")
    assert shop.ledger.held == {}


@pytest.mark.parametrize("outcome", ["deployed", "rolled_back"])
def test_a_close_that_broke_off_before_it_freed_the_claims_is_finished(
    shop: InMemoryCloud, outcome: str
) -> None:
    execution = baked(shop, "orders", "billing")
    if outcome == "deployed":
        execution.promote()
    else:
        execution.assign(reason="because")
        execution.roll_back()
    shop.ledger.fails_next("release", TryAgainError("throttled"))
    with pytest.raises(TryAgainError):
        execution.close()
    before, lines = aliases(shop), dict(shop.ledger.lines["d-1"])
    stopped(execution, "FAILED")
    wake(shop, ended())
    assert shop.ledger.held == {}
    assert aliases(shop) == before
    assert shop.ledger.lines["d-1"] == lines
    assert outcome_of(shop) == outcome


# Several deployments, and trouble


def test_all_that_is_over_is_settled_and_nothing_else(shop: InMemoryCloud) -> None:
    over, living = (
        Execution(shop, {"function": "orders"}, "d-1"),
        Execution(shop, {"function": "billing"}, "d-2"),
    )
    over.shifted()
    living.shifted()
    stopped(over)
    assert wake(shop, SWEEP) == {"looked": 2, "restored": ["d-1"]}
    assert serves(shop) == [Routing("41"), split("41", "42", 10)]
    assert set(shop.ledger.held) == {"billing:live"}


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ForbiddenError("AccessDenied"), id="forbidden"),
        pytest.param(TryAgainError("Rate exceeded"), id="throttled"),
        pytest.param(KeyError("FunctionVersion"), id="an error that nobody expected"),
    ],
)
def test_one_deployment_that_fails_keeps_no_other_waiting(shop: InMemoryCloud, error: Exception) -> None:
    for name, function in (("d-1", "orders"), ("d-2", "billing")):
        stopped(Execution(shop, {"function": function}, name).shifted())
    shop.functions.fails_next("point", error, of="orders")
    with pytest.raises(NotRestoredError, match="d-1: "):
        wake(shop, SWEEP)
    assert serves(shop) == [split("41", "42", 10), Routing("41")]
    assert set(shop.ledger.held) == {"orders:live"}
    assert outcome_of(shop, "d-2") == "rolled_back"
    assert wake(shop, SWEEP)["restored"] == ["d-1"]
    assert serves(shop) == AS_IT_WAS
    assert shop.ledger.held == {}


@pytest.mark.parametrize("verb", ["load", "append", "remember", "close", "release"])
@pytest.mark.parametrize("after_effect", [False, True], ids=["refused", "answer lost"])
def test_a_guard_that_breaks_off_anywhere_is_made_good_by_the_next(
    shop: InMemoryCloud, verb: str, after_effect: bool
) -> None:
    stopped(Execution(shop, BOTH).shifted())
    shop.ledger.fails_next(verb, TryAgainError("throttled"), after_effect=after_effect)
    with pytest.raises(NotRestoredError):
        wake(shop, ended())
    if verb == "release" and after_effect:
        assert shop.ledger.held == {}
    else:
        wake(shop, SWEEP)
    assert serves(shop) == AS_IT_WAS
    assert shop.ledger.held == {}
    assert outcome_of(shop) == "rolled_back"
    assert len(shop.ledger.history["orders:live"]) == 1


def test_notifications_that_fail_keep_no_alias_waiting(shop: InMemoryCloud) -> None:
    stopped(Execution(shop, BOTH).shifted())
    shop.notifications.fails_next("publish", TryAgainError("SNS is away"), times=2)
    wake(shop, ended())
    assert serves(shop) == AS_IT_WAS
    assert shop.ledger.held == {}


def test_with_nothing_claimed_the_sweep_has_nothing_to_do(shop: InMemoryCloud) -> None:
    before = aliases(shop)
    assert wake(shop, SWEEP) == {"looked": 0, "restored": []}
    assert aliases(shop) == before


# Before there is anything to put back


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT"])
def test_an_execution_that_ended_before_its_plan_is_told_about(shop: InMemoryCloud, status: str) -> None:
    execution = Execution(shop, BOTH)
    stopped(execution, status)
    wake(shop, ended(status=status))
    assert shop.ledger.lines["d-1"]["refused"]["outcome"] == "refused"
    assert "before there was a plan" in shop.notifications.messages[-1].body
    assert serves(shop) == AS_IT_WAS


def test_a_request_that_was_refused_is_not_told_about_twice(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "orders", "strategy": "Cannary"})
    assert execution.run() == "Invalid request"
    stopped(execution, "FAILED")
    told = len(shop.notifications.messages)
    wake(shop, ended(status="FAILED"))
    assert len(shop.notifications.messages) == told


def test_a_deployment_that_found_its_target_busy_is_not_told_about_twice(shop: InMemoryCloud) -> None:
    Execution(shop, {"function": "orders"}, "d-0").shifted()
    execution = Execution(shop, {"function": "orders"})
    assert execution.run() == "Target busy"
    stopped(execution, "FAILED")
    before, told = aliases(shop), len(shop.notifications.messages)
    wake(shop, ended(status="FAILED"))
    assert aliases(shop) == before
    assert shop.ledger.held["orders:live"].deployment == "d-0"
    assert [line["state"] for line in shop.ledger.lines["d-1"].values()] == ["planned", "busy"]
    assert len(shop.notifications.messages) == told
