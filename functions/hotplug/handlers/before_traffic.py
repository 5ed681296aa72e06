"""Before traffic: smoke tests of every candidate, called by its version before it receives traffic."""

from typing import Any

from hotplug.activities.record import record, transition
from hotplug.activities.take_commands import is_blocked
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.transition import State, lines_restored
from hotplug.core.errors import SmokeFailedError, TryAgainError
from hotplug.core.parsing.problem import MAX_REASON, cut
from hotplug.core.resources.invocation import NotAnsweredError
from hotplug.core.spec.smoke_test import Smoke
from hotplug.handlers.entrypoint import Event, entrypoint


def before_traffic(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Run every smoke test; the error names each one that failed. A retry runs all of them again.

    A call that Lambda can't take now says nothing about the candidate: the machine retries the task.
    """
    progress = Progress.from_event(event)
    trials = [(move, smoke) for move in progress.moves() for smoke in move.planned.smoke]
    failures: list[str] = []
    later: list[str] = []
    for move, smoke in trials:
        try:
            if unmet := _tried(cloud, move, smoke):
                failures.append(f"{_named(move)}: {unmet}")
        except NotAnsweredError as error:
            (later if error.passes else failures).append(f"{_named(move)}: {error}")
    if failures:
        raise SmokeFailedError(cut("; ".join(failures), MAX_REASON))
    if later:
        raise TryAgainError(cut(f"a call of the smoke got no answer: {'; '.join(later)}", MAX_REASON))
    reason = f"smoke passed: {len(trials)} of {len(trials)} calls of the candidates"
    record(cloud, transition(cloud, progress, State.TESTED, lines_restored(progress), reason))
    outcome = "held" if is_blocked(cloud, progress.plan) else str(State.TESTED)
    return {"outcome": outcome, "reason": reason}


def _tried(cloud: Cloud, move: Move, smoke: Smoke) -> str | None:
    """Return what the candidate did not meet."""
    since = cloud.now()
    called = cloud.trials.invoke(
        move.planned.target.function, move.candidate, smoke.event, tenant=smoke.tenant, context=smoke.context
    )
    return smoke.unmet(called, (cloud.now() - since).total_seconds())


def _named(move: Move) -> str:
    return f"version {move.candidate} of {move.planned.target.function}"


handler = entrypoint(before_traffic)
