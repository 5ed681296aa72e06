"""Measured outcomes, and the figures that follow from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.evidence.bounds import Constant, Needed, information_bound
from bench.evidence.deployment import End, Outcome
from bench.evidence.ours import BY_EVIDENCE
from bench.evidence.world import Cell


@dataclass(frozen=True, slots=True)
class Tally:
    """Deployments of one kind under one rule. Shares are 0 to 1."""

    outcomes: Sequence[Outcome]

    @property
    def rolled_back(self) -> float:
        """The share that was rolled back."""
        return fmean(each.end is End.ROLLED_BACK for each in self.outcomes)

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
    tallies: Mapping[tuple[str, Cell], Tally]
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


def ranked(share: float, values: Iterable[int]) -> int:
    """Return the quantile by nearest rank, so that every figure was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
