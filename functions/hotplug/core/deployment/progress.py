"""Progress of a deployment: what the machine carries beside the plan and hands to each task."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.stored import each, mapping, moment, or_none, words, written
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.spec.source import version_number


@dataclass(frozen=True, slots=True)
class Move:
    """One target in a deployment: its candidate, the RevisionId last seen, and the routing wanted now."""

    planned: PlannedTarget
    candidate: str
    revision: str | None
    wanted: Routing | None

    def is_done(self, alias: AliasState | None) -> bool:
        """Return whether the alias already has the wanted routing: a write that was retried is a success."""
        return (alias.routing if alias else None) == self.wanted

    def is_ours(self, alias: AliasState | None) -> bool:
        """Return whether the alias is unchanged since this deployment wrote or read it, or is as wanted."""
        return (alias.revision if alias else None) == self.revision or self.is_done(alias)

    def modified_externally(self, alias: AliasState | None) -> str:
        """Return the message about an alias that was modified externally."""
        now = f"on {alias.routing}" if alias else "gone"
        return f"{self.planned.target} was moved by somebody else: it is {now} now and is left as it is"


@dataclass(frozen=True, slots=True)
class Progress:
    """The plan and the position in it.

    `candidates` and `revisions` have one entry per target. `candidates` is empty until the versions are
    published, and before that no alias is touched. `step` is an index into the plan's steps, or their number
    during the promotion. It names the last position that may have been written.
    """

    plan: Plan
    candidates: tuple[str, ...]
    revisions: tuple[str | None, ...]
    step: int

    @staticmethod
    def from_event(event: Mapping[str, Any]) -> "Progress":
        """Return the progress from a task's input. Raise UnreadableError if its parts do not fit together."""
        plan = Plan.from_json(written(event, "plan", mapping))
        written(event["plan"], "createdAt", moment)
        for target in event["plan"]["targets"]:
            stable = written(target, "stable", or_none(version_number))
            if (stable is None) != (target["revision"] is None):
                raise UnreadableError(
                    "an alias that was there has a stable version and a revision, or neither"
                )
        candidates = written(event, "candidates", each(version_number))
        revisions = written(event, "revisions", each(or_none(words)))
        if len(candidates) not in {0, len(plan.targets)} or len(revisions) != len(plan.targets):
            raise UnreadableError("there is not one candidate and one revision for each target")
        return Progress(plan, candidates, revisions, written(event, "step", whole(0, len(plan.steps))))

    @staticmethod
    def on_a_step(event: Mapping[str, Any]) -> "Progress":
        """Return the progress as `from_event` does. Raise UnreadableError also if no step is left."""
        progress = Progress.from_event(event)
        if progress.step == len(progress.plan.steps):
            raise UnreadableError(f"there is no step {progress.step + 1}, only the promotion is left")
        return progress

    def past_the_steps(self) -> "Progress":
        """Return the position of the promotion."""
        return replace(self, step=len(self.plan.steps))

    @property
    def visit(self) -> str:
        """Identifier of one visit to a step.

        A ladder can visit a step again. Each visit begins with a write, which changes the revisions.
        """
        return sha256("|".join(revision or "" for revision in self.revisions).encode()).hexdigest()[:12]

    def moves(self) -> Iterator[Move]:
        """Yield each target with its wanted routing at this position. Yield none before candidates exist."""
        for at, candidate in enumerate(self.candidates):
            planned = self.plan.targets[at]
            wanted = planned.routing_at(self.step, self.plan.steps, candidate)
            yield Move(planned, candidate, self.revisions[at], wanted)
