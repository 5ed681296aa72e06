"""Faults of the execution: it is stopped, it times out, it is driven again, it is started twice."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from hotplug.core.deployment.transition import Outcome
from tests.faults.faults import Effect, Fault, spoilt
from tests.faults.moments import Halfway, Tapped
from tests.faults.stage import OTHER, Run, Stage
from tests.faults.visits import Visit
from tests.support.machine.tasks import Died

GUARD_CALLS = 24
"""More than the guard makes for two targets."""
PAUSES = 5
"""Every fifth of its calls is tried at one place, the others at the next; all before a task does anything."""


def of_execution(visit: Visit) -> Iterator[Fault]:
    yield from _ends(visit)
    yield from _is_redriven()
    if visit.kind == "Task":
        yield from _ends_during_a_task(visit)
    if visit.is_planned:
        again = {"functions": ["orders", "billing"], "source": {"version": OTHER}, "strategy": "AllAtOnce"}
        yield Fault(
            "is started twice",
            "",
            partial(_is_started_again, again),
            effect=Effect.NONE if visit.is_claimed else Effect.ANY,
        )


def _ends(visit: Visit) -> Iterator[Fault]:
    effect = Effect.NOT_THE_OUTCOME if visit.is_promoted else Effect.ANY
    yield Fault("is stopped", "", _stopped, effect)
    yield Fault("times out as a whole", "", lambda stage: stage.ends("TIMED_OUT"), effect)
    if visit.is_claimed:
        yield Fault("is stopped, and nobody hears of it", "", _stopped_in_silence, effect)
    for moment in range(1 + visit.step % PAUSES, GUARD_CALLS, PAUSES):
        yield Fault(
            "is stopped, and the guard breaks off", f"at {moment}", partial(_guard_breaks_off, moment)
        )


def _stopped(stage: Stage) -> None:
    stage.ends("ABORTED")


def _stopped_in_silence(stage: Stage) -> None:
    stage.events_arrive = False
    stage.ends("ABORTED")


def _stopped_and_heard(stage: Stage) -> None:
    stage.ends("ABORTED")
    stage.guard_hears_of_the_end()


def _guard_breaks_off(moment: int, stage: Stage) -> None:
    stage.ends("ABORTED")
    stage.guard_hears_of_the_end(Tapped(stage.cloud, moment, _end))


def _end() -> None:
    raise Died


def _is_redriven() -> Iterator[Fault]:
    def at_once(stage: Stage) -> None:
        stage.ends("ABORTED")
        _goes_on(stage)
        stage.guard_hears_of_the_end()

    def after_the_guard(stage: Stage) -> None:
        _stopped_and_heard(stage)
        kept = stage.cloud.ledger.decided.get(stage.execution.name) is Outcome.DEPLOYED
        stage.is_struck = not (kept and "Roll back" in stage.broken)
        if stage.is_struck:
            _goes_on(stage)

    # Not tried: the guard kept a promotion, it is redriven all the same, and Roll back is broken.
    yield Fault("is stopped and redriven", "before the guard hears of it", at_once, effect=Effect.NONE)
    yield Fault("is stopped and redriven", "after the guard", after_the_guard)


def _goes_on(stage: Stage) -> None:
    stage.execution.is_redriven()


def _ends_during_a_task(visit: Visit) -> Iterator[Fault]:
    """Step Functions stops no Lambda function: the task goes on to its end."""
    for moment in range(len(visit.calls) + 1):
        strike = spoilt(partial(_is_stopped_during, moment))
        yield Fault("is stopped during a task", f"after {moment} calls, the guard at once", strike)
        pauses = range(1 + moment % PAUSES, GUARD_CALLS, PAUSES) if moment else range(1, GUARD_CALLS)
        for pause in pauses:
            slow = spoilt(partial(_guard_is_slow, moment, pause))
            detail = f"after {moment} calls, the guard stays at {pause} meanwhile"
            yield Fault("is stopped during a task, and the guard is slow", detail, slow)
    yield Fault("is stopped during a task", "the guard hears late", spoilt(_is_stopped_while_it_runs))


def _is_stopped_during(moment: int, stage: Stage, run: Run) -> Any:
    stage.had_late_work = True
    return run(Tapped(stage.cloud, moment, partial(_stopped_and_heard, stage)))


def _is_stopped_while_it_runs(stage: Stage, run: Run) -> Any:
    stage.ends("ABORTED")
    return run(stage.cloud)


def _guard_is_slow(moment: int, pause: int, stage: Stage, run: Run) -> Any:
    """The guard begins after the task's `moment`, stays at its own `pause`, and goes on after the task."""
    stage.had_late_work = True
    slow = Halfway(stage.guard_hears_of_the_end)

    def begins() -> None:
        stage.ends("ABORTED")
        slow.starts(stage.cloud, pause)

    try:
        return run(Tapped(stage.cloud, moment, begins))
    finally:
        slow.goes_on()


def _is_started_again(request: Any, stage: Stage) -> None:
    """Another deployment of the same aliases, from its beginning to its end."""
    rival = stage.rival(request)
    rival.runs_to_its_end()
    if rival.execution.status == "SUCCEEDED":
        for target in rival.as_found:
            stage.somebody_touched(target)
