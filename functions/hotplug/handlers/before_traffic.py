"""Before traffic: smoke tests of every candidate, called by its version before it receives traffic."""

from typing import Any

from hotplug.activities.record import record, transition
from hotplug.activities.take_commands import is_blocked
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.transition import State, lines_restored
from hotplug.core.errors import SmokeFailedError
from hotplug.core.parsing.problem import MAX_REASON, cut
from hotplug.core.resources.invocation import NotAnsweredError
from hotplug.core.spec.smoke_test import Smoke
from hotplug.handlers.entrypoint import Event, entrypoint


def before_traffic(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Run every smoke test; the error names each one that failed. A retry runs all of them again."""
    progress = Progress.from_event(event)
    trials = [(move, smoke) for move in progress.moves() for smoke in move.planned.smoke]
    failures = [failure for move, smoke in trials if (failure := _tried(cloud, move, smoke))]
    if failures:
        raise SmokeFailedError(cut("; ".join(failures), MAX_REASON))
    reason = f"smoke passed: {len(trials)} of {len(trials)} calls of the candidates"
    record(cloud, transition(cloud, progress, State.TESTED, lines_restored(progress), reason))
    outcome = "held" if is_blocked(cloud, progress.plan) else str(State.TESTED)
    return {"outcome": outcome, "reason": reason}


def _tried(cloud: Cloud, move: Move, smoke: Smoke) -> str | None:
    function, since = move.planned.target.function, cloud.now()
    try:
        called = cloud.trials.invoke(
            function, move.candidate, smoke.event, tenant=smoke.tenant, context=smoke.context
        )
    except NotAnsweredError as error:
        return f"version {move.candidate} of {function}: {error}"
    unmet = smoke.unmet(called, (cloud.now() - since).total_seconds())
    return f"version {move.candidate} of {function}: {unmet}" if unmet else None


handler = entrypoint(before_traffic)
