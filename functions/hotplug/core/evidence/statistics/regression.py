"""Evidence that a candidate is worse: an e-process, so that reading it every minute costs nothing.

An e-value has a mean of at most 1 while the candidate is no worse. So, by Ville's inequality, the product of
all minutes ever reaches 1 / risk with a probability of at most `risk`, at any time of reading. Source: Vovk
and Wang, "E-values: calibration, combination and applications", Annals of Statistics 2021.

Some of the candidate's failures may be excused, because its environments are new. They are left out, and the
rest is compared. The mean stays at most 1 if at least as many are excused as came from that: one more failed
call of the candidate never says less against it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log, log1p

from hotplug.core.evidence.statistics.expected import ExpectedFailures
from hotplug.core.evidence.statistics.likelihood import log_ratio, log_ratio_of_share
from hotplug.core.evidence.statistics.mixture import grown, log_mix
from hotplug.core.evidence.statistics.model import EvidenceSettings, Minute
from hotplug.core.evidence.statistics.quiet import FIRST_STAKES as FIRST_QUIET_STAKES
from hotplug.core.evidence.statistics.quiet import QuietBets

ODDS = (1.0, 1.5, 2.5, 5.0, 12.0, 50.0, 400.0)
"""Odds of the candidate to test. 1 is no worse than stable, and costs nothing while no failure is seen."""
FIRST_STAKES = (0.02, 0.2, 0.156, 0.156, 0.156, 0.156, 0.156)
"""The stake on each of the odds: small differences are the hardest to detect. Any that sum to 1 would do."""
SWITCHING = 0.02
"""The part of the stake that is spread anew each minute, to detect what begins late."""
HEADROOM = 0.65
"""In minutes: how far the minutes that confirm each other may stay below the most that they can say."""


def log_ratios(minute: Minute, excused: int = 0, odds: Sequence[float] = ODDS) -> list[float]:
    """Return the log likelihood ratio of a minute for each of the odds, without the excused failures."""
    return [_log_ratio(each, minute, excused) for each in odds]


def _log_ratio(odds: float, minute: Minute, excused: int) -> float:
    if odds == 1:
        return 0.0
    _, calls, failures, stable_calls, stable_failures, low, high, *_ = minute
    if low == high:
        return log_ratio(odds, (calls - excused, failures - excused), (stable_calls, stable_failures))
    # All calls count for the share. A smaller one could make an excuse count against the candidate.
    share = max(calls / (calls + stable_calls), high)
    return log_ratio_of_share(odds, share, failures - excused, failures - excused + stable_failures)


def compares(minute: Minute, excused: int = 0) -> bool:
    """Return whether a minute has failures, and calls of both versions."""
    failed = minute.candidate_failures + minute.stable_failures - excused
    return failed > 0 and minute.candidate_calls > 0 and minute.stable_calls > 0


@dataclass(slots=True)
class Regression:
    """The test of one metric. `log_evidence` is the log e-value now."""

    settings: EvidenceSettings
    log_evidence: float = 0.0
    stakes: list[float] = field(default_factory=lambda: list(FIRST_STAKES))

    def see(self, minute: Minute, expected: ExpectedFailures, excused: int = 0) -> None:
        """See one more minute. It says nothing without failures, or without calls of both versions."""
        if compares(minute, excused):
            self.bet(log_ratios(minute, excused), shared=expected.is_shared_trouble(minute))

    def bet(self, ratios: Sequence[float], *, shared: bool) -> None:
        """Bet on a minute with these log likelihood ratios of `ODDS`."""
        self.stakes = self._bet(self.stakes, FIRST_STAKES, ratios, shared=shared)

    def bet_quietly(self, bets: QuietBets, ratios: Sequence[float], *, shared: bool) -> None:
        """Bet on a minute of few calls, with these log likelihood ratios of its odds."""
        bets.stakes = self._bet(bets.stakes, FIRST_QUIET_STAKES, ratios, shared=shared)

    def _bet(
        self, stakes: list[float], first: Sequence[float], ratios: Sequence[float], *, shared: bool
    ) -> list[float]:
        """Take the payoff, and return the stakes that are left."""
        ratios = [ratio / self.settings.error_burst_size for ratio in ratios]
        factor = log_mix(stakes, ratios)
        if shared:
            # A failure that both versions share costs at most half of the stake, and teaches nothing.
            self.log_evidence += self._confirmed(_log_half(factor))
            return stakes
        self.log_evidence += self._confirmed(factor)
        return [
            SWITCHING * fresh + (1 - SWITCHING) * stake
            for fresh, stake in zip(first, grown(stakes, ratios, factor), strict=True)
        ]

    def _confirmed(self, factor: float) -> float:
        """Return the factor, at most what one minute may say.

        Fewer minutes than `confirm_minutes` are too little for a rollback. That many are enough.
        """
        minutes = self.settings.confirm_minutes
        if minutes == 1:
            return factor
        return min(factor, -log(self.settings.false_rollback_risk) / (minutes - HEADROOM))


def _log_half(factor: float) -> float:
    """Return log of (1 + e ** factor) / 2."""
    return max(factor, 0.0) + log1p(exp(-abs(factor))) - log(2)
