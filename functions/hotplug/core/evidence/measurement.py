"""Measurements of a deployment's comparisons, and the evidence about each target and all together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotplug.core.evidence import Assessment, Finding, Minute, assess, troubled
from hotplug.core.evidence.comparison import Comparison, Latency
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.evidence.policy import EVIDENCE, SETTINGS, EvidenceMode, PlannedEvidence
from hotplug.core.evidence.statistics.model import ERRORS
from hotplug.core.parsing.fields import amount, whole
from hotplug.core.parsing.problem import MisfitError
from hotplug.core.parsing.stored import (
    TIMESTAMP,
    Codec,
    Derived,
    Key,
    each,
    member_of,
    or_none,
    record,
    words,
)
from hotplug.core.parsing.units import ANY_NUMBER
from hotplug.core.resources.target import target_of

RECENT_MINUTES = 3
MAX_SHOWN = 3
"""Targets whose evidence is shown in full."""
ROW = (
    "metric",
    "candidate_calls",
    "candidate_bad",
    "stable_calls",
    "stable_bad",
    "weight_low",
    "weight_high",
)
OPTIONAL = ("environments", "busy_seconds")
"""Columns of a row in which one of them is known."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The minutes of both versions from `begin`, final until `until`; `before` is the traffic profile."""

    comparison: Comparison
    latency: Latency
    begin: datetime
    until: datetime
    before: tuple[Minute, ...]
    minutes: tuple[Minute, ...]

    def assess(self) -> Assessment:
        """Return the assessment of the minutes."""
        return assess((*self.before, *self.minutes), self.comparison.settings)

    @property
    def failures(self) -> Sequence[Minute]:
        """The minutes of the metric that counts every call."""
        return [minute for minute in self.minutes if minute.metric == ERRORS]

    @property
    def calls_per_minute(self) -> float | None:
        """Calls a minute of both versions in the last minutes; None before the first minute."""
        last = self.failures[-RECENT_MINUTES:]
        return sum(row.candidate_calls + row.stable_calls for row in last) / len(last) if last else None

    def trouble_since(self, moment_: datetime) -> list[bool]:
        """Return for each final minute that began later whether more calls failed than expected."""
        flags = troubled([*self.before, *self.failures])[len(self.before) :]
        begins = (self.begin + timedelta(minutes=at) for at in range(len(flags)))
        return [flag for begin, flag in zip(begins, flags, strict=True) if begin >= moment_]

    def to_json(self, mode: EvidenceMode, assessment: Assessment) -> dict[str, Any]:
        """Return the measurement as it is stored, so that it can be judged again."""
        return _MEASUREMENT.write(self) | {
            "settings": EVIDENCE.write(PlannedEvidence(mode, self.comparison.settings)),
            "verdict": str(assessment.verdict),
            "reason": assessment.reason,
        }

    @staticmethod
    def from_json(item: Mapping[str, Any]) -> "Measurement":
        """Return a measurement that was stored; raises UnreadableError."""
        return _MEASUREMENT(item)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence about all targets with two versions. `unread` says why the metrics could not be read."""

    measurements: tuple[Measurement, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    changes: tuple[Change, ...] = ()
    unread: str = ""

    @property
    def finding(self) -> Finding:
        """The finding on the deployment: against it if against any target, for it only if for all."""
        found = {assessment.verdict for assessment in self.assessments}
        if Finding.ROLL_BACK in found:
            return Finding.ROLL_BACK
        proven = found == {Finding.PROMOTE} and not self.unread
        return Finding.PROMOTE if proven else Finding.UNDECIDED

    def __str__(self) -> str:
        if self.unread:
            return f"no evidence, as the metrics could not be read: {self.unread}"
        told = list(self._describe())
        more = [f"and {len(told) - MAX_SHOWN} more targets"] if len(told) > MAX_SHOWN else []
        return "; ".join([*told[:MAX_SHOWN], *more]) or "no two versions to compare"

    def _describe(self) -> Iterator[str]:
        """Yield a sentence for each target; what decides comes first, then what is least sure."""
        pairs = zip(self.measurements, self.assessments, strict=True)
        ranks = {Finding.ROLL_BACK: 0, Finding.UNDECIDED: 1, Finding.PROMOTE: 2}
        for measured, assessment in sorted(pairs, key=lambda pair: ranks[pair[1].verdict]):
            how = f", latency by {measured.latency}" if measured.latency is Latency.PERCENTILES else ""
            of = measured.comparison
            versions = f"version {of.candidate} against {of.stable}"
            yield f"{of.target}, {versions}: {assessment.verdict}: {assessment.reason}{how}"


def _row(value: object) -> Minute:
    parts = each(lambda part: part)(value)
    if len(parts) not in (len(ROW), len(ROW) + len(OPTIONAL)):
        raise MisfitError(f"a row of {', '.join(ROW)}, or of these and {', '.join(OPTIONAL)}")
    metric, *counts = parts[:5]
    share, count, known = amount(0, 1), whole(0, ANY_NUMBER), or_none(amount(0, ANY_NUMBER))
    calls, bad, stable_calls, stable_failures = (count(part) for part in counts)
    low, high = (share(part) for part in parts[5:7])
    return Minute(words(metric), calls, bad, stable_calls, stable_failures, low, high, *map(known, parts[7:]))


def _columns(minute: Minute) -> tuple[str, ...]:
    known = minute.environments is not None or minute.busy_seconds is not None
    return (*ROW, *OPTIONAL) if known else ROW


def _columns_of_all(measured: Measurement) -> list[str]:
    return [*max((_columns(minute) for minute in measured.minutes), default=ROW)]


_ROWS = each(Codec(_row, lambda minute: [*minute[: len(_columns(minute))]]))
_COMPARISON = record(
    Comparison,
    Key("target", "target", Codec(target_of, str)),
    Key("candidate", "candidate", words),
    Key("stable", "stable", words),
    Key("settings", "settings", SETTINGS),
)
_MEASUREMENT = record(
    Measurement,
    Key("", "comparison", _COMPARISON),
    Key("latency", "latency", member_of(Latency)),
    Key("begin", "begin", TIMESTAMP),
    Key("until", "until", TIMESTAMP),
    Derived("columns", _columns_of_all),
    Key("before", "before", _ROWS),
    Key("minutes", "minutes", _ROWS),
)
