"""hotplug's rules: the evidence with fixed steps, and the adaptive progression."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple, Protocol

from bench.evidence.deployment import Step, promoted, rolled_back
from bench.evidence.peers import CANARY, CAREFUL, LINEAR, Schedule
from bench.evidence.world import DAY_MINUTES, Cell, Piece, Rows, Surroundings, World
from hotplug.core.evidence import (
    EvidenceSettings,
    Finding,
    Judge,
    Minute,
    Probe,
    at_time_limit,
    may_pulse,
    next_weight,
    pulse_seconds,
)
from hotplug.core.evidence.comparison import history
from hotplug.core.evidence.measurement import RECENT_MINUTES
from hotplug.core.evidence.metrics.day import DayMinute
from hotplug.core.evidence.metrics.learning import learn
from hotplug.core.evidence.metrics.traffic import TrafficProfile

FIXED = {
    "hotplug's evidence on C10-5": CANARY,
    "hotplug's evidence on L10-1": LINEAR,
    "hotplug's evidence on 1-5-10-25-50 x 2 min": CAREFUL,
}
ADAPTIVE = "hotplug adaptive"
PULSED = "hotplug adaptive, in pulses"
UNKNOWN = 1
"""Pulses of which CloudWatch shows nothing yet, one tick after the last one."""
DEFAULTS = EvidenceSettings()
BY_EVIDENCE, BY_TIME = "evidence", "time"


class Weighing(Protocol):
    """A judge, or an oracle."""

    @property
    def finding(self) -> Finding: ...
    def see(self, minute: Minute, /) -> None: ...


def judge_for(cell: Cell, settings: EvidenceSettings, judges: type[Judge] = Judge) -> Judge:
    """Return a judge that knows the traffic profile before the deployment, as hotplug gives it."""
    judge = judges(settings)
    see(judge, history(TrafficProfile(cell.rpm, cell.rpm, cell.base)))
    return judge


def see(judge: Weighing, rows: Rows) -> None:
    """Show a judge one minute."""
    for row in rows:
        judge.see(row)


def settings_for(cell: Cell) -> EvidenceSettings:
    """Return the defaults. As in hotplug's planner, the usual failure rate is tolerated as an excess."""
    return EvidenceSettings(tolerate_errors=max(0.005, cell.base))


class Fixed:
    """A stepped rule that the evidence can only end early.

    `blind` is the number of newest minutes that are over but cannot be seen yet.
    """

    def __init__(self, schedule: Schedule, judge: Weighing, *, blind: int = 1) -> None:
        self._schedule = schedule
        self._judge = judge
        self._blind = blind

    def __call__(self, tick: int, minutes: Sequence[Rows]) -> Step:
        """Return the decision of one tick."""
        if tick > self._blind:
            see(self._judge, minutes[tick - 1 - self._blind])
        if self._judge.finding is Finding.ROLL_BACK:
            return rolled_back(BY_EVIDENCE)
        return self._go_on(tick)

    def _go_on(self, tick: int) -> Step:
        return self._schedule.step(tick)


class Told(NamedTuple):
    """State and action of the adaptive rule at a tick."""

    tick: int
    weight: float
    log_evidence: float


class Adaptive:
    """The adaptive rule. At each tick it reads the minute that is final, and decides by the judge's finding.

    Without a finding it chooses the weight that the judge still trusts.
    """

    def __init__(self, world: Surroundings, settings: EvidenceSettings, judges: type[Judge] = Judge) -> None:
        self._settings = settings
        self._judge = judge_for(world.cell, settings, judges)
        self._calls = deque([world.calls_before], RECENT_MINUTES)
        self._weight = 0.0
        self._change_second = world.cell.change_second
        self._pulsed_at: int | None = None
        """The tick of the last pulse."""
        self.told: list[Told] = []

    def __call__(self, tick: int, minutes: Sequence[Rows]) -> Step:
        """Return the decision of one tick."""
        if tick > 1:
            rows = minutes[tick - 2]
            see(self._judge, rows)
            if tick == 2:
                self._calls.clear()
            self._calls.append(rows[0].candidate_calls + rows[0].stable_calls)
        step = self._end(tick) or self._go_on(tick)
        self.told.append(Told(tick, step.weight, self._judge.log_evidence))
        return step

    def _end(self, tick: int) -> Step | None:
        match self._judge.finding:
            case Finding.ROLL_BACK:
                return rolled_back(BY_EVIDENCE)
            case Finding.PROMOTE:
                return promoted(BY_EVIDENCE)
        if tick < self._settings.max_minutes:
            return None
        if at_time_limit(self._judge.assessment(), self._settings) is Finding.PROMOTE:
            return promoted(BY_TIME)
        return rolled_back(BY_TIME)

    def _go_on(self, tick: int) -> Step:
        assessment, calls = self._judge.assessment(), sum(self._calls) / len(self._calls)
        if self._pulsed_at == tick - 1 and not may_pulse(assessment, UNKNOWN, self._settings):
            return Step(0.0)
        self._weight = next_weight(assessment, self._weight, calls, self._settings)
        seconds = pulse_seconds(assessment, calls, self._settings)
        if seconds is None:
            return Step(self._weight)
        self._weight, self._pulsed_at = self._settings.weight_min, tick
        return Step(self._weight, seconds=min(seconds, 60.0 - self._change_second))


def adaptive(
    world: Surroundings,
    *,
    pulsed: bool = False,
    confirm_minutes: int = DEFAULTS.confirm_minutes,
    error_burst_size: float = DEFAULTS.error_burst_size,
) -> Adaptive:
    """Return the adaptive rule with the defaults and these settings. Pulses are tried apart."""
    settings = replace(
        settings_for(world.cell),
        probe=Probe.AUTO if pulsed else Probe.OFF,
        confirm_minutes=confirm_minutes,
        error_burst_size=error_burst_size,
    )
    return Adaptive(world, settings)


@cache
def learned_burst_size(cell: Cell) -> float:
    """Return the size of clumps of failures that hotplug plans with after a day of the stable version."""
    day = World(replace(cell, candidate=cell.base, outage=False), f"{cell.rpm}/{cell.sick}/day", DAY_MINUTES)
    seen = (day.minute(at, [Piece(0.0, 0.0)]).seen for at in range(DAY_MINUTES))
    learned = learn([DayMinute(row.stable_calls, row.stable_failures, None, None, ()) for row in seen], ())
    return learned.error_burst_size or DEFAULTS.error_burst_size
