"""Evidence that a candidate is worse: an e-process, so that reading it every minute costs nothing.

An e-value has a mean of at most 1 while the candidate is no worse. So, by Ville's inequality, the product of
all minutes ever reaches 1 / risk with a probability of at most `risk`, at any time of reading. Source: Vovk
and Wang, "E-values: calibration, combination and applications", Annals of Statistics 2021.
"""

from dataclasses import dataclass, field
from math import exp, log, log1p

from hotplug.core.evidence.statistics.expected import ExpectedFailures
from hotplug.core.evidence.statistics.likelihood import log_ratio, log_ratio_of_share
from hotplug.core.evidence.statistics.mixture import grown, log_mix
from hotplug.core.evidence.statistics.model import EvidenceSettings, Minute

ODDS = (1.0, 1.5, 2.5, 5.0, 12.0, 50.0, 400.0)
"""Odds of the candidate to test. 1 is no worse than stable, and costs nothing while no failure is seen."""
FIRST_STAKES = (0.02, 0.2, 0.156, 0.156, 0.156, 0.156, 0.156)
"""The stake on each of the odds: small differences are the hardest to detect. Any that sum to 1 would do."""
SWITCHING = 0.02
"""The part of the stake that is spread anew each minute, to detect what begins late."""
HEADROOM = 0.65
"""In minutes: how far the minutes that confirm each other may stay below the most that they can say."""


@dataclass(slots=True)
class Regression:
    """The test of one metric. `log_evidence` is the log e-value now."""

    settings: EvidenceSettings
    log_evidence: float = 0.0
    stakes: list[float] = field(default_factory=lambda: list(FIRST_STAKES))

    def see(self, minute: Minute, expected: ExpectedFailures) -> None:
        """See one more minute. It says nothing without failures, or without calls of both versions."""
        failed = minute.candidate_failures + minute.stable_failures
        if not failed or not minute.candidate_calls or not minute.stable_calls:
            return
        ratios = [self._log_ratio(odds, minute) / self.settings.error_burst_size for odds in ODDS]
        factor = log_mix(self.stakes, ratios)
        if expected.is_shared_trouble(minute):
            # A failure that both versions share costs at most half of the stake, and teaches nothing.
            self.log_evidence += self._confirmed(_log_half(factor))
            return
        self.log_evidence += self._confirmed(factor)
        self.stakes = [
            SWITCHING * fresh + (1 - SWITCHING) * stake
            for fresh, stake in zip(FIRST_STAKES, grown(self.stakes, ratios, factor), strict=True)
        ]

    def _confirmed(self, factor: float) -> float:
        """Return the factor, at most what one minute may say.

        Fewer minutes than `confirm_minutes` are too little for a rollback. That many are enough.
        """
        minutes = self.settings.confirm_minutes
        if minutes == 1:
            return factor
        return min(factor, -log(self.settings.false_rollback_risk) / (minutes - HEADROOM))

    def _log_ratio(self, odds: float, minute: Minute) -> float:
        if odds == 1:
            return 0.0
        _, calls, bad, stable_calls, stable_failures, low, high, *_ = minute
        if low == high:
            return log_ratio(odds, (calls, bad), (stable_calls, stable_failures))
        share = max(calls / (calls + stable_calls), high)
        return log_ratio_of_share(odds, share, bad, bad + stable_failures)


def _log_half(factor: float) -> float:
    """Return log of (1 + e ** factor) / 2."""
    return max(factor, 0.0) + log1p(exp(-abs(factor))) - log(2)
