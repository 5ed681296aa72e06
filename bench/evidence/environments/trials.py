"""Deployments of functions with execution environments: their kinds, rules and numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from bench.evidence.environments.pool import Code
from bench.evidence.environments.rules import ADAPTIVE, C5, C20, RULES, TIMETABLES, Knowledge, L
from bench.evidence.environments.world import FreshCell
from bench.evidence.peers import Schedule

PLAIN = "nothing"
SLOW_START, WARMS_IN_30, WARMS_IN_100 = "first call 10x", "30 calls from 2x", "100 calls from 2x"
FAILS, FAILS_30, FAILS_10 = "first call fails", "in 30 %", "in 10 %"
NEW_ENVIRONMENTS: Mapping[str, Code] = MappingProxyType(
    {
        PLAIN: Code(1.0),
        SLOW_START: Code(1.0, cold_slowdown=10),
        WARMS_IN_30: Code(1.0, warmup_calls=30, warmup_slowdown=2),
        WARMS_IN_100: Code(1.0, warmup_calls=100, warmup_slowdown=2),
        FAILS: Code(1.0, cold_failures=1.0),
        FAILS_30: Code(1.0, cold_failures=0.3),
        FAILS_10: Code(1.0, cold_failures=0.1),
    }
)
"""What a new environment does, by name, where a call takes a second in the mean."""
SLOWER_ONES = (SLOW_START, WARMS_IN_30, WARMS_IN_100)
FAILING_ONES = (FAILS, FAILS_30, FAILS_10)
RATES = (30, 300, 3_000)
USUAL_RATE, BASE = 300, 0.001
SECONDS: Mapping[str, Sequence[float]] = MappingProxyType(
    {
        PLAIN: (0.2, 2.0),
        SLOW_START: (0.05, 0.5, 2.0, 4.0),
        WARMS_IN_30: (0.05, 0.5, 4.0),
        WARMS_IN_100: (0.05, 0.5, 2.0, 4.0),
        FAILS: (0.05, 0.2, 2.0),
        FAILS_30: (2.0,),
        FAILS_10: (2.0,),
    }
)
"""Mean durations of a call."""


def code(environments: str, seconds: float, slowdown: float = 1.0) -> Code:
    """Return the code of a version with such new environments."""
    return replace(NEW_ENVIRONMENTS[environments], seconds=seconds, slowdown=slowdown)


def name_of(made: Code) -> str:
    """Return the name of what the new environments of this code do."""
    plain = replace(made, seconds=1.0, slowdown=1.0)
    return next(name for name, each in NEW_ENVIRONMENTS.items() if each == plain)


def good(environments: str, rpm: float, seconds: float) -> FreshCell:
    """Return a version that is as good as the stable one, whose environments were like its own once."""
    same = code(environments, seconds)
    return FreshCell(rpm, BASE, BASE, old=same, new=same)


def bad(rpm: float, new: Code, candidate: float = BASE) -> FreshCell:
    """Return a version with this code, in the place of one that has plain environments."""
    return FreshCell(rpm, BASE, candidate, steady=True, old=code(PLAIN, new.seconds), new=new)


GOOD = tuple(
    good(environments, rpm, seconds)
    for environments, rpm in product(NEW_ENVIRONMENTS, RATES)
    for seconds in SECONDS[environments]
)
TWICE_SECONDS = (0.05, 0.5, 2.0, 4.0)
TWICE = tuple(bad(USUAL_RATE, code(PLAIN, seconds, 2.0)) for seconds in TWICE_SECONDS)
"""Twice as slow for good."""
THIRD = tuple(bad(USUAL_RATE, code(PLAIN, seconds, 1.3)) for seconds in TWICE_SECONDS)
"""Slower by 30 % for good."""
FAILING_SECONDS = (0.1, 0.5, 2.0)
FAILING = tuple(bad(USUAL_RATE, code(PLAIN, seconds), 0.05) for seconds in FAILING_SECONDS)
FAILING_AT_100 = tuple(bad(100, code(PLAIN, seconds), 0.05) for seconds in (0.2, 2.0))
CHANGED = tuple(bad(USUAL_RATE, code(environments, 2.0)) for environments in (WARMS_IN_100, FAILS, FAILS_30))
"""New environments do what those of the stable version do not."""

CHANGED_RULES = (C5, L)

QUIET: Mapping[str, Schedule] = MappingProxyType(
    {
        f"{weight:.0%}, {minutes} min": Schedule({0: weight}, minutes)
        for weight, minutes in ((0.1, 20), (0.5, 20), (0.5, 60), (0.5, 360), (0.1, 360))
    }
)
"""Timetables of one step."""
SCHEDULES: Mapping[str, Schedule] = MappingProxyType({**TIMETABLES, **QUIET})


def quiet(
    rpm: float, candidate: float, base: float = BASE, *, outage: bool = False, environments: str = PLAIN
) -> FreshCell:
    """Return a deployment of a function with few calls, the same number all day."""
    same = code(environments, 0.2)
    return FreshCell(rpm, base, candidate, outage, change_second=0, steady=True, old=same, new=same)


QUIET_BAD: Sequence[tuple[FreshCell, str]] = (
    (quiet(3, 1.0), "10%, 20 min"),
    (quiet(3, 0.3), "10%, 20 min"),
    (quiet(3, 1.0), "50%, 20 min"),
    (quiet(3, 0.3), "50%, 20 min"),
    (quiet(3, 0.3), "50%, 60 min"),
    (quiet(3, 0.06), "50%, 60 min"),
    (quiet(0.15, 1.0), "50%, 360 min"),
    (quiet(0.15, 0.27), "50%, 360 min"),
    (quiet(0.15, 1.0), "10%, 360 min"),
)
SIX_HOURS = ("50%, 360 min", "10%, 360 min")
QUIET_GOOD: Sequence[tuple[FreshCell, str]] = (
    *product(
        [quiet(3, base, base, outage=outage) for base in (0.02, 0.2) for outage in (False, True)],
        ("10%, 20 min", "50%, 60 min"),
    ),
    *product([quiet(0.15, base, base) for base in (0.02, 0.2)], SIX_HOURS),
    *product([quiet(0.15, BASE, environments=FAILS_30)], SIX_HOURS),
    (quiet(3, BASE, environments=FAILS_30), "50%, 60 min"),
)


class Trial(NamedTuple):
    """One kind of deployment under one rule."""

    cell: FreshCell
    rule: str
    knowledge: Knowledge


NONE, DEFAULTS, LEARNT, ORACLE = Knowledge
BOTH, ALL = (DEFAULTS, LEARNT), (NONE, DEFAULTS, LEARNT)


def _trials(cells: Iterable[FreshCell], rules: Iterable[str], knowledge: Iterable[Knowledge]) -> list[Trial]:
    return [Trial(*each) for each in product(cells, rules, knowledge)]


def _at(rates: Sequence[int]) -> list[FreshCell]:
    return [cell for cell in GOOD if cell.rpm in rates]


RUNS: Sequence[tuple[Sequence[Trial], int]] = (
    (_trials(_at((30, 300)), RULES, BOTH), 80),
    (_trials(_at((3_000,)), TIMETABLES, BOTH), 60),
    (_trials(_at((3_000,)), (ADAPTIVE,), BOTH), 50),
    (_trials(_at((30, 300)), (C5,), (NONE,)), 80),
    (_trials(_at((3_000,)), (C5,), (NONE,)), 50),
    (_trials(TWICE, RULES, ALL), 100),
    (_trials(THIRD, (C20, ADAPTIVE), ALL), 100),
    (_trials(FAILING, (C5,), ALL), 400),
    (_trials(FAILING_AT_100, (ADAPTIVE,), ALL), 300),
    (_trials(CHANGED, CHANGED_RULES, (NONE, LEARNT)), 200),
    ([Trial(cell, rule, each) for (cell, rule), each in product(QUIET_BAD, Knowledge)], 100),
    ([Trial(cell, rule, each) for (cell, rule), each in product(QUIET_GOOD, BOTH)], 150),
)
"""Kinds, each under a rule, and the number of deployments of each kind."""


def jobs(scale: float) -> Mapping[Trial, int]:
    """Return the number of deployments of each kind. The page is made with `scale` 1."""
    return {trial: max(1, round(runs * scale)) for trials, runs in RUNS for trial in trials}
