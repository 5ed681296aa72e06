"""Worlds that several rules meet for the price of one, as long as they choose the same weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.evidence.environments.world import FreshCell, FreshWorld
from bench.evidence.world import Happened, Piece


@dataclass(slots=True)
class _Take:
    """One way in which a world went: the weights of each minute, and what happened."""

    world: FreshWorld
    weights: list[tuple[Piece, ...]] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)

    def begins(self, weights: Sequence[tuple[Piece, ...]]) -> bool:
        """Return whether the world went so, or was so until the last minute that was made."""
        return self.weights[: len(weights)] == [*weights[: len(self.weights)]]

    def to(self, weights: Sequence[tuple[Piece, ...]]) -> Happened:
        for at in range(len(self.weights), len(weights)):
            self.weights.append(weights[at])
            self.happened.append(self.world.minute(at, weights[at]))
        return self.happened[len(weights) - 1]


class Recorded:
    """A world, which is made anew only where a rule chooses other weights than all rules before."""

    def __init__(self, make: Callable[[], FreshWorld]) -> None:
        self._make = make
        self._takes: list[_Take] = []

    def replay(self) -> "Replay":
        """Return the world as one rule meets it."""
        return Replay(self)

    def take(self, weights: Sequence[tuple[Piece, ...]]) -> _Take:
        """Return a way in which the world went, that begins like this or can."""
        for take in self._takes:
            if take.begins(weights):
                return take
        self._takes.append(_Take(self._make()))
        return self._takes[-1]


class Replay:
    """A recorded world, as one rule meets it."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._weights: list[tuple[Piece, ...]] = []
        self._take = recorded.take([])

    @property
    def cell(self) -> FreshCell:
        return self._take.world.cell

    @property
    def minutes(self) -> int:
        return self._take.world.minutes

    def minute(self, at: int, pieces: Sequence[Piece]) -> Happened:
        """Return what happens in one minute, which follows the one before."""
        self._weights.append(tuple(pieces))
        if self._take.weights[at : at + 1] not in ([], [self._weights[-1]]):
            self._take = self._recorded.take(self._weights)
        return self._take.to(self._weights)
