"""A simulated function whose calls come to execution environments: those of its new version start cold."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from bench.evidence.environments.pool import Code, Pool, duration_quantile
from bench.evidence.world import MINUTES, Cell, Happened, Piece, Stretch, Surroundings, dice
from hotplug.core.evidence import Minute
from hotplug.core.evidence.comparison import Comparison, limits_of
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.statistics.model import ERRORS, THROTTLES
from hotplug.core.resources.target import Target

SHARES = (0.5, 0.9, 0.99)
"""The quantiles of the duration that are usual, in the order of SLOWER."""
FEW_CALLS = 10
"""From so many calls a minute on the stable version's environments stay warm."""
SOME_CODE = Code(0.2)


@dataclass(frozen=True)
class FreshCell(Cell):
    """One kind of deployment of a function. Only the new version's environments are new."""

    old: Code = SOME_CODE
    new: Code = SOME_CODE


@cache
def usual_ms(code: Code) -> tuple[float, ...]:
    """Return the p50, p90 and p99 of the duration of warm calls."""
    return tuple(round(1000 * code.seconds * duration_quantile(share), 2) for share in SHARES)


class Limits(NamedTuple):
    """Seconds above which a call of the candidate, and of the stable version, is slow by a metric."""

    metric: str
    candidate: float
    stable: float


@cache
def limits(code: Code) -> tuple[Limits, ...]:
    """Return the limits that hotplug sets where it knows the usual durations of this code."""
    profile = TrafficProfile(1, 1, 0, usual_ms(code))
    target = Target("bench", "live")
    return tuple(
        Limits(limit.metric, float(limit.candidate_ms) / 1000, float(limit.stable_ms) / 1000)
        for limit in limits_of(Comparison(target, "1", "2", profile=profile))
    )


class Calls(NamedTuple):
    """Calls of one version in a minute."""

    durations: Sequence[float]
    """In seconds, in order of their size."""
    failed: int
    environments: int
    """The most calls at the same time."""


class Side(NamedTuple):
    """Numbers of calls of one version in a minute: all, those that failed, and those slow by each metric."""

    calls: int
    failed: int
    slow: Sequence[int]


class FreshWorld(Surroundings):
    """One deployment whose calls are made one by one.

    Where the stable version has many calls, its own are only counted: none of its environments is new.
    """

    cell: FreshCell

    def __init__(self, cell: FreshCell, seed: str, minutes: int = MINUTES, warm: int = 1) -> None:
        super().__init__(cell, seed, minutes)
        self._dice = dice(f"{seed}/fresh")
        self._limits = limits(cell.old)
        self._new = Pool(cell.new, dice(f"{seed}/new"))
        self._old = Pool(cell.old, dice(f"{seed}/old"), warm)

    def minute(self, at: int, pieces: Sequence[Piece]) -> Happened:
        """Return what happens in one minute."""
        stretches, counts, stable_counts = self._shared(at, pieces)
        new, spoilt = self._new_calls(at, stretches, counts)
        if self.cell.rpm < FEW_CALLS:
            old = self._old_calls(at, stretches, stable_counts)
            stable = _counted(old, [limit.stable for limit in self._limits])
        else:
            stable = self._drawn(stretches, stable_counts)
        candidate = _counted(new, [limit.candidate for limit in self._limits])
        environments = new.environments if candidate.calls else None
        weights = [stretch.weight for stretch in stretches]
        shown = (min(weights), max(weights), environments, sum(new.durations))
        return Happened(tuple(self._rows(candidate, stable, shown)), spoilt)

    def calls(self, at: int, pieces: Sequence[Piece]) -> tuple[Calls, Calls]:
        """Return all calls of one minute, of the candidate and of the stable version."""
        stretches, counts, stable_counts = self._shared(at, pieces)
        new, _ = self._new_calls(at, stretches, counts)
        return new, self._old_calls(at, stretches, stable_counts)

    def _shared(
        self, at: int, pieces: Sequence[Piece]
    ) -> tuple[Sequence[Stretch], Sequence[int], Sequence[int]]:
        stretches = self._stretches(at, pieces)
        counts, stable_counts = zip(*(self._arrivals(at, stretch) for stretch in stretches), strict=True)
        return stretches, counts, stable_counts

    def _new_calls(self, at: int, stretches: Sequence[Stretch], counts: Sequence[int]) -> tuple[Calls, int]:
        """Return the candidate's calls, and how many fail because of it."""
        served = self._new.serve(60 * at, self._moments(at, stretches, counts))
        failed = self._failed(stretches, counts, served.cold_failures)
        excess, others = self.cell.excess, len(served.durations) - failed
        spoilt = self._dice.binomialvariate(others, excess) if excess else 0
        return Calls(served.durations, failed + spoilt, served.environments), spoilt

    def _old_calls(self, at: int, stretches: Sequence[Stretch], counts: Sequence[int]) -> Calls:
        served = self._old.serve(60 * at, self._moments(at, stretches, counts))
        failed = self._failed(stretches, counts, served.cold_failures)
        return Calls(served.durations, failed, served.environments)

    def _drawn(self, stretches: Sequence[Stretch], counts: Sequence[int]) -> Side:
        """Return the numbers of the stable version's calls. All are warm, so that none has to be made."""
        calls = sum(counts)
        p50 = self._dice.binomialvariate(calls, 0.5)
        p90 = self._dice.binomialvariate(p50, 0.2)
        p99 = self._dice.binomialvariate(p90, 0.1)
        slow = {"p50": p50, "p90": p90, "p99": p99, "p50_harm": p50, "p90_harm": p90}
        return Side(calls, self._failed(stretches, counts, 0), [slow[each.metric] for each in self._limits])

    def _rows(
        self, new: Side, old: Side, shown: tuple[float, float, float | None, float]
    ) -> Iterator[Minute]:
        yield Minute(ERRORS, new.calls, new.failed, old.calls, old.failed, *shown)
        yield Minute(THROTTLES, new.calls, 0, old.calls, 0, *shown)
        for limit, slow, stable_slow in zip(self._limits, new.slow, old.slow, strict=True):
            yield Minute(limit.metric, new.calls, slow, old.calls, stable_slow, *shown)

    def _moments(self, at: int, stretches: Sequence[Stretch], counts: Sequence[int]) -> list[float]:
        random, moments = self._dice.random, list[float]()
        for stretch, count in zip(stretches, counts, strict=True):
            begin, seconds = 60 * at + stretch.start, stretch.seconds
            moments += sorted([begin + seconds * random() for _ in range(count)])
        return moments

    def _failed(self, stretches: Sequence[Stretch], counts: Sequence[int], cold: int) -> int:
        """Return the calls that fail: those that a new environment fails, and others by chance."""
        left = [*counts]
        for _ in range(cold):
            left[self._dice.choices(range(len(left)), weights=left)[0]] -= 1
        return cold + sum(
            self._dice.binomialvariate(calls, 1 - (1 - self.cell.base) * (1 - stretch.outage))
            for calls, stretch in zip(left, stretches, strict=True)
        )


def _counted(made: Calls, above: Sequence[float]) -> Side:
    calls = len(made.durations)
    return Side(calls, made.failed, [calls - bisect_right(made.durations, limit) for limit in above])
