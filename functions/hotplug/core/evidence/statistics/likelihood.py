"""Exact likelihood ratios of a split of failures: a candidate with worse odds against an equal one.

Given the calls of each version and the failures in all, the number of the candidate's failures is
hypergeometric if both versions are equally healthy, whatever failed and why. If the candidate's odds of
failing are `odds` times the stable version's, it is Fisher's non-central hypergeometric. Source: Turner, Ly
and Gruenwald, "Generic E-variables for exact sequential k-sample tests that allow for optional stopping",
JSPI 2024.
"""

from math import ceil, exp, floor, lgamma, log, sqrt

NEGLIGIBLE = 1e-13
"""A term that is smaller than this part of the sum so far ends the sum."""
STRIDE_DEVIATIONS = 2
"""This many terms per standard deviation make the sum of a smooth bell exact. More only cost time."""


def log_ratio(odds: float, candidate: tuple[int, int], stable: tuple[int, int]) -> float:
    """Return the log likelihood at these odds over that at equal odds. Versions are (calls, failed calls)."""
    (calls, failed), (other_calls, other_failed) = candidate, stable
    return failed * log(odds) - log_mean_power(odds, calls, other_calls, failed + other_failed)


def log_ratio_of_share(odds: float, share: float, failed: int, all_failed: int) -> float:
    """Return the log likelihood ratio if only the highest share is known.

    No failed call came to the candidate with a higher chance than `share`.
    """
    return failed * log(odds) - all_failed * log(1 + share * (odds - 1))


def log_mean_power(odds: float, calls: int, other_calls: int, failed: int) -> float:
    """Return the log of the mean of odds ** X.

    X is hypergeometric: of `failed` calls, X are among `calls`.
    """
    low, high = max(0, failed - other_calls), min(calls, failed)
    if low == high:
        return low * log(odds)
    spare = other_calls - failed
    top, spread = _bell(odds, calls, failed, spare, low, high)
    stride = floor(spread / STRIDE_DEVIATIONS)
    if stride > 1:
        total = _strided(odds, calls, failed, spare, (low, top, high), stride)
    else:
        total = _summed(odds, calls, failed, spare, (low, top, high))
    return (
        _log_choose(calls, top)
        + _log_choose(other_calls, failed - top)
        - _log_choose(calls + other_calls, failed)
        + top * log(odds)
        + log(total)
    )


def _bell(odds: float, calls: int, failed: int, spare: int, low: int, high: int) -> tuple[int, float]:
    """Return the likeliest X under these odds, and its approximate standard deviation."""
    a = odds - 1
    b = odds * (calls + failed + 2) + spare
    c = odds * (calls + 1) * (failed + 1)
    at = c / b if abs(a) < 1e-9 else 2 * c / (b + sqrt(max(0.0, b * b - 4 * a * c)))
    top = min(high, max(low, floor(at)))
    parts = (top, calls - top, failed - top, spare + top)
    return top, 1 / sqrt(sum(1 / max(part, 0.5) for part in parts))


def _summed(odds: float, calls: int, failed: int, spare: int, bounds: tuple[int, int, int]) -> float:
    """Return the sum of all terms, each relative to the one at the top."""
    low, top, high = bounds
    total = term = 1.0
    for x in range(top, high):
        term *= odds * (calls - x) * (failed - x) / ((x + 1) * (spare + x + 1))
        total += term
        if term < total * NEGLIGIBLE:
            break
    term = 1.0
    for x in range(top, low, -1):
        term *= x * (spare + x) / (odds * (calls - x + 1) * (failed - x + 1))
        total += term
        if term < total * NEGLIGIBLE:
            break
    return total


def _strided(
    odds: float, calls: int, failed: int, spare: int, bounds: tuple[int, int, int], stride: int
) -> float:
    """Return the sum of some of the terms, times the stride.

    For a bell this wide, the error is smaller than that of rounding.
    """
    low, top, high = bounds
    slope = log(odds)
    head = _log_weight(calls, failed, spare, top) + top * slope
    total = 1.0
    for step in (stride, -stride):
        for at in range(1, ceil((high - low) / stride) + 1):
            x = top + step * at
            if not low <= x <= high:
                break
            term = exp(_log_weight(calls, failed, spare, x) + x * slope - head)
            total += term
            if term < total * NEGLIGIBLE:
                break
    return total * stride


def _log_weight(calls: int, failed: int, spare: int, x: int) -> float:
    return -(lgamma(x + 1) + lgamma(calls - x + 1) + lgamma(failed - x + 1) + lgamma(spare + x + 1))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
