"""Measurements of a deployment's comparisons, and the evidence about each target and all together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hotplug.core.evidence import Assessment, EvidenceSettings, Finding, Judge, Minute
from hotplug.core.evidence.comparison import Comparison, Latency
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.evidence.policy import EVIDENCE, SETTINGS, EvidenceMode, PlannedEvidence
from hotplug.core.evidence.ramp import NOTHING_KNOWN
from hotplug.core.evidence.statistics.judge import SUSPICION
from hotplug.core.evidence.statistics.model import ERRORS
from hotplug.core.parsing.fields import amount, whole
from hotplug.core.parsing.problem import MisfitError
from hotplug.core.parsing.stored import (
    TIMESTAMP,
    Codec,
    Derived,
    Key,
    list_of,
    mapping,
    member_of,
    optional,
    record,
    text,
)
from hotplug.core.parsing.units import ANY_NUMBER
from hotplug.core.resources.target import target_of

RECENT_MINUTES = 3
MAX_SHOWN = 3
"""Targets whose evidence is shown in full."""
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
"""Rows are closed, and remembered by the judge, an hour at a time: the same hours for every poll."""
LATE = timedelta(hours=1)
"""Time for which an hour that is over still takes late data. AWS gives no figure for it."""
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
    """The minutes of both versions from `begin`, final until `until`; `before` is the traffic profile.

    `memory` is the judge's state at `begin`, as JSON; None where no minutes came before.
    """

    comparison: Comparison
    latency: Latency
    begin: datetime
    until: datetime
    before: tuple[Minute, ...]
    minutes: tuple[Minute, ...]
    memory: Mapping[str, Any] | None = field(default=None, compare=False)

    def assess(self) -> Assessment:
        """Return the assessment of all minutes, those that are only remembered included."""
        return self._saw(self.minutes).assessment()

    def _judge(self) -> Judge:
        """Return the judge as it was at `begin`; raises UnreadableError."""
        settings = self.comparison.settings
        if self.memory is not None:
            return Judge.from_json(settings, self.memory)
        judge = Judge(settings)
        for minute in self.before:
            judge.see(minute)
        return judge

    def _saw(self, minutes: Sequence[Minute]) -> Judge:
        judge = self._judge()
        for minute in minutes:
            judge.see(minute)
        return judge

    @property
    def closed_hour(self) -> "Hour | None":
        """The first hour, if it takes no more data."""
        end = self.begin + HOUR
        if self.until < end + LATE:
            return None
        minutes = tuple(row for at, row in self._timed() if at < end)
        return Hour(str(self.comparison.target), self.begin, minutes)

    def after(self, hour: "Hour") -> "Measurement":
        """Return the measurement of the minutes after its first hour, which is remembered as `hour`."""
        end = self.begin + HOUR
        state = self._saw(hour.minutes).to_json()
        rest = tuple(row for at, row in self._timed() if at >= end)
        return replace(self, begin=end, minutes=rest, memory=state)

    def _timed(self) -> Iterator[tuple[datetime, Minute]]:
        """Yield the rows with the begins of their minutes: each minute has one row of each metric."""
        at, first = self.begin, self.minutes[0].metric if self.minutes else ""
        for number, row in enumerate(self.minutes):
            if number and row.metric == first:
                at += MINUTE
            yield at, row

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
        flags = self._judge().troubled(self.failures)
        begins = (self.begin + timedelta(minutes=at) for at in range(len(flags)))
        return [flag for begin, flag in zip(begins, flags, strict=True) if begin >= moment_]

    def to_json(self, mode: EvidenceMode, assessment: Assessment) -> dict[str, Any]:
        """Return the measurement as it is stored, so that it can be judged again."""
        return _MEASUREMENT.write(self) | {
            "settings": EVIDENCE.write(PlannedEvidence(mode, self.comparison.settings)),
            "verdict": str(assessment.verdict),
            "reason": assessment.reason,
            "logEvidence": assessment.log_evidence,
        }

    @staticmethod
    def from_json(item: Mapping[str, Any]) -> "Measurement":
        """Return a measurement that was stored; raises UnreadableError."""
        return _MEASUREMENT(item)


@dataclass(frozen=True, slots=True)
class Hour:
    """The rows of an hour of a target that take no more data, from `begin`."""

    target: str
    begin: datetime
    minutes: tuple[Minute, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the hour as it is stored."""
        return _HOUR.write(self)

    @staticmethod
    def from_json(item: Mapping[str, Any]) -> "Hour":
        """Return an hour that was stored; raises UnreadableError."""
        return _HOUR(item)


@dataclass(frozen=True, slots=True)
class Memory:
    """Knowledge of the judge about the minutes before `until`: its state, as JSON; None before the first."""

    until: datetime
    state: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the memory as it is stored."""
        return _MEMORY.write(self)

    @staticmethod
    def from_json(item: Mapping[str, Any], settings: EvidenceSettings) -> "Memory":
        """Return a memory that was stored; raises UnreadableError also where a judge can't go on from it."""
        memory = _MEMORY(item)
        Judge.from_json(settings, memory.state or {})
        return memory


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence about all targets with two versions.

    `unread` says why the metrics could not be read, `suspected` whether a candidate was then under suspicion.
    """

    measurements: tuple[Measurement, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    changes: tuple[Change, ...] = ()
    unread: str = ""
    suspected: bool = False

    @property
    def finding(self) -> Finding:
        """The finding on the deployment: against it if against any target, for it only if for all."""
        found = {assessment.verdict for assessment in self.assessments}
        if Finding.ROLL_BACK in found:
            return Finding.ROLL_BACK
        proven = found == {Finding.PROMOTE} and not self.unread
        return Finding.PROMOTE if proven else Finding.UNDECIDED

    @property
    def known(self) -> tuple[Assessment, ...]:
        """The assessments. Without any, one that only knows whether there was a suspicion."""
        last = SUSPICION if self.suspected else 0.0
        return self.assessments or (replace(NOTHING_KNOWN, log_evidence=last),)

    def __str__(self) -> str:
        if self.unread:
            last = "; it was under suspicion when they were read last" if self.suspected else ""
            return f"no evidence, as the metrics could not be read: {self.unread}{last}"
        described = list(self._describe())
        more = [f"and {len(described) - MAX_SHOWN} more targets"] if len(described) > MAX_SHOWN else []
        return "; ".join([*described[:MAX_SHOWN], *more]) or "no two versions to compare"

    def _describe(self) -> Iterator[str]:
        """Yield a sentence for each target; what decides comes first, then what is least sure."""
        pairs = zip(self.measurements, self.assessments, strict=True)
        ranks = {Finding.ROLL_BACK: 0, Finding.UNDECIDED: 1, Finding.PROMOTE: 2}
        for measured, assessment in sorted(pairs, key=lambda pair: ranks[pair[1].verdict]):
            how = f", latency by {measured.latency}" if measured.latency is Latency.PERCENTILES else ""
            of = measured.comparison
            versions = f"version {of.candidate} against {of.stable}"
            yield f"{of.target}, {versions}: {assessment.verdict}: {assessment.reason}{how}"


def is_suspected(page: Mapping[str, Any]) -> bool:
    """Return whether a stored measurement speaks against its candidate. Earlier releases did not say."""
    return float(page.get("logEvidence", 0.0)) >= SUSPICION


def _row(value: object) -> Minute:
    parts = list_of(lambda part: part)(value)
    if len(parts) not in (len(ROW), len(ROW) + len(OPTIONAL)):
        raise MisfitError(f"a row of {', '.join(ROW)}, or of these and {', '.join(OPTIONAL)}")
    metric, *counts = parts[:5]
    share, count, known = amount(0, 1), whole(0, ANY_NUMBER), optional(amount(0, ANY_NUMBER))
    calls, failures, stable_calls, stable_failures = (count(part) for part in counts)
    low, high = (share(part) for part in parts[5:7])
    return Minute(
        text(metric), calls, failures, stable_calls, stable_failures, low, high, *map(known, parts[7:])
    )


def _columns(minute: Minute) -> tuple[str, ...]:
    known = minute.environments is not None or minute.busy_seconds is not None
    return (*ROW, *OPTIONAL) if known else ROW


def _columns_of_all(measured: "Measurement | Hour") -> list[str]:
    return [*max((_columns(minute) for minute in measured.minutes), default=ROW)]


_ROWS = list_of(Codec(_row, lambda minute: [*minute[: len(_columns(minute))]]))
_COMPARISON = record(
    Comparison,
    Key("target", "target", Codec(target_of, str)),
    Key("candidate", "candidate", text),
    Key("stable", "stable", text),
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
_HOUR = record(
    Hour,
    Key("target", "target", text),
    Key("begin", "begin", TIMESTAMP),
    Derived("columns", _columns_of_all),
    Key("minutes", "minutes", _ROWS),
)
_MEMORY = record(Memory, Key("until", "until", TIMESTAMP), Key("state", "state", mapping))
