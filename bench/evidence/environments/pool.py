"""Execution environments of one version, and the calls that come to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from math import exp
from random import Random
from statistics import NormalDist
from typing import NamedTuple

SIGMA = 0.4
"""Of the logarithm of the duration of a warm call."""
FINENESS = 2**16
KEPT_SECONDS = 420
"""Seconds without a call after which an environment is gone. Measured by others on AWS: 5 to 60 minutes."""
WARM = 10**9
"""Calls that an environment has had, of which nothing is known but that it is warm."""


def duration_quantile(share: float) -> float:
    """Return a quantile of the duration of a warm call, in mean durations."""
    return exp(SIGMA * NormalDist().inv_cdf(share) - SIGMA**2 / 2)


DURATIONS = tuple(duration_quantile((at + 0.5) / FINENESS) for at in range(FINENESS))
"""As many equally likely durations: to draw one of them is faster than to draw a logarithm."""


@dataclass(frozen=True)
class Code:
    """The calls of a version: durations in seconds, and what a new environment adds."""

    seconds: float
    """The mean duration of a warm call of the stable version."""
    slowdown: float = 1.0
    """How many times as long all calls take."""
    cold_slowdown: float = 1.0
    """How many times as long the first call of an environment takes."""
    warmup_calls: int = 0
    warmup_slowdown: float = 1.0
    """How many times as long the first call takes; this falls in a line to 1 after so many calls."""
    cold_failures: float = 0.0
    """The chance that the first call of an environment fails."""

    @cached_property
    def factors(self) -> Sequence[float]:
        """How many times as long the first calls of an environment take."""
        steps, most = self.warmup_calls, self.warmup_slowdown - 1
        warming = [1 + most * (1 - at / steps) for at in range(steps)] or [1.0]
        return [warming[0] * self.cold_slowdown, *warming[1:]]


class Served(NamedTuple):
    """Calls of a version in some time."""

    durations: list[float]
    """In seconds, in order of their size."""
    cold_failures: int
    environments: int
    """The most calls at the same time, those included that began before."""
    new: int
    """Environments that were made."""


class Pool:
    """The environments of one version. A call is given to the one that became idle last."""

    def __init__(self, code: Code, dice: Random, warm: int = 0) -> None:
        self._code = code
        self._dice = dice
        self._busy: list[tuple[float, int]] = []
        """A heap of the seconds at which environments become idle."""
        self._idle = list(range(warm))
        self._idle_since = [0.0] * warm
        """In order, like the environments: they are taken from the end and put there."""
        self._calls = [WARM] * warm
        """Calls so far, by environment."""

    def serve(self, begin: float, moments: Sequence[float]) -> Served:
        """Return what becomes of calls at these seconds from `begin` on, after all calls before."""
        self._settle(begin)
        code, busy, idle, idle_since, had = self._code, self._busy, self._idle, self._idle_since, self._calls
        factors, mean, first = code.factors, code.seconds * code.slowdown, len(had)
        warm_after, most = len(factors), len(busy)
        durations = self._dice.choices(DURATIONS, k=len(moments))
        for at, moment in enumerate(moments):
            if busy and busy[0][0] <= moment:
                self._settle(moment)
            if idle and idle_since[-1] > moment - KEPT_SECONDS:
                one = idle.pop()
                idle_since.pop()
                calls = had[one]
            else:
                idle.clear()
                idle_since.clear()
                one, calls = len(had), 0
                had.append(0)
            had[one] = calls + 1
            taken = durations[at] * mean
            if calls < warm_after:
                taken *= factors[calls]
            durations[at] = taken
            heappush(busy, (moment + taken, one))
            if len(busy) > most:
                most += 1
        durations.sort()
        new = len(had) - first
        return Served(durations, self._dice.binomialvariate(new, code.cold_failures), most, new)

    def _settle(self, moment: float) -> None:
        """Make those environments idle whose calls have ended."""
        busy, idle, idle_since = self._busy, self._idle, self._idle_since
        while busy and busy[0][0] <= moment:
            since, one = heappop(busy)
            idle.append(one)
            idle_since.append(since)
