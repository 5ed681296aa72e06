"""Transitions of a deployment, as data and in words: one format for ledger, events, messages and causes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from hotplug.core.deployment.progress import Progress
from hotplug.core.parsing.units import HUNDRED, number
from hotplug.core.plan.plan import Json, Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.alias import Routing

SCHEMA = 1
DETAIL_TYPE = "hotplug Deployment Transition"
SOURCE = "hotplug"
MAX_SUBJECT = 100
"""Characters that SNS takes in a subject, ASCII only."""


class State(StrEnum):
    """Types of transitions. Users are notified of them."""

    PLANNED = "planned"
    REFUSED = "refused"
    CLAIMED = "claimed"
    BUSY = "busy"
    WAITING = "waiting"
    PUBLISHED = "published"
    TESTED = "tested"
    WARMED = "warmed"
    HOOKED = "hooked"
    SHIFTED = "shifted"
    ASKED = "asked"
    HELD = "held"
    COMMANDED = "commanded"
    WATCHED = "watched"
    TRIPPED = "tripped"
    PROMOTED = "promoted"
    RESTORED = "restored"
    NOT_RESTORED = "not_restored"
    CLOSED = "closed"
    PRUNED = "pruned"


class Outcome(StrEnum):
    """Outcome of a deployment."""

    DEPLOYED = "deployed"
    UNCHANGED = "unchanged"
    ROLLED_BACK = "rolled_back"
    REFUSED = "refused"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One target at one moment. `percent` is the candidate's share of calls, 0 to 100; None if not known.

    `routing` is that of the alias if it was read for this line (`is_read`), None if there was no alias.
    """

    function: str
    alias: str
    stable: str | None
    candidate: str | None
    percent: Decimal | None
    routing: Routing | None = None
    is_read: bool = False

    @staticmethod
    def of(planned: PlannedTarget, candidate: str | None, percent: Decimal | None) -> "TargetLine":
        """Return the line of a planned target with the candidate's share of calls."""
        return TargetLine(planned.target.function, planned.target.alias, planned.stable, candidate, percent)

    @staticmethod
    def read(planned: PlannedTarget, candidate: str | None, routing: Routing | None) -> "TargetLine":
        """Return the line of a planned target with the routing of its alias as read."""
        percent = routing.share_of(candidate) if routing and candidate else Decimal(0)
        return replace(TargetLine.of(planned, candidate, percent), routing=routing, is_read=True)

    @property
    def version(self) -> str | None:
        """The version that was read to have all calls; None if there is none, or it was not read."""
        return self.routing.version if self.routing and not self.routing.is_split else None

    def to_json(self) -> Json:
        """Return the JSON of the event and the ledger."""
        read = {"routing": self.routing.to_json() if self.routing else None} if self.is_read else {}
        return {
            "function": self.function,
            "alias": self.alias,
            "stable": self.stable,
            "candidate": self.candidate,
            "percent": None if self.percent is None else number(self.percent),
        } | read

    def __str__(self) -> str:
        name = f"{self.function}:{self.alias}"
        if self.is_read and not self._is_between_its_versions:
            return f"{name} {'on' if self.routing else 'is gone'}{f' {self.routing}' if self.routing else ''}"
        if self.percent is None:
            return f"{name} {self.stable or 'nothing yet'} -> {self.candidate}" if self.candidate else name
        if self.candidate in (None, self.stable):
            return f"{name} on {self.stable or 'nothing yet'}"
        if self.stable is None:
            return f"{name} first version {self.candidate}"
        return f"{name} {self.stable} -> {self.candidate} at {number(self.percent)} %"

    @property
    def _is_between_its_versions(self) -> bool:
        """Whether stable version, candidate and percentage say all about the alias."""
        if self.routing is None:
            return self.stable is None
        versions = {self.stable, self.candidate} - {None}
        split = {version for version, _ in self.routing.others}
        return self.routing.version in versions and split <= {self.candidate}


@dataclass(frozen=True, slots=True)
class Transition:
    """One transition of a deployment. `key` is the same when the task repeats. `at` is ISO 8601 in UTC.

    `began` is when the first write of a shift began. `at` is after the last one.
    """

    deployment: str
    execution: str
    state: State
    key: str
    at: str
    targets: tuple[TargetLine, ...]
    reason: str
    step: int | None = None
    verdict: str | None = None
    outcome: Outcome | None = None
    began: str | None = None

    def to_json(self) -> Json:
        """Return the detail of the EventBridge event."""
        return {
            "schema": SCHEMA,
            "deployment": self.deployment,
            "execution": self.execution,
            "state": str(self.state),
            "at": self.at,
            "targets": [target.to_json() for target in self.targets],
            "step": self.step,
            "verdict": self.verdict,
            "outcome": str(self.outcome) if self.outcome else None,
            "reason": self.reason,
        }

    def to_line(self) -> Json:
        """Return the line of the timeline: the event, and what only hotplug itself needs."""
        return self.to_json() | ({"began": self.began} if self.began else {})

    @property
    def subject(self) -> str:
        """One line for a mailbox: the type or outcome, the targets and their weights."""
        line = f"hotplug: {self.outcome or self.state}: {moves_in_words(self.targets)}"
        ascii_line = "".join(char if char.isascii() and char.isprintable() else "?" for char in line)
        return ascii_line if len(ascii_line) <= MAX_SUBJECT else f"{ascii_line[: MAX_SUBJECT - 3]}..."

    @property
    def message(self) -> str:
        """The full text of this transition, with its numbers."""
        return "\n".join(
            [
                f"{self.outcome or self.state}: {self.reason}",
                "",
                *(f"  {target}" for target in self.targets),
                "",
                f"deployment {self.deployment}",
                f"execution  {self.execution}",
                f"at         {self.at}",
            ]
        )


def refused(
    deployment: str, execution: str, at: str, reason: str, targets: tuple[TargetLine, ...] = ()
) -> Transition:
    """Return the only transition of a deployment that is refused before it has a plan.

    `at` is ISO 8601 in UTC.
    """
    return Transition(
        deployment=deployment,
        execution=execution,
        state=State.REFUSED,
        key=str(State.REFUSED),
        at=at,
        targets=targets,
        reason=reason,
        outcome=Outcome.REFUSED,
    )


def moves_in_words(lines: Sequence[TargetLine]) -> str:
    """Return all targets in one line."""
    return "; ".join(str(line) for line in lines)


def lines_before(plan: Plan) -> tuple[TargetLine, ...]:
    """Return the targets before any candidate exists."""
    return tuple(TargetLine.of(planned, None, Decimal(0)) for planned in plan.targets)


def lines_at(progress: Progress) -> tuple[TargetLine, ...]:
    """Return the targets with the weight that is wanted at this position."""
    steps, step = progress.plan.steps, progress.step
    percent = steps[step].percent if step < len(steps) else HUNDRED
    return tuple(
        TargetLine.of(
            move.planned, move.candidate, percent if move.planned.stable or step >= len(steps) else Decimal(0)
        )
        for move in progress.moves()
    )


def lines_restored(progress: Progress) -> tuple[TargetLine, ...]:
    """Return the targets before the candidates have any calls."""
    if not progress.candidates:
        return lines_before(progress.plan)
    return tuple(TargetLine.of(move.planned, move.candidate, Decimal(0)) for move in progress.moves())


def lines_read(progress: Progress, routings: Sequence[Routing | None]) -> tuple[TargetLine, ...]:
    """Return the targets with the routings of their aliases as read, in the plan's order."""
    return tuple(
        TargetLine.read(planned, candidate, routing)
        for (planned, candidate), routing in zip(_candidates(progress), routings, strict=True)
    )


def lines_unread(progress: Progress) -> tuple[TargetLine, ...]:
    """Return the targets without a word about their aliases, which were not read."""
    return tuple(TargetLine.of(planned, candidate, None) for planned, candidate in _candidates(progress))


def _candidates(progress: Progress) -> Iterator[tuple[PlannedTarget, str | None]]:
    for at, planned in enumerate(progress.plan.targets):
        yield planned, progress.candidates[at] if progress.candidates else None
