"""One deployment under one rule, from the first weight to the end."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from bench.evidence.world import Cell, Happened, Piece, Rows


class End(StrEnum):
    """End of a deployment."""

    ROLLED_BACK = "rolled back"
    PROMOTED = "promoted"


class Step(NamedTuple):
    """A rule's decision at a tick: the weight from now on, or the end. `by` is what decided."""

    weight: float
    end: End | None = None
    by: str = ""
    seconds: float | None = None
    """Seconds of this minute with the weight; then it is 0. None keeps it until the next tick."""


def rolled_back(by: str = "rule") -> Step:
    """Return the end in which the stable version gets all calls again."""
    return Step(0.0, End.ROLLED_BACK, by)


def promoted(by: str = "schedule") -> Step:
    """Return the end in which the candidate gets all calls, and is no longer watched."""
    return Step(1.0, End.PROMOTED, by)


type Rule = Callable[[int, Sequence[Rows]], Step]
"""A function of the tick (minutes since the first weight) and of all minutes that are over.

Tick k is `change_second` seconds into minute k, so that minute k - 1 has just ended. Its metrics come one
minute after its end: a rule that reads CloudWatch may use `minutes[: tick - 1]`.
"""


class Playable(Protocol):
    """A world in which a deployment can be run, minute by minute, for so many `minutes`."""

    @property
    def cell(self) -> Cell: ...
    @property
    def minutes(self) -> int: ...
    def minute(self, at: int, pieces: Sequence[Piece], /) -> Happened: ...


class Outcome(NamedTuple):
    """Outcome of one deployment."""

    end: End
    by: str
    minute: int
    """Minutes from the first weight to the decision."""
    candidate_calls: int
    """Calls of the candidate until the decision."""
    spoilt: int
    """Calls that failed because of the candidate, in the `minutes` of the world after the first weight."""


def run(world: Playable, rule: Rule) -> Outcome:
    """Run a deployment until the rule decides. A bad version that is promoted fails calls afterwards too."""
    weight, minutes, calls, spoilt = 0.0, list[Rows](), 0, 0
    for tick in range(world.minutes + 1):
        step = rule(tick, minutes)
        pieces = _pieces(weight, step, world.cell.change_second)
        happened = world.minute(tick, pieces)
        spoilt += happened.spoilt
        if step.end is End.PROMOTED:
            return Outcome(step.end, step.by, tick, calls, spoilt + _harm(world, tick + 1))
        calls += happened.seen.candidate_calls
        if step.end:
            return Outcome(step.end, step.by, tick, calls, spoilt)
        minutes.append(happened.rows)
        weight = pieces[-1].weight
    raise RuntimeError(f"a rule is undecided after {world.minutes} minutes")


def _pieces(weight: float, step: Step, at: int) -> list[Piece]:
    """Return the weights of a minute: the one so far, the step's, and none after a pulse."""
    pieces = [Piece(0.0, weight), Piece(at, step.weight)]
    return pieces if step.seconds is None else [*pieces, Piece(at + step.seconds, 0.0)]


def _harm(world: Playable, first: int) -> int:
    """Return the calls that a promoted version fails, from this minute on."""
    if not world.cell.excess:
        return 0
    return sum(world.minute(at, [Piece(0.0, 1.0)]).spoilt for at in range(first, world.minutes))
