"""The faults: what may strike at one place, and nothing else may come of it than the invariants say."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

from tests.faults.moments import Tapped
from tests.faults.stage import Run, Stage

type Strike = Callable[[Stage], object]


class Effect(Enum):
    """What a fault may change: nothing but the way; all but the outcome; all within the invariants."""

    NONE = auto()
    NOT_THE_OUTCOME = auto()
    ANY = auto()


@dataclass(frozen=True)
class Fault:
    """`kind` is its row in the table. A `muting` one keeps news back."""

    kind: str
    detail: str
    strike: Strike
    effect: Effect = Effect.ANY
    muting: bool = False


def spoilt(*spoils: Callable[[Stage, Callable[[Any], Any]], Any]) -> Strike:
    """The next attempts at the task go this way."""

    def strike(stage: Stage) -> None:
        stage.spoils = [lambda run, spoil=spoil: spoil(stage, run) for spoil in spoils]  # type: ignore[misc]

    return strike


def meanwhile(moment: int, happens: Strike, stage: Stage, run: Run) -> Any:
    """The task runs, and after so many of its calls to AWS something happens."""
    return run(Tapped(stage.cloud, moment, partial(happens, stage)))
