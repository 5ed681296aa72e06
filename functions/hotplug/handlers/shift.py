"""Shift: the candidates' weight of this step."""

from typing import Any

from hotplug.activities.move_aliases import point_all
from hotplug.activities.record import record, transition
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import Phase
from hotplug.core.deployment.transition import State, lines_at
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.polling import first_wait
from hotplug.core.rollout.signals import share
from hotplug.core.spec.steps import Progression
from hotplug.handlers.entrypoint import Event, entrypoint


def shift(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Move the aliases. `since` is when the last alias was moved (ISO 8601); the bake starts then."""
    progress = Progress.on_a_step(event)
    plan, step, began = progress.plan, progress.step, cloud.now()
    revisions = point_all(cloud, progress, Phase.MOVING)
    since = cloud.now().isoformat()
    record(
        cloud,
        transition(cloud, progress, State.SHIFTED, lines_at(progress), _reason(plan, step), began=began),
    )
    return {"revisions": revisions, "since": since, "wait": first_wait(plan, step)}


def _reason(plan: Plan, step: int) -> str:
    if plan.progression is Progression.ADAPTIVE:
        return f"as the evidence allows; {share(plan, step)}"
    bake = plan.steps[step].bake_seconds
    return f"step {step + 1} of {len(plan.steps)}, bakes {bake} s; {share(plan, step)}"


handler = entrypoint(shift)
