"""A simulated function: calls minute by minute, two versions, and outages that both of them share.

Calls are Poisson, in slots of `SLOT_SECONDS`. Slots of one minute without a difference are drawn as one. The
distribution is the same, for a fraction of the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log, pi, sin
from random import Random
from typing import NamedTuple

from hotplug.core.evidence import Minute
from hotplug.core.evidence.statistics.model import ERRORS

MINUTES = 60
"""Failures of a bad version that is promoted count until this minute."""
BEFORE = 5
"""Minutes before the deployment whose traffic is known."""
SLOT_SECONDS = 10
ENVIRONMENT_CALLS = 10
"""Calls a minute that one execution environment handles."""
NOISE_SIGMA = 0.2
DAY_SWING = 0.5
DAY_MINUTES = 1440
OUTAGE_STARTS_WITHIN_SECONDS = 720
OUTAGE_SECONDS = 180
SECOND_OUTAGE = 0.3
OUTAGE_SHARE = (0.05, 0.8)
FINE = 10**9
"""Poisson is drawn as a binomial of this many tries."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of deployment. Rates are shares of calls that fail, in calm minutes."""

    rpm: float
    """Calls a minute, the mean of a day."""
    base: float
    """Failure rate of the stable version, and of a good candidate."""
    candidate: float
    outage: bool = False
    change_second: int = 10
    """The second of a minute at which a rule decides, and weights change."""
    sick: float = 0.0
    """The share of execution environments, of either version, that fail all their calls of a minute."""

    steady: bool = False
    """Whether there are as many calls a minute all day."""

    @property
    def excess(self) -> float:
        """The share of calls that fail because of the candidate, among those that would otherwise succeed."""
        return (self.candidate - self.base) / (1 - self.base)


def good(rpm: float, base: float, *, outage: bool, change_second: int = 10) -> Cell:
    """Return a deployment of a version that is as good as the stable one."""
    return Cell(rpm, base, base, outage, change_second)


def dice(seed: str) -> Random:
    """Return a random generator that is always the same for a seed."""
    return Random(seed)  # noqa: S311 - nothing secret is drawn


class Outage(NamedTuple):
    """An outage between two seconds of the deployment: this share of all calls fails, in both versions."""

    start: int
    end: int
    share: float


class Piece(NamedTuple):
    """The candidate's weight, 0 to 1, from this second of a minute on."""

    second: float
    weight: float


type Rows = tuple[Minute, ...]
"""What CloudWatch shows of a minute: a row for each metric, failures first."""


class Happened(NamedTuple):
    """One minute: what CloudWatch shows of it, and the calls that failed because of the candidate."""

    rows: Rows
    spoilt: int

    @property
    def seen(self) -> Minute:
        """The row of failures."""
        return self.rows[0]


class Stretch(NamedTuple):
    """A part of a minute without a change, of which an outage fails a share of the calls."""

    start: float
    seconds: float
    weight: float
    outage: float


class Surroundings:
    """Traffic and outages of one deployment. The same seed gives every rule the same ones."""

    def __init__(self, cell: Cell, seed: str, minutes: int = MINUTES) -> None:
        fate = dice(f"{seed}/fate")
        self._calls = dice(f"{seed}/calls")
        self.cell = cell
        self.minutes = minutes
        self.outages = _outages(fate) if cell.outage else ()
        phase = fate.random()
        self._rates = [self._rate(fate, phase, at) for at in range(-BEFORE, minutes + 1)]
        self.calls_before = sum(self._poisson(rate) for rate in self._rates[:BEFORE]) / BEFORE
        """Calls a minute just before the deployment."""

    def _stretches(self, at: int, pieces: Sequence[Piece]) -> list[Stretch]:
        """Return the parts of a minute without a change."""
        edges = {0.0, 60.0, *(piece.second for piece in pieces)}
        edges |= {float(each - 60 * at) for outage in self.outages for each in (outage.start, outage.end)}
        ranked = sorted(edge for edge in edges if 0 <= edge <= 60)
        stretches = []
        for start, end in pairwise(ranked):
            weight = next(piece.weight for piece in reversed(pieces) if piece.second <= start)
            stretches.append(Stretch(start, end - start, weight, self._outage_share(60 * at + start)))
        return stretches

    def _arrivals(self, at: int, stretch: Stretch) -> tuple[int, int]:
        """Return the calls of the candidate and of the stable version."""
        calls = self._poisson(self._rates[at + BEFORE] * stretch.seconds / 60)
        candidate = self._calls.binomialvariate(calls, stretch.weight)
        return candidate, calls - candidate

    def _outage_share(self, second: float) -> float:
        works = 1.0
        for outage in self.outages:
            if outage.start <= second < outage.end:
                works *= 1 - outage.share
        return 1 - works

    def _rate(self, fate: Random, phase: float, at: int) -> float:
        """Return calls a minute: the time of day, and noise whose mean is 1."""
        if self.cell.steady:
            return self.cell.rpm
        day = 1 + DAY_SWING * sin(2 * pi * (phase + at / DAY_MINUTES))
        return self.cell.rpm * day * fate.lognormvariate(-(NOISE_SIGMA**2) / 2, NOISE_SIGMA)

    def _poisson(self, mean: float) -> int:
        return self._calls.binomialvariate(FINE, mean / FINE)


class World(Surroundings):
    """A function whose calls fail by chance, whatever they are run by."""

    def minute(self, at: int, pieces: Sequence[Piece]) -> Happened:
        """Return what happens in one minute."""
        stretches = self._stretches(at, pieces)
        drawn = [self._stretch(at, stretch) for stretch in stretches]
        calls, bad, stable_calls, stable_failures, spoilt = (
            sum(column) for column in zip(*drawn, strict=True)
        )
        weights = [stretch.weight for stretch in stretches]
        seen = Minute(ERRORS, calls, bad, stable_calls, stable_failures, min(weights), max(weights))
        return Happened((seen,), spoilt)

    def _stretch(self, at: int, stretch: Stretch) -> tuple[int, int, int, int, int]:
        candidate, stable = self._arrivals(at, stretch)
        shared = 1 - (1 - self.cell.base) * (1 - stretch.outage)
        bad, stable_failures = (self._bad(each, shared, stretch.seconds) for each in (candidate, stable))
        spoilt = self._calls.binomialvariate(candidate - bad, self.cell.excess)
        return candidate, bad + spoilt, stable, stable_failures, spoilt

    def _bad(self, calls: int, share: float, seconds: float) -> int:
        """Return the failures among this many calls of a good version."""
        clumped = self._clumped(calls, seconds) if self.cell.sick else 0
        return clumped + self._calls.binomialvariate(calls - clumped, share)

    def _clumped(self, calls: int, seconds: float) -> int:
        """Return the calls that fail together, because their execution environment is sick."""
        environments = ceil(calls * 60 / seconds / ENVIRONMENT_CALLS)
        sick = self._calls.binomialvariate(environments, self.cell.sick * seconds / 60)
        return round(calls * sick / max(1, environments))


def _outages(fate: Random) -> tuple[Outage, ...]:
    many = 2 if fate.random() < SECOND_OUTAGE else 1
    return tuple(_outage(fate) for _ in range(many))


def _outage(fate: Random) -> Outage:
    """Return an outage of whole slots, at least one."""
    start = fate.randrange(0, OUTAGE_STARTS_WITHIN_SECONDS, SLOT_SECONDS)
    length = -log(1 - fate.random()) * OUTAGE_SECONDS
    slots = max(1, round(length / SLOT_SECONDS))
    return Outage(start, start + slots * SLOT_SECONDS, fate.uniform(*OUTAGE_SHARE))
