"""The plan: computed once, never changed, handed to every task. It holds all that going back needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from hotplug.core.errors import PlanTooNewError, UnreadableError
from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.policy import NO_EVIDENCE, PlannedEvidence, evidence_from
from hotplug.core.parsing.fields import flag, one_of, whole
from hotplug.core.parsing.stored import each, mapping, or_none, words, written
from hotplug.core.parsing.units import HUNDRED, LARGEST_NUMBER, number, percent, percentage, plain
from hotplug.core.plan.target import PlannedTarget, target_from, target_json
from hotplug.core.spec.approval import approval_from
from hotplug.core.spec.hooks import Hook, hook_from
from hotplug.core.spec.on_busy import OnBusy
from hotplug.core.spec.steps import AdvanceOn, Pace, Step, Steps
from hotplug.core.spec.windows import Windows, windows_from

SCHEMA = 1
"""Of the plans that are written. A release reads a new schema before another one writes it."""
NEWEST_READ = 1

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WatchedAlarm:
    """An alarm that the bakes look at.

    `red_since` is set when it was in ALARM already at the start (ISO 8601, the moment it went red): then it
    counts only after it has cleared and gone red again.
    """

    name: str
    red_since: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One deployment: which aliases move, by which steps, watched by which alarms, judged by what evidence.

    With an adaptive pace the steps are a ladder: any of them may be the next. Once it is deployed, versions
    beyond the newest `keep_versions` are deleted, where that is not None.
    """

    deployment: str
    execution: str
    created_at: str
    targets: tuple[PlannedTarget, ...]
    steps: Steps
    alarms: tuple[WatchedAlarm, ...]
    poll_seconds: int
    on_busy: OnBusy
    force: bool
    reason: str
    requested_by: str
    evidence: PlannedEvidence = NO_EVIDENCE
    pace: Pace = Pace.TIMETABLE
    advance_on: AdvanceOn = AdvanceOn.TIME
    keep_versions: int | None = None
    hooks: tuple[Hook, ...] = ()
    windows: Windows = ()

    @property
    def is_going_back(self) -> bool:
        """Whether nothing new comes in: older versions come back. No alarm stops that, red as it may be."""
        moving = [planned for planned in self.targets if not planned.is_live_already]
        return bool(moving) and all(planned.is_going_back for planned in moving)

    def settings_for(self, planned: PlannedTarget) -> EvidenceSettings:
        """How one target is judged: by its own tolerance, and by its part of the risk of rolling all back.

        A first deployment has no version beside it to be compared with, so it is not judged.
        """
        settings, judged = self.evidence.settings, sum(each.stable is not None for each in self.targets)
        return replace(
            settings,
            tolerate_errors=planned.tolerate_errors,
            false_rollback_risk=settings.false_rollback_risk / max(1, judged),
        )

    def rung(self, share: float) -> int:
        """The heaviest step that gives the candidate no more than this share of calls, 0 to 1.

        A share that is too small for any gets the lightest, and only none at all gets the step of 0 %.
        """
        if share <= 0:
            return 0
        asked = percentage(share)
        climb = [at for at, step in enumerate(self.steps) if step.percent]
        return max((at for at in climb if self.steps[at].percent <= asked), default=climb[0] if climb else 0)

    def to_json(self) -> Json:
        """The plan as it travels through the machine; a few kB. What it did not always have may be absent."""
        more = {
            "evidence": self.evidence.to_json() if self.evidence != NO_EVIDENCE else None,
            "pace": str(self.pace) if self.pace is not Pace.TIMETABLE else None,
            "advanceOn": str(self.advance_on) if self.advance_on is not AdvanceOn.TIME else None,
            "hooks": [hook.to_json() for hook in self.hooks] or None,
            "windows": [window.to_json() for window in self.windows] or None,
            "keepVersions": self.keep_versions,
        }
        return {
            "schema": SCHEMA,
            "deployment": self.deployment,
            "execution": self.execution,
            "createdAt": self.created_at,
            "targets": [target_json(target) for target in self.targets],
            "steps": [_step_json(step) for step in self.steps],
            "alarms": [{"name": alarm.name, "redSince": alarm.red_since} for alarm in self.alarms],
            "pollSeconds": self.poll_seconds,
            "onBusy": str(self.on_busy),
            "force": self.force,
            "reason": self.reason,
            "requestedBy": self.requested_by,
        } | {key: value for key, value in more.items() if value is not None}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> "Plan":
        """The plan back again. One of a later schema is refused: half-understood is worse than not at all."""
        schema = written(value, "schema", whole(1, LARGEST_NUMBER))
        if schema > NEWEST_READ:
            raise PlanTooNewError(
                f"the plan has schema {schema}, this release understands up to {NEWEST_READ}"
            )
        plan = Plan(
            deployment=written(value, "deployment", words),
            execution=written(value, "execution", words),
            created_at=written(value, "createdAt", words),
            targets=written(value, "targets", each(target_from)),
            steps=written(value, "steps", each(_step_from)),
            alarms=written(value, "alarms", each(_alarm_from)),
            poll_seconds=written(value, "pollSeconds", whole(1, LARGEST_NUMBER)),
            on_busy=OnBusy(written(value, "onBusy", one_of(*OnBusy))),
            force=written(value, "force", flag),
            reason=written(value, "reason", words),
            requested_by=written(value, "requestedBy", words),
            evidence=written(value, "evidence", evidence_from) if "evidence" in value else NO_EVIDENCE,
            pace=Pace(written(value, "pace", one_of(*Pace))) if "pace" in value else Pace.TIMETABLE,
            advance_on=AdvanceOn(written(value, "advanceOn", one_of(*AdvanceOn)))
            if "advanceOn" in value
            else AdvanceOn.TIME,
            hooks=written(value, "hooks", each(hook_from)) if "hooks" in value else (),
            windows=windows_from(value["windows"]) if "windows" in value else (),
            keep_versions=written(value, "keepVersions", whole(1, LARGEST_NUMBER))
            if "keepVersions" in value
            else None,
        )
        if plan.pace is Pace.ADAPTIVE:
            _check_ladder(plan.steps)
        return plan


def _step_json(step: Step) -> Json:
    more = {"approval": step.approval.to_json()} if step.approval else {}
    return {"percent": number(step.percent), "weight": step.weight, "bakeSeconds": step.bake_seconds} | more


def _step_from(value: object) -> Step:
    item = mapping(value)
    return Step(
        plain(written(item, "percent", percent(lowest=Decimal(0)))),
        written(item, "bakeSeconds", whole(0, LARGEST_NUMBER)),
        written(item, "approval", approval_from) if "approval" in item else None,
    )


def _check_ladder(steps: Steps) -> None:
    """One on which a share can be chosen: no calls at all, and more from rung to rung."""
    percents = [step.percent for step in steps]
    if len(percents) < 2 or percents[0] or sorted(set(percents)) != percents or percents[1] == HUNDRED:
        raise UnreadableError("the steps are no ladder: 0 percent first, then more from each to the next")


def _alarm_from(value: object) -> WatchedAlarm:
    item = mapping(value)
    return WatchedAlarm(written(item, "name", words), written(item, "redSince", or_none(words)))
