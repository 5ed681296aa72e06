"""Recorded commands that are about no position of a deployment: to all, to a target, or to claims."""

from hotplug.activities.record import record_once
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.transition import State, Transition
from hotplug.core.rollout.commands import AcceptedCommand


def record_command(
    cloud: Cloud, name: str, accepted: AcceptedCommand, reason: str, *, execution: str = ""
) -> None:
    """Record the command once. `name` stands where a deployment's does."""
    line = Transition(
        deployment=name,
        execution=execution,
        state=State.COMMANDED,
        key=command_key(accepted),
        at=cloud.now().isoformat(),
        targets=(),
        reason=reason,
    )
    record_once(cloud, line)


def command_key(accepted: AcceptedCommand) -> str:
    """Return the key of a command's line."""
    return f"{State.COMMANDED}#{accepted.at.isoformat()}#{accepted.command}"
