"""Runs of the simulated deployments."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched
from random import Random
from statistics import median
from typing import Protocol

from bench.evidence.bounds import CONSTANTS, Constant, Needed, needed
from bench.evidence.cells import RULES, jobs
from bench.evidence.deployment import Outcome, run
from bench.evidence.environments import machine
from bench.evidence.environments.measure import deploy, tasks
from bench.evidence.environments.trials import Trial
from bench.evidence.lasting import lasting
from bench.evidence.results import Efficiency, Results, Tally
from bench.evidence.world import Cell, World, dice
from hotplug.core.evidence import EvidenceSettings, Minute, assess
from hotplug.core.evidence.statistics.model import ERRORS, SLOWER

CHUNK = 100
NEEDED_RUNS = 3_000
COST_MINUTES, COST_CALLS, COST_TRIES = 40, 10_000, 9
COST_BAD = dict(zip((ERRORS, *SLOWER), (0.01, 0.5, 0.1, 0.01), strict=True))
"""Share of calls that count as failures, by metric: half are slower than the median."""

type _Deployments = tuple[int, str, Cell, Sequence[int]]
type _Constants = tuple[int, Constant, Sequence[int]]


class Mapper(Protocol):
    """A mapping of a function over tasks, in any order: that of a pool of processes, or `map`."""

    def __call__[Task, Done](
        self, do: Callable[[Task], Done], tasks: Iterable[Task], /
    ) -> Iterable[Done]: ...


def measure(seed: int, scale: float, each: Mapper) -> Results:
    """Measure everything. With `scale` 1 it takes some minutes of two processors."""
    began = time.monotonic()
    outcomes = defaultdict[tuple[str, Cell], list[Outcome]](list)
    calls = defaultdict[Constant, list[Needed]](list)
    fresh = defaultdict[Trial, list[Outcome]](list)
    by_machine = defaultdict[machine.Sample, list[machine.Ended]](list)
    for found in each(deploy, tasks(seed, scale)):
        for trial, done in found.items():
            fresh[trial] += done
    for sample, ended in each(machine.deployed, machine.jobs(seed, scale)):
        by_machine[sample] += ended
    for key, done in each(_deploy, _deployments(seed, scale)):
        outcomes[key] += done
    for constant, counted in each(_count, _constants(seed, scale)):
        calls[constant] += counted
    return Results(
        seed,
        scale,
        {key: Tally(found) for key, found in outcomes.items()},
        {trial: Tally(found) for trial, found in fresh.items()},
        by_machine,
        lasting(seed, scale),
        {constant: Efficiency.of(constant, calls[constant]) for constant in CONSTANTS},
        assess_milliseconds(seed),
        time.monotonic() - began,
    )


def _deployments(seed: int, scale: float) -> Iterator[_Deployments]:
    for (rule, cell), runs in jobs(scale).items():
        for chunk in batched(range(runs), CHUNK, strict=False):
            yield seed, rule, cell, chunk


def _deploy(task: _Deployments) -> tuple[tuple[str, Cell], list[Outcome]]:
    """Run the deployments of a task. Every rule meets the same worlds."""
    seed, rule, cell, chunk = task
    worlds = (World(cell, f"{seed}/{cell}/{at}") for at in chunk)
    return (rule, cell), [run(world, RULES[rule](world)) for world in worlds]


def _constants(seed: int, scale: float) -> Iterator[_Constants]:
    for constant in CONSTANTS:
        for chunk in batched(range(max(1, round(NEEDED_RUNS * scale))), CHUNK, strict=False):
            yield seed, constant, chunk


def _count(task: _Constants) -> tuple[Constant, list[Needed]]:
    seed, constant, chunk = task
    return constant, [needed(constant, f"{seed}/{constant}/{at}") for at in chunk]


def assess_milliseconds(seed: int) -> float:
    """Return the processor time of one assessment of a whole deployment, the median of some."""
    rows, settings = _busy_rows(dice(f"{seed}/cost")), EvidenceSettings()
    return median(_assess_milliseconds(rows, settings) for _ in range(COST_TRIES))


def _assess_milliseconds(rows: Sequence[Minute], settings: EvidenceSettings) -> float:
    began = time.process_time()
    assess(rows, settings)
    return 1000 * (time.process_time() - began)


def _busy_rows(calls: Random) -> list[Minute]:
    """Return the minutes of a good candidate with half of the calls."""
    half, draw = COST_CALLS // 2, calls.binomialvariate
    return [
        Minute(metric, half, draw(half, bad), half, draw(half, bad), 0.5, 0.5)
        for _ in range(COST_MINUTES)
        for metric, bad in COST_BAD.items()
    ]
