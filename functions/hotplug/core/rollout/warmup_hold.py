"""Holds of steps whose candidate is slower, as its new environments may be the cause."""

from collections.abc import Iterable
from itertools import pairwise

from hotplug.core.deployment.verdict import Judgement, Verdict
from hotplug.core.evidence import Assessment
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.evidence.statistics.judge import SUSPICION
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.signals import Signals, share
from hotplug.core.spec.steps import Step

ON_TIME_SECONDS = 90
"""A step that ends this long after its bake was not held: a poll and a shift take as long."""


def held_for_warmup(plan: Plan, step: int, signals: Signals, over_seconds: float) -> Judgement | None:
    """Return the hold of a step whose bake is over since `over_seconds`; None if it may end.

    It begins while slow calls that would be suspicious may be warm-up, and ends when no more are and the
    others are not suspicious. All holds of a deployment last `warmup_hold_minutes` together.
    """
    evidence, settings = signals.evidence, plan.evidence.settings
    if evidence is None or plan.evidence.mode is not EvidenceMode.ON:
        return None
    was_held = over_seconds > ON_TIME_SECONDS
    open_questions = [each for each in evidence.assessments if _is_open(each, was_held=was_held)]
    left = (
        settings.warmup_hold_minutes * 60 - over_seconds - _held_before(plan.steps[:step], evidence.changes)
    )
    if not open_questions or left <= 0:
        return None
    why = f"held: slow calls may be warm-up of new environments, {_known_in(open_questions)}"
    return Judgement(
        Verdict.HOLD, step, plan.poll_seconds, f"{why}; {share(plan, step)}; evidence: {evidence}"
    )


def _is_open(assessment: Assessment, *, was_held: bool) -> bool:
    if assessment.doubt < SUSPICION:
        return False
    return not assessment.is_settled or (was_held and assessment.log_evidence >= SUSPICION)


def _known_in(assessments: Iterable[Assessment]) -> str:
    minutes = max((each.settles_in or 0 for each in assessments), default=0)
    if not minutes:
        return "known soon"
    return f"known in about {minutes} minute{'' if minutes == 1 else 's'}"


def _held_before(steps: Iterable[Step], changes: Iterable[Change]) -> float:
    """Return the seconds that the steps before took longer than their bakes."""
    over = (
        (after.began - before.ended).total_seconds() - step.bake_seconds
        for step, (before, after) in zip(steps, pairwise(changes), strict=False)
    )
    return sum(each for each in over if each > ON_TIME_SECONDS)
