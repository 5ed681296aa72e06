"""What can be noticed, and what can be ruled out, with so many calls of a candidate."""

from collections.abc import Callable, Sequence
from math import inf, log
from typing import NamedTuple

NOTICED = 3.3
"""So many times the calls that any sound test needs on average make this judge notice a candidate with a
probability of about 95 %. Measured: its 95th percentile is 3.2 to 4.3 times that, its mean 1.3 to 2.0."""
HALVINGS = 40


class Exposure(NamedTuple):
    """So many calls of the candidate, while it got this share of all, 0 to 1."""

    candidate_calls: float
    weight: float


def information(candidate_rate: float, stable_rate: float, weight: float) -> float:
    """How much one call of either version tells two failure rates apart, in nats.

    The least that is lost by taking both rates for one and the same, which then is best taken for their mean.
    """
    mean = weight * candidate_rate + (1 - weight) * stable_rate
    return weight * _divergence(candidate_rate, mean) + (1 - weight) * _divergence(stable_rate, mean)


def calls_needed(candidate_rate: float, stable_rate: float, weight: float, risk: float) -> float:
    """Calls of the candidate that any test with this risk of a false alarm needs on average at least."""
    told = information(candidate_rate, stable_rate, weight)
    return -log(risk) * weight / told if told > 0 else inf


def noticeable(candidate_calls: float, weight: float, base: float, risk: float) -> float | None:
    """The smallest failure rate of the candidate that is noticed, where `base` is the stable version's.

    None where not even a candidate that fails always would be.
    """
    return noticeable_in([Exposure(candidate_calls, weight)], base, risk)


def noticeable_in(exposures: Sequence[Exposure], base: float, risk: float) -> float | None:
    """The same over several weights, one after the other."""

    def is_noticed(rate: float) -> bool:
        return (
            sum(
                calls / calls_needed(rate, base, weight, risk)
                for calls, weight in exposures
                if 0 < weight < 1
            )
            >= NOTICED
        )

    return _least(is_noticed, base, 1.0)


def excludable(candidate_calls: float, base: float, risk: float) -> float | None:
    """The smallest excess failure rate that so many good calls rule out: 3 / calls at a risk of 5 %, base 0.

    None where nothing can be. At best: this judge's proof takes 1.2 to 1.5 times the calls.
    """

    def is_excluded(excess: float) -> bool:
        gained = excess - (base * log(1 + excess / base) if base else 0.0)
        return candidate_calls * gained >= -log(risk)

    return _least(is_excluded, 0.0, 1.0)


def _least(holds: Callable[[float], bool], low: float, high: float) -> float | None:
    """The least number between for which it holds, if it holds for all above."""
    if low >= high or not holds(high):
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _divergence(rate: float, other: float) -> float:
    """Kullback and Leibler's, of failing with one rate from failing with another."""
    return sum(p * log(p / q) for p, q in ((rate, other), (1 - rate, 1 - other)) if p > 0)
