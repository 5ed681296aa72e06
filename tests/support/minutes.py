"""Minutes as the judge gets them, and how likely each is."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import comb
from random import Random

from hotplug.core.evidence import Minute

type Calls = tuple[int, int]
"""Calls of one version, and the bad ones among them."""
FAIR = Fraction(1)
"""The odds of a candidate that is exactly as healthy as the stable version."""


def a_minute(
    candidate: Calls = (100, 0),
    stable: Calls = (900, 0),
    metric: str = "errors",
    weight: float | tuple[float, float] = 0.1,
) -> Minute:
    """A quiet one, unless told otherwise; two weights are the lowest and the highest."""
    low, high = weight if isinstance(weight, tuple) else (weight, weight)
    return Minute(metric, *candidate, *stable, low, high)


def drawn(
    random: Random,
    calls: int,
    candidate_rate: float,
    stable_rate: float,
    weight: float = 0.5,
    metric: str = "errors",
) -> Minute:
    """One in which the alias shared the calls out by chance, and each fails by chance."""
    to_candidate = random.binomialvariate(calls, weight)
    candidate = to_candidate, random.binomialvariate(to_candidate, candidate_rate)
    stable = calls - to_candidate, random.binomialvariate(calls - to_candidate, stable_rate)
    return a_minute(candidate, stable, metric, weight)


def splits(calls: int, other_calls: int, failed: int, odds: Fraction = FAIR) -> Mapping[int, float]:
    """By how many of the failed calls came to the candidate: how likely that is, all counts being known."""
    ways = {
        x: comb(calls, x) * comb(other_calls, failed - x) * odds**x
        for x in range(max(0, failed - other_calls), min(calls, failed) + 1)
    }
    return {x: float(each / sum(ways.values())) for x, each in ways.items()}


def counts(calls: int, rate: float) -> Mapping[int, float]:
    """By how many of the calls are bad: how likely that is, if each is by itself."""
    return {x: comb(calls, x) * rate**x * (1 - rate) ** (calls - x) for x in range(calls + 1)}


def every_failing(metric: str = "errors", calls: int = 100) -> Minute:
    """A candidate of which each call is bad, at a half of all calls, next to a healthy version."""
    return a_minute((calls, calls), (calls, 0), metric, 0.5)


def mean(chances: Iterable[tuple[float, float]]) -> float:
    """Of values, each with its chance."""
    return sum(chance * value for chance, value in chances)


def in_two_halves(random: Random, calls: int, halves: Iterable[tuple[float, float, float]]) -> Minute:
    """One amid which all changed: of each half the weight, the stable rate and the candidate's."""
    parts = [
        drawn(random, calls // 2, candidate_rate, stable_rate, weight)
        for weight, stable_rate, candidate_rate in halves
    ]
    candidate = sum(part.candidate_calls for part in parts), sum(part.candidate_failures for part in parts)
    stable = sum(part.stable_calls for part in parts), sum(part.stable_failures for part in parts)
    weights = [part.weight_low for part in parts]
    return a_minute(candidate, stable, weight=(min(weights), max(weights)))
