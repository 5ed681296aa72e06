"""Preemption: a newer deployment aborts older ones of its targets, and waits until they have ended."""

import logging

from hotplug.activities.take_commands import give
from hotplug.aws.cloud import Cloud
from hotplug.core.errors import UnreadableError
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.commands import AcceptedCommand, Command

logger = logging.getLogger("hotplug")


def take_over(cloud: Cloud, plan: Plan) -> None:
    """Abort every older deployment that holds one of these targets or is queued for it.

    Only the commands are written: each deployment rolls back its own aliases, and then releases its claims
    and leaves its queues. A deployment that is being promoted already has its verdict, and ends by itself.
    """
    wanted = {str(planned.target) for planned in plan.targets}
    rivals = {
        holder.deployment
        for holder in (*cloud.ledger.claims(), *cloud.ledger.waiting())
        if holder.target in wanted and holder.deployment != plan.deployment
    }
    for rival in sorted(rivals):
        if _gives_way(cloud, rival, plan):
            give(cloud, rival, _end(cloud, plan))


def _gives_way(cloud: Cloud, rival: str, plan: Plan) -> bool:
    """Whether the rival is older: of two that replace each other, the newer one wins.

    An unreadable rival is awaited, and so is one that goes back by hand and holds its targets then.
    """
    try:
        saved = cloud.ledger.load(rival)
    except UnreadableError:
        logger.exception("could not read whether %s is older", rival)
        return False
    if saved is None or any(planned.hold for planned in saved.progress.plan.targets):
        return False
    return saved.progress.plan.created_at < plan.created_at


def _end(cloud: Cloud, plan: Plan) -> AcceptedCommand:
    by = plan.requested_by or f"deployment {plan.deployment}"
    why = f"replaced by {plan.deployment}" + (f": {plan.reason}" if plan.reason else "")
    return AcceptedCommand(Command.ABORT, by, why, cloud.now())
