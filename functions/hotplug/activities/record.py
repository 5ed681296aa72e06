"""Writes a transition down, then tells people."""

import logging
from datetime import datetime

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.transition import Outcome, State, TargetLine, Transition
from hotplug.core.parsing.problem import LONGEST_REASON, cut
from hotplug.core.spec.steps import Pace

logger = logging.getLogger("hotplug")


def record(cloud: Cloud, transition: Transition) -> None:
    """The ledger must take it. A notification that fails is logged: it is no reason to roll back."""
    cloud.ledger.append(transition)
    _tell(cloud, transition)


def record_once(cloud: Cloud, transition: Transition) -> None:
    """As `record`, but people hear only of the first: for what is tried again and again."""
    if cloud.ledger.append(transition):
        _tell(cloud, transition)


def _tell(cloud: Cloud, transition: Transition) -> None:
    try:
        cloud.bulletins.publish(transition)
    except Exception:
        logger.exception("could not tell about %s", transition.key)


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
    """What happened at this position. The key repeats with the task, so that a retry adds no second line."""
    plan = progress.plan
    visit = f"#{progress.visit}" if plan.pace is Pace.ADAPTIVE else ""
    return Transition(
        deployment=plan.deployment,
        execution=plan.execution,
        state=state,
        key=f"{state}#{progress.step:05d}{visit}",
        at=cloud.now().isoformat(),
        targets=targets,
        reason=cut(reason, LONGEST_REASON),
        step=progress.step,
        verdict=verdict,
        outcome=outcome,
        began=began.isoformat() if began else None,
    )
