"""What a look at a deployment ends with."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What happens next."""

    ADVANCE = "advance"
    HOLD = "hold"
    ROLL_BACK = "roll_back"
    PROMOTE = "promote"


class HeldBy(StrEnum):
    """What a deployment that could move on is held by."""

    APPROVAL = "approval"
    PAUSE = "pause"
    FREEZE = "freeze"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict with its reason; `step` and `wait_seconds` are what the machine goes on with.

    `blame` tells a bad candidate from bad luck: only the code of a blamed one is put in quarantine. It is
    `overdue` where it goes back for want of a proof in time, and for nothing that was seen. `held_by` is what
    it would go on without.
    """

    verdict: Verdict
    step: int
    wait_seconds: int
    reason: str
    blame: bool = False
    overdue: bool = False
    held_by: tuple[HeldBy, ...] = ()
