"""Schedule of hooks: which of them are due, their payload, and the progress of their calls."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.verdict import Verdict
from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.stored import TIMESTAMP, Key, mapping, member_of, record
from hotplug.core.parsing.units import MAX_NUMBER, number
from hotplug.core.plan.plan import Json, Plan
from hotplug.core.rollout.hook_answer import details_of
from hotplug.core.spec.hooks import Hook, HookPoint, Place
from hotplug.core.spec.steps import Progression

SCHEMA = 1
MAX_PREFIX = 40
"""Characters of a deployment's name in the name of its hook's execution, which takes 80 in all."""


class Moment(StrEnum):
    """Moments for hooks: before the first shift, between two steps, and before the promotion."""

    START = "start"
    ADVANCE = "advance"
    PROMOTE = "promote"


@dataclass(frozen=True, slots=True)
class Asking:
    """One hook in progress. `calls` is the number of answered calls. The next call is not before `due`.

    `since` is when the hook was first called.
    """

    point: HookPoint
    since: datetime
    calls: int
    due: datetime
    details: Any = None

    @staticmethod
    def begins(point: HookPoint, now: datetime) -> "Asking":
        """Return the progress before the first call."""
        return Asking(point, now, 0, now)

    def goes_on(self, due: datetime, details: Any) -> "Asking":
        """Return the progress after an answered call."""
        return replace(self, calls=self.calls + 1, due=due, details=details)

    def to_json(self) -> Json:
        """Return the JSON that the machine carries."""
        return ASKING.write(self)


ASKING = record(
    Asking,
    Key("point", "point", member_of(HookPoint)),
    Key("since", "since", TIMESTAMP),
    Key("calls", "calls", whole(0, MAX_NUMBER)),
    Key("due", "due", TIMESTAMP),
    Key("details", "details", details_of),
)


def asking_from(value: object) -> Asking | None:
    """Return the progress from the JSON that the machine carries, or None while no hook is in progress."""
    return ASKING(value) if mapping(value) else None


@dataclass(frozen=True, slots=True)
class Crossing:
    """The way between two positions of a deployment.

    `now` is the step that the aliases are on, or None before the first. `following` is the next step, or the
    number of all steps for the promotion.
    """

    plan: Plan
    moment: Moment
    now: int | None
    following: int

    def due(self) -> tuple[Hook, ...]:
        """Return the hooks to call, in order."""
        asked = {hook.point: hook for hook in self.plan.hooks}
        return tuple(asked[point] for point in self._points() if point in asked)

    def _points(self) -> Iterator[HookPoint]:
        match self.moment:
            case Moment.START:
                yield HookPoint.BEFORE_TRAFFIC
                if not self.plan.steps:  # no target can be shifted, so the promotion comes next
                    yield HookPoint.AFTER_TRAFFIC
                elif self._is_a_step(self.following):
                    yield HookPoint.BEFORE_STEP
            case Moment.ADVANCE if self._is_more():
                if self.now is not None and self._is_a_step(self.now):
                    yield HookPoint.AFTER_STEP
                yield HookPoint.BEFORE_STEP
            case Moment.PROMOTE:
                yield HookPoint.AFTER_STEP
                yield HookPoint.AFTER_TRAFFIC

    def _is_a_step(self, at: int) -> bool:
        """Return whether this is a step. A ladder's rung without calls is a pause."""
        return self.plan.progression is Progression.STEPPED or self.plan.steps[at].percent > 0

    def _is_more(self) -> bool:
        """Return whether the candidate gets more calls. Hooks do not delay a move to fewer calls."""
        steps = self.plan.steps
        return self.now is None or steps[self.following].percent > steps[self.now].percent

    def step_of(self, point: HookPoint) -> int | None:
        """Return the step that a hook is about."""
        match point:
            case HookPoint.BEFORE_TRAFFIC:
                return None
            case HookPoint.BEFORE_STEP:
                return self.following
            case HookPoint.AFTER_STEP | HookPoint.AFTER_TRAFFIC:
                return self.now

    @property
    def onward(self) -> Verdict:
        """The verdict when all hooks have succeeded."""
        return Verdict.PROMOTE if self.following >= len(self.plan.steps) else Verdict.ADVANCE


def hook_payload(progress: Progress, asking: Asking, step: int | None) -> Json:
    """Return the payload of a hook. `weight` is the candidate's share of calls in percent at its step.

    A hook that was written for ECS reads `hookDetails`, which it has if it gave any.
    """
    plan = progress.plan
    details = {} if asking.details is None else {"hookDetails": asking.details}
    return details | {
        "schema": SCHEMA,
        "hook": str(asking.point),
        "deployment": plan.deployment,
        "execution": plan.execution,
        "attempt": asking.calls + 1,
        "step": None if step is None else step + 1,
        "steps": len(plan.steps),
        "weight": 0 if step is None else number(plan.steps[step].percent),
        "targets": [_target(plan, at, candidate) for at, candidate in enumerate(progress.candidates)],
        "details": asking.details,
        "reason": plan.reason,
        "requestedBy": plan.requested_by,
    }


def _target(plan: Plan, at: int, candidate: str) -> Json:
    planned = plan.targets[at]
    partition, place = plan.execution.split(":")[1], Place.of(plan.execution)
    arn = f"arn:{partition}:lambda:{place.region}:{place.account}:function:{planned.target.function}"
    return {
        "function": planned.target.function,
        "alias": planned.target.alias,
        "stable": planned.stable,
        "candidate": candidate,
        "stableArn": f"{arn}:{planned.stable}" if planned.stable else None,
        "candidateArn": f"{arn}:{candidate}",
    }


def execution_name(progress: Progress, point: HookPoint, step: int | None) -> str:
    """Return the execution name of a hook's state machine.

    Retries of one call have the same name. The next visit to the step has another.
    """
    said = f"{progress.plan.execution}|{point}|{step}|{progress.visit}"
    prefix = progress.plan.deployment[:MAX_PREFIX]
    return f"{prefix}-{point}-{sha256(said.encode()).hexdigest()[:16]}"
