"""CloudWatch statistics of stored samples per period, for GetMetricStatistics and GetMetricData."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A stored value, or a statistic set of `count` values; `timestamp` in whole seconds."""

    timestamp: int
    count: float
    total: float
    minimum: float
    maximum: float


def series(samples: Iterable[Sample], statistic: str, period_seconds: int) -> dict[int, float]:
    """Value per period, by the start of the period, oldest first. A period without data is absent."""
    periods: defaultdict[int, list[Sample]] = defaultdict(list)
    for sample in samples:
        periods[sample.timestamp // period_seconds * period_seconds].append(sample)
    values = ((begin, value_of(statistic, periods[begin])) for begin in sorted(periods))
    return {begin: value for begin, value in values if value is not None}


def value_of(statistic: str, samples: Sequence[Sample]) -> float | None:
    """Compute a statistic; `None` without data. Raises `ValueError` if it is not supported."""
    count = sum(sample.count for sample in samples)
    if not count:
        return None
    match statistic:
        case "SampleCount":
            return count
        case "Sum":
            return sum(sample.total for sample in samples)
        case "Average":
            return sum(sample.total for sample in samples) / count
        case "Minimum":
            return min(sample.minimum for sample in samples)
        case "Maximum":
            return max(sample.maximum for sample in samples)
        case _:
            return _extended(statistic, _values(samples))


def _values(samples: Iterable[Sample]) -> list[float]:
    """Return the single values, sorted. A statistic set has known values only if they are all equal."""
    values: list[float] = []
    for sample in samples:
        if sample.minimum == sample.maximum:
            values += [sample.minimum] * round(sample.count)
    return sorted(values)


def _extended(statistic: str, values: list[float]) -> float | None:
    if matched := re.fullmatch(r"p(\d{1,2}(?:\.\d+)?|100)", statistic):
        return _percentile(values, float(matched[1])) if values else None
    if matched := re.fullmatch(r"(TC|PR)\(([\d.]*):([\d.]*)\)", statistic):
        low = float(matched[2]) if matched[2] else -math.inf
        high = float(matched[3]) if matched[3] else math.inf
        inside = sum(low < value <= high for value in values)
        return float(inside) if matched[1] == "TC" else 100 * inside / len(values) if values else None
    raise ValueError(f"The statistic {statistic} is not known here")


def _percentile(ordered: Sequence[float], percent: float) -> float:
    """Interpolate linearly between the two nearest ranks."""
    position = (len(ordered) - 1) * percent / 100
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)
