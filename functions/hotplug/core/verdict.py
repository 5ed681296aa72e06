"""What a look at a deployment ends with."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What happens next."""

    ADVANCE = "advance"
    HOLD = "hold"
    ROLL_BACK = "roll_back"
    PROMOTE = "promote"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict with its reason; `step` and `wait_seconds` are what the machine goes on with.

    `blame` tells a bad candidate from bad luck: only the code of a blamed one is put in quarantine.
    """

    verdict: Verdict
    step: int
    wait_seconds: int
    reason: str
    blame: bool = False
