"""The plan: computed once, never changed, handed to every task. It holds all that going back needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hotplug.core.alias import Routing
from hotplug.core.errors import PlanTooNewError
from hotplug.core.problem import Problem
from hotplug.core.request import Latest, OnBusy, Source, Target, read_source, source_json
from hotplug.core.strategy import Step, Steps

SCHEMA = 1

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """One target with what it was when the plan was made.

    `stable` is the version that served then, None when the alias did not exist yet. `revision` is the alias'
    RevisionId as found. `code_sha256` is what the candidate's code must hash to, base64 as Lambda reports it.
    """

    target: Target
    stable: str | None
    revision: str | None
    source: Source
    code_sha256: str

    def routing_at(self, position: int, steps: Steps, candidate: str) -> Routing | None:
        """What the alias must say at a position: an index into `steps`, or their number for the promotion.

        None while the alias is not to exist yet: a first deployment has nobody to shift, so that the alias is
        created on the candidate by the promotion.
        """
        if position >= len(steps):
            return Routing(candidate)
        if self.stable is None:
            return None
        if self.stable == candidate:
            return Routing(self.stable)
        return Routing(self.stable, ((candidate, steps[position].percent),))


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
    """One deployment: which aliases move, by which steps, watched by which alarms."""

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

    def to_json(self) -> Json:
        """The plan as it travels through the machine; a few kB."""
        return {
            "schema": SCHEMA,
            "deployment": self.deployment,
            "execution": self.execution,
            "createdAt": self.created_at,
            "targets": [_target_json(target) for target in self.targets],
            "steps": [_step_json(step) for step in self.steps],
            "alarms": [{"name": alarm.name, "redSince": alarm.red_since} for alarm in self.alarms],
            "pollSeconds": self.poll_seconds,
            "onBusy": str(self.on_busy),
            "force": self.force,
            "reason": self.reason,
            "requestedBy": self.requested_by,
        }

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> "Plan":
        """The plan back again. One of a later schema is refused: half-understood is worse than not at all."""
        if value["schema"] > SCHEMA:
            raise PlanTooNewError(
                f"the plan has schema {value['schema']}, this release understands up to {SCHEMA}"
            )
        return Plan(
            deployment=value["deployment"],
            execution=value["execution"],
            created_at=value["createdAt"],
            targets=tuple(_target_from(item) for item in value["targets"]),
            steps=tuple(Step(Decimal(str(item["percent"])), item["bakeSeconds"]) for item in value["steps"]),
            alarms=tuple(WatchedAlarm(item["name"], item["redSince"]) for item in value["alarms"]),
            poll_seconds=value["pollSeconds"],
            on_busy=OnBusy(value["onBusy"]),
            force=value["force"],
            reason=value["reason"],
            requested_by=value["requestedBy"],
        )


def number(percent: Decimal) -> int | float:
    """A percentage as JSON shows it: 5, not 5.0."""
    return int(percent) if percent == percent.to_integral() else float(percent)


def _step_json(step: Step) -> Json:
    return {"percent": number(step.percent), "weight": step.weight, "bakeSeconds": step.bake_seconds}


def _target_json(planned: PlannedTarget) -> Json:
    return {
        "function": planned.target.function,
        "alias": planned.target.alias,
        "stable": planned.stable,
        "revision": planned.revision,
        "source": source_json(planned.source),
        "codeSha256": planned.code_sha256,
    }


def _target_from(item: Mapping[str, Any]) -> PlannedTarget:
    problems: list[Problem] = []
    source = read_source(item["source"], "source", problems) if item["source"] else Latest()
    if problems:
        raise ValueError(f"a source in the plan cannot be read: {problems[0]}")
    target = Target(item["function"], item["alias"])
    return PlannedTarget(target, item["stable"], item["revision"], source, item["codeSha256"])
