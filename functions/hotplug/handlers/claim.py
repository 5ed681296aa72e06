"""Claim: the exclusive right to move every target, or none, and a rehearsal of the rollback."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from hotplug.activities.close_deployment import free
from hotplug.activities.compare_and_set import compare_and_set
from hotplug.activities.hold_targets import hold_of, release_claimed
from hotplug.activities.read_alias import read_aliases
from hotplug.activities.record import record, record_once, transition
from hotplug.activities.settle_ended import has_ended, settle_if_ended, settle_queued
from hotplug.activities.settling import settles_too_long
from hotplug.activities.take_commands import stop_if_aborted
from hotplug.activities.take_over import take_over
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import OVER, Holder, Phase
from hotplug.core.deployment.transition import Outcome, State, Transition, lines_before, lines_unread
from hotplug.core.errors import (
    AliasMovedError,
    NotSettledError,
    TrippedError,
)
from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.stored import stored_value
from hotplug.core.parsing.units import MAX_NUMBER
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.alias import AliasState, routing_of
from hotplug.core.resources.target import Target
from hotplug.core.spec.on_busy import OnBusy
from hotplug.handlers.entrypoint import Event, entrypoint

MAX_ATTEMPTS = 900
"""About 7 hours with the waits below, within the event budget."""
MAX_WAIT_SECONDS = 30
SETTLING = "claimed, but "
MAX_HELD_WAIT_SECONDS = 600
"""While a target is held, perhaps for days: 4 days in all."""


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
    attempt = stored_value(event, "turn", whole(0, MAX_NUMBER))
    busy = _busy(cloud, plan)
    if busy:
        return _wait_or_refuse(
            cloud, progress, attempt, busy, may_wait=plan.on_busy.queues and attempt < MAX_ATTEMPTS
        )
    _say_so(cloud, progress)
    try:
        revisions = _rehearsed(cloud, plan)
    except AliasMovedError as moved:
        return _plan_again_or_refuse(cloud, progress, str(moved))
    except NotSettledError as settling:
        return _settle_or_refuse(cloud, progress, attempt, str(settling))
    if plan.on_busy.queues:
        cloud.ledger.leave(plan.deployment, targets)
    reason = f"no other deployment moves {', '.join(map(str, targets))}"
    reason = "; ".join([reason, *release_claimed(cloud, plan)])
    record(cloud, transition(cloud, progress, State.CLAIMED, lines_before(plan), reason))
    return _answer("claimed", reason, revisions)


def _busy(cloud: Cloud, plan: Plan) -> str:
    """Claim all targets, or say what is in the way.

    Holds are read again once the targets are claimed: the deployment that had them may have set one.
    """
    if held := _held(cloud, plan):
        return held
    if plan.on_busy is OnBusy.REPLACE:
        take_over(cloud, plan)
    if busy := _queued_before(cloud, plan) or [_locked_by(holder) for holder in _in_the_way(cloud, plan)]:
        return "; ".join(busy)
    held = _held(cloud, plan)
    if held:
        cloud.ledger.release(plan.deployment, [planned.target for planned in plan.targets])
    return held


def _held(cloud: Cloud, plan: Plan) -> str:
    """Describe the holds that this deployment waits for."""
    waiting = [planned.target for planned in plan.targets if planned.hold is None]
    holds = [(target, hold) for target in waiting if (hold := hold_of(cloud, target))]
    cure = 'release it, or deploy with "hold": false'
    return "; ".join(f"{target} is held {hold}: {cure}" for target, hold in holds)


def _in_the_way(cloud: Cloud, plan: Plan) -> Sequence[Holder]:
    holders = cloud.ledger.claim(plan, cloud.now())
    others = {holder.deployment: holder for holder in holders}
    settled = [settle_if_ended(cloud, holder) for holder in others.values()]
    if any(settled):
        holders = cloud.ledger.claim(plan, cloud.now())
    return holders


def _queued_before(cloud: Cloud, plan: Plan) -> list[str]:
    """Describe who is queued before this deployment. It overtakes only those that have waited less.

    Those that wait for a target which is held can't move, and are left out.
    """
    overtakes = {it.target for it in plan.targets if it.hold is not None and hold_of(cloud, it.target)}
    targets = [planned.target for planned in plan.targets if planned.target not in overtakes]
    first = [_first_queued(cloud, plan, target) for target in targets]
    return [f"deployment {it.deployment} waits for {it.target} since {it.since}" for it in first if it]


def _first_queued(cloud: Cloud, plan: Plan, target: Target) -> Holder | None:
    """The deployment that has waited longest and still runs; ended ones are settled and leave the queue."""
    while (first := cloud.ledger.next_queued(target)) and first.deployment != plan.deployment:
        if not has_ended(cloud, first.execution, first.since):
            return first
        if not settle_queued(cloud, first):
            cloud.ledger.leave(first.deployment, [target])
    return None


def _wait_or_refuse(
    cloud: Cloud, progress: Progress, attempt: int, reason: str, *, may_wait: bool
) -> dict[str, Any]:
    if not may_wait:
        return _refuse(cloud, progress, reason)
    record_once(cloud, _waiting(cloud, progress, reason))
    return _wait(cloud, progress, attempt, reason)


def _settle_or_refuse(cloud: Cloud, progress: Progress, attempt: int, reason: str) -> dict[str, Any]:
    """Wait while an alias settles. The turns that were waited for something else do not count."""
    if settles_too_long(cloud, _waiting(cloud, progress, reason), SETTLING):
        return _refuse(cloud, progress, reason)
    return _wait(cloud, progress, attempt, reason)


def _waiting(cloud: Cloud, progress: Progress, reason: str) -> Transition:
    return transition(cloud, progress, State.WAITING, lines_before(progress.plan), reason)


def _wait(cloud: Cloud, progress: Progress, attempt: int, reason: str) -> dict[str, Any]:
    wait = min(1 + attempt, MAX_HELD_WAIT_SECONDS if _held(cloud, progress.plan) else MAX_WAIT_SECONDS)
    return _answer("waiting", reason, progress.revisions, wait=wait, attempt=attempt + 1)


def _plan_again_or_refuse(cloud: Cloud, progress: Progress, moved: str) -> dict[str, Any]:
    if not progress.plan.on_busy.queues:
        return _refuse(cloud, progress, moved)
    return _answer("again", moved, progress.revisions)


def _answer(
    outcome: str, reason: str, revisions: Sequence[str | None], *, wait: int = 0, attempt: int = 0
) -> dict[str, Any]:
    return {"outcome": outcome, "reason": reason, "revisions": list(revisions), "wait": wait, "turn": attempt}


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


def _rehearsed(cloud: Cloud, plan: Plan) -> list[str | None]:
    """Write the routing of a rollback to every alias, and return the new RevisionIds.

    A missing permission, role or version shows here, before any traffic is at stake. With "force", this write
    also ends a split that an alias was left with. Raise AliasMovedError before the first write if the plan
    does not hold any more, and NotSettledError while Lambda settles an alias.
    """
    wanted = [(planned.target, partial(_as_planned, plan, planned)) for planned in plan.targets]
    aliases = read_aliases(cloud, wanted)
    pairs = list(zip(plan.targets, aliases, strict=True))
    if settling := [_settles(*pair) for pair in pairs if _is_settling(*pair)]:
        raise NotSettledError("; ".join(settling))
    if moved := [_moved(*pair) for pair in pairs if not _as_planned(plan, *pair)]:
        raise AliasMovedError("; ".join(moved))
    return [_written(cloud, plan, *pair) for pair in pairs]


def _as_planned(plan: Plan, planned: PlannedTarget, alias: AliasState | None) -> bool:
    """Whether the plan still holds: the alias routes to the stable version alone, or is as it was found.

    A split is as it was found if "force" takes it over. A plan of the release before knows only its
    RevisionId.
    """
    routing = routing_of(alias)
    is_as_found = routing in {planned.found, planned.as_found} or (
        plan.force and alias is not None and alias.revision == planned.revision
    )
    return is_as_found and not _is_settling(planned, alias)


def _is_settling(planned: PlannedTarget, alias: AliasState | None) -> bool:
    """Whether Lambda still sends all calls of the alias to the version before the stable one."""
    return bool(planned.settles and alias and alias.routing.is_all_elsewhere)


def _settles(planned: PlannedTarget, alias: AliasState | None) -> str:
    return f"{planned.target} settles: it is {_place(alias)} until its provisioned concurrency is ready"


def _moved(planned: PlannedTarget, alias: AliasState | None) -> str:
    return f"{planned.target} moved while this deployment was planned: it is {_place(alias)} now"


def _place(alias: AliasState | None) -> str:
    return f"on {alias.routing}" if alias else "gone"


def _written(cloud: Cloud, plan: Plan, planned: PlannedTarget, alias: AliasState | None) -> str | None:
    """Write one alias, and again if only its RevisionId has changed since it was read."""
    found = planned.found
    if alias is None or found is None:
        return None
    if planned.dead:  # nothing goes back there, and a split may send some calls to one that answers
        return alias.revision

    def write(now: AliasState | None) -> str:
        if now is None or not _as_planned(plan, planned, now):
            raise AliasMovedError(_moved(planned, now))
        return cloud.functions.point(planned.target, found, now.revision).revision

    return compare_and_set(cloud, planned.target, partial(_as_planned, plan, planned), write, known=alias)


def _locked_by(holder: Holder) -> str:
    return f"{holder.target} is being moved by deployment {holder.deployment} since {holder.since}"


def _refuse(cloud: Cloud, progress: Progress, reason: str) -> dict[str, Any]:
    targets = lines_unread(progress)
    if cloud.ledger.decide(progress.plan.deployment, Outcome.BUSY) is not Outcome.BUSY:
        raise TrippedError(OVER)
    record(cloud, transition(cloud, progress, State.BUSY, targets, reason, outcome=Outcome.BUSY))
    cloud.ledger.close(progress.plan.deployment)
    free(cloud, progress.plan)
    return _answer("busy", reason, progress.revisions)


handler = entrypoint(claim)
