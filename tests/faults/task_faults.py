"""Faults of a task itself: it dies, it is late, it is throttled, it runs twice, it is broken for good."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.faults.acts import cannot_be_imported
from tests.faults.faults import Effect, Fault, Strike, spoilt
from tests.faults.moments import Halfway, Tapped
from tests.faults.stage import Run, Stage
from tests.faults.visits import Visit
from tests.support.machine.tasks import Died, is_function, thrown
from tests.support.machine.values import StateFailedError

RETRIED = "Lambda.SdkClientException"
AT_THE_END = 10_000
"""Later than any number of states."""


def of_task(visit: Visit) -> Iterator[Fault]:
    if visit.kind == "Task":
        yield from _throws(visit)
        yield from _is_late(visit)
        yield from _is_repeated()
        if is_function(visit.resource):
            yield from _is_broken(visit)


def _throws(visit: Visit) -> Iterator[Fault]:
    yield Fault("throws before its effect", "", spoilt(_throws_at_once))
    for moment, call in enumerate(visit.calls, 1):
        whole = moment == len(visit.calls)
        kind = "throws after its effect" if whole else "throws halfway"
        yield Fault(kind, f"after {call} ({moment})", spoilt(partial(_dies, moment)))
        lost = Fault(
            kind, f"after {call} ({moment}), retried", spoilt(partial(_is_lost, moment)), effect=Effect.NONE
        )
        yield lost


def _throws_at_once(_: Stage, run: Run) -> Any:
    raise thrown("ValueError", "nobody thought of this")


def _dies(moment: int, stage: Stage, run: Run) -> Any:
    return run(Tapped(stage.cloud, moment, _end))


def _end() -> None:
    raise Died


def _is_lost(moment: int, stage: Stage, run: Run) -> Any:
    """As `_dies`, but the machine hears of an error that it retries."""
    try:
        _dies(moment, stage, run)
    except StateFailedError as failure:
        raise StateFailedError(RETRIED, failure.cause) from failure
    raise StateFailedError(RETRIED, "the answer was lost")


def _is_late(visit: Visit) -> Iterator[Fault]:
    """The rest of the task happens when the next state begins, one later, when all is over, or never."""
    whole = len(visit.calls)
    arrivals = {
        "before the next state's effect": 1,
        "after the next state's effect": 2,
        "at the very end": AT_THE_END,
    }
    for moment in range(whole):
        for when, steps in arrivals.items():
            strike = spoilt(partial(_times_out, moment, steps))
            yield Fault("times out", f"after {moment} calls, the rest {when}", strike)
        yield Fault(
            "times out, its rest meets the next deployment",
            f"after {moment} calls",
            spoilt(partial(_meets, moment)),
        )
    yield Fault("times out", "after its effect", spoilt(partial(_times_out, whole, AT_THE_END)))


def _times_out(moment: int, steps: int, stage: Stage, run: Run) -> Any:
    late = _halfway(moment, stage, run)
    stage.happens_after(steps, late.goes_on)
    raise StateFailedError("States.Timeout")


def _meets(moment: int, stage: Stage, run: Run) -> Any:
    stage.ghosts.append(_halfway(moment, stage, run))
    raise StateFailedError("States.Timeout")


def _halfway(moment: int, stage: Stage, run: Run) -> Halfway:
    late = Halfway(run)
    late.starts(stage.cloud, moment)
    return late


def _is_repeated() -> Iterator[Fault]:
    yield Fault("is throttled 3 times", "", spoilt(*[_is_throttled] * 3), effect=Effect.NONE)
    yield Fault("is throttled for good", "", _for_good(lambda run: _is_throttled(None, run)))
    yield Fault("is run twice", "the second answer counts", spoilt(_runs_twice), effect=Effect.NONE)
    yield Fault("is run twice", "the first answer counts", spoilt(_runs_once_more))


def _is_throttled(_: Stage | None, run: Run) -> Any:
    raise StateFailedError("Lambda.TooManyRequestsException", "Rate Exceeded.")


def _runs_twice(stage: Stage, run: Run) -> Any:
    run(stage.cloud)
    return run(stage.cloud)


def _runs_once_more(stage: Stage, run: Run) -> Any:
    answer = run(stage.cloud)
    Halfway(run).starts(stage.cloud, AT_THE_END)
    return answer


def _is_broken(visit: Visit) -> Iterator[Fault]:
    kind = "is broken for good by a bad release"
    yield Fault(kind, "cannot be imported", _for_good(cannot_be_imported))
    answers: list[Any] = [{}, "nonsense", None]
    for nonsense in answers:
        yield Fault(kind, f"answers {nonsense!r}", _for_good(lambda _, answer=nonsense: answer))


def _for_good(broken: Any) -> Strike:
    def strike(stage: Stage) -> None:
        stage.broken[stage.execution.state] = broken

    return strike
