"""Claim: the exclusive right to move every target, or none, and a rehearsal of the rollback."""

from collections.abc import Sequence
from typing import Any

from hotplug.activities.close_deployment import free
from hotplug.activities.record import record, record_once, transition
from hotplug.activities.settle_ended import settle_if_ended
from hotplug.activities.take_commands import stop_if_aborted
from hotplug.activities.take_over import take_over
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import OVER, Holder, Phase
from hotplug.core.deployment.transition import Outcome, State, lines_before
from hotplug.core.errors import TrippedError
from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.stored import written
from hotplug.core.parsing.units import MAX_NUMBER
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.resources.target import Target
from hotplug.core.spec.on_busy import OnBusy
from hotplug.handlers.entrypoint import Event, entrypoint

MAX_TURNS = 900
"""About 7 hours with the waits below, within the event budget."""
MAX_WAIT_SECONDS = 30


def claim(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Claim all targets, then try the write of a rollback on every alias before any alias moves.

    First, Claim settles deployments whose execution has ended. A deployment that queues keeps its place until
    it has the claims. If an alias has changed since the plan, it is planned again.
    """
    progress = Progress.from_event(event)
    plan, targets = progress.plan, [planned.target for planned in progress.plan.targets]
    stop_if_aborted(cloud, plan.deployment)
    if plan.on_busy.queues:
        cloud.ledger.queue(plan)
    if plan.on_busy is OnBusy.REPLACE:
        take_over(cloud, plan)
    busy = _queued_before(cloud, plan) or [_locked_by(holder) for holder in _in_the_way(cloud, plan)]
    if busy:
        turn = written(event, "turn", whole(0, MAX_NUMBER))
        return _wait_or_refuse(cloud, progress, turn, busy)
    _say_so(cloud, progress)
    aliases = [cloud.functions.alias(target) for target in targets]
    moved = [_moved(*pair) for pair in zip(plan.targets, aliases, strict=True) if not _as_planned(*pair)]
    if moved:
        return _plan_again_or_refuse(cloud, progress, moved)
    if plan.on_busy.queues:
        cloud.ledger.leave(plan.deployment, targets)
    revisions = [_rehearsed(cloud, *pair) for pair in zip(plan.targets, aliases, strict=True)]
    reason = f"no other deployment moves {', '.join(map(str, targets))}"
    record(cloud, transition(cloud, progress, State.CLAIMED, lines_before(plan), reason))
    return _answer("claimed", reason, revisions)


def _in_the_way(cloud: Cloud, plan: Plan) -> Sequence[Holder]:
    holders = cloud.ledger.claim(plan, cloud.now())
    others = {holder.deployment: holder for holder in holders}
    settled = [settle_if_ended(cloud, name, holder.execution) for name, holder in others.items()]
    if any(settled):
        holders = cloud.ledger.claim(plan, cloud.now())
    return holders


def _queued_before(cloud: Cloud, plan: Plan) -> list[str]:
    """Describe who is queued before this deployment. It overtakes only those that have waited less."""
    first = [_first_queued(cloud, plan, planned.target) for planned in plan.targets]
    return [f"deployment {it.deployment} waits for {it.target} since {it.since}" for it in first if it]


def _first_queued(cloud: Cloud, plan: Plan, target: Target) -> Holder | None:
    """The deployment that has waited longest and still runs; ended ones are settled and leave the queue."""
    while (first := cloud.ledger.next_queued(target)) and first.deployment != plan.deployment:
        if cloud.executions.is_running(first.execution):
            return first
        if not settle_if_ended(cloud, first.deployment, first.execution):
            cloud.ledger.leave(first.deployment, [target])
    return None


def _wait_or_refuse(cloud: Cloud, progress: Progress, turn: int, busy: Sequence[str]) -> dict[str, Any]:
    if not progress.plan.on_busy.queues or turn >= MAX_TURNS:
        return _refuse(cloud, progress, busy)
    reason = "; ".join(busy)
    waiting = transition(cloud, progress, State.WAITING, lines_before(progress.plan), reason)
    record_once(cloud, waiting)
    wait = min(1 + turn, MAX_WAIT_SECONDS)
    return _answer("waiting", reason, progress.revisions, wait=wait, turn=turn + 1)


def _plan_again_or_refuse(cloud: Cloud, progress: Progress, moved: Sequence[str]) -> dict[str, Any]:
    if not progress.plan.on_busy.queues:
        return _refuse(cloud, progress, moved)
    return _answer("again", "; ".join(moved), progress.revisions)


def _answer(
    outcome: str, reason: str, revisions: Sequence[str | None], *, wait: int = 0, turn: int = 0
) -> dict[str, Any]:
    return {"outcome": outcome, "reason": reason, "revisions": list(revisions), "wait": wait, "turn": turn}


def _say_so(cloud: Cloud, progress: Progress) -> None:
    """Save the record.

    It fails if the guard has closed the deployment, or if an ended execution was redriven.
    """
    plan = progress.plan
    try:
        cloud.ledger.save(progress, Phase.MOVING)
    except TrippedError:
        free(cloud, plan)
        raise


def _as_planned(planned: PlannedTarget, alias: AliasState | None) -> bool:
    """Whether the plan still holds: the alias is unchanged, or it routes to the stable version alone."""
    goal = Routing(planned.stable) if planned.stable else None
    return (alias.revision if alias else None) == planned.revision or (
        alias.routing if alias else None
    ) == goal


def _moved(planned: PlannedTarget, alias: AliasState | None) -> str:
    now = f"on {alias.routing}" if alias else "gone"
    return f"{planned.target} moved while this deployment was planned: it is {now} now"


def _rehearsed(cloud: Cloud, planned: PlannedTarget, alias: AliasState | None) -> str | None:
    """Write the routing of a rollback to the alias, and return its new RevisionId.

    A missing permission, role or version shows here, before any traffic is at stake. With "force", this write
    also ends a split that the alias was left with.
    """
    if alias is None or planned.stable is None:
        return None
    return cloud.functions.point(planned.target, Routing(planned.stable), alias.revision).revision


def _locked_by(holder: Holder) -> str:
    return f"{holder.target} is being moved by deployment {holder.deployment} since {holder.since}"


def _refuse(cloud: Cloud, progress: Progress, busy: Sequence[str]) -> dict[str, Any]:
    reason = "; ".join(busy)
    targets = lines_before(progress.plan)
    if cloud.ledger.decide(progress.plan.deployment, Outcome.BUSY) is not Outcome.BUSY:
        raise TrippedError(OVER)
    record(cloud, transition(cloud, progress, State.BUSY, targets, reason, outcome=Outcome.BUSY))
    cloud.ledger.close(progress.plan.deployment)
    free(cloud, progress.plan)
    return _answer("busy", reason, progress.revisions)


handler = entrypoint(claim)
