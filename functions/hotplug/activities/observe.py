"""Signals of a running deployment, read at one moment for Watch, Hook and Guard."""

from datetime import datetime

from hotplug.activities.read_alarms import alarm_states
from hotplug.activities.read_alias import aliases_now
from hotplug.activities.take_commands import commands_for
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress, modified_externally
from hotplug.core.resources.alias import routing_of
from hotplug.core.rollout.signals import Signals


def observe(cloud: Cloud, progress: Progress, *, tripped: str | None, since: datetime | None) -> Signals:
    """Read all signals except the evidence.

    `tripped` is why the guard stopped the deployment: the guard then restores the aliases, so that any
    routing is expected. `since` is when the weight last changed, None before the first calls.
    """
    plan, shifted = progress.plan, since is not None
    aliases = aliases_now(cloud, progress, shifted=None if tripped else shifted)
    return Signals(
        tripped=tripped,
        moved=[] if tripped else modified_externally(progress, aliases, shifted=shifted),
        routings=[routing_of(alias) for alias in aliases],
        alarms=alarm_states(cloud, plan.alarms),
        now=cloud.now(),
        since=since,
        commands=commands_for(cloud, plan.deployment),
    )
