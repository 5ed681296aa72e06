"""Lower bounds for any judge: the information bound, and an oracle that knows the truth.

They do not use the product's likelihood, so that they check it too.
"""

from dataclasses import replace
from math import exp, inf, lgamma, log
from typing import NamedTuple, Protocol

from bench.evidence.ours import DEFAULTS, judge_for, settings_for
from bench.evidence.world import Cell, Piece, World
from hotplug.core.evidence import Minute

ALPHA = 0.01
FOREVER_MINUTES = 1_500
CERTAIN_ODDS = 1e12
"""Odds of a candidate that fails where the stable version never does."""


class Constant(NamedTuple):
    """A candidate at a constant weight."""

    cell: Cell
    weight: float


CONSTANTS = (
    Constant(Cell(100, 0.0, 0.05), 0.1),
    Constant(Cell(1_000, 0.001, 0.003), 0.1),
    Constant(Cell(1_000, 0.001, 0.006), 0.1),
    Constant(Cell(100, 0.001, 0.05), 0.1),
    Constant(Cell(1_000, 0.001, 0.05), 0.01),
    Constant(Cell(100, 0.001, 0.2), 0.1),
    Constant(Cell(1_000, 0.01, 0.015), 0.5),
    Constant(Cell(100, 0.01, 0.03), 0.5),
    Constant(Cell(100, 0.01, 0.05), 0.1),
    Constant(Cell(100, 0.2, 0.3), 0.1),
)


class Needed(NamedTuple):
    """Candidate calls until the verdict, in one deployment."""

    judge: float
    """hotplug's judge, with its defaults."""
    unconfirmed: float
    """hotplug's judge, if one minute is enough."""
    oracle: float
    confirmed_oracle: float
    """The oracle, if as many minutes must speak against the candidate as hotplug requires by default."""


def information_bound(constant: Constant, alpha: float = ALPHA) -> float:
    """Return the mean candidate calls that any test valid at every moment needs: ln(1 / alpha) * w / I(w)."""
    (cell, weight) = constant
    pooled = weight * cell.candidate + (1 - weight) * cell.base
    information = weight * _divergence(cell.candidate, pooled) + (1 - weight) * _divergence(cell.base, pooled)
    return log(1 / alpha) * weight / information


def _divergence(p: float, q: float) -> float:
    """Return the Kullback-Leibler divergence of two coins, in nats."""
    return sum(a * log(a / b) for a, b in ((p, q), (1 - p, 1 - q)) if a)


def true_odds(cell: Cell) -> float:
    """Return the candidate's odds of failing over the stable version's."""
    if not cell.base:
        return CERTAIN_ODDS
    return cell.candidate * (1 - cell.base) / (cell.base * (1 - cell.candidate))


def log_likelihood_ratio(minute: Minute, odds: float) -> float:
    """Return the log likelihood ratio of the split of a minute's failures, given both sums."""
    _, calls, bad, stable_calls, stable_failures, *_ = minute
    return bad * log(odds) - log_mean_power(calls, stable_calls, bad + stable_failures, odds)


def log_mean_power(calls: int, stable_calls: int, failed: int, odds: float) -> float:
    """Return the log of the mean of odds ** X for a hypergeometric X: a plain sum over all its values."""
    support = range(max(0, failed - stable_calls), min(calls, failed) + 1)
    logs = [_log_choose(calls, x) + _log_choose(stable_calls, failed - x) + x * log(odds) for x in support]
    top = max(logs)
    return top + log(sum(exp(each - top) for each in logs)) - _log_choose(calls + stable_calls, failed)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def needed(constant: Constant, seed: str) -> Needed:
    """Return the calls of all judges, on the same minutes, to the end of the minute of each verdict."""
    cell, settings = constant.cell, settings_for(constant.cell)
    judges = (judge_for(cell, each) for each in (settings, replace(settings, confirm_minutes=1)))
    oracles = (Oracle(true_odds(cell), minutes) for minutes in (1, DEFAULTS.confirm_minutes))
    watches = [*map(_Watch, judges), *map(_Watch, oracles)]
    world = World(cell, seed, FOREVER_MINUTES)
    for at in range(FOREVER_MINUTES):
        minute = world.minute(at, [Piece(0.0, constant.weight)]).seen
        for watch in watches:
            watch.see(minute)
        if all(watch.is_over for watch in watches):
            break
    return Needed(*(watch.calls if watch.is_over else inf for watch in watches))


class Oracle:
    """Wald's sequential test with the true odds. It may have to wait for a minute that confirms."""

    def __init__(self, odds: float, minutes: int = 1) -> None:
        self._odds = odds
        self._minutes = minutes
        self._against = 0
        self._log_evidence = 0.0

    @property
    def log_evidence(self) -> float:
        """Log of the likelihood ratio so far, at most 0 until enough minutes speak against the candidate."""
        return self._log_evidence if self._against >= self._minutes else min(0.0, self._log_evidence)

    def see(self, minute: Minute) -> None:
        """See one more minute."""
        if minute.candidate_calls and minute.stable_calls:
            gained = log_likelihood_ratio(minute, self._odds)
            self._against += gained > 0
            self._log_evidence += gained


class _Weighing(Protocol):
    @property
    def log_evidence(self) -> float: ...
    def see(self, minute: Minute) -> None: ...


class _Watch:
    """A counter of candidate calls until the evidence suffices."""

    def __init__(self, weighing: _Weighing) -> None:
        self._weighing = weighing
        self.calls = 0.0
        self.is_over = False

    def see(self, minute: Minute) -> None:
        """See one more minute."""
        if self.is_over:
            return
        self.calls += minute.candidate_calls
        self._weighing.see(minute)
        self.is_over = self._weighing.log_evidence >= log(1 / ALPHA)
