"""Command: an operator's command to one deployment, or to all, recorded if it still has an effect."""

from typing import Any

from hotplug.activities.take_commands import commands_for, give, give_all
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.record import DeploymentRecord
from hotplug.core.parsing.problem import summary
from hotplug.core.rollout.command_acceptance import Addressed, Received, Reception, read_command
from hotplug.core.rollout.commands import EVERYWHERE, CommandLog
from hotplug.handlers.entrypoint import Event, entrypoint


def command(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Record a command; the deployment applies it at its next poll.

    A repeated command is recorded once. A command that comes too late has no effect.
    """
    read = read_command(event, cloud.now())
    if not isinstance(read, Addressed):
        return {"outcome": str(Reception.REFUSED), "reason": summary(read), "now": {}}
    name, accepted = read.deployment, read.accepted
    taken = give_all(cloud, accepted) if name == EVERYWHERE else give(cloud, name, accepted)
    return _answer(cloud, name, taken)


def _answer(cloud: Cloud, deployment: str, taken: Received) -> dict[str, Any]:
    saved = None if deployment == EVERYWHERE else cloud.ledger.load(deployment)
    now = _now(saved, commands_for(cloud, deployment))
    return {"outcome": str(taken.reception), "reason": taken.reason, "now": now}


def _now(saved: DeploymentRecord | None, commands: CommandLog) -> dict[str, Any]:
    """State of the deployment after the command, for the operator's next decision."""
    frozen = {"frozen": f"frozen {commands.freeze}" if commands.freeze else None}
    if saved is None:
        return frozen
    return frozen | {
        "step": saved.progress.step,
        "phase": str(saved.phase),
        "outcome": str(saved.outcome) if saved.outcome else None,
        "paused": f"paused {commands.pause}" if commands.pause else None,
        "aborted": commands.aborted,
    }


handler = entrypoint(command)
