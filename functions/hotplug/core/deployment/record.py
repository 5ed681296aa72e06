"""Where a deployment stands, as the ledger knows it, and who holds what."""

from dataclasses import dataclass
from enum import StrEnum

from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.transition import Outcome

OVER = "it is decided already how this deployment ends"


@dataclass(frozen=True, slots=True)
class Holder:
    """The deployment that holds a target's claim, and its execution's ARN."""

    target: str
    deployment: str
    execution: str
    since: str


class Phase(StrEnum):
    """Who may decide about a deployment: the guard may trip one that is moving, and no other."""

    MOVING = "moving"
    PROMOTING = "promoting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a deployment was about to do when it last wrote it down.

    `tripped` is why the guard stopped it, `outcome` how it ends once that is decided.
    """

    progress: Progress
    phase: Phase
    tripped: str | None
    outcome: Outcome | None = None

    @property
    def is_blamed(self) -> bool:
        """Whether an alarm stopped candidates that may have had calls; before that the code did nothing."""
        return self.tripped is not None and bool(self.progress.candidates)
