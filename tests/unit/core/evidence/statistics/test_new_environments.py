"""Whole deployments of a candidate whose environments are new: hardly one is rolled back for that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import exp
from random import Random

import pytest

from hotplug.core.evidence import EvidenceSettings, Finding, Judge, Minute
from hotplug.core.evidence.statistics.model import SLOWER
from tests.support.minutes import a_minute

SIGMA = 0.4
USUAL_MS = tuple(100 * exp(SIGMA * score) for score in (0, 1.2815515655, 2.3263478740))
SHARES = (0.5, 0.1, 0.01)
SETTINGS = EvidenceSettings()
DEPLOYMENTS = 150


@dataclass
class Candidate:
    """A version like the stable one, but slower in its first calls or in all, or failing at the first."""

    random: Random
    warmup_calls: int = 0
    slower: float = 1.0
    cold_failures: float = 0.0
    ages: list[int] = field(default_factory=list)
    """Calls so far of each environment."""

    def call(self) -> tuple[float, bool]:
        """The duration in milliseconds, and whether it failed."""
        at = self.random.randrange(len(self.ages))
        age = self.ages[at]
        self.ages[at] += 1
        warming = 2 - age / self.warmup_calls if age < self.warmup_calls else 1.0
        failed = age == 0 and self.random.random() < self.cold_failures
        return 100 * exp(self.random.gauss(0, SIGMA)) * warming * self.slower, failed


def minutes_of(
    candidate: Candidate, calls: int, environments: Sequence[int], *, counted: bool = True
) -> Iterator[list[Minute]]:
    """At a tenth of all calls, in so many environments by the minute. The load says about as much."""
    random = candidate.random
    for concurrency in environments:
        candidate.ages += [0] * (concurrency - len(candidate.ages))
        own = random.binomialvariate(calls, 0.1)
        others = calls - own
        done = [candidate.call() for _ in range(own)]
        rows = [a_minute((own, sum(failed for _, failed in done)), (others, 0))]
        for metric, limit, share in zip(SLOWER, USUAL_MS, SHARES, strict=True):
            slow = sum(ms > 1.1 * limit for ms, _ in done)
            rows.append(a_minute((own, slow), (others, random.binomialvariate(others, share)), metric))
        busy = sum(ms for ms, _ in done) / 1000
        known = float(concurrency) if counted else None
        yield [row._replace(environments=known, busy_seconds=busy) for row in rows]


def found_in(minutes: Iterator[list[Minute]]) -> Finding:
    judge = Judge(SETTINGS)
    for rows in minutes:
        for row in rows:
            judge.see(row)
        if judge.finding is Finding.ROLL_BACK:
            break
    return judge.finding


GROWING = (1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4)


@pytest.mark.slow
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize(
    ("warmup_calls", "cold_failures", "calls"),
    [
        pytest.param(100, 0.0, 300, id="slow at first"),
        pytest.param(100, 0.0, 30, id="slow at first, with few calls"),
        pytest.param(0, 1.0, 300, id="the first call fails"),
        pytest.param(30, 0.3, 300, id="both"),
    ],
)
def test_hardly_any_candidate_is_rolled_back_because_its_environments_are_new(
    warmup_calls: int, cold_failures: float, calls: int, counted: bool
) -> None:
    environments = GROWING if counted else (1,) * len(GROWING)
    candidates = (
        Candidate(Random(seed), warmup_calls=warmup_calls, cold_failures=cold_failures)
        for seed in range(DEPLOYMENTS)
    )
    found = [found_in(minutes_of(each, calls, environments, counted=counted)) for each in candidates]
    assert found.count(Finding.ROLL_BACK) <= 0.02 * DEPLOYMENTS


@pytest.mark.slow
def test_one_that_stays_slow_is_found_all_the_same() -> None:
    candidates = (Candidate(Random(seed), slower=2.0) for seed in range(60))
    found = [found_in(minutes_of(each, 300, GROWING)) for each in candidates]
    assert found.count(Finding.ROLL_BACK) >= 57


@pytest.mark.slow
def test_such_candidates_would_be_rolled_back_if_nothing_were_excused() -> None:
    candidates = (Candidate(Random(seed), warmup_calls=100) for seed in range(20))
    blind = (
        [[row._replace(environments=None, busy_seconds=None) for row in rows] for rows in minutes]
        for minutes in (minutes_of(each, 300, GROWING) for each in candidates)
    )
    assert [found_in(iter(minutes)) for minutes in blind].count(Finding.ROLL_BACK) >= 19
