"""What must be true of a deployment when everybody has done what they can, whatever happened to it."""

from collections.abc import Iterator
from datetime import datetime

from hotplug.core.resources.alias import Routing, routing_of
from hotplug.core.rollout.commands import EVERYWHERE, Command
from tests.fakes import RED
from tests.faults.asked_for import unkept
from tests.faults.stage import TARGETS, WATCHED_ALARM, Stage

OWN_ENDS = {"RolledBack", "NotRestored", "TargetBusy", "InvalidRequest"}
CAPACITY = 5
UNTOUCHED = {"rolled_back", "unchanged", "refused", "busy"}


def violations(stage: Stage, *, muted: bool = False) -> list[str]:
    """One sentence each; `muted` where nobody could be told."""
    return [
        *_of_aliases(stage),
        *_of_claims(stage),
        *(_of_freed(stage) if stage.is_freed else _of_ledger(stage)),
        *_of_bulletins(stage, muted=muted),
        *_of_blame(stage),
        *_of_verdicts(stage),
        *_of_orders(stage),
        *_of_capacity(stage),
        *_of_reports(stage),
        *_of_dead(stage),
        *unkept(stage),
    ]


def of_machine(stage: Stage) -> Iterator[str]:
    """An execution that came to an end of its own has left nothing to the guard, or has said so."""
    ended, places = (
        stage.execution,
        [_places(stage, target) for target in TARGETS if target not in stage.foreign],
    )
    if ended.status == "FAILED" and ended.error not in OWN_ENDS and ended.state != "Plan":
        yield f"it failed in {ended.state} with {ended.error}, and left the rest to the guard"
    elif ended.status in {"SUCCEEDED", "FAILED"} and ended.error != "NotRestored" and not all(places):
        yield "it ended with an alias between two versions, and left the rest to the guard"
    if ended.error == "TargetBusy":
        yield from _of_claims(stage)


def is_dry_run(stage: Stage) -> bool:
    """Whether nothing at all was to happen."""
    return isinstance(stage.execution.request, dict) and bool(stage.execution.request.get("dryRun"))


def timeline(stage: Stage) -> list[str]:
    """What it went through."""
    lines = stage.cloud.ledger.lines.get(stage.execution.name, {})
    return sorted(lines)


def outcomes(stage: Stage) -> set[str]:
    """What the ledger says that became of it; one is right."""
    lines = stage.cloud.ledger.lines.get(stage.execution.name, {}).values()
    return {str(line["outcome"]) for line in lines if line["outcome"]}


def _of_aliases(stage: Stage) -> Iterator[str]:
    places = {target: _places(stage, target) for target in TARGETS if target not in stage.foreign}
    for target, there in places.items():
        if not there:
            yield f"{target} is left on {stage.cloud.routing(target)}"
    if places and not set.intersection(*places.values()):
        yield f"not all alike: {', '.join(f'{name} on {stage.cloud.routing(name)}' for name in places)}"
    for target, left in stage.foreign.items():
        now = stage.cloud.routing(target)
        if now not in {routing_of(left), stage.settles_on[target]}:
            yield f"{target} was left on {left and left.routing} by somebody else, and was written ({now})"


def _places(stage: Stage, target: str) -> set[str]:
    """Where the alias is at home: untouched and back on its version are one."""
    alias, found = stage.cloud.alias(target), stage.as_found[target]
    routing, stable = alias.routing if alias else None, Routing(found.routing.version) if found else None
    places = {"stable"} if alias == found or routing == stable else set()
    candidates = stage.execution.variables.get("candidates") or ()
    is_known = len(candidates) == len(TARGETS)  # a broken release may say anything
    if is_known and routing == Routing(candidates[TARGETS.index(target)]):
        places.add("candidate")
    return places


def _of_claims(stage: Stage) -> Iterator[str]:
    for holder in stage.cloud.ledger.held.values():
        if holder.deployment == stage.execution.name:
            yield f"the claim on {holder.target} is not free"


def _of_ledger(stage: Stage) -> Iterator[str]:
    said = outcomes(stage)
    if is_dry_run(stage) and said <= {"refused"}:  # stopped before it could answer
        return
    if len(said) != 1:
        yield f"the ledger says {sorted(said) or 'nothing'} of how it ended"
        return
    (outcome,) = said
    place = "stable" if outcome in UNTOUCHED else "candidate"
    for target in TARGETS:
        if target not in stage.foreign and place not in _places(stage, target):
            yield f"the ledger says {outcome}, but {target} is on {stage.cloud.routing(target)}"
    for line in stage.cloud.ledger.lines[stage.execution.name].values():
        if not line["reason"]:
            yield f"{line['state']} has no reason"
    ended = stage.execution.error or stage.execution.status
    if (ended == "SUCCEEDED" and outcome in {"rolled_back", "busy", "refused"}) or (
        ended in {"RolledBack", "TargetBusy", "InvalidRequest"} and outcome == "deployed"
    ):
        yield f"the execution ended {ended}, the ledger says {outcome}"


def _of_freed(stage: Stage) -> Iterator[str]:
    """Nobody can say how it ended; who freed its claims is said."""
    lines = stage.cloud.ledger.lines[stage.execution.name].values()
    if not any("free by ann" in line["reason"] for line in lines):
        yield "its claims were freed, and the ledger does not say by whom"


def _of_bulletins(stage: Stage, *, muted: bool) -> Iterator[str]:
    events = [one for one in stage.cloud.notifications.events if one["deployment"] == stage.execution.name]
    told = {str(event["outcome"]) for event in events if event["outcome"]}
    if told - outcomes(stage) or (not told and not muted and not is_dry_run(stage)):
        yield f"people were told {sorted(told) or 'nothing'}, the ledger says {sorted(outcomes(stage))}"


def _of_blame(stage: Stage) -> Iterator[str]:
    """Code is put in quarantine for what it did: it had calls, and an alarm spoke."""
    saved = stage.cloud.ledger.standings.get(stage.execution.name)
    had_calls = saved is not None and saved.progress.candidates
    if stage.cloud.ledger.blamed and not (had_calls and stage.cloud.alarm(WATCHED_ALARM).state.colour is RED):
        yield f"code is blamed that did nothing: {list(stage.cloud.ledger.blamed.values())}"


def _of_verdicts(stage: Stage) -> Iterator[str]:
    """What somebody else moved is seen at the next look."""
    for line in stage.cloud.ledger.lines.get(stage.execution.name, {}).values():
        said, at = line["verdict"], datetime.fromisoformat(line["at"])
        if stage.touched_at and at > stage.touched_at and said in {"advance", "promote"}:
            yield f"an alias was somebody else's, and the verdict was to {said}"
        if stage.nobody_else_is_there and "somebody else" in line["reason"]:
            yield f"nobody else was there, but {line['state']} says: {line['reason']}"


def _of_orders(stage: Stage) -> Iterator[str]:
    """Nothing is given to a candidate in a freeze, and nothing is left to it after an abort."""
    everywhere = stage.cloud.ledger.ordered.get(EVERYWHERE, {}).values()
    times = sorted((datetime.fromisoformat(order["at"]), order["command"]) for order in everywhere)
    begun = next((at for at, command in times if command == Command.FREEZE), None)
    ended = next((at for at, command in times if command == Command.UNFREEZE), None)
    for line in stage.cloud.ledger.lines.get(stage.execution.name, {}).values():
        at = datetime.fromisoformat(line["at"])
        if line["state"] in {"shifted", "promoted"} and begun and begun <= at and not (ended and ended <= at):
            yield f"it was {line['state']} in a freeze"
    own = stage.cloud.ledger.ordered.get(stage.execution.name, {}).values()
    if "deployed" in outcomes(stage) and any(order["command"] == Command.ABORT for order in own):
        yield "it was aborted, and deployed"


def _of_reports(stage: Stage) -> Iterator[str]:
    """What is said in the end of an alias was read, and nobody has moved it since."""
    for line in stage.cloud.ledger.lines.get(stage.execution.name, {}).values():
        for said in line["targets"] if line["outcome"] and line["state"] == "closed" else ():
            target = f"{said['function']}:{said['alias']}"
            now = stage.cloud.routing(target)
            is_late = stage.had_late_work or target in stage.foreign
            if "routing" in said and not is_late and said["routing"] != (now and now.to_json()):
                yield f"{target} is said to be on {said['routing']}, and is on {now}"


def _of_dead(stage: Stage) -> Iterator[str]:
    """A version that could not answer at the start shares its alias at no step."""
    lines = stage.cloud.ledger.lines.get(stage.execution.name, {}).values()
    if stage.dead_at_first and any(line["state"] == "shifted" for line in lines):
        yield f"calls moved in steps, though those of {sorted(stage.dead_at_first)} can't be answered"


def _of_capacity(stage: Stage) -> Iterator[str]:
    """Nothing is paid for that nobody needs, unless people are told so, or can't be."""
    if stage.is_freed:
        return
    for (function, version), amount in stage.cloud.functions.concurrency.items():
        target = f"{function}:live"
        if version == "live" and amount == CAPACITY:
            continue
        now, found = stage.cloud.routing(target), stage.as_found[target]
        needed = {now.version, *now.weights} if now else set()
        if found and (target in stage.foreign or outcomes(stage) != {"deployed"}):
            needed.add(found.routing.version)
        is_known = target not in stage.foreign or outcomes(stage) != {"deployed"}
        if is_known and version not in needed and "see to the provisioned concurrency" not in stage.reason:
            yield f"version {version} of {function} still has capacity"
