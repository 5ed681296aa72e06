"""The least that any judge needs to find a bad version of a quiet function."""

from math import log

from bench.evidence.bounds import ALPHA, Constant, information_bound
from bench.evidence.world import Cell
from hotplug.core.evidence import Finding, Minute
from hotplug.core.evidence.statistics.model import ERRORS


def bound_minutes(cell: Cell, weight: float) -> float:
    """Return the minutes that a test needs in the mean if it knows the weight and looks at every call."""
    return information_bound(Constant(cell, weight)) / (weight * cell.rpm)


class RateOracle:
    """Wald's test of every call. It knows both failure rates and the weight, and waits for no second minute.

    It compares them with the one rate that fits best where both versions are alike.
    """

    def __init__(self, cell: Cell, weight: float) -> None:
        alike = weight * cell.candidate + (1 - weight) * cell.base
        self._new, self._old = (_logs(rate, alike) for rate in (cell.candidate, cell.base))
        self._log_evidence = 0.0
        self.finding = Finding.UNDECIDED

    def see(self, minute: Minute) -> None:
        """See one more row."""
        if minute.metric != ERRORS:
            return
        for (failing, working), calls, failed in (
            (self._new, minute.candidate_calls, minute.candidate_failures),
            (self._old, minute.stable_calls, minute.stable_failures),
        ):
            self._log_evidence += failed * failing + (calls - failed) * working
        if self._log_evidence >= log(1 / ALPHA):
            self.finding = Finding.ROLL_BACK


def _logs(rate: float, alike: float) -> tuple[float, float]:
    """Return the log likelihood ratios of a call that fails, and of one that works."""
    return log(rate / alike) if rate else -1e9, log((1 - rate) / (1 - alike)) if rate < 1 else -1e9
