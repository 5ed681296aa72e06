"""Evidence in minutes of few calls: each failure is a bet on the version that it comes to.

With few calls, the calls of one minute hardly tell two versions apart. But the alias gives each call to the
candidate with a known chance, whatever else happens. So a failure that it got speaks against the candidate,
and one of the stable version for it, even in minutes in which the other version had no calls.
"""

from dataclasses import dataclass, field

from hotplug.core.evidence.statistics.likelihood import log_ratio_of_share
from hotplug.core.evidence.statistics.model import Minute

FEW = 3.0
"""A minute is quiet if fewer calls than this are expected at the version with the lower weight. This must not
depend on the calls that came to each version: the bets would be unfair.
"""
ODDS = (1.0, 4.0, 20.0, 200.0, 20_000.0)
FIRST_STAKES = (0.02, 0.2, 0.26, 0.26, 0.26)
CAUTION_CALLS = 20
"""Calls that are taken to have come as the weight says, so that a few more do not raise the chance."""


def is_quiet(minute: Minute) -> bool:
    """Return whether a minute has so few calls that failures are compared by the weight."""
    calls, weight = minute.candidate_calls + minute.stable_calls, minute.weight_high
    return 0 < weight < 1 and calls * min(weight, 1 - weight) < FEW


@dataclass(slots=True)
class QuietBets:
    """The stakes on each of the odds, and the calls in quiet minutes so far."""

    stakes: list[float] = field(default_factory=lambda: list(FIRST_STAKES))
    calls: int = 0
    excess: float = 0.0
    """The candidate's calls beyond those that the weights give it."""

    def share(self, minute: Minute) -> float:
        """See a quiet minute, and return the chance with which a call in it came to the candidate.

        It is the weight, or more where more calls came. A chance that is too high is safe.
        """
        calls = minute.candidate_calls + minute.stable_calls
        self.calls += calls
        self.excess += minute.candidate_calls - minute.weight_high * calls
        raised = max(0.0, self.excess) / (self.calls + CAUTION_CALLS)
        return min(1.0, minute.weight_high + raised)


def quiet_log_ratios(share: float, failed: int, all_failed: int) -> list[float]:
    """Return the log likelihood ratio for each of the odds."""
    return [log_ratio_of_share(odds, share, failed, all_failed) for odds in ODDS]
