"""How many failures are usual, learnt from the stable version, and which minutes are not usual at all."""

from dataclasses import dataclass
from math import sqrt

from hotplug.core.evidence.given import Minute

FIRST_FAILURES, FIRST_CALLS = 0.5, 500.0
"""What is believed before the first minute: about one failure in a thousand calls."""
DEVIATIONS, ALLOWANCE = 4, 4
"""Failures are unusual beyond so many standard deviations, and some more where hardly any are expected."""


@dataclass(slots=True)
class Usualness:
    """The failure rate of the stable version in usual minutes; each is held against the ones before."""

    failures: float = FIRST_FAILURES
    calls: float = FIRST_CALLS

    @property
    def rate(self) -> float:
        """Failures per call, 0 to 1."""
        return self.failures / self.calls

    def most(self, calls: int) -> float:
        """So many failures among these calls are usual."""
        expected = calls * self.rate
        return expected + DEVIATIONS * sqrt(expected) + ALLOWANCE

    def is_shared_trouble(self, minute: Minute) -> bool:
        """Whether more failed than the candidate could have caused alone."""
        failed = minute.candidate_bad + minute.stable_bad
        return failed > minute.candidate_calls + self.most(minute.candidate_calls + minute.stable_calls)

    def is_trouble_of_stable(self, minute: Minute) -> bool:
        """Whether the stable version failed unusually often; a little is not enough to look away."""
        expected = minute.stable_calls * self.rate
        return minute.stable_bad > self.most(minute.stable_calls) + expected

    def learn(self, minute: Minute) -> None:
        """A minute of trouble teaches little, so that only a lasting change is learnt, and slowly."""
        failures = float(minute.stable_bad)
        if self.is_trouble_of_stable(minute):
            failures = min(failures, 2 * minute.stable_calls * self.rate)
        self.failures += failures
        self.calls += minute.stable_calls
