"""Plans to test with; a test names only what it is about."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hotplug.core.deployment.progress import Progress
from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import NO_EVIDENCE, EvidenceMode, PlannedEvidence
from hotplug.core.plan.plan import Plan, WatchedAlarm
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.request.adaptive_strategy import ladder
from hotplug.core.resources.function import TIMEOUT_SECONDS
from hotplug.core.spec.hooks import Hook
from hotplug.core.spec.on_busy import OnBusy
from hotplug.core.spec.source import Latest, Source
from hotplug.core.spec.steps import AdvanceOn, Progression, Step, Steps
from tests.fakes import a_target, execution_arn

TEN_THEN_FIFTY = (Step(Decimal(10), 300), Step(Decimal(50), 600))


def steps_of(*pairs: tuple[str | int, int]) -> Steps:
    """Steps from pairs of percent and bake seconds."""
    return tuple(Step(Decimal(percent), bake_seconds) for percent, bake_seconds in pairs)


def a_planned(
    target: str = "orders:live",
    *,
    stable: str | None = "41",
    revision: str | None = "revision-as-found",
    source: Source | None = None,
    code_sha256: str = "sha",
    profile: TrafficProfile | None = None,
    timeout_seconds: int = TIMEOUT_SECONDS,
    tolerate_errors: float = 0.005,
) -> PlannedTarget:
    return PlannedTarget(
        target=a_target(target),
        stable=stable,
        revision=revision,
        source=source or Latest(),
        code_sha256=code_sha256,
        profile=profile,
        timeout_seconds=timeout_seconds,
        tolerate_errors=tolerate_errors,
    )


def a_plan(
    *targets: PlannedTarget,
    steps: Steps = TEN_THEN_FIFTY,
    alarms: Sequence[WatchedAlarm] = (),
    poll_seconds: int = 30,
    deployment: str = "d-1",
    force: bool = False,
    reason: str = "ticket 7",
    evidence: PlannedEvidence = NO_EVIDENCE,
    progression: Progression = Progression.STEPPED,
    advance_on: AdvanceOn = AdvanceOn.TIME,
    hooks: Sequence[Hook] = (),
) -> Plan:
    return Plan(
        deployment=deployment,
        execution=execution_arn(deployment),
        created_at="2026-11-24T09:00:00+00:00",
        targets=targets or (a_planned(),),
        steps=steps,
        alarms=tuple(alarms),
        poll_seconds=poll_seconds,
        on_busy=OnBusy.REJECT,
        force=force,
        reason=reason,
        requested_by="ann",
        evidence=evidence,
        progression=progression,
        advance_on=advance_on,
        hooks=tuple(hooks),
    )


def judged(mode: EvidenceMode = EvidenceMode.ON, **settings: Any) -> PlannedEvidence:
    """Evidence by the defaults but for what is said."""
    return PlannedEvidence(mode, EvidenceSettings(**settings))


def an_adaptive_plan(*targets: PlannedTarget, **settings: Any) -> Plan:
    """A plan whose pace is adaptive, by the defaults but for what is said."""
    evidence = judged(**settings)
    return a_plan(
        *targets, steps=ladder(evidence.settings), evidence=evidence, progression=Progression.ADAPTIVE
    )


def at_step(plan: Plan, step: int, *candidates: str, revisions: Sequence[str | None] = ()) -> Progress:
    """A plan on its way, its aliases as they were found unless it is said otherwise."""
    found = tuple(planned.revision for planned in plan.targets)
    return Progress(plan, candidates, tuple(revisions) or found, step)


def event_at(progress: Progress, **more: Any) -> dict[str, Any]:
    """What the machine hands to a task at this position."""
    position = {
        "plan": progress.plan.to_json(),
        "candidates": list(progress.candidates),
        "revisions": list(progress.revisions),
        "step": progress.step,
    }
    return position | more
