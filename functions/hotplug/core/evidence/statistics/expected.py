"""Expected failures, learned from the stable version, and minutes with unusually many."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import sqrt

from hotplug.core.evidence.statistics.model import Minute

FIRST_CALLS, FIRST_RATE = 500.0, 0.001
"""The prior before the first minute: one call in a thousand fails, as if seen in 500 calls."""
FIRST_RATES: Mapping[str, float] = {"p50": 0.5, "p90": 0.1, "p99": 0.01, "p50_harm": 0.5, "p90_harm": 0.1}
"""The share of calls that are slower than a quantile, by metric."""
DEVIATIONS, ALLOWANCE = 4, 4
"""Failures are unusual beyond this many standard deviations, plus an allowance for few expected failures."""


@dataclass(slots=True)
class ExpectedFailures:
    """The failure rate of the stable version in normal minutes. Each minute is compared with those before."""

    failures: float
    calls: float
    first_rate: float
    is_shared_out: bool = False
    """Whether the candidate has had a weight."""

    @staticmethod
    def of(metric: str) -> "ExpectedFailures":
        """Return the prior of a metric, before the first minute."""
        rate = FIRST_RATES.get(metric, FIRST_RATE)
        return ExpectedFailures(FIRST_CALLS * rate, FIRST_CALLS, rate)

    @property
    def rate(self) -> float:
        """Failures per call, 0 to 1."""
        return self.failures / self.calls

    def rate_beside(self, minute: Minute) -> float:
        """Return the stable version's failure rate in a minute; the one so far if it had no calls."""
        return minute.stable_failures / minute.stable_calls if minute.stable_calls else self.rate

    @property
    def share_of_first(self) -> float:
        """The rate as a part of the prior rate."""
        return self.rate / self.first_rate

    def most(self, calls: int) -> float:
        """Return the most failures that are expected among these calls."""
        expected = calls * self.rate
        return expected + DEVIATIONS * sqrt(expected) + ALLOWANCE

    def is_trouble(self, minute: Minute) -> bool:
        """Return whether unusually many calls failed, whichever version caused it."""
        calls, failed = (
            minute.candidate_calls + minute.stable_calls,
            minute.candidate_failures + minute.stable_failures,
        )
        return failed > self.most(calls)

    def is_shared_trouble(self, minute: Minute, candidate_calls: float | None = None) -> bool:
        """Return whether more calls failed than the candidate alone could have caused.

        It is taken to have had `candidate_calls` if they are given.
        """
        own = minute.candidate_calls if candidate_calls is None else candidate_calls
        failed = minute.candidate_failures + minute.stable_failures
        return failed > own + self.most(minute.candidate_calls + minute.stable_calls)

    def is_trouble_of_stable(self, minute: Minute) -> bool:
        """Return whether the stable version failed unusually often.

        The limit is higher than that of `is_trouble`: a small excess is no reason to ignore a minute.
        """
        expected = minute.stable_calls * self.rate
        return minute.stable_failures > self.most(minute.stable_calls) + expected

    def learn(self, minute: Minute) -> None:
        """Learn from one minute of the stable version.

        A minute of trouble teaches little, so that only a lasting change is learned, and slowly. Minutes
        before the first shift teach fully, because they show the normal rate. Later minutes at weight 0 do
        not.
        """
        failures = float(minute.stable_failures)
        self.is_shared_out = self.is_shared_out or minute.weight_high > 0
        if self.is_shared_out and self.is_trouble_of_stable(minute):
            failures = min(failures, 2 * minute.stable_calls * self.rate)
        self.failures += failures
        self.calls += minute.stable_calls

    def troubled(self, minutes: Iterable[Minute]) -> list[bool]:
        """Return for each of the next minutes whether more calls of both versions failed than expected."""
        found, expected = [], replace(self)
        for minute in minutes:
            found.append(expected.is_trouble(minute))
            expected.learn(minute)
        return found
