"""People who call an alias, minute by minute, as Lambda shares them out; always the same ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.rollout.weight_changes import changes_in
from tests.fakes import InMemoryCloud, Traffic

DURATIONS = {20.0 + 3 * at: 1 / 40 for at in range(40)}
"""The share of calls that take so many milliseconds."""
SLOTS = 12
"""Parts of a minute, in which the weight is one and the same."""

type Rate = Callable[[datetime], float]


def always(rate: float) -> Rate:
    return lambda _: rate


def never(_: datetime) -> float:
    return 0.0


def between(begin: datetime, minutes: float, rate: float) -> Rate:
    """A rate for some time, and nothing before and after."""
    return lambda moment: rate if begin <= moment < begin + timedelta(minutes=minutes) else 0.0


@dataclass
class Callers:
    """`calls_per_minute` to one alias. A version fails at its rate, and all fail at `outage`'s."""

    cloud: InMemoryCloud
    deployment: str
    calls_per_minute: int
    stable: str = "41"
    candidate: str = "42"
    failing: Mapping[str, Rate] = field(default_factory=dict)
    outage: Rate = never
    target: str = "orders:live"
    slowness: Mapping[str, float] = field(default_factory=dict)
    """By version how many times as long its calls take."""
    minutes: dict[datetime, Mapping[str, Traffic]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        some = Random(self.target)
        self._before = Traffic(self.calls_per_minute, slow=self._taken("", self.calls_per_minute, some))
        for version in (self.stable, self.candidate):
            self.cloud.metrics.follows(self.target, version, self._model(version))

    @property
    def spoilt(self) -> int:
        """Calls that failed because it was the candidate that they came to; without outages only."""
        return sum(sides[self.candidate].bad for sides in self.minutes.values())

    def _model(self, version: str) -> Callable[[datetime], Traffic | None]:
        def model(minute: datetime) -> Traffic | None:
            if minute not in self.minutes:
                self.minutes[minute] = self._had(minute)
            had = self.minutes[minute][version]
            return had if had.calls else None

        return model

    def _had(self, minute: datetime) -> Mapping[str, Traffic]:
        changes = changes_in(list(self.cloud.ledger.lines.get(self.deployment, {}).values()))
        if not changes or minute < changes[0].began - timedelta(minutes=1):
            return {self.stable: self._before, self.candidate: Traffic(0)}
        chance = Random(f"{minute.isoformat()} {self.target}")
        calls = {self.stable: 0, self.candidate: 0}
        bad = dict(calls)
        for slot in range(SLOTS):
            moment = minute + timedelta(seconds=60 / SLOTS * slot)
            each = chance.binomialvariate(10 * self.calls_per_minute, 0.1 / SLOTS)
            to_candidate = chance.binomialvariate(each, share_at(changes, moment))
            for version, count in ((self.candidate, to_candidate), (self.stable, each - to_candidate)):
                rate = self.failing.get(version, never)(moment)
                calls[version] += count
                bad[version] += chance.binomialvariate(count, max(rate, self.outage(moment)))
        return {
            version: Traffic(calls[version], bad[version], slow=self._taken(version, calls[version], chance))
            for version in calls
        }

    def _taken(self, version: str, calls: int, chance: Random) -> Mapping[float, int]:
        """By milliseconds, how many calls took so long; a slow version takes longer for all of them."""
        taken, left, sure = {}, calls, 1.0
        for milliseconds, share in DURATIONS.items():
            count = chance.binomialvariate(left, min(1.0, share / sure)) if left else 0
            taken[milliseconds * self.slowness.get(version, 1.0)] = count
            left, sure = left - count, max(1e-9, sure - share)
        return taken


def share_at(changes: tuple[Change, ...], moment: datetime) -> float:
    """The candidate's share of calls, 0 to 1."""
    return next((change.share for change in reversed(changes) if change.ended <= moment), 0.0)
