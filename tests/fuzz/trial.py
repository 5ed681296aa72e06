"""One fuzzed input and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from traceback import format_exception_only

SEED = 20_261_124
MAX_SHOWN = 5


class Verdict(StrEnum):
    """Whether the product went along with an input."""

    REFUSED = "refused"
    ACCEPTED = "accepted"


class AliasMovedByNobodyError(AssertionError):
    """An alias changed although nothing that happened entitled anybody to move it."""


type Trial = Callable[[Random], Verdict]
"""Make an input, hand it over, look at what it did. Whatever it raises is a crash."""


@dataclass(slots=True)
class Tally:
    """What became of all inputs of one kind."""

    kind: str
    inputs: int = 0
    refused: int = 0
    accepted: int = 0
    crashes: int = 0
    moved: int = 0
    shown: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.crashes and not self.moved

    def __str__(self) -> str:
        return (
            f"{self.kind:<9} {self.inputs:>7,} inputs, {self.refused:>6,} refused, "
            f"{self.accepted:>6,} accepted, {self.crashes} crashes, {self.moved} aliases moved"
        )


def tried(kind: str, trial: Trial, inputs: int, *, first: int = 0) -> Tally:
    """Each input is made from its own number, so that `first` brings one of them back."""
    tally = Tally(kind)
    for number in range(first, first + inputs):
        tally.inputs += 1
        try:
            verdict = trial(Random(f"{kind} {SEED} {number}"))
        except AliasMovedByNobodyError as moved:
            tally.moved += 1
            _show(tally, number, moved)
        except Exception as crash:  # noqa: BLE001 - this is what is looked for
            tally.crashes += 1
            _show(tally, number, crash)
        else:
            tally.refused += verdict is Verdict.REFUSED
            tally.accepted += verdict is Verdict.ACCEPTED
    return tally


def _show(tally: Tally, number: int, error: Exception) -> None:
    if len(tally.shown) < MAX_SHOWN:
        what = ascii("".join(format_exception_only(error)).strip())[:400]
        tally.shown.append(f"{tally.kind} {number}: {what}")
