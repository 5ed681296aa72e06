"""Evidence that a candidate is safe: the excess failure rate that can be ruled out.

Each call came to the candidate with a known chance. So inversely weighted failures are a fair bet on the
excess failure rate. Source: Ham, Bojinov, Lindon and Tingley, "Design-based confidence sequences", 2022; bets
after Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024.
"""

from dataclasses import dataclass, field
from math import exp, expm1, log, log1p

from hotplug.core.evidence.statistics.expected import ExpectedFailures
from hotplug.core.evidence.statistics.likelihood import log_ratio
from hotplug.core.evidence.statistics.mixture import grown, log_mix
from hotplug.core.evidence.statistics.model import EvidenceSettings, Minute

LEAST, RATIO, MANY = 0.002, 1.15, 45
EXCESSES = (*(LEAST * RATIO**at for at in range(MANY)), 1.0)
"""Excess failure rates to rule out."""
STAKED = 0.96
"""The part staked at first. It does not change how sure the proof is, only how soon it comes. The rest is
what is left after a minute in which much was lost.
"""
ODDS = (0.85, 0.65, 0.4, 0.15)
"""Odds of a healthy candidate being too slow, over the stable version's."""
LEAST_KEPT = 1e-9
MAX_LOG_EVIDENCE = 20.0
"""The cap of the evidence. It is more than any setting requires, and less than what one terrible minute takes
away, whatever was kept.
"""
FEW = 0.25
"""Below this part of the slow calls in the traffic profile hardly any call is slow, and odds say nothing."""
HARDLY_ANY = 0.01
"""The share of slow calls that is tolerated then."""
STAKE_ON_ODDS = 0.75
"""The rest is on the bet that hardly any call is slow."""


@dataclass(slots=True)
class Excess:
    """Bets that the candidate's failure rate is less than `excess` above the stable version's."""

    excess: float
    log_evidence: float = 0.0
    most: float = 0.0
    staked: float = STAKED

    def see(self, minute: Minute, share: float, expected_rate: float) -> None:
        """See one minute in which each call came to the candidate with the chance `share`."""
        payoff = self._log_payoff(minute, share, best=self.excess / (expected_rate + self.excess))
        if payoff > 0:
            factor = payoff + log(self.staked + (1 - self.staked) * exp(-payoff))
        else:
            factor = log1p(self.staked * expm1(payoff))
        self.staked = min(1 - LEAST_KEPT, max(LEAST_KEPT, self.staked * exp(payoff - factor)))
        self.log_evidence = min(MAX_LOG_EVIDENCE, self.log_evidence + factor)
        self.most = max(self.most, self.log_evidence)

    def _log_payoff(self, minute: Minute, share: float, best: float) -> float:
        """Return the log payoff of one minute.

        Failures of the candidate cost. Its other calls pay, and so do failures of the stable version. `best`
        is the best bet if nothing is wrong.
        """
        failures, stable_failures = minute.candidate_failures, minute.stable_failures
        good = minute.candidate_calls + minute.stable_calls - failures - stable_failures
        quiet = best * share * self.excess
        payoff = good * log1p(quiet)
        if stable_failures:
            payoff += stable_failures * log1p(best * share * (self.excess + 1 / (1 - share)))
        if failures:
            payoff += failures * log1p(quiet - best)
        return payoff


def _played(stakes: list[float], logs: list[float]) -> tuple[float, list[float]]:
    """Return the log of the joint payoff of all bets, and the stakes that they leave.

    No stake is ever lost for good, however clear the evidence was until now.
    """
    factor = log_mix(stakes, logs)
    floored = [max(stake, LEAST_KEPT) for stake in grown(stakes, logs, factor)]
    total = sum(floored)
    return factor, [stake / total for stake in floored]


@dataclass(slots=True)
class Safety:
    """Proof of safety by one metric of failures."""

    settings: EvidenceSettings
    bets: list[Excess] = field(init=False)

    def __post_init__(self) -> None:
        self.bets = [Excess(each) for each in sorted({*EXCESSES, self.settings.tolerate_errors})]

    def see(self, minute: Minute, expected: ExpectedFailures) -> None:
        """See one more minute. Trouble of the stable version does not prove that the candidate is healthy."""
        if not minute.candidate_calls or not minute.stable_calls or expected.is_trouble_of_stable(minute):
            return
        share = min(
            minute.candidate_calls / (minute.candidate_calls + minute.stable_calls), minute.weight_high
        )
        for bet in self.bets:
            bet.see(minute, share, expected.rate)

    def log_evidence(self, expected: ExpectedFailures, *, now: bool = False) -> float:
        """Return the log evidence that the excess is tolerable.

        It is the highest so far, or with `now` what is left of it.
        """
        most = tolerable(self.settings, expected)
        bet = next(bet for bet in reversed(self.bets) if bet.excess <= most)
        return bet.log_evidence if now else bet.most

    def upper_bound(self, doubt: float) -> float:
        """Return the least excess that is ruled out. `doubt` is the chance to be wrong."""
        return next((bet.excess for bet in self.bets if bet.most >= -log(doubt)), 1.0)


def tolerable(settings: EvidenceSettings, expected: ExpectedFailures) -> float:
    """Return the tolerated excess failure rate, 0 to 1: the setting, or a higher expected failure rate."""
    return max(settings.tolerate_errors, expected.rate)


@dataclass(slots=True)
class Fastness:
    """Proof of safety by one metric of calls that are slower than ever accepted.

    It shows that the candidate's share of them is smaller.
    """

    log_odds: float = 0.0
    stakes: list[float] = field(default_factory=lambda: [1 / len(ODDS)] * len(ODDS))
    hardly_any: Excess = field(default_factory=lambda: Excess(HARDLY_ANY))
    log_evidence: float = 0.0
    """Highest evidence so far that it is: by odds, or as hardly any call is slow at either version."""

    def see(self, minute: Minute, expected: ExpectedFailures) -> None:
        """See one more minute, unless the weight changed in it: such a minute could flatter the candidate."""
        _, calls, failures, stable_calls, stable_failures, low, high, *_ = minute
        if not calls or not stable_calls or low != high:
            return
        self.hardly_any.see(minute, min(calls / (calls + stable_calls), high), expected.rate)
        if failures + stable_failures:
            logs = [log_ratio(odds, (calls, failures), (stable_calls, stable_failures)) for odds in ODDS]
            factor, self.stakes = _played(self.stakes, logs)
            self.log_odds += factor
        by_odds = log(STAKE_ON_ODDS) + self.log_odds
        by_both = log_mix((STAKE_ON_ODDS, 1 - STAKE_ON_ODDS), (self.log_odds, self.hardly_any.log_evidence))
        self.log_evidence = max(self.log_evidence, by_both if expected.share_of_first < FEW else by_odds)
