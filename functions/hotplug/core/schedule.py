"""When a deployment gives which weight, by the clock: as early as it can be, and as late."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hotplug.core.evidence import OnTimeLimit
from hotplug.core.pace import LONGEST_HELD
from hotplug.core.percentage import HUNDRED
from hotplug.core.plan import Json, Plan, number
from hotplug.core.strategy import AdvanceOn, Pace

type Span = tuple[int, int]
"""Seconds at least and at most."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One weight, or a climb over several, and its bake.

    It begins and ends so many seconds after the start, at the earliest and at the latest; what tasks take
    comes on top.
    """

    what: str
    percent: int | float | None
    begins: Span
    ends: Span

    def to_json(self, start: datetime) -> Json:
        """With clock times; the latest ones only where they are others."""
        begins, ends = [_clock(start, at) for at in self.begins], [_clock(start, at) for at in self.ends]
        shown = {
            "what": self.what,
            "percent": self.percent,
            "startsAt": begins[0],
            "bakeSeconds": self.ends[0] - self.begins[0],
            "endsAt": ends[0],
        }
        latest = {"startsAtLatest": begins[1], "endsAtLatest": ends[1]}
        return shown | (latest if (begins[0], ends[0]) != (begins[1], ends[1]) else {})

    def in_words(self, start: datetime) -> str:
        """One line."""
        begins, ends = (_between(start, span) for span in (self.begins, self.ends))
        return f"{begins}: {self.what}" + (f", until {ends}" if self.begins != self.ends else "")


def stages(plan: Plan) -> Iterator[Stage]:
    """In their order, the promotion last."""
    at = (0, 0)
    for what, percent, bake in _bakes(plan):
        ends = (at[0] + bake[0], at[1] + bake[1])
        yield Stage(what, percent, at, ends)
        at = ends
    yield Stage("promotion, all calls", 100, at, at)


def seconds_on_steps(plan: Plan) -> Span:
    """At least and at most, from the first shift to the promotion."""
    return list(stages(plan))[-1].begins


def _bakes(plan: Plan) -> Iterator[tuple[str, int | float | None, Span]]:
    if plan.pace is Pace.ADAPTIVE:
        yield from _adaptive(plan)
        return
    proving = plan.evidence.settings.max_minutes * 60 if plan.advance_on is AdvanceOn.EVIDENCE else 0
    for step in plan.steps:
        percent, bake = number(step.percent), step.bake_seconds
        yield f"{percent} % of calls", percent, (bake, bake + proving)


def _adaptive(plan: Plan) -> Iterator[tuple[str, int | float | None, Span]]:
    settings = plan.evidence.settings
    climb = [number(step.percent) for step in plan.steps if 0 < step.percent < HUNDRED]
    is_held = settings.on_time_limit is OnTimeLimit.HOLD
    latest = int(LONGEST_HELD.total_seconds()) if is_held else settings.max_minutes * 60
    span = (settings.min_minutes * 60, latest)
    yield f"{climb[0]} to {climb[-1]} % of calls, by evidence", None, span
    if plan.steps[-1].percent == HUNDRED:
        yield "100 % of calls", 100, (plan.steps[-1].bake_seconds, plan.steps[-1].bake_seconds)


def _clock(start: datetime, seconds: int) -> str:
    return (start + timedelta(seconds=seconds)).isoformat(timespec="seconds")


def _between(start: datetime, span: Span) -> str:
    first, last = (_clock(start, seconds) for seconds in span)
    return first if first == last else f"{first} to {last}"
