"""Guard and machine at the same moment, in every order: one of them decides, and nothing stays in between."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from hotplug.core.errors import HotplugError, TryAgainError
from hotplug.core.resources.alias import Routing
from tests.fakes import RED, InMemoryCloud
from tests.fakes.faults import Surprising
from tests.support.guarding import SWEEP, turned_red, wake
from tests.support.machine.execution import Execution

REQUEST = {
    "functions": ["orders", "billing", "mail"],
    "strategy": "Linear40PercentEvery1Minute",
    "alarms": ["errors"],
}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Two functions with new code, one that was never deployed, and a green alarm."""
    for name in ("orders", "billing"):
        cloud.has_function(name)
        cloud.somebody_saves(name)
    cloud.has_function("mail", versions=[], alias=None)
    cloud.alarm("errors")
    return cloud


def serves(cloud: InMemoryCloud) -> list[Routing | None]:
    return [cloud.routing(f"{name}:live") for name in ("orders", "billing", "mail")]


BEFORE = [Routing("41"), Routing("41"), None]
AFTER = [Routing("42"), Routing("42"), Routing("1")]


@dataclass(frozen=True)
class Moment:
    """Just before a call that a task makes: `adapter` and `verb`, after so many earlier ones."""

    adapter: str
    verb: str
    calls_before: int = 0

    def let(self, cloud: InMemoryCloud, happens: Callable[[], object]) -> None:
        part: Surprising = getattr(cloud, self.adapter)
        part.meanwhile(self.verb, happens, calls_before=self.calls_before)


SHIFT = {
    "before Shift saves": Moment("ledger", "save"),
    "between its save and its first write": Moment("functions", "point"),
    "between its two writes": Moment("functions", "point", 1),
    "after its writes": Moment("ledger", "append"),
}
PROMOTE = {
    "before Promote saves": Moment("ledger", "save"),
    "between its save and its first write": Moment("functions", "point"),
    "between its two swaps": Moment("functions", "point", 1),
    "before it makes the new alias": Moment("functions", "create"),
    "after its writes": Moment("ledger", "append"),
}


def at_shift(cloud: InMemoryCloud, step: int) -> Execution:
    """About to move to this step."""
    execution = Execution(cloud, REQUEST).published()
    for _ in range(step):
        execution.step()
        execution.run_to("Shift")
    return execution


def alarm(cloud: InMemoryCloud) -> Callable[[], object]:
    """The alarm turns red and the guard hears of it, all at this moment."""

    def happens() -> None:
        cloud.alarm("errors").goes(RED)
        wake(cloud, turned_red())

    return happens


@pytest.mark.parametrize("moment", SHIFT.values(), ids=SHIFT.keys())
@pytest.mark.parametrize("step", [0, 1], ids=["first step", "second step"])
def test_a_red_alarm_beside_shift_ends_with_the_stable_version(
    shop: InMemoryCloud, moment: Moment, step: int
) -> None:
    execution = at_shift(shop, step)
    moment.let(shop, alarm(shop))
    assert execution.run() == "Rolled back"
    assert serves(shop) == BEFORE
    assert shop.ledger.held == {}
    assert "alarm errors went into ALARM" in execution.variables["reason"]


@pytest.mark.parametrize("moment", PROMOTE.values(), ids=PROMOTE.keys())
def test_a_red_alarm_beside_promote_ends_with_one_version_or_the_other(
    shop: InMemoryCloud, moment: Moment
) -> None:
    execution = Execution(shop, REQUEST).baked()
    moment.let(shop, alarm(shop))
    ended = execution.run()
    assert (ended, serves(shop)) == (
        ("Rolled back", BEFORE) if moment.verb == "save" else ("Deployed", AFTER)
    )
    assert shop.ledger.held == {}


def stop(cloud: InMemoryCloud) -> Callable[[], object]:
    """Somebody stops the execution and the guard settles it, while the task's Lambda is still at work."""

    def happens() -> None:
        cloud.executions.ends("d-1")
        wake(cloud, SWEEP)

    return happens


def attempted(task: Callable[[], object]) -> object:
    """Nobody hears the answer any more, nor the error."""
    try:
        return task()
    except Exception as error:  # noqa: BLE001 - the execution is over
        return error


@pytest.mark.parametrize("moment", SHIFT.values(), ids=SHIFT.keys())
@pytest.mark.parametrize("step", [0, 1], ids=["first step", "second step"])
def test_a_shift_that_is_still_at_work_when_its_execution_is_settled_moves_nothing_more(
    shop: InMemoryCloud, moment: Moment, step: int
) -> None:
    execution = at_shift(shop, step)
    moment.let(shop, stop(shop))
    attempted(execution.shift)
    assert serves(shop) == BEFORE
    assert shop.ledger.held == {}
    attempted(execution.shift)
    assert serves(shop) == BEFORE


@pytest.mark.parametrize("moment", PROMOTE.values(), ids=PROMOTE.keys())
def test_a_promotion_that_is_still_at_work_when_its_execution_is_settled_ends_whole(
    shop: InMemoryCloud, moment: Moment
) -> None:
    execution = Execution(shop, REQUEST).baked()
    moment.let(shop, stop(shop))
    attempted(execution.promote)
    (closed,) = [line for line in shop.ledger.timeline("d-1") if line["state"] == "closed"]
    assert serves(shop) == (AFTER if closed["outcome"] == "deployed" else BEFORE)
    assert shop.ledger.held == {}
    attempted(execution.promote)
    assert serves(shop) == (AFTER if closed["outcome"] == "deployed" else BEFORE)


ROLL_BACK = {
    "before it decides": Moment("ledger", "decide"),
    "between its looks": Moment("functions", "alias", 1),
    "before its first write": Moment("functions", "point"),
    "before its line": Moment("ledger", "append"),
}


@pytest.mark.parametrize("moment", ROLL_BACK.values(), ids=ROLL_BACK.keys())
@pytest.mark.parametrize("happens", [alarm, stop], ids=["a red alarm", "it is stopped"])
def test_two_that_go_back_at_once_get_there(
    shop: InMemoryCloud, moment: Moment, happens: Callable[[InMemoryCloud], Callable[[], object]]
) -> None:
    execution = Execution(shop, REQUEST).shifted()
    execution.assign(reason="because")
    moment.let(shop, happens(shop))
    execution.roll_back()
    execution.close()
    assert serves(shop) == BEFORE
    assert shop.ledger.held == {}
    assert [line["state"] for line in shop.ledger.timeline("d-1")].count("closed") == 1


CLOSE = {
    "before its line": Moment("ledger", "append"),
    "before the history": Moment("ledger", "remember"),
    "before it is closed": Moment("ledger", "close"),
    "before the claims are freed": Moment("ledger", "release"),
}


@pytest.mark.parametrize("moment", CLOSE.values(), ids=CLOSE.keys())
@pytest.mark.parametrize("went", ["deployed", "rolled_back"])
def test_a_close_that_is_still_at_work_when_its_execution_is_settled_says_the_same(
    shop: InMemoryCloud, moment: Moment, went: str
) -> None:
    execution = Execution(shop, REQUEST).baked()
    if went == "deployed":
        execution.promote()
    else:
        execution.assign(reason="because")
        execution.roll_back()
    moment.let(shop, stop(shop))
    assert execution.close()["outcome"] == went
    assert serves(shop) == (AFTER if went == "deployed" else BEFORE)
    assert shop.ledger.held == {}
    (closed,) = [line for line in shop.ledger.timeline("d-1") if line["state"] == "closed"]
    assert closed["outcome"] == went


BOTH_TRIGGERS = [("ledger", "claims"), ("ledger", "load"), ("ledger", "append")]
BOTH_TRIGGERS += [("functions", "alias"), ("functions", "point")]
GUARD = {
    "a red alarm": [*BOTH_TRIGGERS, ("ledger", "trip"), ("alarms", "states")],
    "it is stopped": [
        *BOTH_TRIGGERS,
        *(("ledger", verb) for verb in ("decide", "remember", "close", "release")),
    ],
}


@pytest.mark.parametrize(
    ("cause", "moment"),
    [
        pytest.param(cause, Moment(*call, calls_before), id=f"{cause}, {' '.join(call)} {calls_before}")
        for cause, calls in GUARD.items()
        for call in calls
        for calls_before in ((0, 1) if call[0] == "functions" else (0,))
    ],
)
def test_two_guards_at_the_same_moment_are_like_one(shop: InMemoryCloud, moment: Moment, cause: str) -> None:
    """The alarm's event, the status event and the sweep may all arrive at once."""
    Execution(shop, REQUEST).shifted()
    event = SWEEP
    if cause == "a red alarm":
        shop.alarm("errors").goes(RED)
        event = turned_red()
    else:
        shop.executions.ends("d-1")
    moment.let(shop, lambda: wake(shop, event))
    try:
        wake(shop, event)
    except HotplugError:
        wake(shop, event)
    assert serves(shop) == BEFORE
    assert len([line for line in shop.ledger.timeline("d-1") if line["state"] == "closed"]) == (
        0 if cause == "a red alarm" else 1
    )


def test_a_shift_that_is_throttled_after_the_guard_tripped_is_not_retried_into_moving(
    shop: InMemoryCloud,
) -> None:
    execution = Execution(shop, REQUEST).published()
    shop.functions.fails_next("point", TryAgainError("Rate exceeded"), of="billing")
    with pytest.raises(TryAgainError):
        execution.shift()
    alarm(shop)()
    assert execution.run() == "Rolled back"
    assert serves(shop) == BEFORE
