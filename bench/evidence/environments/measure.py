"""Runs of deployments whose calls are made one by one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from bench.evidence.deployment import Outcome, run
from bench.evidence.environments.learnt import learned
from bench.evidence.environments.oracle import RateOracle
from bench.evidence.environments.recorded import Recorded
from bench.evidence.environments.rules import ADAPTIVE, Knowledge, Unexcused, paced, settings_of, stepped
from bench.evidence.environments.trials import SCHEDULES, Trial, jobs
from bench.evidence.environments.world import FreshCell, FreshWorld
from bench.evidence.ours import Fixed
from bench.evidence.world import DAY_MINUTES, MINUTES
from hotplug.core.evidence import EvidenceSettings, Judge

DAYS, DAYS_OF_MANY_CALLS = 4, 1
"""Days of a function that are simulated to learn from: each serves an equal part of its deployments."""
MANY_CALLS = 300
DAY_CALLS = 900_000
"""A day of more calls is simulated in part."""
SHORTEST_DAY, FULL_DAY_FROM = 20, 0.05
"""A measurement that is scaled down further learns from a shorter day, of these minutes at least."""

type Parts = Mapping[FreshCell, Mapping[Trial, Sequence[int]]]
"""Deployments of a task by their number: for each kind the rules that meet them."""


class Task(NamedTuple):
    """Deployments after the same day of the same stable version."""

    seed: int
    before: FreshCell
    """The function on that day."""
    day: int
    day_minutes: int
    parts: Parts


def tasks(seed: int, scale: float) -> Iterator[Task]:
    """Yield all work, in parts of some seconds; those that take longest come first."""
    by_day = defaultdict[FreshCell, dict[FreshCell, dict[Trial, int]]](lambda: defaultdict(dict))
    for trial, runs in jobs(scale).items():
        by_day[_before(trial.cell)][trial.cell][trial] = runs
    scaled = min(1.0, scale / FULL_DAY_FROM)
    for before, cells in sorted(by_day.items(), key=lambda each: each[0].rpm, reverse=True):
        minutes = scaled * min(DAY_MINUTES, DAY_CALLS / before.rpm)
        days = DAYS_OF_MANY_CALLS if before.rpm >= MANY_CALLS else DAYS
        for day in range(days):
            yield Task(
                seed,
                before,
                day,
                max(SHORTEST_DAY, round(minutes)),
                {
                    cell: {trial: range(day, runs, days) for trial, runs in trials.items() if day < runs}
                    for cell, trials in cells.items()
                },
            )


def _before(cell: FreshCell) -> FreshCell:
    """Return the function before a deployment: the candidate and outages are no part of it."""
    return replace(cell, candidate=cell.base, new=cell.old, outage=False, change_second=0)


def deploy(task: Task) -> Mapping[Trial, Sequence[Outcome]]:
    """Run the deployments of a task. All rules meet the same worlds."""
    needs_day = any(trial.knowledge is Knowledge.LEARNT for trials in task.parts.values() for trial in trials)
    day = f"{task.seed}/{task.before}/{task.day}"
    known = learned(task.before, day, task.day_minutes) if needs_day else None
    outcomes = defaultdict[Trial, list[Outcome]](list)
    for cell, trials in task.parts.items():
        plain = settings_of(cell, None)
        by_knowledge = dict.fromkeys(Knowledge, plain) | {Knowledge.LEARNT: settings_of(cell, known)}
        for at in sorted({number for numbers in trials.values() for number in numbers}):
            worlds = _Worlds(cell, f"{task.seed}/{cell}/{at}")
            for trial, numbers in trials.items():
                if at in numbers:
                    outcomes[trial].append(_run(trial, worlds, by_knowledge[trial.knowledge]))
    return outcomes


class _Worlds:
    """One deployment's world, as many times as rules meet it."""

    def __init__(self, cell: FreshCell, seed: str) -> None:
        self.cell = cell
        self._seed = seed
        self._recorded: dict[int, Recorded] = {}

    def recorded(self, minutes: int) -> Recorded:
        if minutes not in self._recorded:
            self._recorded[minutes] = Recorded(lambda: self.world(minutes))
        return self._recorded[minutes]

    def world(self, minutes: int = MINUTES) -> FreshWorld:
        return FreshWorld(self.cell, self._seed, minutes)


def _run(trial: Trial, worlds: _Worlds, settings: EvidenceSettings) -> Outcome:
    judges = Unexcused if trial.knowledge is Knowledge.NONE else Judge
    if trial.rule == ADAPTIVE:
        alone = worlds.world()
        return run(alone, paced(alone, settings, judges))
    schedule = SCHEDULES[trial.rule]
    world = worlds.recorded(max(MINUTES, schedule.end + settings.warmup_hold_minutes)).replay()
    if trial.knowledge is Knowledge.ORACLE:
        oracle = RateOracle(trial.cell, schedule.weights[0])
        return run(world, Fixed(schedule, oracle, blind=0))
    return run(world, stepped(schedule, trial.cell, settings, judges))
