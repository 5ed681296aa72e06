"""Where a deployment stands: what the machine carries beside the plan and hands to each task."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hotplug.core.alias import AliasState, Routing
from hotplug.core.plan import Plan, PlannedTarget


@dataclass(frozen=True, slots=True)
class Move:
    """One target on its way: its candidate, the RevisionId last seen, and the routing wanted here."""

    planned: PlannedTarget
    candidate: str
    revision: str | None
    wanted: Routing | None

    def is_done(self, alias: AliasState | None) -> bool:
        """Whether the alias already says what is wanted: a write that was retried is a success."""
        return (alias.routing if alias else None) == self.wanted

    def is_ours(self, alias: AliasState | None) -> bool:
        """Whether nobody else moved the alias since this deployment last wrote or read it."""
        return (alias.revision if alias else None) == self.revision or self.is_done(alias)

    def moved_by_others(self, alias: AliasState | None) -> str:
        """What to say about an alias that is not ours any more."""
        now = f"on {alias.routing}" if alias else "gone"
        return f"{self.planned.target} was moved by somebody else: it is {now} now and is left as it is"


@dataclass(frozen=True, slots=True)
class Progress:
    """The plan and the position in it.

    `candidates` and `revisions` have one entry per target. `candidates` is empty until the versions are
    published; before that no alias can have been touched. `step` is an index into the plan's steps, or their
    number while promoting: it names the last position that may have been written.
    """

    plan: Plan
    candidates: tuple[str, ...]
    revisions: tuple[str | None, ...]
    step: int

    @staticmethod
    def from_event(event: Mapping[str, Any]) -> "Progress":
        """From a task's input."""
        plan = Plan.from_json(event["plan"])
        return Progress(plan, tuple(event["candidates"]), tuple(event["revisions"]), event["step"])

    def moves(self) -> Iterator[Move]:
        """Each target with what is wanted of it at this position; none before the candidates are known."""
        for at, candidate in enumerate(self.candidates):
            planned = self.plan.targets[at]
            wanted = planned.routing_at(self.step, self.plan.steps, candidate)
            yield Move(planned, candidate, self.revisions[at], wanted)
