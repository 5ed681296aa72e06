"""hotplug's rules for a function with execution environments, by what the judge knows of them."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from bench.evidence.deployment import Step
from bench.evidence.environments.world import FreshCell, FreshWorld, usual_ms
from bench.evidence.ours import Adaptive, Fixed, judge_for, settings_for
from bench.evidence.peers import CANARY, LINEAR, Schedule
from hotplug.core.evidence import EvidenceSettings, Judge, Minute, Probe
from hotplug.core.evidence.policy import Learned
from hotplug.core.evidence.statistics.judge import SUSPICION

C5, C20, L, ADAPTIVE = "C10-5", "C10-20", "L10-1", "adaptive"
TIMETABLES: Mapping[str, Schedule] = MappingProxyType({C5: CANARY, C20: Schedule({0: 0.1}, 20), L: LINEAR})
RULES = (*TIMETABLES, ADAPTIVE)


class Knowledge(StrEnum):
    """What the judge knows of environments."""

    NONE = "no excuses"
    """Rows say nothing of environments, so that nothing is excused."""
    DEFAULTS = "nothing learnt"
    LEARNT = "learnt"
    """Warm-up and failures of new environments are as the alias had them on a day before."""
    ORACLE = "oracle"
    """All rates and weights, by a test that waits for no second minute."""


class Unexcused(Judge):
    """A judge that is shown rows as if nothing were known of environments."""

    def see(self, minute: Minute) -> None:
        """See one row."""
        super().see(minute._replace(environments=None, busy_seconds=None))


class Held(Fixed):
    """A stepped rule that keeps its weight for some minutes where slowness may still be warm-up."""

    def __init__(self, schedule: Schedule, judge: Judge) -> None:
        super().__init__(schedule, judge, blind=0)
        self._assess = judge.assessment
        self._minutes = judge.settings.warmup_hold_minutes
        self._weight = 0.0
        self.held = 0
        """Minutes so far."""
        self._is_holding = False

    def _go_on(self, tick: int) -> Step:
        step = self._schedule.step(tick - self.held)
        self._is_holding = 0 < self._weight < step.weight and self._holds()
        if self._is_holding:
            self.held += 1
            return Step(self._weight)
        self._weight = step.weight
        return step

    def _holds(self) -> bool:
        """Return what `rollout.warmup_hold` decides of these minutes."""
        if self.held == self._minutes:
            return False
        now = self._assess()
        is_suspicious = self._is_holding and now.log_evidence >= SUSPICION
        return now.doubt >= SUSPICION and (not now.is_settled or is_suspicious)


def settings_of(cell: FreshCell, learned: Learned | None) -> EvidenceSettings:
    """Return the settings that hotplug plans for this function."""
    settings = replace(settings_for(cell), usual_ms=usual_ms(cell.old), probe=Probe.OFF)
    return replace(settings, **learned.settings()) if learned else settings


def stepped(
    schedule: Schedule, cell: FreshCell, settings: EvidenceSettings, judges: type[Judge] = Judge
) -> Held:
    """Return the rule of a timetable. It decides at the end of each minute, on all minutes so far."""
    return Held(schedule, judge_for(cell, settings, judges))


def paced(world: FreshWorld, settings: EvidenceSettings, judges: type[Judge] = Judge) -> Adaptive:
    """Return the adaptive rule. It does not hold: a light weight that is held learns nothing."""
    return Adaptive(world, settings, judges)
