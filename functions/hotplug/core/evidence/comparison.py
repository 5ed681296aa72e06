"""What the calls of both versions say about a whole deployment: about each of its targets, and together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotplug.core.evidence import Assessment, EvidenceSettings, Finding, Minute, assess, troubled
from hotplug.core.evidence.metrics.minutes import Latency
from hotplug.core.evidence.metrics.traffic import Usual
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.evidence.policy import EVIDENCE, LARGEST, SETTINGS, EvidenceMode, PlannedEvidence
from hotplug.core.evidence.statistics.model import ERRORS
from hotplug.core.parsing.fields import amount, whole
from hotplug.core.parsing.problem import MisfitError
from hotplug.core.parsing.stored import TIMESTAMP, Codec, Derived, Key, each, member_of, record, words

MOST_HISTORY = 2_000
"""Calls that count from before: enough to know what is usual, and few enough to learn that it has changed."""
RECENT_MINUTES = 3
MOST_TOLD = 3
"""Targets whose evidence is told in full."""
ROW = (
    "metric",
    "candidate_calls",
    "candidate_bad",
    "stable_calls",
    "stable_bad",
    "weight_low",
    "weight_high",
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One target. `minutes` begin with `begin` and are final until `until`; `before` says what was usual."""

    target: str
    candidate: str
    stable: str
    settings: EvidenceSettings
    latency: Latency
    begin: datetime
    until: datetime
    before: tuple[Minute, ...]
    minutes: tuple[Minute, ...]

    def assess(self) -> Assessment:
        """What they say."""
        return assess((*self.before, *self.minutes), self.settings)

    @property
    def failures(self) -> Sequence[Minute]:
        """Of the metric that each call of a minute is counted in."""
        return [minute for minute in self.minutes if minute.metric == ERRORS]

    @property
    def calls_per_minute(self) -> float | None:
        """Of both versions in the last minutes; None before the first."""
        last = self.failures[-RECENT_MINUTES:]
        return sum(row.candidate_calls + row.stable_calls for row in last) / len(last) if last else None

    def trouble_since(self, moment_: datetime) -> list[bool]:
        """For each final minute that began later, whether unusually many calls failed."""
        flags = troubled([*self.before, *self.failures])[len(self.before) :]
        begins = (self.begin + timedelta(minutes=at) for at in range(len(flags)))
        return [flag for begin, flag in zip(begins, flags, strict=True) if begin >= moment_]

    def to_json(self, mode: EvidenceMode, assessment: Assessment) -> dict[str, Any]:
        """As it is kept, so that it can be judged again."""
        return _WEIGHED.write(self) | {
            "settings": EVIDENCE.write(PlannedEvidence(mode, self.settings)),
            "verdict": str(assessment.verdict),
            "reason": assessment.reason,
        }

    @staticmethod
    def from_json(item: Mapping[str, Any]) -> "Weighed":
        """Back again; raises UnreadableError."""
        return _WEIGHED(item)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All targets that have two versions to compare. `unread` says why the metrics could not be read."""

    weighed: tuple[Weighed, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    changes: tuple[Change, ...] = ()
    unread: str = ""

    @property
    def finding(self) -> Finding:
        """Against the deployment if it is against any target; for it only if it is for all."""
        found = {assessment.verdict for assessment in self.assessments}
        if Finding.ROLL_BACK in found:
            return Finding.ROLL_BACK
        proven = found == {Finding.PROMOTE} and not self.unread
        return Finding.PROMOTE if proven else Finding.UNDECIDED

    def __str__(self) -> str:
        if self.unread:
            return f"no evidence, as the metrics could not be read: {self.unread}"
        told = list(self._told())
        more = [f"and {len(told) - MOST_TOLD} more targets"] if len(told) > MOST_TOLD else []
        return "; ".join([*told[:MOST_TOLD], *more]) or "no two versions to compare"

    def _told(self) -> Iterator[str]:
        """Those first that matter: what decides, else what is least sure."""
        pairs = zip(self.weighed, self.assessments, strict=True)
        ranks = {Finding.ROLL_BACK: 0, Finding.UNDECIDED: 1, Finding.PROMOTE: 2}
        for weighed, assessment in sorted(pairs, key=lambda pair: ranks[pair[1].verdict]):
            how = f", latency by {weighed.latency}" if weighed.latency is Latency.PERCENTILES else ""
            versions = f"version {weighed.candidate} against {weighed.stable}"
            yield f"{weighed.target}, {versions}: {assessment.verdict}: {assessment.reason}{how}"


def history(usual: Usual | None) -> tuple[Minute, ...]:
    """What was usual before, as one minute in which the candidate had no share yet."""
    if not usual or not usual.calls_per_minute:
        return ()
    return (Minute(ERRORS, 0, 0, MOST_HISTORY, round(MOST_HISTORY * usual.failure_rate), 0.0, 0.0),)


def _row(value: object) -> Minute:
    parts = each(lambda part: part)(value)
    if len(parts) != len(ROW):
        raise MisfitError(f"a row of {', '.join(ROW)}")
    metric, *counts, low, high = parts
    share, count = amount(0, 1), whole(0, LARGEST)
    calls, bad, stable_calls, stable_bad = (count(part) for part in counts)
    return Minute(words(metric), calls, bad, stable_calls, stable_bad, share(low), share(high))


_ROWS = each(Codec(_row, lambda minute: [*minute]))
_WEIGHED = record(
    Weighed,
    Key("target", "target", words),
    Key("candidate", "candidate", words),
    Key("stable", "stable", words),
    Key("settings", "settings", SETTINGS),
    Key("latency", "latency", member_of(Latency)),
    Key("begin", "begin", TIMESTAMP),
    Key("until", "until", TIMESTAMP),
    Derived("columns", lambda _: list(ROW)),
    Key("before", "before", _ROWS),
    Key("minutes", "minutes", _ROWS),
)
