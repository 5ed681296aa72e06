"""Command: an operator's command to one deployment, or to all, recorded if it still has an effect."""

from typing import Any

from hotplug.activities.take_commands import give, give_all, orders_for
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.record import Standing
from hotplug.core.parsing.problem import summary
from hotplug.core.rollout.command_acceptance import Addressed, Received, Reception, read_command
from hotplug.core.rollout.commands import EVERYWHERE, Orders
from hotplug.handlers.entrypoint import Event, entrypoint


def command(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Record a command; the deployment applies it at its next poll.

    A repeated command is recorded once. A command that comes too late has no effect.
    """
    read = read_command(event, cloud.now())
    if not isinstance(read, Addressed):
        return {"outcome": str(Reception.REFUSED), "reason": summary(read), "now": {}}
    name, order = read.deployment, read.order
    taken = give_all(cloud, order) if name == EVERYWHERE else give(cloud, name, order)
    return _answer(cloud, name, taken)


def _answer(cloud: Cloud, deployment: str, taken: Received) -> dict[str, Any]:
    standing = None if deployment == EVERYWHERE else cloud.ledger.standing(deployment)
    now = _now(standing, orders_for(cloud, deployment))
    return {"outcome": str(taken.reception), "reason": taken.reason, "now": now}


def _now(standing: Standing | None, orders: Orders) -> dict[str, Any]:
    """State of the deployment after the command, for the operator's next decision."""
    frozen = {"frozen": f"frozen {orders.freeze}" if orders.freeze else None}
    if standing is None:
        return frozen
    return frozen | {
        "step": standing.progress.step,
        "phase": str(standing.phase),
        "outcome": str(standing.outcome) if standing.outcome else None,
        "paused": f"paused {orders.pause}" if orders.pause else None,
        "aborted": orders.aborted,
    }


handler = entrypoint(command)
