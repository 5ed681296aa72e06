"""Where a deployment stands: what the machine carries beside the plan and hands to each task."""

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
        """From a task's input; raises UnreadableError where it does not fit together."""
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
        """As `from_event`, while a step is left to be on."""
        progress = Progress.from_event(event)
        if progress.step == len(progress.plan.steps):
            raise UnreadableError(f"there is no step {progress.step + 1}, only the promotion is left")
        return progress

    def past_the_steps(self) -> "Progress":
        """The position of the promotion."""
        return replace(self, step=len(self.plan.steps))

    @property
    def visit(self) -> str:
        """Tells one time on a step from the next: a ladder is climbed up and down. Each write has its own."""
        return sha256("|".join(revision or "" for revision in self.revisions).encode()).hexdigest()[:12]

    def moves(self) -> Iterator[Move]:
        """Each target with what is wanted of it at this position; none before the candidates are known."""
        for at, candidate in enumerate(self.candidates):
            planned = self.plan.targets[at]
            wanted = planned.routing_at(self.step, self.plan.steps, candidate)
            yield Move(planned, candidate, self.revisions[at], wanted)
