"""A newer deployment takes the place of older ones: it has them called off, and waits until they are back."""

import logging

from hotplug.activities.take_commands import give
from hotplug.aws.cloud import Cloud
from hotplug.core.errors import UnreadableError
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.commands import Command, Order

logger = logging.getLogger("hotplug")


def take_over(cloud: Cloud, plan: Plan) -> None:
    """Order an end to every older deployment that holds one of these targets, or waits for it.

    Nobody else's alias is touched: the others go back themselves, and give up claims and places then. One
    that is being promoted has its verdict already, and ends by itself.
    """
    wanted = {str(planned.target) for planned in plan.targets}
    rivals = {
        holder.deployment
        for holder in (*cloud.ledger.claims(), *cloud.ledger.waiting())
        if holder.target in wanted and holder.deployment != plan.deployment
    }
    for rival in sorted(rivals):
        if _is_older(cloud, rival, plan):
            give(cloud, rival, _end(cloud, plan))


def _is_older(cloud: Cloud, rival: str, plan: Plan) -> bool:
    """Of two that would replace each other, the newer one does. One that can't be read is waited for."""
    try:
        standing = cloud.ledger.standing(rival)
    except UnreadableError:
        logger.exception("could not see whether %s is older", rival)
        return False
    return standing is not None and standing.progress.plan.created_at < plan.created_at


def _end(cloud: Cloud, plan: Plan) -> Order:
    by = plan.requested_by or f"deployment {plan.deployment}"
    why = f"replaced by {plan.deployment}" + (f": {plan.reason}" if plan.reason else "")
    return Order(Command.ABORT, by, why, cloud.now())
