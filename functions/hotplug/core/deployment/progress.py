"""Progress of a deployment: what the machine carries beside the plan and hands to each task."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.stored import list_of, mapping, optional, stored_value, text, timestamp
from hotplug.core.parsing.units import HUNDRED
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.alias import AliasState, Routing, routing_of
from hotplug.core.spec.source import version_number
from hotplug.core.spec.steps import Steps


@dataclass(frozen=True, slots=True)
class Move:
    """One target in a deployment: its candidate, the RevisionId last seen, and the routing wanted now.

    An alias is owned by content: `own` are the routings that this deployment found, or may have written up to
    now, None for no alias. A RevisionId also changes for a description, a permission, or by AWS itself.
    `back` are those of them that only a write from outside sets once the candidate had calls. `is_first` is
    before that.
    """

    planned: PlannedTarget
    candidate: str
    revision: str | None
    wanted: Routing | None
    own: frozenset[Routing | None]
    back: frozenset[Routing | None]
    is_first: bool = False

    def is_done(self, alias: AliasState | None) -> bool:
        """Return whether the alias already has the wanted routing: a write that was retried is a success."""
        return routing_of(alias) == self.wanted

    def is_ours(self, alias: AliasState | None) -> bool:
        """Return whether the alias has a routing that this deployment found or wrote."""
        return routing_of(alias) in self.own

    def is_surely_ours(self, alias: AliasState | None) -> bool:
        """Return whether the alias is ours, and not only missing from a read older than its creation."""
        return self.is_ours(alias) and (alias is not None or self.wanted is None)

    def is_settling(self, alias: AliasState | None) -> bool:
        """Return whether Lambda still sends all calls to the other version after the wanted one was set.

        It does so until the alias' provisioned concurrency is ready on the wanted version.
        """
        return routing_of(alias) in _settling(self.wanted, self.planned, self.candidate)

    def settles(self, alias: AliasState) -> str:
        """Return the message about an alias that settles."""
        return f"{self.planned.target} settles: it is on {alias.routing} now"

    def may_move(self, alias: AliasState | None) -> bool:
        """Return whether the alias may be moved on: it is ours, and it was not set back meanwhile."""
        return self.is_ours(alias) and (self.is_first or self.is_done(alias) or not self.is_set_back(alias))

    def is_set_back(self, alias: AliasState | None) -> bool:
        """Return whether the alias is as it was found, or settles there."""
        return routing_of(alias) in self.back

    def is_in_place(self, alias: AliasState | None, *, shifted: bool) -> bool:
        """Return whether the alias is where the last task left it."""
        return self.is_done(alias) or (not shifted and routing_of(alias) == self.planned.found)

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
        plan = Plan.from_json(stored_value(event, "plan", mapping))
        stored_value(event["plan"], "createdAt", timestamp)
        for target in event["plan"]["targets"]:
            stable = stored_value(target, "stable", optional(version_number))
            if (stable is None) != (target["revision"] is None):
                raise UnreadableError(
                    "an alias that was there has a stable version and a revision, or neither"
                )
        candidates = stored_value(event, "candidates", list_of(version_number))
        revisions = stored_value(event, "revisions", list_of(optional(text)))
        if len(candidates) not in {0, len(plan.targets)} or len(revisions) != len(plan.targets):
            raise UnreadableError("there is not one candidate and one revision for each target")
        return Progress(plan, candidates, revisions, stored_value(event, "step", whole(0, len(plan.steps))))

    @staticmethod
    def on_a_step(event: Mapping[str, Any]) -> "Progress":
        """Return the progress as `from_event` does. Raise UnreadableError also if no step is left."""
        progress = Progress.from_event(event)
        if progress.step == len(progress.plan.steps):
            raise UnreadableError(f"there is no step {progress.step + 1}, only the promotion is left")
        return progress

    def with_revision(self, at: int, revision: str) -> "Progress":
        """Return the progress with another RevisionId last seen of one alias."""
        return replace(self, revisions=(*self.revisions[:at], revision, *self.revisions[at + 1 :]))

    def past_the_steps(self) -> "Progress":
        """Return the position of the promotion."""
        return replace(self, step=len(self.plan.steps))

    @property
    def visit(self) -> str:
        """Identifier of one visit to a step.

        A ladder can visit a step again. Each visit begins with a write, which changes the revisions.
        """
        return sha256("|".join(revision or "" for revision in self.revisions).encode()).hexdigest()[:12]

    def moves(self, *, again: bool = False) -> Iterator[Move]:
        """Yield each target with its wanted routing at this position. Yield none before candidates exist.

        With `again`, an earlier attempt may have moved them already.
        """
        steps = self.plan.steps
        for at, candidate in enumerate(self.candidates):
            planned = self.plan.targets[at]
            wanted = planned.routing_at(self.step, steps, candidate)
            own = frozenset(_own(planned, candidate, steps, is_promoting=self.step >= len(steps)))
            splits = {planned.routing_at(step, steps, candidate) for step in range(len(steps))}
            back = frozenset({planned.found, *_settling(planned.found, planned, candidate)} - splits)
            is_first = self.step == 0 and not again
            yield Move(planned, candidate, self.revisions[at], wanted, own, back, is_first)


def _own(
    planned: PlannedTarget, candidate: str, steps: Steps, *, is_promoting: bool
) -> Iterator[Routing | None]:
    """Yield the routing found, every split of the plan and, from the promotion on, the candidate alone.

    Also those that Lambda shows while it settles the alias after one of these was set.
    """
    yield planned.found
    yield from (planned.routing_at(at, steps, candidate) for at in range(len(steps)))
    if is_promoting:
        promoted = Routing(candidate)
        yield promoted
        yield from _settling(promoted, planned, candidate)
        yield from _settling(planned.found, planned, candidate)


def _settling(wanted: Routing | None, planned: PlannedTarget, candidate: str) -> tuple[Routing, ...]:
    """Return what Lambda shows after the version of an alias changed: all calls to the one before."""
    if wanted is None or planned.stable is None or wanted.is_split or candidate == planned.stable:
        return ()
    before = planned.stable if wanted.version == candidate else candidate
    return (Routing(wanted.version, ((before, HUNDRED),)),)


def modified_externally(
    progress: Progress, aliases: Sequence[AliasState | None], *, shifted: bool
) -> list[str]:
    """Describe each alias, as read in the plan's order, that is not where the last task left it."""
    pairs = zip(progress.moves(), aliases, strict=True)
    return [
        move.modified_externally(alias)
        for move, alias in pairs
        if not move.is_in_place(alias, shifted=shifted)
    ]
