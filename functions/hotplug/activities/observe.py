"""Signals of a running deployment, read at one moment for Watch, Hook and Guard."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from hotplug.activities.read_alias import aliases_now
from hotplug.activities.take_commands import commands_for
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress, modified_externally
from hotplug.core.errors import AlarmRedError
from hotplug.core.plan.plan import Plan, WatchedAlarm
from hotplug.core.resources.alarm import AlarmState
from hotplug.core.resources.alias import routing_of
from hotplug.core.rollout.signals import Signals, reds


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


def stop_if_red(cloud: Cloud, plan: Plan) -> None:
    """Raise AlarmRedError if an alarm is red. Without steps, nobody has polled the alarms since the plan."""
    if plan.steps or plan.ignores_alarms:
        return
    red = reds(plan, alarm_states(cloud, plan.alarms))
    if red:
        raise AlarmRedError(f"{'; '.join(red)}; not all calls had moved yet")


def alarm_states(cloud: Cloud, alarms: Sequence[WatchedAlarm]) -> Mapping[str, AlarmState]:
    """The state of each existing alarm, by name."""
    return cloud.alarms.states([alarm.name for alarm in alarms]) if alarms else {}
