"""Verdicts: the results of polls."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The next action of a deployment."""

    ADVANCE = "advance"
    HOLD = "hold"
    ROLL_BACK = "roll_back"
    PROMOTE = "promote"


class BlockedBy(StrEnum):
    """Blockers of a deployment that could otherwise move on."""

    APPROVAL = "approval"
    PAUSE = "pause"
    FREEZE = "freeze"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict with its reason. The machine continues with `step` and `wait_seconds`.

    `at_fault` means that the candidate's own code is faulty: only then is it quarantined. `overdue` means
    that it rolls back for lack of a proof in time, and not for anything that was seen. `blocked_by` lists
    what keeps it from moving on.
    """

    verdict: Verdict
    step: int
    wait_seconds: int
    reason: str
    at_fault: bool = False
    overdue: bool = False
    blocked_by: tuple[BlockedBy, ...] = ()
