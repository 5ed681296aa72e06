"""Faults of the world around: alarms, other people, the ledger, the notifications, and the guard at work."""

from collections.abc import Iterable, Iterator
from functools import partial

from hotplug.core.resources.alias import Routing
from tests.fakes import GREEN, a_target, refusal, split
from tests.faults.execution_faults import GUARD_CALLS, PAUSES
from tests.faults.faults import Effect, Fault, meanwhile, spoilt
from tests.faults.moments import Halfway
from tests.faults.stage import OTHER, STABLE, TARGETS, WATCHED_ALARM, Stage
from tests.faults.visits import Visit

WRITES = ("claim", "save", "decide", "append", "remember", "quarantine", "close", "release", "trip")
THROTTLED = ("ProvisionedThroughputExceededException", "The level of configured provisioned throughput")
DELETING = ("Roll back", "Read alias", "Still ours?", "Take away")
"""Here a new alias may have been read already, and DeleteAlias knows no RevisionId: this race stays open."""
NEEDING = ("Publish", "Ready?", "Not ready yet")
"""Here a live version that is the candidate as well, or sleeps, has to be called yet."""
WRITES_OF_ONE_ALIAS = 8
DENIED = ("AccessDeniedException", "User is not authorized to perform this")

NOT_NOW = ("TooManyRequestsException", "ResourceConflictException", "SnapStartNotReadyException")
CALLING = {"Before traffic": NOT_NOW, "Hook": NOT_NOW}
"""Where users' functions are called, and how Lambda says that it can't do it now."""


def of_world(visit: Visit) -> Iterator[Fault]:
    yield from _alarm(visit)
    yield from _guard_at_work(visit)
    yield from _live_version_fails(visit)
    if visit.is_planned or visit.kind == "Task":
        yield from _somebody(visit)
        yield from _touches(visit)
        yield from _lags()
    for code in CALLING.get(visit.state, ()):
        yield Fault("Lambda does not take a call now", code, partial(_takes_no_call, code), Effect.NONE)
    if visit.kind == "Task":
        yield from _ledger(visit)
        refuses = partial(_refuses, "notifications", ("publish",), DENIED, 99)
        yield Fault("notifications are refused", "", refuses, effect=Effect.NONE, muting=True)


# Calls of users' functions


def _takes_no_call(code: str, stage: Stage) -> None:
    """The next two are refused, and do not run."""
    stage.cloud.trials.refuses("orders", code, times=2)
    stage.cloud.hooks.refuses("check", code, times=2)


# Alarms, and the guard


def _alarm(visit: Visit) -> Iterator[Fault]:
    yield Fault("alarm turns red, and only polls see it", "", Stage.turns_red)
    kind = "alarm turns red, and the guard hears of it"
    yield Fault(kind, "", _hears_and_puts_back)
    yield Fault("alarm event is stale", "", _hears_what_is_not_so, effect=Effect.NONE)
    for moment in range(1, len(visit.calls) + 1):
        yield Fault(
            kind, f"after {moment} calls", spoilt(partial(meanwhile, moment, Stage.guard_hears_of_the_alarm))
        )
    for pause in range(1 + visit.step % PAUSES, GUARD_CALLS, PAUSES):
        states = 1 + pause % 4
        slow = partial(_guard_is_slow, pause, states)
        yield Fault("alarm turns red, and the guard is slow", f"stays at {pause} for {states} states", slow)


def _hears_what_is_not_so(stage: Stage) -> None:
    stage.is_struck = stage.cloud.alarm(WATCHED_ALARM).state.colour is GREEN
    if stage.is_struck:
        stage.guard_hears_a_red_alarm()


def _hears_and_puts_back(stage: Stage) -> None:
    """What was tripped is back at once, not at the next poll."""
    stage.guard_hears_of_the_alarm()
    stage.nobody_else_is_there = not stage.foreign
    saved = stage.cloud.ledger.standings.get(stage.execution.name)
    for target, found in stage.as_found.items() if saved and saved.tripped else ():
        if target in stage.foreign:
            continue
        if found and not found.routing.is_split and stage.cloud.routing(target) != found.routing:
            stage.complaints.append(f"{target} waits for the next poll on {stage.cloud.routing(target)}")


def _guard_is_slow(pause: int, states: int, stage: Stage) -> None:
    slow = Halfway(stage.guard_hears_of_the_alarm)
    slow.starts(stage.cloud, pause)
    stage.happens_after(states, slow.goes_on)


def _guard_at_work(visit: Visit) -> Iterator[Fault]:
    kind = "guard sweeps at the same moment"
    yield Fault(kind, "", Stage.guard_sweeps, effect=Effect.NONE)
    for moment in range(1, len(visit.calls) + 1):
        strike = spoilt(partial(meanwhile, moment, Stage.guard_sweeps))
        yield Fault(kind, f"after {moment} calls", strike, effect=Effect.NONE)


# Somebody else


def _somebody(visit: Visit) -> Iterator[Fault]:
    candidates = visit.candidates or (OTHER, OTHER)
    for target, candidate in zip(TARGETS, candidates, strict=True):
        hands = {
            "to another version": Routing(OTHER),
            "to another weight": split(OTHER if candidate != OTHER else STABLE, candidate, 33),
            "to the candidate": Routing(candidate),
            "back to the stable version": Routing(STABLE),
            "away": None,
        }
        for at, (where, routing) in enumerate(hands.items()):
            yield from _moved(visit, target, where, routing, at)
        yield from _vanishes(visit, target)


def _moved(visit: Visit, target: str, where: str, routing: Routing | None, turn: int) -> Iterator[Fault]:
    kind, act = f"somebody moves the alias {where}", partial(_moves, target, routing)
    if visit.is_planned:
        yield Fault(kind, target, act)
    moments = range(1, len(visit.calls) + 1) if visit.is_planned else [len(visit.calls)]
    for moment in moments:
        if (moment + turn) % PAUSES and moment < len(visit.calls):
            continue
        yield Fault(kind, f"{target} after {moment} calls", spoilt(partial(meanwhile, moment, act)))


def _moves(target: str, routing: Routing | None, stage: Stage) -> None:
    """Unless nobody could tell it from what hotplug wants there (decision 5), or Lambda refuses."""
    function = stage.cloud.functions.functions[target.partition(":")[0]]
    known = routing is None or {routing.version, *routing.weights} <= function.versions.keys()
    is_new = stage.as_found[target] is None and stage.cloud.routing(target) is not None
    stage.is_struck = (
        known
        and stage.cloud.routing(target) != routing
        and not _is_wanted(stage, target, routing)
        and not (is_new and stage.execution.state in DELETING)
    )
    if not stage.is_struck:
        return
    if routing is None:
        stage.cloud.somebody_deletes(target)
    else:
        stage.cloud.somebody_moves(target, routing)
    stage.somebody_touched(target)


def _is_wanted(stage: Stage, target: str, routing: Routing | None) -> bool:
    saved = stage.cloud.ledger.standings.get(stage.execution.name)
    known = stage.execution.variables
    candidates, step = known.get("candidates"), known.get("step", 0)
    if not candidates or saved is None or routing is None:
        return routing == Routing(STABLE)
    at = TARGETS.index(target)
    planned = saved.progress.plan.targets[at]
    steps = saved.progress.plan.steps
    positions = {step, saved.progress.step, min(step + 1, len(steps))}
    return any(planned.routing_at(position, steps, candidates[at]) == routing for position in positions)


def _vanishes(visit: Visit, target: str) -> Iterator[Fault]:
    yield Fault("stable version is deleted", target, partial(_deletes_stable, target))


def _deletes_stable(target: str, stage: Stage) -> None:
    """Where Lambda allows it, which is when no alias names it."""
    found, function = stage.as_found[target], target.partition(":")[0]
    now = stage.cloud.routing(target)
    stage.is_struck = bool(found and now and found.routing.version not in {now.version, *now.weights})
    if found and stage.is_struck:
        stage.cloud.functions.delete_version(function, found.routing.version)
        stage.without_way_back.add(target)


def _live_version_fails(visit: Visit) -> Iterator[Fault]:
    """Before the plan it is left at once; later it changes nothing, unless that version is needed."""
    kind = "live version fails"
    effect = Effect.NONE if visit.is_planned and visit.state not in NEEDING else Effect.ANY
    for number, target in enumerate(TARGETS):
        strike = partial(_dies, (target,))
        yield Fault(kind, target, strike, effect)
        for moment in range(1 + (visit.step + number) % PAUSES, len(visit.calls) + 1, PAUSES):
            halfway = spoilt(partial(meanwhile, moment, strike))
            yield Fault(kind, f"{target} after {moment} calls", halfway, effect)
    yield Fault(kind, "both", partial(_dies, TARGETS), effect)


def _dies(targets: Iterable[str], stage: Stage) -> None:
    for target in targets:
        stage.stable_dies(target)
    stage.is_struck = bool(stage.dead)


# Whoever moves nothing, and AWS itself


def _touches(visit: Visit) -> Iterator[Fault]:
    """Of a description, a permission or an event: the RevisionId changes, the routing does not."""
    for turn, target in enumerate(TARGETS):
        yield Fault("alias is touched", target, partial(_touched, target), effect=Effect.NONE)
        for moment in range(1 + (visit.step + turn) % PAUSES, len(visit.calls) + 1, PAUSES):
            strike = spoilt(partial(meanwhile, moment, partial(_touched, target)))
            yield Fault("alias is touched", f"{target} after {moment} calls", strike, effect=Effect.NONE)
    yield Fault("aliases are touched before each write", "", _touched_before_writes, effect=Effect.NONE)


def _touched(target: str, stage: Stage) -> None:
    stage.is_struck = stage.cloud.alias(target) is not None
    if stage.is_struck:
        stage.cloud.functions.is_touched(a_target(target))


def _touched_before_writes(stage: Stage) -> None:
    """From now on, and once before each."""
    functions = stage.cloud.functions
    for target in TARGETS:
        function = target.partition(":")[0]
        for write in range(WRITES_OF_ONE_ALIAS):
            functions.meanwhile(
                "point", partial(_touched, target, stage), of=function, calls_before=2 * write
            )
    stage.repairs.append(functions._surprises.clear)


def _lags() -> Iterator[Fault]:
    for reads in range(1, 4):
        yield Fault("reads lag", f"by {reads}", partial(_lag, reads), effect=Effect.NONE)


def _lag(reads: int, stage: Stage) -> None:
    stage.cloud.functions.reads_lag(reads)
    stage.cloud.executions.reads_lag(reads)
    stage.repairs.append(partial(stage.cloud.functions.reads_lag, 0))
    stage.repairs.append(partial(stage.cloud.executions.reads_lag, 0))


# The ledger, and the notifications


def _ledger(visit: Visit) -> Iterator[Fault]:
    for verb in WRITES:
        if f"ledger.{verb}" in visit.calls:
            throttled = partial(_refuses, "ledger", (verb,), THROTTLED, 1)
            yield Fault("ledger refuses once", f"{verb}, throttled", throttled, effect=Effect.NONE)
            yield Fault(
                "ledger refuses once", f"{verb}, denied", partial(_refuses, "ledger", (verb,), DENIED, 1)
            )
    yield Fault("ledger refuses for good", "throttled", partial(_refuses, "ledger", WRITES, THROTTLED, 99))
    yield Fault("ledger refuses for good", "denied", partial(_refuses, "ledger", WRITES, DENIED, 99))


def _refuses(part: str, verbs: tuple[str, ...], why: tuple[str, str], times: int, stage: Stage) -> None:
    """`times` 99 is until the execution is over and the guard has heard of it."""
    adapter = getattr(stage.cloud, part)
    for verb in verbs:
        adapter.fails_next(verb, refusal(why[0], verb, why[1]), times=times)
    stage.repairs.append(adapter._surprises.clear)
