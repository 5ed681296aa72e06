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
from hotplug.core.evidence.statistics.model import ERRORS, NEVER_SLOWER, SLOWER, THROTTLES
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


class Side(NamedTuple):
    """Calls of one version in a minute: those that failed, those that were slow by each metric."""

    calls: int
    failed: int
    slow: Sequence[int]


class FreshWorld(Surroundings):
    """One deployment whose calls are made one by one."""

    cell: FreshCell

    def __init__(self, cell: FreshCell, seed: str, minutes: int = MINUTES) -> None:
        super().__init__(cell, seed, minutes)
        self._dice = dice(f"{seed}/fresh")
        self._limits = limits(cell.old)
        self.new = Pool(cell.new, dice(f"{seed}/new"))
        self.old = Pool(cell.old, dice(f"{seed}/old"), warm=1) if cell.rpm < FEW_CALLS else None

    def minute(self, at: int, pieces: Sequence[Piece]) -> Happened:
        """Return what happens in one minute."""
        stretches = self._stretches(at, pieces)
        shared = [self._arrivals(at, stretch) for stretch in stretches]
        counts, stable_counts = zip(*shared, strict=True)
        served = self.new.serve(60 * at, self._moments(at, stretches, counts))
        calls, durations = len(served.durations), served.durations
        failed = self._failed(stretches, counts, served.cold_failures)
        spoilt = self._dice.binomialvariate(calls - failed, self.cell.excess) if self.cell.excess else 0
        slow = [calls - bisect_right(durations, limit.candidate) for limit in self._limits]
        rows = self._rows(
            Side(calls, failed + spoilt, slow),
            self._stable(at, stretches, stable_counts),
            [stretch.weight for stretch in stretches],
            served.environments if calls else None,
            sum(durations),
        )
        return Happened(tuple(rows), spoilt)

    def _rows(
        self, new: Side, old: Side, weights: Sequence[float], environments: float | None, busy: float
    ) -> Iterator[Minute]:
        shown = (min(weights), max(weights), environments, busy)
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
            one = self._dice.choices(range(len(left)), weights=left)[0]
            left[one] -= 1
        return cold + sum(
            self._dice.binomialvariate(calls, self._share(stretch))
            for calls, stretch in zip(left, stretches, strict=True)
        )

    def _share(self, stretch: Stretch) -> float:
        return 1 - (1 - self.cell.base) * (1 - stretch.outage)

    def _stable(self, at: int, stretches: Sequence[Stretch], counts: Sequence[int]) -> Side:
        if self.old:
            served = self.old.serve(60 * at, self._moments(at, stretches, counts))
            durations = served.durations
            slow = [len(durations) - bisect_right(durations, limit.stable) for limit in self._limits]
            return Side(len(durations), self._failed(stretches, counts, served.cold_failures), slow)
        calls, draw = sum(counts), self._dice.binomialvariate
        slower, found = calls, dict[float, int]()
        share = 1.0
        for quantile in SHARES:
            slower = draw(slower, (1 - quantile) / share)
            share = 1 - quantile
            found[quantile] = slower
        by_metric = dict(zip((*SLOWER, *NEVER_SLOWER), (*SHARES, *SHARES), strict=False))
        slow = [found[by_metric[limit.metric]] for limit in self._limits]
        return Side(calls, self._failed(stretches, counts, 0), slow)
