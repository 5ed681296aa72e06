"""Steps, and the percentages and durations that they are asked for with."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from hotplug.core.parsing.units import CENT, HUNDRED, plain
from hotplug.core.spec.approval import Approval


@dataclass(frozen=True, slots=True)
class Step:
    """One increment: the candidate's share of calls in percent (0-100, at most 2 decimals) and its bake.

    With an `approval` somebody has to say yes when the bake is over.
    """

    percent: Decimal
    bake_seconds: int
    approval: Approval | None = None

    @property
    def weight(self) -> float:
        """The share as Lambda takes it: 0 to 1, at most 4 decimals."""
        return float(self.percent / HUNDRED)


type Steps = tuple[Step, ...]


def growing(start: Decimal, factor: Decimal, end: Decimal) -> Iterator[Decimal]:
    """Percentages, each so many times the one before and a hundredth more at least, below the end."""
    at = start
    while at < end:
        yield at
        at = max(at + CENT, plain(at * factor))


class Pace(StrEnum):
    """Who chooses the next step: the clock, one after the other, or the evidence, any of them."""

    TIMETABLE = "timetable"
    ADAPTIVE = "adaptive"


class AdvanceOn(StrEnum):
    """What the next step of a timetable waits for: the end of the bake, or a proof as well."""

    TIME = "time"
    EVIDENCE = "evidence"
