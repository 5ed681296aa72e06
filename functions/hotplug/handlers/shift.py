"""Shift: give the candidates this step's share of the calls."""

from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.core.judgement import next_wait, share
from hotplug.core.progress import Progress
from hotplug.core.report import State, lines_at
from hotplug.core.standing import Phase
from hotplug.handlers.entrypoint import Event, entrypoint
from hotplug.handlers.moving import point_all
from hotplug.handlers.recording import record, transition


def shift(event: Event, cloud: Cloud) -> dict[str, Any]:
    """`since` is when the last alias was moved (ISO 8601): the bake counts from there."""
    progress = Progress.on_a_step(event)
    plan, step = progress.plan, progress.step
    cloud.ledger.save(progress, Phase.MOVING)
    revisions = point_all(cloud, progress)
    since = cloud.now().isoformat()
    reason = (
        f"step {step + 1} of {len(plan.steps)}, bakes {plan.steps[step].bake_seconds} s; {share(plan, step)}"
    )
    record(cloud, transition(cloud, progress, State.SHIFTED, lines_at(progress), reason))
    return {"revisions": revisions, "since": since, "wait": next_wait(plan, step, 0)}


handler = entrypoint(shift)
