"""The judge: minutes of two versions in, one finding out."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf, log
from typing import Any

from hotplug.core.evidence.statistics.explanation import MetricSummary, RuledOut, in_words
from hotplug.core.evidence.statistics.metric import Failures, Slowness, metric_named
from hotplug.core.evidence.statistics.mixture import log_mix
from hotplug.core.evidence.statistics.model import (
    ERRORS,
    LEAST_STAKE,
    STAKES,
    Assessment,
    EvidenceSettings,
    Finding,
    Minute,
)
from hotplug.core.evidence.statistics.regression import Regression
from hotplug.core.evidence.statistics.safety import tolerable
from hotplug.core.evidence.statistics.state import SETTLED_MINUTES, Memory, memory_codec
from hotplug.core.evidence.statistics.tally import Tally
from hotplug.core.parsing.stored import stored_value

SUSPICION = log(10)
"""Log evidence at which a candidate is suspicious. Its weight is then not raised, and a promotion needs as
much more evidence that it is safe.
"""
DOUBT = 0.2
"""The chance that an upper bound used for the weight is wrong. A promotion needs more certainty."""
SETTLED = 0.1
"""A minute is settled if less than this share of its calls may be slow by warm-up."""
MAX_AHEAD = 240
"""In minutes: how far ahead it is said when a candidate is settled."""


class Judge:
    """The judge. It sees minutes in time order, and can answer at any moment.

    Every metric to be judged must have a row in each minute, the first one included: the stakes are shared
    among the metrics that came. The first row of a minute must count all calls, as that of errors does.
    """

    def __init__(self, settings: EvidenceSettings) -> None:
        self.settings = settings
        self._memory = Memory.of(settings)

    def to_json(self) -> dict[str, Any]:
        """Return all that the judge keeps. It does not grow with the number of minutes."""
        state: dict[str, Any] = memory_codec(self.settings).write(self._memory)
        return state

    @staticmethod
    def from_json(settings: EvidenceSettings, state: Mapping[str, Any]) -> "Judge":
        """Return the judge that was stored; it must have the same settings. Raise UnreadableError."""
        judge = Judge(settings)
        judge._memory = stored_value({"state": state}, "state", memory_codec(settings))
        return judge

    def see(self, minute: Minute) -> None:
        """See one row. Raise ValueError for an impossible row, and see nothing of it."""
        check(minute)
        memory = self._memory
        if minute.metric in memory.seen:
            self._end_minute()
        if not memory.seen:
            self._begin_minute(minute)
        memory.seen.append(minute.metric)
        if minute.metric not in memory.metrics:
            memory.metrics[minute.metric] = metric_named(minute.metric, self.settings)
        metric = memory.metrics[minute.metric]
        metric.see(minute, memory.environments)
        if isinstance(metric, Slowness) and minute.candidate_calls and metric.warming >= SETTLED:
            memory.settled_minutes = 0

    def _end_minute(self) -> None:
        memory = self._memory
        if self.log_evidence > memory.most:
            memory.most, memory.loudest_then = self.log_evidence, self._loudest()
        memory.seen.clear()

    def _begin_minute(self, minute: Minute) -> None:
        memory = self._memory
        if minute.weight_high > memory.weight and self.is_settled:
            for metric in memory.metrics.values():
                if isinstance(metric, Slowness):
                    metric.unexcused = Regression(self.settings)
        memory.weight = minute.weight_high
        memory.environments.see(minute)
        if minute.candidate_calls:
            memory.settled_minutes = min(SETTLED_MINUTES, memory.settled_minutes + 1)

    @property
    def log_evidence(self) -> float:
        """Log of the weighted mean of the metrics' e-values. It is an e-value, whatever their dependence."""
        return _merged(self._against())

    @property
    def doubt(self) -> float:
        """The same if nothing slow were excused, since the weight last rose for a settled candidate."""
        return _merged(self._against(excuses=False))

    @property
    def minutes(self) -> int:
        """Number of minutes in which the candidate had calls."""
        return max((metric.tally.minutes for metric in self._memory.metrics.values()), default=0)

    @property
    def is_settled(self) -> bool:
        """Whether hardly any call of the last minutes may be slow by warm-up."""
        return self._memory.settled_minutes >= SETTLED_MINUTES

    @property
    def finding(self) -> Finding:
        """Against the candidate if the evidence ever was. Otherwise for it, if all metrics prove it safe.

        While the candidate is suspicious, the rest of the proof must outweigh the evidence against it.
        """
        against = self.log_evidence
        if max(self._memory.most, against) >= -log(self.settings.false_rollback_risk):
            return Finding.ROLL_BACK
        suspicious = against >= SUSPICION
        metrics = self._memory.metrics.values()
        proofs = [proof for metric in metrics for proof in metric.proofs(now=suspicious)]
        needed = -log(self.settings.false_promote_risk) + (against if suspicious else 0.0)
        proven = proofs and min(proofs) >= needed
        return Finding.PROMOTE if proven and self.minutes >= self.settings.min_minutes else Finding.UNDECIDED

    def troubled(self, minutes: Sequence[Minute]) -> list[bool]:
        """Return for each of these next rows of one metric whether more calls failed than expected.

        None of them is seen.
        """
        if not minutes:
            return []
        name = minutes[0].metric
        metric = self._memory.metrics.get(name) or metric_named(name, self.settings)
        return metric.expected.troubled(minutes)

    def upper_bounds(self, doubt: float) -> Mapping[str, float]:
        """Return by metric of failures the excess failure rate, 0 to 1, above which all is ruled out."""
        return {name: metric.safety.upper_bound(doubt) for name, metric in self._failures()}

    def assessment(self) -> Assessment:
        """Return the assessment of the minutes so far."""
        finding = self.finding
        summary = self._summary(finding)
        return Assessment(
            finding,
            summary.log_evidence,
            self.upper_bounds(DOUBT),
            in_words(finding, summary, self._ruled_out(summary), self.settings),
            self.doubt,
            self.is_settled,
            self._settles_in(),
            self.minutes,
        )

    def _summary(self, finding: Finding) -> MetricSummary:
        """Return the metric to describe.

        It is the one that rolls back, or that would without excuses. Otherwise it is errors, which count
        every call.
        """
        memory, log_evidence, loudest = self._memory, self.log_evidence, self._loudest()
        if finding is Finding.ROLL_BACK:
            if memory.most > log_evidence:
                log_evidence, loudest = memory.most, memory.loudest_then
            return self._of(loudest, log_evidence, speaks_against=True)
        doubt = self.doubt
        if doubt >= SUSPICION and not self.is_settled:
            return self._of(self._loudest(excuses=False), log_evidence, doubt=doubt)
        metric = ERRORS if ERRORS in memory.metrics else loudest
        if log_evidence < SUSPICION:
            return self._of(metric, log_evidence)
        other = "" if loudest == metric else loudest
        return self._of(metric, log_evidence, speaks_against=not other, loudest=other)

    def _of(
        self,
        metric: str,
        log_evidence: float,
        *,
        doubt: float | None = None,
        speaks_against: bool = False,
        loudest: str = "",
    ) -> MetricSummary:
        tally = self._memory.metrics[metric].tally if metric else Tally()
        came = self._memory.environments.came
        return MetricSummary(metric, tally, log_evidence, doubt, speaks_against, loudest, came)

    def _ruled_out(self, summary: MetricSummary) -> Mapping[str, RuledOut]:
        """Return by metric what is ruled out. It is never said to be less than the counts that are shown."""
        found = {}
        for name, metric in self._failures():
            counts = summary.counts if name == summary.metric else metric.tally.of_all()
            limit = max(metric.safety.upper_bound(self.settings.false_promote_risk), counts.excess)
            found[name] = RuledOut(limit, tolerable(self.settings, metric.expected))
        return found

    def _settles_in(self) -> int | None:
        """Return in about how many minutes like the last one the candidate is settled, if it is not."""
        if self.is_settled:
            return None
        metrics = self._memory.metrics.values()
        curves = [metric.curve for metric in metrics if isinstance(metric, Slowness)]
        ahead = self._memory.environments.minutes_until(SETTLED, curves, MAX_AHEAD)
        if ahead is None:
            return None
        return ahead + SETTLED_MINUTES - (self._memory.settled_minutes if not ahead else 1)

    def _failures(self) -> Iterable[tuple[str, Failures]]:
        return (
            (name, metric) for name, metric in self._memory.metrics.items() if isinstance(metric, Failures)
        )

    def _loudest(self, *, excuses: bool = True) -> str:
        against, first = self._against(excuses=excuses), next(iter(self._memory.metrics), "")
        return max(against, key=lambda name: against[name], default=first)

    def _against(self, *, excuses: bool = True) -> Mapping[str, float]:
        found = {}
        for name, metric in self._memory.metrics.items():
            if isinstance(metric, Failures):
                found[name] = metric.regression.log_evidence
            elif isinstance(metric, Slowness):
                found[name] = (metric.regression if excuses else metric.unexcused).log_evidence
        return found


def _merged(against: Mapping[str, float]) -> float:
    if not against:
        return 0.0
    stakes = [STAKES.get(name, LEAST_STAKE) for name in against]
    total = sum(stakes)
    return log_mix([stake / total for stake in stakes], list(against.values()))


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
    for name, calls, failures in (candidate, ("stable", minute.stable_calls, minute.stable_failures)):
        if calls < 0:
            raise ValueError(f"{metric}: {name}_calls is {calls}, allowed: 0 or more")
        if not 0 <= failures <= calls:
            raise ValueError(f"{metric}: {name}_failures is {failures}, allowed: 0 to {calls}, its calls")
    if not 0 <= low <= high <= 1:
        raise ValueError(f"{metric}: weights are {low} to {high}, allowed: two shares from 0 to 1, in order")
    for name, number in (("environments", minute.environments), ("busy_seconds", minute.busy_seconds)):
        if number is not None and not 0 <= number < inf:
            raise ValueError(f"{metric}: {name} is {number}, allowed: 0 or more, or None")
