"""Slow calls that new environments explain by warming up.

The first call of an environment may be slow in any way. Later ones are at most `warmup_slowdown` times slower
than those of a warm environment, in a straight line down to no slower after `warmup_calls`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import ceil, erfc, floor, log, sqrt

from hotplug.core.evidence.statistics.expected import FIRST_RATES
from hotplug.core.evidence.statistics.model import EvidenceSettings

SCORES: Mapping[str, float] = {"p50": 0.0, "p90": 1.2815515655446004, "p99": 2.3263478740408408}
"""The standard normal score of each quantile."""
ASSUMED_SIGMA = 0.4
"""The spread of durations, taken to be log-normal, where the usual quantiles are not known."""
LEAST_SIGMA = 0.02
DEVIATIONS, OF_ONE = 0.5, 0.75
"""Tolerance around the explained number, in standard deviations of a Poisson number: the first, and the
second up to one explained call. Measured: without the second, 2 to 3 % of good candidates with few calls a
minute are rolled back.
"""
MAX_CARRIED = 2.0
"""Slow calls that may come a minute later, at most. Fractions of a call add up in this way."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The number of slow calls among the first calls of an environment that its warm-up explains."""

    sums: Sequence[float]

    def __call__(self, calls: float) -> float:
        """Return the number among so many first calls."""
        whole = floor(calls)
        if whole >= len(self.sums) - 1:
            return self.sums[-1]
        return self.sums[whole] + (calls - whole) * (self.sums[whole + 1] - self.sums[whole])


def curve_of(metric: str, settings: EvidenceSettings) -> Curve:
    """Return the curve of a metric of slow calls."""
    return _curve(
        metric,
        settings.warmup_calls,
        settings.warmup_slowdown,
        settings.tolerate_slower,
        settings.usual_ms,
    )


@lru_cache(maxsize=64)
def _curve(
    metric: str, warmup_calls: float, slowdown: float, tolerated: float, usual_ms: Sequence[float]
) -> Curve:
    if not warmup_calls:
        return Curve((0.0,))
    usual = FIRST_RATES[metric]
    explained = [1.0]
    for call in range(1, ceil(warmup_calls)):
        slower = 1 + (slowdown - 1) * (1 - call / warmup_calls)
        share = _share_above(metric, log((1 + tolerated) / slower), usual_ms)
        explained.append(max(0.0, (share - usual) / (1 - usual)))
    return Curve(tuple(accumulate(explained, initial=0.0)))


def _share_above(metric: str, log_ratio: float, usual_ms: Sequence[float]) -> float:
    """Return the share of warm calls that take longer than a usual quantile times e to the `log_ratio`.

    Between the usual quantiles the log duration is a straight line over the normal score.
    """
    _, p90_score, p99_score = SCORES.values()
    lower, upper = _sigmas(usual_ms)
    p90 = lower * p90_score
    logs = {"p50": 0.0, "p90": p90, "p99": p90 + upper * (p99_score - p90_score)}
    at = logs[metric] + log_ratio
    score = at / lower if at < p90 else p90_score + (at - p90) / upper
    return erfc(score / sqrt(2)) / 2


def _sigmas(usual_ms: Sequence[float]) -> tuple[float, float]:
    """Return the slopes of the log duration over the normal score, below and above the p90."""
    if len(usual_ms) != len(SCORES) or min(usual_ms) <= 0:
        return ASSUMED_SIGMA, ASSUMED_SIGMA
    (_, p90_score, p99_score), (p50, p90, p99) = SCORES.values(), usual_ms
    slopes = log(p90 / p50) / p90_score, log(p99 / p90) / (p99_score - p90_score)
    return max(LEAST_SIGMA, slopes[0]), max(LEAST_SIGMA, slopes[1])


def room_of(explained: float, carried: float) -> float:
    """Return how many slow calls of a minute may be excused if new environments explain so many of them.

    `carried` are those that were left in the minute before.
    """
    return explained + DEVIATIONS * sqrt(explained) + OF_ONE * sqrt(min(explained, 1.0)) + carried


def odds_beside(odds: Sequence[float], usual: float, calls: int, excused: float) -> list[float]:
    """Return the odds to bet on in what is left of a minute when slow calls are excused.

    `usual` is the share of calls that is slow by definition. Where no more are left than a healthy version
    has, there is nothing to bet on, and the odds are 1.
    """
    fair = usual / (1 - usual)
    slow = [calls * each * fair / (1 + each * fair) for each in odds]
    return [max(1.0, (failures - excused) / (calls - failures) / fair) for failures in slow]
