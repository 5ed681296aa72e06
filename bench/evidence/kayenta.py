"""Kayenta's judgement of one metric: a Mann-Whitney test on its values per minute.

Rule, after NetflixACAJudge and its MannWhitneyClassifier: a metric is High, which fails the canary, where the
lower bound of the 98 % confidence interval of the shift exceeds a quarter of the estimated shift, and the
ratio of the means is at least 1. The bound exceeds c exactly where the rank sum test of a shift by c rejects,
so that no root has to be searched.
"""

from collections import Counter
from collections.abc import Sequence
from math import copysign, sqrt
from statistics import NormalDist, fmean, median

CONFIDENCE = 0.98
TOLERANCE = 0.25
CRITICAL = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


def is_high(candidate: Sequence[float], stable: Sequence[float]) -> bool:
    """Return whether these failure rates, one a minute, fail the candidate. No data passes."""
    if not candidate or not stable:
        return False
    means = fmean(candidate), fmean(stable)
    if all(means) and means[0] < means[1]:
        return False
    shift = median(one - other for one in candidate for other in stable)
    return _z([value - TOLERANCE * abs(shift) for value in candidate], stable) > CRITICAL


def _z(candidate: Sequence[float], stable: Sequence[float]) -> float:
    """Return the rank sum statistic in standard deviations, corrected for ties and continuity."""
    m, n = len(candidate), len(stable)
    wins = sum((one > other) + (one == other) / 2 for one in candidate for other in stable)
    ties = sum(many**3 - many for many in Counter((*candidate, *stable)).values())
    variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
    lead = wins - m * n / 2
    if variance <= 0 or not lead:
        return 0.0
    return (lead - copysign(0.5, lead)) / sqrt(variance)
