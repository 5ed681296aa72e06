"""Detectable failure rates, and rates that can be ruled out, for a number of candidate calls."""

from collections.abc import Callable, Sequence
from math import inf, log
from typing import NamedTuple

NOTICED = 3.3
"""Factor on the mean calls that any sound test needs. With that many calls this judge detects a candidate
with a probability of about 95 %. Measured: its 95th percentile is 3.2 to 4.3 times that mean, its own mean
1.3 to 2.0 times.
"""
HALVINGS = 40


class Exposure(NamedTuple):
    """Calls of the candidate at one weight, its share of all calls, 0 to 1.

    `excused` is how many of their failures do not count, as the first calls of new environments may fail.
    """

    candidate_calls: float
    weight: float
    excused: float = 0.0


def information(candidate_rate: float, stable_rate: float, weight: float) -> float:
    """Return how well one call of either version tells two failure rates apart, in nats.

    It is the least loss from taking both rates for one. The best such rate is their mean.
    """
    mean = weight * candidate_rate + (1 - weight) * stable_rate
    return weight * _divergence(candidate_rate, mean) + (1 - weight) * _divergence(stable_rate, mean)


def calls_needed(candidate_rate: float, stable_rate: float, weight: float, risk: float) -> float:
    """Return the least candidate calls that any test with this risk of a false alarm needs on average."""
    gained = information(candidate_rate, stable_rate, weight)
    return -log(risk) * weight / gained if gained > 0 else inf


def noticeable(candidate_calls: float, weight: float, base: float, risk: float) -> float | None:
    """Return the smallest detectable failure rate of the candidate. `base` is the stable version's rate.

    None if not even a candidate that always fails would be detected.
    """
    return noticeable_in([Exposure(candidate_calls, weight)], base, risk)


def noticeable_in(exposures: Sequence[Exposure], base: float, risk: float) -> float | None:
    """Return the same over several weights, one after the other."""

    def is_noticed(rate: float) -> bool:
        return sum(_part_of_needed(exposure, rate, base, risk) for exposure in exposures) >= NOTICED

    return _least(is_noticed, base, 1.0)


def _part_of_needed(exposure: Exposure, rate: float, base: float, risk: float) -> float:
    """Return the calls at one weight as a part of those that any test needs, without excused ones."""
    calls, weight, excused = exposure
    failures = max(0.0, calls * rate - excused)
    left = calls - (calls * rate - failures)
    if not 0 < weight < 1 or failures <= left * base:
        return 0.0
    return left / calls_needed(failures / left, base, weight, risk)


def excludable(candidate_calls: float, base: float, risk: float) -> float | None:
    """Return the smallest excess failure rate that this many successful calls rule out.

    It is 3 / calls at a risk of 5 % and base 0, and None if nothing can be ruled out. This is the best case:
    this judge's proof takes 1.2 to 1.5 times the calls.
    """

    def is_excluded(excess: float) -> bool:
        gained = excess - (base * log(1 + excess / base) if base else 0.0)
        return candidate_calls * gained >= -log(risk)

    return _least(is_excluded, 0.0, 1.0)


def _least(holds: Callable[[float], bool], low: float, high: float) -> float | None:
    """Return the least number of the range for which `holds` is true, if it is true for all above."""
    if low >= high or not holds(high):
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _divergence(rate: float, other: float) -> float:
    """Return the Kullback-Leibler divergence of one failure rate from another."""
    return sum(p * log(p / q) for p, q in ((rate, other), (1 - rate, 1 - other)) if p > 0)
