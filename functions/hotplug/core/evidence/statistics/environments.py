"""Execution environments of the candidate: how many there are, and how many calls each has had."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

from hotplug.core.evidence.statistics.load import KEPT_MINUTES, Load, environments_by_load
from hotplug.core.evidence.statistics.model import Minute

MAX_COHORTS = 16
"""More are merged, so that what is stored does not grow."""
ROOM_FOR_ESTIMATES = 2
"""So many times more environments than estimated are taken to be new. Measured: without that, 3 % of good
candidates with few calls are rolled back for the warm-up of an environment that was hardly expected.
"""
MINUTE_SECONDS = 60


class Cohort(NamedTuple):
    """Environments that have had the same number of calls. An estimated number is a fraction."""

    environments: float
    calls: float


@dataclass(slots=True)
class Environments:
    """The candidate's environments, minute by minute.

    They are as many as the highest concurrency of the last minutes. If no minute had a concurrency, their
    number is estimated from the load. Calls are taken to be spread evenly: environments take turns, because
    the one that was idle last is used first.
    """

    warm_after: float
    """Calls after which an environment is warm."""
    cohorts: list[Cohort] = field(default_factory=list)
    """Those before the last minute's calls, the oldest first."""
    calls_each: float = 0.0
    """Calls of each environment in the last minute."""
    new: float = 0.0
    """Environments that were new in the last minute."""
    came: float = 0.0
    """Environments that were new in any minute."""
    peaks: list[float] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    is_counted: bool = False
    """Whether any minute had a concurrency."""
    is_known: bool = False
    """Whether any minute had a concurrency or a load."""

    def see(self, minute: Minute) -> None:
        """See a minute, by the row that counts all calls."""
        self.is_counted = self.is_counted or bool(minute.environments)
        self.is_known = self.is_known or self.is_counted or minute.busy_seconds is not None
        if not self.is_known:
            return
        self._age()
        if self.is_counted:
            self._count(minute)
        else:
            self._estimate(minute)
        self.came += self.new
        alive = self.alive
        self.calls_each = minute.candidate_calls / alive if alive else 0.0

    @property
    def alive(self) -> float:
        """Return the number of environments."""
        return sum(cohort.environments for cohort in self.cohorts)

    def total(self, of_first_calls: Callable[[float], float], minutes_later: int = 0) -> float:
        """Return a sum over the calls of the last minute, or of one that is like it and so much later.

        `of_first_calls` is the sum over the first calls of one environment.
        """
        later = minutes_later * self.calls_each
        return sum(
            count * (of_first_calls(calls + later + self.calls_each) - of_first_calls(calls + later))
            for count, calls in self.cohorts
            if calls + later < self.warm_after
        )

    def minutes_until(self, share: float, sums: Sequence[Callable[[float], float]], most: int) -> int | None:
        """Return after how many minutes like the last one the sums are below this share of the calls.

        None if they are not within `most` minutes.
        """
        limit = share * self.calls_each * self.alive

        def is_below(minutes_later: int) -> bool:
            return all(self.total(one, minutes_later) < limit for one in sums)

        return bisect_left(range(most + 1), True, key=is_below) if is_below(most) else None

    def _count(self, minute: Minute) -> None:
        concurrency = minute.environments
        if concurrency is None:
            concurrency = ceil((minute.busy_seconds or 0.0) / MINUTE_SECONDS)
        self.peaks = [*self.peaks[1 - KEPT_MINUTES :], max(concurrency, min(1, minute.candidate_calls))]
        peak = max(self.peaks)
        self.new = max(0.0, peak - self.alive)
        self._replace(peak, self.new)

    def _estimate(self, minute: Minute) -> None:
        load = _load_of(minute)
        self.new, alive = environments_by_load(self.loads, load)
        self.loads = [*self.loads[1 - KEPT_MINUTES :], load]
        self._replace(alive, min(alive, ROOM_FOR_ESTIMATES * self.new))

    def _age(self) -> None:
        """Add the last minute's calls, and take those together that are warm."""
        aged = [Cohort(count, calls + self.calls_each) for count, calls in self.cohorts]
        warm = sum(count for count, calls in aged if calls >= self.warm_after)
        self.cohorts = [cohort for cohort in aged if cohort.calls < self.warm_after]
        if warm:
            self.cohorts.insert(0, Cohort(warm, self.warm_after))

    def _replace(self, alive: float, new: float) -> None:
        """Take away the environments that are gone, of each age the same share, and add the new ones.

        Which are gone is not visible. Those that came for a peak may well stay: the next call gets the one
        that was idle last, and that may be one of them.
        """
        before = self.alive
        stays = min(1.0, (alive - new) / before) if before else 0.0
        self.cohorts = [Cohort(count * stays, calls) for count, calls in self.cohorts if count * stays > 0]
        if new > 0:
            self.cohorts.append(Cohort(new, 0.0))
        if len(self.cohorts) > MAX_COHORTS:
            self._merge()

    def _merge(self) -> None:
        """Take the two cohorts together that are closest, at the age of the younger."""
        pairs = range(1, len(self.cohorts))
        at = min(pairs, key=lambda at: self.cohorts[at - 1].calls - self.cohorts[at].calls)
        older, younger = self.cohorts[at - 1 : at + 1]
        self.cohorts[at - 1 : at + 1] = [Cohort(older.environments + younger.environments, younger.calls)]


def _load_of(minute: Minute) -> Load:
    """Return the load of a minute; if the weight changed in it, the one at the higher weight."""
    calls = minute.candidate_calls
    if not calls:
        return Load(0.0, 0.0)
    all_calls = calls + minute.stable_calls
    rise = 1.0
    if minute.weight_low != minute.weight_high:
        rise = max(1.0, minute.weight_high * all_calls / calls)
    return Load(calls, rise * (minute.busy_seconds or 0.0) / MINUTE_SECONDS)
