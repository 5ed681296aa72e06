"""Claim: take the exclusive right to move every target, or none of them."""

from collections.abc import Sequence
from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.aws.ledger import Holder
from hotplug.core.plan import Plan
from hotplug.core.progress import Progress
from hotplug.core.report import Outcome, State, lines_before
from hotplug.handlers.entrypoint import Event, entrypoint
from hotplug.handlers.recording import record, transition


def claim(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Claims of executions that cannot act any more are taken over."""
    progress = Progress.from_event(event)
    plan = progress.plan
    holders = cloud.ledger.claim(plan, cloud.now())
    dead = {holder.deployment for holder in holders if not cloud.executions.is_running(holder.execution)}
    if dead and all(holder.deployment in dead for holder in holders):
        holders = cloud.ledger.claim(plan, cloud.now(), over=dead)
    busy = [_held(holder) for holder in holders] or _moved_since(plan, cloud)
    if busy:
        return _refuse(cloud, progress, busy)
    reason = f"no other deployment moves {', '.join(str(planned.target) for planned in plan.targets)}"
    record(cloud, transition(cloud, progress, State.CLAIMED, lines_before(plan), reason))
    return {"outcome": "claimed", "reason": reason}


def _moved_since(plan: Plan, cloud: Cloud) -> list[str]:
    """Targets that moved between the plan and the claim: the plan does not hold for them."""
    moved = []
    for planned in plan.targets:
        alias = cloud.lambdas.alias(planned.target)
        if (alias.revision if alias else None) != planned.revision:
            now = f"on {alias.routing}" if alias else "gone"
            moved.append(f"{planned.target} moved while this deployment was planned: it is {now} now")
    if moved:
        cloud.ledger.release(plan)
    return moved


def _held(holder: Holder) -> str:
    return f"{holder.target} is being moved by deployment {holder.deployment} since {holder.since}"


def _refuse(cloud: Cloud, progress: Progress, busy: Sequence[str]) -> dict[str, Any]:
    reason = "; ".join(busy)
    targets = lines_before(progress.plan)
    record(cloud, transition(cloud, progress, State.BUSY, targets, reason, outcome=Outcome.BUSY))
    return {"outcome": "busy", "reason": reason}


handler = entrypoint(claim)
