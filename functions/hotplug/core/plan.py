"""The plan: computed once, never changed, handed to every task. It holds all that going back needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hotplug.core.alias import Routing
from hotplug.core.errors import PlanTooNewError, UnreadableError
from hotplug.core.percentage import plain
from hotplug.core.problem import Problem
from hotplug.core.reading import flag, one_of, whole
from hotplug.core.request import Latest, OnBusy, Source, read_source, source_json
from hotplug.core.smoke import Smoke, smoke_from
from hotplug.core.strategy import Step, Steps, percent
from hotplug.core.target import Target
from hotplug.core.written import each, mapping, or_none, words, written

SCHEMA = 1
"""Of the plans that are written. A release reads a new schema before another one writes it."""
NEWEST_READ = 1
LARGEST_NUMBER = 10**9

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """One target with what it was when the plan was made.

    `stable` is the version that served then, None when the alias did not exist yet. `revision` is the alias'
    RevisionId as found. `code_sha256` is what the candidate's code must hash to, base64 as Lambda reports it.
    `smoke` are the calls that it is tried with before it gets traffic.
    """

    target: Target
    stable: str | None
    revision: str | None
    source: Source
    code_sha256: str
    smoke: tuple[Smoke, ...] = ()

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
        schema = written(value, "schema", whole(1, LARGEST_NUMBER))
        if schema > NEWEST_READ:
            raise PlanTooNewError(
                f"the plan has schema {schema}, this release understands up to {NEWEST_READ}"
            )
        return Plan(
            deployment=written(value, "deployment", words),
            execution=written(value, "execution", words),
            created_at=written(value, "createdAt", words),
            targets=written(value, "targets", each(_target_from)),
            steps=written(value, "steps", each(_step_from)),
            alarms=written(value, "alarms", each(_alarm_from)),
            poll_seconds=written(value, "pollSeconds", whole(1, LARGEST_NUMBER)),
            on_busy=OnBusy(written(value, "onBusy", one_of(*OnBusy))),
            force=written(value, "force", flag),
            reason=written(value, "reason", words),
            requested_by=written(value, "requestedBy", words),
        )


def number(share: Decimal) -> int | float:
    """A percentage as JSON shows it: 5, not 5.0."""
    return int(share) if share == share.to_integral() else float(share)


def _step_json(step: Step) -> Json:
    return {"percent": number(step.percent), "weight": step.weight, "bakeSeconds": step.bake_seconds}


def _target_json(planned: PlannedTarget) -> Json:
    smoke = {"smoke": [smoke.to_json() for smoke in planned.smoke]} if planned.smoke else {}
    return {
        "function": planned.target.function,
        "alias": planned.target.alias,
        "stable": planned.stable,
        "revision": planned.revision,
        "source": source_json(planned.source),
        "codeSha256": planned.code_sha256,
    } | smoke


def _target_from(value: object) -> PlannedTarget:
    item = mapping(value)
    return PlannedTarget(
        target=Target(written(item, "function", words), written(item, "alias", words)),
        stable=written(item, "stable", or_none(words)),
        revision=written(item, "revision", or_none(words)),
        source=_source_from(written(item, "source", mapping)),
        code_sha256=written(item, "codeSha256", words),
        smoke=written(item, "smoke", each(smoke_from)) if "smoke" in item else (),
    )


def _source_from(item: Mapping[str, Any]) -> Source:
    problems: list[Problem] = []
    source = read_source(item, "source", problems) if item else Latest()
    if problems:
        raise UnreadableError(f"a source in the plan cannot be read: {problems[0]}")
    return source


def _step_from(value: object) -> Step:
    item = mapping(value)
    return Step(
        plain(written(item, "percent", percent(lowest=Decimal(0)))),
        written(item, "bakeSeconds", whole(0, LARGEST_NUMBER)),
    )


def _alarm_from(value: object) -> WatchedAlarm:
    item = mapping(value)
    return WatchedAlarm(written(item, "name", words), written(item, "redSince", or_none(words)))
