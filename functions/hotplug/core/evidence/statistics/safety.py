"""The evidence that a candidate is safe: how large an excess of failures can be ruled out.

Each call came to the candidate with a known chance, so that inversely weighted failures are a fair bet on the
excess failure rate. Source: Ham, Bojinov, Lindon and Tingley, "Design-based confidence sequences", 2022; bets
after Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024.
"""

from dataclasses import dataclass, field
from math import exp, expm1, log, log1p

from hotplug.core.evidence.statistics.expected import Usualness
from hotplug.core.evidence.statistics.likelihood import log_ratio
from hotplug.core.evidence.statistics.mixture import grown, log_mix
from hotplug.core.evidence.statistics.model import EvidenceSettings, Minute

LEAST, RATIO, MANY = 0.002, 1.15, 45
EXCESSES = (*(LEAST * RATIO**at for at in range(MANY)), 1.0)
"""Excess failure rates that are tried to be ruled out."""
STAKED = 0.96
"""At first. How much has no part in how sure the proof is, only in how soon it comes; the rest is what is
left after a minute in which much was lost."""
ODDS = (0.85, 0.65, 0.4, 0.15)
"""The candidate's odds of being too slow, where it is not."""
LEAST_KEPT = 1e-9
MOST_LOG_EVIDENCE = 20.0
"""More than is ever asked for, and less than one terrible minute takes away, whatever was kept."""
FEW = 0.25
"""With so small a part of the slow calls that there were, nobody is slow any more, and odds say nothing."""
HARDLY_ANY = 0.01
"""The share of slow calls that is let pass then."""
STAKE_ON_ODDS = 0.75
"""The rest is on there being hardly any slow call."""


@dataclass(slots=True)
class Excess:
    """The bets that the candidate's failure rate is less than `excess` above the stable version's."""

    excess: float
    log_evidence: float = 0.0
    most: float = 0.0
    staked: float = STAKED

    def see(self, minute: Minute, share: float, usual_rate: float) -> None:
        """One minute in which each call came to the candidate with the chance `share`."""
        payoff = self._log_payoff(minute, share, best=self.excess / (usual_rate + self.excess))
        if payoff > 0:
            factor = payoff + log(self.staked + (1 - self.staked) * exp(-payoff))
        else:
            factor = log1p(self.staked * expm1(payoff))
        self.staked = min(1 - LEAST_KEPT, max(LEAST_KEPT, self.staked * exp(payoff - factor)))
        self.log_evidence = min(MOST_LOG_EVIDENCE, self.log_evidence + factor)
        self.most = max(self.most, self.log_evidence)

    def _log_payoff(self, minute: Minute, share: float, best: float) -> float:
        """Failures of the candidate cost, its other calls and failures of the stable version pay.

        `best` is the bet that is best if nothing is wrong.
        """
        _, calls, bad, stable_calls, stable_bad, _, _ = minute
        quiet = best * share * self.excess
        payoff = (calls + stable_calls - bad - stable_bad) * log1p(quiet)
        if stable_bad:
            payoff += stable_bad * log1p(best * share * (self.excess + 1 / (1 - share)))
        if bad:
            payoff += bad * log1p(quiet - best)
        return payoff


def _played(stakes: list[float], logs: list[float]) -> tuple[float, list[float]]:
    """Log of what all bets brought together, and the stakes that they leave.

    None of these is ever lost for good, however clear things were until now.
    """
    factor = log_mix(stakes, logs)
    floored = [max(stake, LEAST_KEPT) for stake in grown(stakes, logs, factor)]
    total = sum(floored)
    return factor, [stake / total for stake in floored]


@dataclass(slots=True)
class Safety:
    """One metric of failures."""

    settings: EvidenceSettings
    bets: list[Excess] = field(init=False)

    def __post_init__(self) -> None:
        self.bets = [Excess(each) for each in sorted({*EXCESSES, self.settings.tolerate_errors})]

    def see(self, minute: Minute, usual: Usualness) -> None:
        """One more minute; trouble of the stable version is no proof of the candidate's health."""
        if not minute.candidate_calls or not minute.stable_calls or usual.is_trouble_of_stable(minute):
            return
        share = min(
            minute.candidate_calls / (minute.candidate_calls + minute.stable_calls), minute.weight_high
        )
        for bet in self.bets:
            bet.see(minute, share, usual.rate)

    def log_evidence(self, usual: Usualness, *, now: bool = False) -> float:
        """That the excess is tolerable: the most that there ever was, or what is left of it now."""
        most = tolerable(self.settings, usual)
        bet = next(bet for bet in reversed(self.bets) if bet.excess <= most)
        return bet.log_evidence if now else bet.most

    def upper_bound(self, doubt: float) -> float:
        """The least excess that is ruled out, but for this chance to be wrong."""
        return next((bet.excess for bet in self.bets if bet.most >= -log(doubt)), 1.0)


def tolerable(settings: EvidenceSettings, usual: Usualness) -> float:
    """The excess failure rate that is let pass, 0 to 1: what was asked for, or once more the usual one."""
    return max(settings.tolerate_errors, usual.rate)


@dataclass(slots=True)
class Fastness:
    """One metric of calls that are slower than is ever accepted: is the candidate's share of them smaller?"""

    log_odds: float = 0.0
    stakes: list[float] = field(default_factory=lambda: [1 / len(ODDS)] * len(ODDS))
    hardly_any: Excess = field(default_factory=lambda: Excess(HARDLY_ANY))
    log_evidence: float = 0.0
    """The most that there ever was that it is: by odds, or as hardly any call is slow at either version."""

    def see(self, minute: Minute, usual: Usualness) -> None:
        """One more minute. One in which the weight changed could flatter the candidate, and is left out."""
        _, calls, bad, stable_calls, stable_bad, low, high = minute
        if not calls or not stable_calls or low != high:
            return
        self.hardly_any.see(minute, min(calls / (calls + stable_calls), high), usual.rate)
        if bad + stable_bad:
            logs = [log_ratio(odds, (calls, bad), (stable_calls, stable_bad)) for odds in ODDS]
            factor, self.stakes = _played(self.stakes, logs)
            self.log_odds += factor
        by_odds = log(STAKE_ON_ODDS) + self.log_odds
        by_both = log_mix((STAKE_ON_ODDS, 1 - STAKE_ON_ODDS), (self.log_odds, self.hardly_any.log_evidence))
        self.log_evidence = max(self.log_evidence, by_both if usual.share_of_first < FEW else by_odds)
