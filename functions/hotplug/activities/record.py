"""Recorded transitions and their notifications."""

import logging
from datetime import datetime

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.transition import Outcome, State, TargetLine, Transition
from hotplug.core.parsing.problem import MAX_REASON, cut
from hotplug.core.spec.steps import Progression

logger = logging.getLogger("hotplug")


def record(cloud: Cloud, transition: Transition) -> None:
    """Append to the ledger, then notify. Only the append must succeed: a failed notification is logged."""
    cloud.ledger.append(transition)
    _notify(cloud, transition)


def record_once(cloud: Cloud, transition: Transition) -> None:
    """Record, but notify only the first time: for transitions that repeat."""
    if cloud.ledger.append(transition):
        _notify(cloud, transition)


def _notify(cloud: Cloud, transition: Transition) -> None:
    try:
        cloud.notifications.publish(transition)
    except Exception:
        logger.exception("could not notify about %s", transition.key)


def transition(
    cloud: Cloud,
    progress: Progress,
    state: State,
    targets: tuple[TargetLine, ...],
    reason: str,
    *,
    verdict: str | None = None,
    outcome: Outcome | None = None,
    began: datetime | None = None,
) -> Transition:
    """A transition at this position. A retry has the same key, so it adds no second line."""
    plan = progress.plan
    visit = f"#{progress.visit}" if plan.progression is Progression.ADAPTIVE else ""
    return Transition(
        deployment=plan.deployment,
        execution=plan.execution,
        state=state,
        key=f"{state}#{progress.step:05d}{visit}",
        at=cloud.now().isoformat(),
        targets=targets,
        reason=cut(reason, MAX_REASON),
        step=progress.step,
        verdict=verdict,
        outcome=outcome,
        began=began.isoformat() if began else None,
    )
