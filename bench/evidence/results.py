"""Measured outcomes, and the figures that follow from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, log1p
from statistics import fmean

from bench.evidence.bounds import Constant, Needed, information_bound
from bench.evidence.deployment import End, Outcome
from bench.evidence.environments.machine import Ended, Sample
from bench.evidence.environments.trials import Trial
from bench.evidence.lasting import Lasting
from bench.evidence.ours import BY_EVIDENCE
from bench.evidence.world import Cell

UNSURE = 0.05
BISECTIONS = 40


@dataclass(frozen=True, slots=True)
class Tally:
    """Deployments of one kind under one rule. Shares are 0 to 1."""

    outcomes: Sequence[Outcome]

    @property
    def rolled_back(self) -> float:
        """The share that was rolled back."""
        return fmean(each.end is End.ROLLED_BACK for each in self.outcomes)

    @property
    def count(self) -> int:
        """The number that was rolled back."""
        return sum(each.end is End.ROLLED_BACK for each in self.outcomes)

    @property
    def rolled_back_at_most(self) -> float:
        """The upper bound of the share that is rolled back, at 95 %."""
        return upper_bound(self.count, len(self.outcomes))

    @property
    def proven_safe(self) -> float:
        """The share that was promoted by evidence, not by a schedule or for want of time."""
        return fmean((each.end, each.by) == (End.PROMOTED, BY_EVIDENCE) for each in self.outcomes)

    @property
    def spoilt(self) -> float:
        """Mean calls that failed because of the candidate."""
        return fmean(each.spoilt for each in self.outcomes)

    @property
    def candidate_calls(self) -> float:
        """Mean calls of the candidate until the decision."""
        return fmean(each.candidate_calls for each in self.outcomes)

    def candidate_calls_at(self, share: float) -> int:
        """Return the quantile of the candidate's calls until the decision."""
        return ranked(share, (each.candidate_calls for each in self.outcomes))

    def minute_at(self, share: float, end: End) -> int | None:
        """Return the quantile of minutes among those that ended so, or None if none did."""
        minutes = [each.minute for each in self.outcomes if each.end is end]
        return ranked(share, minutes) if minutes else None


@dataclass(frozen=True, slots=True)
class Efficiency:
    """Mean candidate calls at a constant weight until the verdict."""

    bound: float
    judge: float
    unconfirmed: float
    oracle: float
    confirmed_oracle: float

    @staticmethod
    def of(constant: Constant, needed: Sequence[Needed]) -> "Efficiency":
        """Return the means of many deployments."""
        means = Needed(*(fmean(column) for column in zip(*needed, strict=True)))
        return Efficiency(information_bound(constant), *means)


@dataclass(frozen=True, slots=True)
class Results:
    """All measurements of one run."""

    seed: int
    scale: float
    """Times the number of deployments of a whole page."""
    tallies: Mapping[tuple[str, Cell], Tally]
    fresh: Mapping[Trial, Tally]
    """Deployments whose calls are made one by one."""
    machine: Mapping[Sample, Sequence[Ended]]
    """Deployments by hotplug's own machine in memory."""
    lasting: Lasting
    efficiencies: Mapping[Constant, Efficiency]
    assess_ms: float
    """Processor time of one assessment of 40 minutes of 4 metrics at 10,000 calls a minute."""
    took_seconds: float

    def of(self, rule: str, cell: Cell) -> Tally:
        """Return the deployments of one kind under one rule."""
        return self.tallies[rule, cell]

    def all_of(self, rules: Iterable[str], cells: Sequence[Cell]) -> list[Tally]:
        """Return the deployments of several kinds under several rules."""
        return [self.of(rule, cell) for rule in rules for cell in cells]


def pooled(tallies: Iterable[Tally]) -> Tally:
    """Return all deployments as one tally."""
    return Tally([outcome for tally in tallies for outcome in tally.outcomes])


def upper_bound(count: int, of: int) -> float:
    """Return the share at which so few are seen with a chance of 5 % (Clopper and Pearson)."""
    if count == of:
        return 1.0
    logs = [lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1) for k in range(count + 1)]
    low, high = count / of, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        seen = sum(exp(ways + k * log(middle) + (of - k) * log1p(-middle)) for k, ways in enumerate(logs))
        low, high = (low, middle) if seen < UNSURE else (middle, high)
    return high


def ranked(share: float, values: Iterable[int]) -> int:
    """Return the quantile by nearest rank, so that every figure was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
