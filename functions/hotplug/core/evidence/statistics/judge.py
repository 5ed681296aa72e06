"""The judge: minutes of two versions in, one finding out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log

from hotplug.core.evidence.statistics.expected import ExpectedFailures
from hotplug.core.evidence.statistics.explanation import RuledOut, Tally, in_words
from hotplug.core.evidence.statistics.mixture import log_mix
from hotplug.core.evidence.statistics.model import (
    ERRORS,
    LEAST_STAKE,
    NEVER_SLOWER,
    SLOWER,
    STAKES,
    Assessment,
    EvidenceSettings,
    Finding,
    Minute,
)
from hotplug.core.evidence.statistics.regression import Regression
from hotplug.core.evidence.statistics.safety import Fastness, Safety, tolerable

SUSPICION = log(10)
"""Log evidence at which a candidate is suspicious. Its weight is then not raised, and a promotion needs as
much more evidence that it is safe.
"""
DOUBT = 0.2
"""The chance that an upper bound used for the weight is wrong. A promotion needs more certainty."""


@dataclass(slots=True)
class _Metric:
    """One metric. Its name decides which tests it takes part in."""

    expected: ExpectedFailures
    tally: Tally = field(default_factory=Tally)
    regression: Regression | None = None
    safety: Safety | None = None
    fastness: Fastness | None = None

    @staticmethod
    def named(name: str, settings: EvidenceSettings) -> "_Metric":
        expected = ExpectedFailures.of(name)
        if name in NEVER_SLOWER:
            return _Metric(expected, fastness=Fastness())
        if name in SLOWER:
            return _Metric(expected, regression=Regression(settings))
        return _Metric(expected, regression=Regression(settings), safety=Safety(settings))

    def see(self, minute: Minute) -> None:
        """Learn what is expected of a minute, and compare it where the candidate had calls."""
        if minute.candidate_calls:
            self._compare(minute)
        self.expected.learn(minute)

    def _compare(self, minute: Minute) -> None:
        self.tally.add(minute, shared_trouble=self.expected.is_shared_trouble(minute))
        if self.regression:
            self.regression.see(minute, self.expected)
        if self.safety:
            self.safety.see(minute, self.expected)
        if self.fastness:
            self.fastness.see(minute, self.expected)

    def proofs(self, *, now: bool) -> Iterable[float]:
        if self.safety:
            yield self.safety.log_evidence(self.expected, now=now)
        if self.fastness:
            yield self.fastness.log_evidence


class Judge:
    """The judge. It sees minutes in time order, and can answer at any moment.

    Every metric to be judged must have a row in each minute, the first one included: the stakes are shared
    among the metrics that came.
    """

    def __init__(self, settings: EvidenceSettings) -> None:
        self.settings = settings
        self._metrics: dict[str, _Metric] = {}
        self._in_this_minute: set[str] = set()
        self._most, self._loudest_then = 0.0, ""

    def see(self, minute: Minute) -> None:
        """See one row. Raise ValueError for an impossible row, and see nothing of it."""
        check(minute)
        if minute.metric in self._in_this_minute:
            if self.log_evidence > self._most:
                self._most, self._loudest_then = self.log_evidence, self._loudest
            self._in_this_minute.clear()
        self._in_this_minute.add(minute.metric)
        if minute.metric not in self._metrics:
            self._metrics[minute.metric] = _Metric.named(minute.metric, self.settings)
        self._metrics[minute.metric].see(minute)

    @property
    def log_evidence(self) -> float:
        """Log of the weighted mean of the metrics' e-values. It is an e-value, whatever their dependence."""
        against = self._against()
        if not against:
            return 0.0
        stakes = [STAKES.get(name, LEAST_STAKE) for name in against]
        total = sum(stakes)
        return log_mix([stake / total for stake in stakes], list(against.values()))

    @property
    def minutes(self) -> int:
        """Number of minutes in which the candidate had calls."""
        return max((metric.tally.minutes for metric in self._metrics.values()), default=0)

    @property
    def finding(self) -> Finding:
        """Against the candidate if the evidence ever was. Otherwise for it, if all metrics prove it safe.

        While the candidate is suspicious, the rest of the proof must outweigh the evidence against it.
        """
        against = self.log_evidence
        if max(self._most, against) >= -log(self.settings.false_rollback_risk):
            return Finding.ROLL_BACK
        suspicious = against >= SUSPICION
        proofs = [proof for metric in self._metrics.values() for proof in metric.proofs(now=suspicious)]
        needed = -log(self.settings.false_promote_risk) + (against if suspicious else 0.0)
        proven = proofs and min(proofs) >= needed
        return Finding.PROMOTE if proven and self.minutes >= self.settings.min_minutes else Finding.UNDECIDED

    def upper_bounds(self, doubt: float) -> Mapping[str, float]:
        """Return by metric of failures the excess failure rate, 0 to 1, above which all is ruled out."""
        return {
            name: metric.safety.upper_bound(doubt) for name, metric in self._metrics.items() if metric.safety
        }

    def assessment(self) -> Assessment:
        """Return the assessment of the minutes so far."""
        finding, log_evidence, told = self.finding, self.log_evidence, self._loudest
        if finding is Finding.ROLL_BACK and self._most > log_evidence:
            log_evidence, told = self._most, self._loudest_then
        elif finding is not Finding.ROLL_BACK and ERRORS in self._metrics:
            told = ERRORS
        reason = in_words(
            finding,
            told,
            self._metrics[told].tally if told else Tally(),
            log_evidence,
            self._ruled_out(),
            self.settings,
        )
        return Assessment(finding, log_evidence, self.upper_bounds(DOUBT), reason)

    def _ruled_out(self) -> Mapping[str, RuledOut]:
        limits = self.upper_bounds(self.settings.false_promote_risk)
        return {
            name: RuledOut(limit, tolerable(self.settings, self._metrics[name].expected))
            for name, limit in limits.items()
        }

    @property
    def _loudest(self) -> str:
        against = self._against()
        return max(against, key=lambda name: against[name], default=next(iter(self._metrics), ""))

    def _against(self) -> Mapping[str, float]:
        return {
            name: metric.regression.log_evidence
            for name, metric in self._metrics.items()
            if metric.regression
        }


def assess(minutes: Iterable[Minute], settings: EvidenceSettings) -> Assessment:
    """Return the assessment of these minutes: rows in time order, one per metric and minute.

    Raise ValueError for an impossible row.
    """
    judge = Judge(settings)
    for minute in minutes:
        judge.see(minute)
    return judge.assessment()


def check(minute: Minute) -> None:
    """Raise ValueError for an impossible row, with the field, the value and what is allowed."""
    metric, low, high = minute.metric, minute.weight_low, minute.weight_high
    candidate = ("candidate", minute.candidate_calls, minute.candidate_failures)
    for name, calls, bad in (candidate, ("stable", minute.stable_calls, minute.stable_failures)):
        if calls < 0:
            raise ValueError(f"{metric}: {name}_calls is {calls}, allowed: 0 or more")
        if not 0 <= bad <= calls:
            raise ValueError(f"{metric}: {name}_failures is {bad}, allowed: 0 to {calls}, its calls")
    if not 0 <= low <= high <= 1:
        raise ValueError(f"{metric}: weights are {low} to {high}, allowed: two shares from 0 to 1, in order")
