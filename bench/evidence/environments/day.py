"""A day of the alias before a deployment, as CloudWatch shows it by the minute."""

from bisect import bisect_right
from collections.abc import Iterator

from bench.evidence.environments.pool import Pool
from bench.evidence.environments.world import Calls, FreshCell, usual_ms
from bench.evidence.world import BEFORE, DAY_MINUTES, Surroundings, dice
from hotplug.core.evidence.metrics.day import DayMinute

WARM_MINUTES = 10
"""Minutes before the day begins, after which the old version's environments are as on any day."""


class Day(Surroundings):
    """A day of calls, one by one, or its first minutes. The seed is not that of a deployment."""

    def __init__(self, cell: FreshCell, seed: str, minutes: int = DAY_MINUTES) -> None:
        super().__init__(cell, seed, WARM_MINUTES + minutes)
        self._dice = dice(f"{seed}/day")
        self._pool = Pool(cell.old, dice(f"{seed}/pool"))
        self._limits = [ms / 1000 for ms in usual_ms(cell.old)]

    def calls(self) -> Iterator[Calls]:
        """Yield the calls of each minute of the day."""
        for at in range(self.minutes):
            made = self._calls_in(at)
            if at >= WARM_MINUTES:
                yield made

    def minutes_of_alias(self) -> Iterator[DayMinute]:
        """Yield the minutes of the day as numbers."""
        for made in self.calls():
            durations, calls = made.durations, len(made.durations)
            slow = tuple(calls - bisect_right(durations, limit) for limit in self._limits)
            yield DayMinute(calls, made.failed, made.environments, sum(durations), slow)

    def _calls_in(self, at: int) -> Calls:
        random, begin = self._dice.random, 60.0 * at
        calls = self._poisson(self._rates[at + BEFORE])
        served = self._pool.serve(begin, sorted([begin + 60 * random() for _ in range(calls)]))
        failed = self._dice.binomialvariate(calls - served.cold_failures, self.cell.base)
        return Calls(served.durations, served.cold_failures + failed, served.environments)
