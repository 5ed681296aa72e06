"""Steps of a strategy, and how they are walked."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.stored import Codec, Derived, Key, record
from hotplug.core.parsing.units import CENT, HUNDRED, MAX_NUMBER, number, percent, plain
from hotplug.core.spec.approval import APPROVAL, Approval


@dataclass(frozen=True, slots=True)
class Step:
    """One increment: the candidate's share of calls in percent (0-100, at most 2 decimals) and its bake.

    With an `approval` the step waits for an operator when its bake is over.
    """

    percent: Decimal
    bake_seconds: int
    approval: Approval | None = None

    @property
    def weight(self) -> float:
        """The weight as Lambda takes it: 0 to 1, at most 4 decimals."""
        return float(self.percent / HUNDRED)


type Steps = tuple[Step, ...]

_percent = percent(lowest=Decimal(0))
STEP = record(
    Step,
    Key("percent", "percent", Codec(lambda value: plain(_percent(value)), number)),
    Derived("weight", lambda step: step.weight),
    Key("bakeSeconds", "bake_seconds", whole(0, MAX_NUMBER)),
    Key("approval", "approval", APPROVAL, default=None),
)


def growing(start: Decimal, factor: Decimal, end: Decimal) -> Iterator[Decimal]:
    """Yield percentages below the end, each `factor` times the one before and at least 0.01 more."""
    at = start
    while at < end:
        yield at
        at = max(at + CENT, plain(at * factor))


class Progression(StrEnum):
    """Choice of the next step: by time, one after the other, or by evidence, any of the ladder."""

    STEPPED = "timetable"
    ADAPTIVE = "adaptive"


class AdvanceOn(StrEnum):
    """Condition for the next step of a stepped strategy: the end of the bake, or evidence as well."""

    TIME = "time"
    EVIDENCE = "evidence"
