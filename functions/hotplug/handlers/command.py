"""Command: an operator's command to one deployment, or to all, recorded if it still has an effect."""

from dataclasses import replace
from typing import Any

from hotplug.activities.free_claims import free_claims
from hotplug.activities.hold_targets import give_for, hold_aborted, hold_of
from hotplug.activities.take_commands import commands_for, give, give_all
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.record import DeploymentRecord
from hotplug.core.parsing.problem import summary
from hotplug.core.resources.target import Target
from hotplug.core.rollout.command_acceptance import Addressed, Received, Reception, read_command
from hotplug.core.rollout.commands import EVERYWHERE, CommandLog
from hotplug.core.rollout.free_command import Free, is_free, read_free
from hotplug.handlers.entrypoint import Event, entrypoint


def command(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Record a command; the deployment applies it at its next poll.

    A repeated command is recorded once. A command that comes too late has no effect.
    """
    if is_free(event):
        return _free(event, cloud)
    read = read_command(event, cloud.now())
    if not isinstance(read, Addressed):
        return {"outcome": str(Reception.REFUSED), "reason": summary(read), "now": {}}
    name, accepted = read.deployment, read.accepted
    if read.target:
        taken = give_for(cloud, read.target, accepted)
        return _reply(taken, {"held": _held(cloud, read.target)})
    taken = give_all(cloud, accepted) if name == EVERYWHERE else give(cloud, name, accepted)
    if read.holds and taken.accepted:
        held = hold_aborted(cloud, name, taken.accepted)
        taken = replace(taken, reason="; ".join([taken.reason, *held]))
    return _answer(cloud, name, taken)


def _free(event: Event, cloud: Cloud) -> dict[str, Any]:
    wanted = read_free(event, cloud.now())
    if not isinstance(wanted, Free):
        return {"outcome": str(Reception.REFUSED), "reason": summary(wanted), "now": {}}
    freed = free_claims(cloud, wanted)
    return {"outcome": str(freed.reception), "reason": freed.reason, "now": {"aliases": freed.aliases}}


def _answer(cloud: Cloud, deployment: str, taken: Received) -> dict[str, Any]:
    saved = None if deployment == EVERYWHERE else cloud.ledger.load(deployment)
    now = _now(saved, commands_for(cloud, deployment))
    targets = [planned.target for planned in saved.progress.plan.targets] if saved else []
    held = [f"{target} is {hold}" for target in targets if (hold := _held(cloud, target))]
    return _reply(taken, now | ({"held": held} if saved else {}))


def _reply(taken: Received, now: dict[str, Any]) -> dict[str, Any]:
    return {"outcome": str(taken.reception), "reason": taken.reason, "now": now}


def _held(cloud: Cloud, target: Target) -> str | None:
    hold = hold_of(cloud, target)
    return f"held {hold}" if hold else None


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
