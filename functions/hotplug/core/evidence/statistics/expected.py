"""How many failures are usual, learnt from the stable version, and which minutes are not usual at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from hotplug.core.evidence.statistics.model import Minute

FIRST_CALLS, FIRST_RATE = 500.0, 0.001
"""What is believed before the first minute: as if one call in a thousand had failed."""
FIRST_RATES: Mapping[str, float] = {"p50": 0.5, "p90": 0.1, "p99": 0.01, "p50_harm": 0.5, "p90_harm": 0.1}
"""So many calls are slower than a quantile."""
DEVIATIONS, ALLOWANCE = 4, 4
"""Failures are unusual beyond so many standard deviations, and some more where hardly any are expected."""


@dataclass(slots=True)
class Usualness:
    """The failure rate of the stable version in usual minutes; each is held against the ones before."""

    failures: float
    calls: float
    first_rate: float
    is_shared_out: bool = False
    """Whether the candidate had a weight already."""

    @staticmethod
    def of(metric: str) -> "Usualness":
        """Before the first minute."""
        rate = FIRST_RATES.get(metric, FIRST_RATE)
        return Usualness(FIRST_CALLS * rate, FIRST_CALLS, rate)

    @property
    def rate(self) -> float:
        """Failures per call, 0 to 1."""
        return self.failures / self.calls

    @property
    def share_of_first(self) -> float:
        """The rate as a part of what was believed before the first minute."""
        return self.rate / self.first_rate

    def most(self, calls: int) -> float:
        """So many failures among these calls are usual."""
        expected = calls * self.rate
        return expected + DEVIATIONS * sqrt(expected) + ALLOWANCE

    def is_trouble(self, minute: Minute) -> bool:
        """Whether unusually many failed, whoever caused it."""
        calls, failed = minute.candidate_calls + minute.stable_calls, minute.candidate_bad + minute.stable_bad
        return failed > self.most(calls)

    def is_shared_trouble(self, minute: Minute) -> bool:
        """Whether more failed than the candidate could have caused alone."""
        failed = minute.candidate_bad + minute.stable_bad
        return failed > minute.candidate_calls + self.most(minute.candidate_calls + minute.stable_calls)

    def is_trouble_of_stable(self, minute: Minute) -> bool:
        """Whether the stable version failed unusually often; a little is not enough to look away."""
        expected = minute.stable_calls * self.rate
        return minute.stable_bad > self.most(minute.stable_calls) + expected

    def learn(self, minute: Minute) -> None:
        """A minute of trouble teaches little, so that only a lasting change is learnt, and slowly.

        Those from before the first shift teach all: they tell what was usual. Later ones at weight 0 don't.
        """
        failures = float(minute.stable_bad)
        self.is_shared_out = self.is_shared_out or minute.weight_high > 0
        if self.is_shared_out and self.is_trouble_of_stable(minute):
            failures = min(failures, 2 * minute.stable_calls * self.rate)
        self.failures += failures
        self.calls += minute.stable_calls


def troubled(minutes: Sequence[Minute]) -> list[bool]:
    """For each minute of one metric whether more calls were bad than usual, by both versions together."""
    found = []
    usual = Usualness.of(minutes[0].metric if minutes else "")
    for minute in minutes:
        found.append(usual.is_trouble(minute))
        usual.learn(minute)
    return found
