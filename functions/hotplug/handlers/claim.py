"""Claim: take the exclusive right to move every target, or none, and see that there is a way back."""

from collections.abc import Sequence
from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.aws.ledger import OVER, Holder, Phase
from hotplug.core.alias import AliasState, Routing
from hotplug.core.errors import TrippedError
from hotplug.core.plan import PlannedTarget
from hotplug.core.progress import Progress
from hotplug.core.report import Outcome, State, lines_before
from hotplug.handlers.entrypoint import Event, entrypoint
from hotplug.handlers.finishing import finish_if_over
from hotplug.handlers.recording import record, transition


def claim(event: Event, cloud: Cloud) -> dict[str, Any]:
    """What executions that are over have left behind is settled first.

    Then the write that going back will need is tried on every alias, while nothing has moved yet.
    """
    progress = Progress.from_event(event)
    plan = progress.plan
    holders = cloud.ledger.claim(plan, cloud.now())
    others = {holder.deployment: holder for holder in holders}
    settled = [finish_if_over(cloud, name, holder.execution) for name, holder in others.items()]
    if any(settled):
        holders = cloud.ledger.claim(plan, cloud.now())
    if holders:
        return _refuse(cloud, progress, [_held(holder) for holder in holders])
    _say_so(cloud, progress)
    aliases = [cloud.lambdas.alias(planned.target) for planned in plan.targets]
    moved = [_moved(*pair) for pair in zip(plan.targets, aliases, strict=True) if not _as_planned(*pair)]
    if moved:
        cloud.ledger.release(plan.deployment, [planned.target for planned in plan.targets])
        return _refuse(cloud, progress, moved)
    revisions = [_rehearsed(cloud, *pair) for pair in zip(plan.targets, aliases, strict=True)]
    reason = f"no other deployment moves {', '.join(str(planned.target) for planned in plan.targets)}"
    record(cloud, transition(cloud, progress, State.CLAIMED, lines_before(plan), reason))
    return {"outcome": "claimed", "reason": reason, "revisions": revisions}


def _say_so(cloud: Cloud, progress: Progress) -> None:
    """It may be over already: the guard closed it while this was under way, or an operator drove it again."""
    plan = progress.plan
    try:
        cloud.ledger.save(progress, Phase.MOVING)
    except TrippedError:
        cloud.ledger.release(plan.deployment, [planned.target for planned in plan.targets])
        raise


def _as_planned(planned: PlannedTarget, alias: AliasState | None) -> bool:
    """Whether the plan still holds: nothing was written since, or it says the same again."""
    goal = Routing(planned.stable) if planned.stable else None
    return (alias.revision if alias else None) == planned.revision or (
        alias.routing if alias else None
    ) == goal


def _moved(planned: PlannedTarget, alias: AliasState | None) -> str:
    now = f"on {alias.routing}" if alias else "gone"
    return f"{planned.target} moved while this deployment was planned: it is {now} now"


def _rehearsed(cloud: Cloud, planned: PlannedTarget, alias: AliasState | None) -> str | None:
    """The RevisionId after the alias was pointed to where going back would point it.

    A permission, a role or a version that is missing shows now, before any traffic is at stake. A split alias
    that is taken over by force is made whole by it.
    """
    if alias is None or planned.stable is None:
        return None
    return cloud.lambdas.point(planned.target, Routing(planned.stable), alias.revision).revision


def _held(holder: Holder) -> str:
    return f"{holder.target} is being moved by deployment {holder.deployment} since {holder.since}"


def _refuse(cloud: Cloud, progress: Progress, busy: Sequence[str]) -> dict[str, Any]:
    reason = "; ".join(busy)
    targets = lines_before(progress.plan)
    if cloud.ledger.decide(progress.plan.deployment, Outcome.BUSY) is not Outcome.BUSY:
        raise TrippedError(OVER)
    record(cloud, transition(cloud, progress, State.BUSY, targets, reason, outcome=Outcome.BUSY))
    cloud.ledger.close(progress.plan.deployment)
    return {"outcome": "busy", "reason": reason, "revisions": []}


handler = entrypoint(claim)
