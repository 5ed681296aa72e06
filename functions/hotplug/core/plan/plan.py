"""Plan of a deployment: computed once, never changed, passed to every task. It has all a rollback needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hotplug.core.errors import PlanTooNewError, UnreadableError
from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.policy import EVIDENCE, NO_EVIDENCE, EvidenceMode, PlannedEvidence
from hotplug.core.parsing.fields import flag, whole
from hotplug.core.parsing.stored import Derived, Key, list_of, member_of, optional, record, stored_value, text
from hotplug.core.parsing.units import HUNDRED, MAX_NUMBER, percentage
from hotplug.core.plan.target import TARGET, PlannedTarget
from hotplug.core.resources.alarm import AlarmColour, AlarmState
from hotplug.core.spec.approval import APPROVAL, Approval
from hotplug.core.spec.hooks import HOOK, Hook
from hotplug.core.spec.on_busy import OnBusy
from hotplug.core.spec.steps import STEP, AdvanceOn, Progression, Steps
from hotplug.core.spec.windows import WINDOW, Windows

SCHEMA = 1
"""Schema of the plans that are written. A release reads a new schema before the next one writes it."""
NEWEST_READ = 1

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WatchedAlarm:
    """An alarm that is watched during the bakes.

    `red_since` is set when it was in ALARM already at the start (ISO 8601, the moment it went red): then it
    counts only after it has cleared and gone red again.
    """

    name: str
    red_since: str | None = None

    def red_reason(self, state: AlarmState | None) -> str | None:
        """Return why this alarm ends the deployment, or None."""
        if state is None:
            return f"alarm {self.name} does not exist any more, so nothing vouches for the candidate"
        if state.colour is not AlarmColour.RED or self.red_since == state.since:
            return None
        again = " again, after it had cleared" if self.red_since else ""
        return f"alarm {self.name} went into ALARM{again} ({state.why})"


@dataclass(frozen=True, slots=True)
class Plan:
    """One deployment: its targets, steps, alarms, evidence and hooks.

    With the adaptive progression the steps are a ladder: any of them may be the next. Without steps, the
    `approval` comes before the promotion. After the deployment, versions beyond the newest `keep_versions`
    are deleted, unless that is None.
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
    approval: Approval | None = None

    @property
    def is_going_back(self) -> bool:
        """Whether every target that moves goes back to an older version. No alarm stops that."""
        moving = [planned for planned in self.targets if not planned.is_live_already]
        return bool(moving) and all(planned.is_going_back for planned in moving)

    @property
    def ignores_alarms(self) -> bool:
        """Whether no alarm stops it: every target that moves goes back, or leaves a version that is dead."""
        moving = [planned for planned in self.targets if not planned.is_live_already]
        return bool(moving) and all(planned.is_going_back or planned.dead for planned in moving)

    @property
    def no_way_back(self) -> tuple[str, ...]:
        """Describe each target whose stable version can't answer calls."""
        return tuple(
            f"{planned.target} has no way back: {planned.dead}" for planned in self.targets if planned.dead
        )

    def red_reasons(self, alarms: Mapping[str, AlarmState]) -> list[str]:
        """Return why each alarm ends the deployment, for those that do. `alarms` are by name."""
        watched = dict.fromkeys(self.alarms)
        return [reason for alarm in watched if (reason := alarm.red_reason(alarms.get(alarm.name)))]

    def settings_for(self, planned: PlannedTarget) -> EvidenceSettings:
        """Return the settings of one target.

        Its own are the tolerance, its part of the risk of a false rollback, the durations of its traffic
        profile, and what its last day has taught. A first deployment is not judged, as it has no version to
        be compared with.
        """
        settings, judged = self.evidence.settings, sum(planned.stable is not None for planned in self.targets)
        return replace(
            settings,
            tolerate_errors=planned.tolerate_errors,
            false_rollback_risk=settings.false_rollback_risk / max(1, judged),
            usual_ms=planned.profile.slow_ms if planned.profile else (),
            **(planned.learned.settings() if planned.learned else {}),
        )

    @property
    def warmup_hold_seconds(self) -> int:
        """The most seconds in all for which steps may be held because slowness may still be warm-up.

        There are none where the evidence does not decide, and with the adaptive progression.
        """
        is_shared = any(0 < step.percent < HUNDRED for step in self.steps)
        holds = self.progression is Progression.STEPPED and self.evidence.mode is EvidenceMode.ON
        settings = self.evidence.settings
        return 60 * settings.warmup_hold_minutes if holds and is_shared else 0

    def rung(self, share: float) -> int:
        """Return the index of the heaviest step with at most this share of calls, 0 to 1.

        A share below the lightest step gets the lightest. Only a share of 0 gets the step of 0 %.
        """
        if share <= 0:
            return 0
        asked = percentage(share)
        climb = [at for at, step in enumerate(self.steps) if step.percent]
        return max((at for at in climb if self.steps[at].percent <= asked), default=climb[0] if climb else 0)

    def to_json(self) -> Json:
        """Return the plan as the machine carries it; a few kB. Defaults of later fields are omitted."""
        return _PLAN.write(self)

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> "Plan":
        """Return the plan. A later schema raises PlanTooNewError, any other fault UnreadableError."""
        schema = stored_value(value, "schema", whole(1, MAX_NUMBER))
        if schema > NEWEST_READ:
            raise PlanTooNewError(
                f"the plan has schema {schema}, this release understands up to {NEWEST_READ}"
            )
        plan = _PLAN(value)
        if plan.progression is Progression.ADAPTIVE:
            _check_ladder(plan.steps)
        return plan


_ALARM = record(WatchedAlarm, Key("name", "name", text), Key("redSince", "red_since", optional(text)))
_PLAN = record(
    Plan,
    Derived("schema", lambda _: SCHEMA),
    Key("deployment", "deployment", text),
    Key("execution", "execution", text),
    Key("createdAt", "created_at", text),
    Key("targets", "targets", list_of(TARGET)),
    Key("steps", "steps", list_of(STEP)),
    Key("alarms", "alarms", list_of(_ALARM)),
    Key("pollSeconds", "poll_seconds", whole(1, MAX_NUMBER)),
    Key("onBusy", "on_busy", member_of(OnBusy)),
    Key("force", "force", flag),
    Key("reason", "reason", text),
    Key("requestedBy", "requested_by", text),
    Key("evidence", "evidence", EVIDENCE, default=NO_EVIDENCE),
    Key("pace", "progression", member_of(Progression), default=Progression.STEPPED),
    Key("advanceOn", "advance_on", member_of(AdvanceOn), default=AdvanceOn.TIME),
    Key("hooks", "hooks", list_of(HOOK), default=()),
    Key("windows", "windows", list_of(WINDOW), default=()),
    Key("keepVersions", "keep_versions", whole(1, MAX_NUMBER), default=None),
    Key("approval", "approval", APPROVAL, default=None),
)


def _check_ladder(steps: Steps) -> None:
    """Raise UnreadableError unless the steps begin at 0 % and grow from each to the next."""
    percents = [step.percent for step in steps]
    if len(percents) < 2 or percents[0] or sorted(set(percents)) != percents or percents[1] == HUNDRED:
        raise UnreadableError("the steps are no ladder: 0 percent first, then more from each to the next")
