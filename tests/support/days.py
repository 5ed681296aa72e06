"""Simulated days of an alias, made call by call in a pool of execution environments."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from math import ceil, exp, pi, sin
from random import Random

from bench.evidence.environments.pool import Code, Pool, Served, duration_quantile
from hotplug.core.evidence.metrics.day import DayMinute
from tests.fakes import Traffic

DAY_MINUTES = 1440
WARM_MINUTES = 10
"""Minutes before the day begins, after which its first environments are warm."""
SWING, NOISE = 0.5, 0.2
"""Traffic goes up and down by so much over the day, and from minute to minute."""

type Failing = Callable[[Random, int], int]
"""How many of so many calls fail in one minute, beside first calls."""


def one_by_one(rate: float) -> Failing:
    return lambda dice, calls: dice.binomialvariate(calls, rate)


def in_clumps(rate: float, size: int) -> Failing:
    """So many calls in a row fail from one cause."""
    return lambda dice, calls: min(calls, size * dice.binomialvariate(calls, rate / size))


def usual_ms(code: Code) -> tuple[float, ...]:
    """The p50, p90 and p99 of warm calls."""
    return tuple(1000 * code.seconds * duration_quantile(share) for share in (0.5, 0.9, 0.99))


USUALLY = one_by_one(0.001)


def a_day(code: Code, calls_per_minute: float, seed: str, failing: Failing = USUALLY) -> list[DayMinute]:
    """A day of one version, as its metrics show it."""
    limits = [ms / 1000 for ms in usual_ms(code)]
    return [
        DayMinute(
            calls=len(served.durations),
            failures=failures,
            environments=float(served.environments) if served.durations else None,
            busy_seconds=sum(served.durations),
            slow=tuple(len(served.durations) - bisect_right(served.durations, limit) for limit in limits),
        )
        for served, failures in _minutes(code, calls_per_minute, seed, failing)
    ]


def a_day_of_traffic(
    code: Code, calls_per_minute: float, seed: str, failing: Failing = USUALLY
) -> list[Traffic]:
    """The same day, as the metrics in memory are told of it."""
    return [
        Traffic(
            len(served.durations),
            failures,
            slow=Counter(round(1000 * seconds, 1) for seconds in served.durations),
            environments=served.environments,
        )
        for served, failures in _minutes(code, calls_per_minute, seed, failing)
    ]


def _minutes(
    code: Code, calls_per_minute: float, seed: str, failing: Failing
) -> Iterator[tuple[Served, int]]:
    """Calls of each minute, and how many of them fail."""
    dice, pool = Random(seed), Pool(code, Random(f"{seed}/pool"))
    for at in range(WARM_MINUTES + DAY_MINUTES):
        swing = 1 + SWING * sin(2 * pi * at / DAY_MINUTES)
        mean = calls_per_minute * swing * exp(dice.gauss(0, NOISE) - NOISE**2 / 2)
        most = 10 * ceil(mean)
        calls = dice.binomialvariate(most, mean / most)
        served = pool.serve(60 * at, sorted(60 * (at + dice.random()) for _ in range(calls)))
        if at >= WARM_MINUTES:
            yield served, served.cold_failures + failing(dice, calls - served.cold_failures)
