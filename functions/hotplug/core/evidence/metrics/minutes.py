"""Per-minute counts of calls and failures, from CloudWatch's answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import ceil, floor

from hotplug.core.evidence import Minute
from hotplug.core.evidence.comparison import GRID, Comparison, Latency, Limit, limits_of
from hotplug.core.evidence.metrics.queries import MINUTE_SECONDS, MetricQuery, Values, fits_load
from hotplug.core.evidence.metrics.weights import Change, weights_in
from hotplug.core.evidence.statistics.model import ERRORS, THROTTLES

type Side = tuple[int, int]
"""Calls of one version in one minute, and the failures among them."""
NOTHING: Side = (0, 0)


def latency_by(comparison: Comparison, values: Values, begin: datetime, until: datetime) -> Latency:
    """Return how `minutes_of` counts slow calls from these values.

    By counts, unless one is missing for some minute with calls, since CloudWatch may not offer them; then by
    percentiles, and by nothing where those are missing as well (not asked for yet, it may be).
    """
    if not comparison.slow_ms:
        return Latency.NONE
    measured = _Measured.of(comparison, values)
    minutes = _full_minutes(begin, until)
    if all(measured.is_counted(minute) for minute in minutes):
        return Latency.COUNTS
    return Latency.PERCENTILES if any(map(measured.has_percentiles, minutes)) else Latency.NONE


def minutes_of(
    comparison: Comparison,
    values: Values,
    changes: Sequence[Change],
    begin: datetime,
    until: datetime,
    latency: Latency,
) -> list[Minute]:
    """Return a row for each metric and each full minute between, in time order.

    `latency` is what `latency_by` says of the same values. A minute without data had no calls. A row of
    latency has none either where it is not known how slow they were: silence is no proof. Where only bounds
    are known, those are taken that favour what a test speaks against.
    """
    measured = _Measured.of(comparison, values)
    found: list[Minute] = []
    for minute in _full_minutes(begin, until):
        shares, (environments, busy) = weights_in(_at(minute), changes), measured.environments(minute)
        found.extend(
            Minute(metric, *candidate, *stable, *shares, environments, busy)
            for metric, candidate, stable in measured.rows(minute, latency)
        )
    return found


@dataclass(frozen=True, slots=True)
class _Measured:
    comparison: Comparison
    values: Values
    limits: Sequence[Limit]
    sums: Mapping[tuple[str, str], Mapping[int, float]]
    """Values by version and metric, looked up once, as there are many minutes."""
    highest: Mapping[int, float]
    busy_ms: Mapping[int, float]

    @staticmethod
    def of(comparison: Comparison, values: Values) -> "_Measured":
        sums = {
            (version, metric): values.get(comparison.query(version, metric), {})
            for version in (comparison.candidate, comparison.stable)
            for metric in ("Invocations", "Errors", "Throttles")
        }
        candidate = (comparison.environments_query, comparison.busy_query)
        highest, busy_ms = (values.get(query, {}) for query in candidate)
        return _Measured(comparison, values, limits_of(comparison), sums, highest, busy_ms)

    def rows(self, minute: int, latency: Latency) -> Iterator[tuple[str, Side, Side]]:
        """Yield by metric the candidate's side and the stable version's."""
        candidate, stable = self.comparison.candidate, self.comparison.stable
        yield ERRORS, self._failed(candidate, minute), self._failed(stable, minute)
        yield THROTTLES, self._throttled(candidate, minute), self._throttled(stable, minute)
        if latency is Latency.COUNTS:
            for limit in self.limits:
                slow = self._slow_by_count(candidate, limit.candidate_ms, minute)
                yield limit.metric, slow, self._slow_by_count(stable, limit.stable_ms, minute)
        elif latency is Latency.PERCENTILES and self.has_percentiles(minute):
            yield from self._bounded(minute)
        else:
            yield from ((limit.metric, NOTHING, NOTHING) for limit in self.limits)

    def environments(self, minute: int) -> tuple[float | None, float | None]:
        """Return the candidate's highest concurrency, and the seconds that its calls took; None if unknown.

        A concurrency that is not trusted is unknown. So is one that can't be right, where it is not known
        whether to trust it.
        """
        if not self._calls(self.comparison.candidate, minute):
            return None, 0.0
        highest, busy_ms = self.highest.get(minute), self.busy_ms.get(minute)
        busy = None if busy_ms is None else busy_ms / 1000
        trusts = self.comparison.trusts_environments
        if trusts is None:
            trusts = highest is not None and fits_load(highest, busy or 0.0, self.comparison.slow_ms)
        return highest if trusts else None, busy

    def is_counted(self, minute: int) -> bool:
        """Return whether there is a count for every limit, or nothing to count."""
        candidate, stable = self.comparison.candidate, self.comparison.stable
        wanted = {
            candidate: [self.comparison.query_up_to(candidate, limit.candidate_ms) for limit in self.limits],
            stable: [self.comparison.query_up_to(stable, limit.stable_ms) for limit in self.limits],
        }
        return all(
            self._has(one, minute)
            for version, counts in wanted.items()
            if self._calls(version, minute)
            for one in counts
        )

    def has_percentiles(self, minute: int) -> bool:
        """Return whether every percentile is there for each version that had calls."""
        versions = (self.comparison.candidate, self.comparison.stable)
        called = [one for one in versions if self._calls(one, minute)]
        return bool(called) and all(len(self._percentiles(one, minute)) == len(GRID) for one in called)

    def _failed(self, version: str, minute: int) -> Side:
        calls = self._calls(version, minute)
        return calls, min(calls, self._sum(version, "Errors", minute))

    def _throttled(self, version: str, minute: int) -> Side:
        """Return calls and throttles. A throttled call is no invocation."""
        throttles = self._sum(version, "Throttles", minute)
        return self._calls(version, minute) + throttles, throttles

    def _slow_by_count(self, version: str, limit_ms: Decimal, minute: int) -> Side:
        calls = self._calls(version, minute)
        fast = self.values.get(self.comparison.query_up_to(version, limit_ms), {}).get(minute, 0)
        return calls, calls - min(calls, max(0, round(fast)))

    def _bounded(self, minute: int) -> Iterator[tuple[str, Side, Side]]:
        """Yield rows of latency that claim no more than the percentiles of the minute prove."""
        versions = (self.comparison.candidate, self.comparison.stable)
        (calls, spread), (stable_calls, stable_spread) = (
            (self._calls(version, minute), self._percentiles(version, minute)) for version in versions
        )
        for limit in self.limits:
            slow, profile = (_most, _fewest) if limit.proves else (_fewest, _most)
            candidate = calls, slow(calls, spread, float(limit.candidate_ms))
            stable = stable_calls, profile(stable_calls, stable_spread, float(limit.stable_ms))
            yield limit.metric, candidate, stable

    def _percentiles(self, version: str, minute: int) -> Mapping[int, float]:
        """Return the percentiles by the number of calls in 1,000 up to each."""
        found = {rank: self.comparison.query(version, "Duration", stat) for stat, rank in GRID.items()}
        return {rank: self.values[one][minute] for rank, one in found.items() if self._has(one, minute)}

    def _has(self, series: MetricQuery, minute: int) -> bool:
        return minute in self.values.get(series, {})

    def _calls(self, version: str, minute: int) -> int:
        return self._sum(version, "Invocations", minute)

    def _sum(self, version: str, metric: str, minute: int) -> int:
        return round(self.sums[version, metric].get(minute, 0))


def _fewest(calls: int, spread: Mapping[int, float], limit_ms: float) -> int:
    """Return the least number of slower calls, whichever way CloudWatch computes percentiles."""
    return calls * (1000 - min((rank for rank, ms in spread.items() if ms > limit_ms), default=1000)) // 1000


def _most(calls: int, spread: Mapping[int, float], limit_ms: float) -> int:
    """Return the largest number of slower calls."""
    return calls - calls * max((rank for rank, ms in spread.items() if ms <= limit_ms), default=0) // 1000


def _full_minutes(begin: datetime, until: datetime) -> list[int]:
    first = ceil(begin.timestamp() / MINUTE_SECONDS) * MINUTE_SECONDS
    last = floor(until.timestamp() / MINUTE_SECONDS) * MINUTE_SECONDS
    return list(range(first, last, MINUTE_SECONDS))


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
