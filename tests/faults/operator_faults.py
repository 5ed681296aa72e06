"""Faults of operators: a hold of a target, and claims that are freed by command, wherever it does harm."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from hotplug.core.errors import UnreadableError
from hotplug.core.resources.alias import Routing
from hotplug.core.rollout.commands import AcceptedCommand, Command
from hotplug.handlers.command import command
from tests.fakes import a_target
from tests.faults.acts import is_held_at_first
from tests.faults.faults import Effect, Fault, meanwhile, spoilt
from tests.faults.stage import TARGETS, Json, Run, Stage
from tests.faults.visits import Visit

CLAIM = "ledger.claim"
HELD_FOR = 40
"""States: after so many more the target is released again, for those who wait."""
UNREADABLE = UnreadableError("step is 'one'")
ALWAYS = 99


def of_operator(visit: Visit) -> Iterator[Fault]:
    if visit.scenario.arrange is not is_held_at_first:
        yield from _holds(visit)
    if visit.is_claimed:
        yield from _frees(visit)


# Holds


def _holds(visit: Visit) -> Iterator[Fault]:
    """One that comes before the targets are claimed counts, and one that comes later disturbs nothing."""
    kind, calls = "somebody holds a target", visit.calls
    effect = Effect.NONE if visit.candidates else Effect.ANY
    claims = calls.index(CLAIM) + 1 if CLAIM in calls else 0
    for target in TARGETS:
        yield Fault(kind, target, partial(_holds_one, target), effect)
        for moment in range(1, len(calls) + 1) if visit.state == "Claim" else ():
            held = partial(_holds_one, target, just_claimed=moment == claims)
            yield Fault(kind, f"{target} after {moment} calls", spoilt(partial(meanwhile, moment, held)))


def _holds_one(target: str, stage: Stage, *, just_claimed: bool = False) -> None:
    """Claims that were just taken are given back, since the holds are read again."""
    ledger, holder = stage.cloud.ledger, stage.cloud.ledger.held.get(target)
    is_claimed = holder is not None and holder.deployment == stage.execution.name
    counts = just_claimed or not (is_claimed or _was_claimed(stage))
    ledger.accept_for(a_target(target), _order(Command.HOLD, stage))
    stage.later.append((stage.steps + HELD_FOR, partial(_releases, target, stage, counts=counts)))


def _releases(target: str, stage: Stage, *, counts: bool) -> None:
    ledger, name = stage.cloud.ledger, stage.execution.name
    saved = ledger.standings.get(name)
    waits = saved and any(it.hold is None and str(it.target) == target for it in saved.progress.plan.targets)
    if counts and waits and _was_claimed(stage):
        stage.complaints.append(f"{target} was held, and it was claimed")
    ledger.accept_for(a_target(target), _order(Command.RELEASE, stage))


def _was_claimed(stage: Stage) -> bool:
    lines = stage.cloud.ledger.lines.get(stage.execution.name, {}).values()
    return any(line["state"] == "claimed" for line in lines)


def _order(word: Command, stage: Stage) -> AcceptedCommand:
    return AcceptedCommand(word, "ann", "ticket 7", stage.cloud.now())


# Claims that are freed


def _frees(visit: Visit) -> Iterator[Fault]:
    kind = "somebody frees its claims"
    yield Fault(kind, "while it runs", _frees_while_it_runs, Effect.NONE)
    yield Fault(kind, "which the guard can do", _frees_what_the_guard_settles)
    kind = "its record can't be read, and somebody frees its claims"
    yield Fault(kind, "", _frees_for_good, muting=True)
    if visit.kind == "Task":
        yield Fault(kind, "as a task begins", spoilt(_frees_as_a_task_begins), muting=True)


def _frees_while_it_runs(stage: Stage) -> None:
    """At that moment its record can't be read."""
    ledger = stage.cloud.ledger
    ledger.fails_next("load", UNREADABLE, of=stage.execution.name, times=2)
    answer = _free(stage)
    if answer["outcome"] != "refused":
        stage.complaints.append(f"while it runs its claims may be freed: {answer}")
        _free(stage, answer["now"]["aliases"])
    ledger._surprises.clear()


def _frees_what_the_guard_settles(stage: Stage) -> None:
    """Nobody has told the guard yet; it looks for claims by itself."""
    stage.ends("ABORTED")
    stage.events_arrive = False
    answer = _free(stage)
    if answer["outcome"] != "refused":
        _free(stage, answer["now"]["aliases"])


def _frees_for_good(stage: Stage) -> None:
    """The guard can't settle it. Somebody looks at its aliases, puts them right, and frees its claims."""
    holders = stage.cloud.ledger.held.values()
    stage.is_struck = any(holder.deployment == stage.execution.name for holder in holders)
    if not stage.is_struck:
        return
    stage.ends("ABORTED")
    stage.cloud.ledger.fails_next("load", UNREADABLE, of=stage.execution.name, times=ALWAYS)
    stage.guard_hears_of_the_end()
    answer = _free(stage)
    if answer["outcome"] != "shown":
        stage.complaints.append(f"its claims were freed before anybody saw its aliases: {answer}")
    for target in TARGETS:
        _puts_right(target, stage)
    seen = {target: str(stage.cloud.routing(target) or "does not exist") for target in TARGETS}
    stage.is_freed = _free(stage, seen)["outcome"] == "accepted"


def _puts_right(target: str, stage: Stage) -> None:
    found, now = stage.as_found[target], stage.cloud.routing(target)
    if found and now != found.routing:
        stage.cloud.somebody_moves(target, Routing(found.routing.version))
        stage.somebody_touched(target)
    if not found and now:
        stage.cloud.somebody_deletes(target)
        stage.somebody_touched(target)


def _frees_as_a_task_begins(stage: Stage, run: Run) -> Any:
    """Step Functions stops no Lambda function: the task goes on to its end."""
    stage.had_late_work = True
    _frees_for_good(stage)
    return run(stage.cloud)


def _free(stage: Stage, seen: Json = None) -> Json:
    said = {"command": "free", "deployment": stage.execution.name, "by": "ann", "why": "ticket 7"}
    return command(said | ({"seen": seen} if seen else {}), stage.cloud)
