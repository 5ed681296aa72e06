"""Schedule of a deployment by the clock: its weights and waits, at the earliest and at the latest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from hotplug.core.evidence import OnTimeLimit
from hotplug.core.parsing.units import HUNDRED, number
from hotplug.core.plan.plan import Json, Plan
from hotplug.core.rollout.adaptive import MAX_BLOCKED
from hotplug.core.rollout.gates import MAX_HOLD
from hotplug.core.spec.approval import Approval, OnTimeout
from hotplug.core.spec.steps import AdvanceOn, Progression
from hotplug.core.spec.windows import Windows, opens

type Span = tuple[int, int]
"""Seconds, at least and at most."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One weight, or a climb over several, with its bake; or a wait at the weight before it.

    `begins` and `ends` are seconds after the start, at the earliest and at the latest. The run time of the
    tasks is not included.
    """

    what: str
    percent: int | float | None
    begins: Span
    ends: Span

    def to_json(self, start: datetime) -> Json:
        """Return the stage with clock times. The latest times are there only if they differ."""
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
        """Return the stage as one line."""
        begins, ends = (_between(start, span) for span in (self.begins, self.ends))
        return f"{begins}: {self.what}" + (f", until {ends}" if self.begins != self.ends else "")


def stages(plan: Plan) -> Iterator[Stage]:
    """Yield the stages in order, the promotion last."""
    start = datetime.fromisoformat(plan.created_at)
    at: Span = (0, 0)
    weight: int | float | None = 0
    if plan.approval:
        at = (0, _longest_wait(plan.approval))
        yield Stage("waits for approval", weight, (0, 0), at)
    for bake in (*_bakes(plan), _Bake("promotion, all calls", 100, (0, 0))):
        opened = (_opened(plan.windows, start, at[0]), _opened(plan.windows, start, at[1]))
        if opened != at:
            yield Stage("waits for a window", weight, at, opened)
        baked = _later(opened, bake.seconds)
        yield Stage(bake.what, bake.percent, opened, baked)
        at, weight = baked, bake.percent
        if bake.approval:
            at = _later(baked, (0, _longest_wait(bake.approval)))
            yield Stage("waits for approval", weight, baked, at)


def seconds_on_steps(plan: Plan) -> Span:
    """Return the seconds from the first shift to the promotion, at least and at most."""
    return list(stages(plan))[-1].begins


class _Bake(NamedTuple):
    what: str
    percent: int | float | None
    seconds: Span
    approval: Approval | None = None


def _bakes(plan: Plan) -> Iterator[_Bake]:
    if plan.progression is Progression.ADAPTIVE:
        yield from _adaptive(plan)
        return
    proving = plan.evidence.settings.max_minutes * 60 if plan.advance_on is AdvanceOn.EVIDENCE else 0
    for step in plan.steps:
        percent, bake = number(step.percent), step.bake_seconds
        yield _Bake(f"{percent} % of calls", percent, (bake, bake + proving), step.approval)


def _adaptive(plan: Plan) -> Iterator[_Bake]:
    settings = plan.evidence.settings
    climb = [number(step.percent) for step in plan.steps if 0 < step.percent < HUNDRED]
    is_blocked = settings.on_time_limit is OnTimeLimit.HOLD
    latest = int(MAX_BLOCKED.total_seconds()) if is_blocked else settings.max_minutes * 60
    span = (settings.min_minutes * 60, latest)
    yield _Bake(f"{climb[0]} to {climb[-1]} % of calls, by evidence", None, span)
    if plan.steps[-1].percent == HUNDRED:
        yield _Bake("100 % of calls", 100, (plan.steps[-1].bake_seconds, plan.steps[-1].bake_seconds))


def _opened(windows: Windows, start: datetime, seconds: int) -> int:
    """Return the seconds from the start to the first moment at or after `seconds` when a window is open."""
    opening = opens(windows, start + timedelta(seconds=seconds))
    return ceil((opening - start).total_seconds()) if opening else seconds


def _longest_wait(approval: Approval) -> int:
    """Return the most seconds until the approval, or until its timeout ends the wait."""
    is_blocked = approval.on_timeout is OnTimeout.HOLD
    return int(MAX_HOLD.total_seconds()) if is_blocked else approval.timeout_seconds


def _later(at: Span, by: Span) -> Span:
    return at[0] + by[0], at[1] + by[1]


def _clock(start: datetime, seconds: int) -> str:
    return (start + timedelta(seconds=seconds)).isoformat(timespec="seconds")


def _between(start: datetime, span: Span) -> str:
    first, last = (_clock(start, seconds) for seconds in span)
    return first if first == last else f"{first} to {last}"
