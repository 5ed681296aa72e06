"""The plan: computed once, never changed, handed to every task. It holds all that going back needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hotplug.core.errors import PlanTooNewError, UnreadableError
from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.policy import EVIDENCE, NO_EVIDENCE, PlannedEvidence
from hotplug.core.parsing.fields import flag, whole
from hotplug.core.parsing.stored import Derived, Key, each, member_of, or_none, record, words, written
from hotplug.core.parsing.units import HUNDRED, MAX_NUMBER, percentage
from hotplug.core.plan.target import TARGET, PlannedTarget
from hotplug.core.spec.hooks import HOOK, Hook
from hotplug.core.spec.on_busy import OnBusy
from hotplug.core.spec.steps import STEP, AdvanceOn, Progression, Steps
from hotplug.core.spec.windows import WINDOW, Windows

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
    progression: Progression = Progression.STEPPED
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
        return _PLAN.write(self)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> "Plan":
        """The plan back again. One of a later schema is refused: half-understood is worse than not at all."""
        schema = written(value, "schema", whole(1, MAX_NUMBER))
        if schema > NEWEST_READ:
            raise PlanTooNewError(
                f"the plan has schema {schema}, this release understands up to {NEWEST_READ}"
            )
        plan = _PLAN(value)
        if plan.progression is Progression.ADAPTIVE:
            _check_ladder(plan.steps)
        return plan


_ALARM = record(WatchedAlarm, Key("name", "name", words), Key("redSince", "red_since", or_none(words)))
_PLAN = record(
    Plan,
    Derived("schema", lambda _: SCHEMA),
    Key("deployment", "deployment", words),
    Key("execution", "execution", words),
    Key("createdAt", "created_at", words),
    Key("targets", "targets", each(TARGET)),
    Key("steps", "steps", each(STEP)),
    Key("alarms", "alarms", each(_ALARM)),
    Key("pollSeconds", "poll_seconds", whole(1, MAX_NUMBER)),
    Key("onBusy", "on_busy", member_of(OnBusy)),
    Key("force", "force", flag),
    Key("reason", "reason", words),
    Key("requestedBy", "requested_by", words),
    Key("evidence", "evidence", EVIDENCE, default=NO_EVIDENCE),
    Key("pace", "progression", member_of(Progression), default=Progression.STEPPED),
    Key("advanceOn", "advance_on", member_of(AdvanceOn), default=AdvanceOn.TIME),
    Key("hooks", "hooks", each(HOOK), default=()),
    Key("windows", "windows", each(WINDOW), default=()),
    Key("keepVersions", "keep_versions", whole(1, MAX_NUMBER), default=None),
)


def _check_ladder(steps: Steps) -> None:
    """One on which a share can be chosen: no calls at all, and more from rung to rung."""
    percents = [step.percent for step in steps]
    if len(percents) < 2 or percents[0] or sorted(set(percents)) != percents or percents[1] == HUNDRED:
        raise UnreadableError("the steps are no ladder: 0 percent first, then more from each to the next")
