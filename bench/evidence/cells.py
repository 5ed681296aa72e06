"""Simulated deployments: their kinds, their rules and their numbers."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from types import MappingProxyType

from bench.evidence.deployment import Rule, Step
from bench.evidence.ours import (
    ADAPTIVE,
    FIXED,
    PULSED,
    Fixed,
    adaptive,
    judge_for,
    learned_burst_size,
    settings_for,
)
from bench.evidence.peers import PEERS, PeerRule, Schedule
from bench.evidence.world import Cell, Rows, World, good

RATES = (10, 100, 1_000, 10_000)
BASES = (0.0, 0.001, 0.01)
USUAL_BASE = 0.001
MID_MINUTE = 30
GOOD = tuple(good(rpm, base, outage=outage) for outage in (False, True) for base in BASES for rpm in RATES)
GOOD_WITH_FEW_CALLS = tuple(cell for cell in GOOD if cell.rpm <= 100)
"""Here the time limit decides most often. The figure is near its bar, and needs the most runs."""
MID = tuple(good(10_000, base, outage=True, change_second=MID_MINUTE) for base in BASES)
FIVE_PERCENT = tuple(Cell(100, base, 0.05, outage) for base in (0.0, USUAL_BASE) for outage in (False, True))
FAILURES = (0.05, 0.2, 1.0)
BAD_RATES = (100, 1_000, 10_000)
BAD = tuple(Cell(rpm, USUAL_BASE, candidate) for rpm in BAD_RATES for candidate in FAILURES)
FEW_FAILURES = BAD[0]
"""The bad kind that takes a careful judge longest: 5 % at 100 calls a minute."""
BUDGETED_RATES = (10, 100, 500)
"""Here the lightest weight keeps the budget even if all its calls fail: weight_min * rate * 3.2 <= budget."""
BUDGETED_FAILURES = (0.02, *FAILURES[:2], 0.5, FAILURES[2])
BUDGET = tuple(
    Cell(rpm, base, candidate)
    for rpm in BUDGETED_RATES
    for base in (0.0, USUAL_BASE)
    for candidate in BUDGETED_FAILURES
)
INTOLERABLE = (
    Cell(100, USUAL_BASE, 0.006),
    Cell(1_000, USUAL_BASE, 0.006),
    Cell(10_000, USUAL_BASE, 0.006),
    Cell(1_000, 0.01, 0.02),
    Cell(10_000, 0.01, 0.02),
)
"""Candidates just worse than tolerated: by half a percentage point, or by the usual failure rate again."""
SICK = 0.001
CLUMPED = tuple(Cell(rpm, 0.0, 0.0, sick=SICK) for rpm in (100, 1_000, 10_000))
"""Here all calls of an execution environment fail at once, and no others."""

type Maker = Callable[[World], Rule]


def _peer(rule: PeerRule) -> Maker:
    """Return the rule as one that reads failures alone."""

    def seen(tick: int, minutes: Sequence[Rows]) -> Step:
        return rule(tick, [rows[0] for rows in minutes])

    return lambda _: seen


def _fixed(schedule: Schedule) -> Maker:
    return lambda world: Fixed(schedule, judge_for(world.cell, settings_for(world.cell)))


MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        ADAPTIVE: adaptive,
        PULSED: lambda world: adaptive(world, pulsed=True),
        **{name: _fixed(schedule) for name, schedule in FIXED.items()},
        **{name: _peer(rule) for name, rule in PEERS.items()},
    }
)
LEARNT_BURSTS = "hotplug adaptive, bursts as learnt"
SETTINGS: Mapping[str, Maker] = MappingProxyType(
    {
        "hotplug adaptive, one minute is enough": lambda world: adaptive(world, confirm_minutes=1),
        "hotplug adaptive, three minutes": lambda world: adaptive(world, confirm_minutes=3),
        "hotplug adaptive, bursts of 3": lambda world: adaptive(world, error_burst_size=3),
        "hotplug adaptive, bursts of 10": lambda world: adaptive(world, error_burst_size=10),
        LEARNT_BURSTS: lambda world: adaptive(world, error_burst_size=learned_burst_size(world.cell)),
    }
)
"""Settings other than the defaults, and what a plan sets by default: the size of clumps on the day before."""
RULES: Mapping[str, Maker] = MappingProxyType({**MAKERS, **SETTINGS})
PACES = (ADAPTIVE, PULSED)
OURS = (*PACES, *FIXED)


RUNS: Sequence[tuple[Sequence[str], Sequence[Cell], int]] = (
    ((ADAPTIVE,), GOOD, 1_400),
    ((ADAPTIVE,), GOOD_WITH_FEW_CALLS, 3_000),
    ((PULSED, *FIXED), GOOD, 600),
    (tuple(PEERS), GOOD, 300),
    (OURS, MID, 1_400),
    ((ADAPTIVE,), (*FIVE_PERCENT, *BUDGET), 700),
    (PACES, INTOLERABLE, 700),
    ((*OURS, *PEERS), BAD, 300),
    (tuple(PEERS), CLUMPED, 300),
    ((*OURS, *SETTINGS), CLUMPED, 600),
    (tuple(SETTINGS), (FEW_FAILURES,), 400),
)
"""Rules, the deployments that each is tried on, and the number of each kind."""


def jobs(scale: float) -> Mapping[tuple[str, Cell], int]:
    """Return the number of deployments of each kind under each rule. The page is made with `scale` 1."""
    wanted: dict[tuple[str, Cell], int] = {}
    for rules, cells, runs in RUNS:
        for key in product(rules, cells):
            wanted[key] = max(wanted.get(key, 1), round(runs * scale))
    return wanted
