"""The deployment record in the ledger, and the holder of a claim."""

from dataclasses import dataclass
from enum import StrEnum

from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.transition import Outcome
from hotplug.core.parsing.problem import MisfitError
from hotplug.core.resources.alias import AliasState
from hotplug.core.resources.target import Target, target_of

OVER = "it is decided already how this deployment ends"


@dataclass(frozen=True, slots=True)
class Holder:
    """The deployment that holds the claim of a target, and the ARN of its execution."""

    target: str
    deployment: str
    execution: str
    since: str

    @property
    def named(self) -> Target | None:
        """The target, or None if the name of an unreadable claim is none."""
        try:
            return target_of(self.target)
        except MisfitError:
            return None


class Phase(StrEnum):
    """The phase of a deployment. The guard may trip a deployment that is moving, and no other."""

    MOVING = "moving"
    PROMOTING = "promoting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """The state of a deployment: what it was about to do when it last saved the record.

    `tripped` is the reason why the guard stopped it. `outcome` is how it ends, once that is decided.
    """

    progress: Progress
    phase: Phase
    tripped: str | None
    outcome: Outcome | None = None

    def knows(self, move: Move, alias: AliasState) -> bool:
        """Return whether a write of this deployment may carry the alias' RevisionId."""
        targets = [planned.target for planned in self.progress.plan.targets]
        saved = dict(zip(targets, self.progress.revisions, strict=True))
        return alias.revision in {move.revision, saved.get(move.planned.target)}

    @property
    def is_at_fault(self) -> bool:
        """Whether an alarm stopped candidates that may have had calls. Before that, the code did nothing."""
        return self.tripped is not None and bool(self.progress.candidates)
