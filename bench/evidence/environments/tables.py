"""Tables about functions with execution environments."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from bench.evidence.deployment import End
from bench.evidence.environments.machine import ROLLED_BACK, Ended, Sample
from bench.evidence.environments.oracle import bound_minutes
from bench.evidence.environments.rules import ADAPTIVE, C5, C20, RULES, TIMETABLES, Knowledge
from bench.evidence.environments.shows import Tallies, counted
from bench.evidence.environments.trials import (
    CHANGED,
    CHANGED_RULES,
    FAILING,
    FAILING_AT_100,
    GOOD,
    NEW_ENVIRONMENTS,
    QUIET_BAD,
    QUIET_GOOD,
    RATES,
    SCHEDULES,
    SECONDS,
    THIRD,
    TWICE,
    Trial,
    good,
    name_of,
)
from bench.evidence.environments.world import FreshCell
from bench.evidence.results import Tally, pooled, ranked

NONE, DEFAULTS, LEARNT, ORACLE = Knowledge
BOTH, ALL = (DEFAULTS, LEARNT), (NONE, DEFAULTS, LEARNT)

type Rows = Iterable[Sequence[str]]

GOOD_HEAD = (
    "new environments",
    "calls/min",
    "call",
    f"{C5}, {NONE}",
    *(f"{rule}, {each}" for rule in RULES for each in BOTH),
)


def good_ones(fresh: Tallies) -> Rows:
    """Yield by kind how many good versions were rolled back."""
    for cell in GOOD:
        counts = [counted(fresh[trial]) for trial in (Trial(cell, C5, NONE), *_good_trials(cell))]
        yield (name_of(cell.new), f"{cell.rpm:,}", f"{cell.new.seconds:g} s", *counts)


def _good_trials(cell: FreshCell) -> list[Trial]:
    return [Trial(cell, *each) for each in product(RULES, BOTH)]


HELD_HEAD = ("new environments", *(f"{rule}, {each}" for rule in TIMETABLES for each in BOTH))


def held_ones(fresh: Tallies) -> Rows:
    """Yield by what new environments do which part of good versions was held, and for how long."""
    for name in NEW_ENVIRONMENTS:
        cells = [good(name, rpm, seconds) for rpm, seconds in product(RATES, SECONDS[name])]
        yield (
            name,
            *(
                _held(pooled(fresh[Trial(cell, rule, each)] for cell in cells), SCHEDULES[rule].end)
                for rule, each in product(TIMETABLES, BOTH)
            ),
        )


def _held(tally: Tally, end: int) -> str:
    held = [each.minute - end for each in tally.outcomes if each.minute > end]
    if not held:
        return "0 %"
    return f"{100 * len(held) / len(tally.outcomes):.2g} % · {ranked(0.5, held)}/{ranked(0.95, held)}"


BAD_HEAD = ("candidate", "calls/min", "call", "rule", *ALL)


def bad_ones(fresh: Tallies) -> Rows:
    """Yield by kind and rule how many bad versions were found, and when."""
    for what, cells, rules in (
        ("twice as slow", TWICE, RULES),
        ("1.3x as slow", THIRD, (C20, ADAPTIVE)),
        ("5 % fail", FAILING, (C5,)),
        ("5 % fail", FAILING_AT_100, (ADAPTIVE,)),
    ):
        for cell, rule in product(cells, rules):
            found = [_found(fresh[Trial(cell, rule, each)], rule) for each in ALL]
            yield (what, f"{cell.rpm:g}", f"{cell.new.seconds:g} s", rule, *found)
    for cell, rule in product(CHANGED, CHANGED_RULES):
        without, learnt = (_found(fresh[Trial(cell, rule, each)], rule) for each in (NONE, LEARNT))
        row = (f"new: {name_of(cell.new)}", f"{cell.rpm:g}", f"{cell.new.seconds:g} s", rule)
        yield (*row, without, "-", learnt)


def _found(tally: Tally, rule: str) -> str:
    minute = tally.minute_at(0.5, End.ROLLED_BACK)
    calls = f" · {tally.candidate_calls:,.0f} calls" if rule == ADAPTIVE else ""
    return f"{100 * tally.rolled_back:.3g} % · {'-' if minute is None else minute}{calls}"


QUIET_HEAD = ("candidate fails", "calls/min", "timetable", *ALL, ORACLE, "bound: mean")


def quiet_bad_ones(fresh: Tallies) -> Rows:
    """Yield by kind how many bad versions of quiet functions were found, and when."""
    for cell, rule in QUIET_BAD:
        found = [_found(fresh[Trial(cell, rule, each)], rule) for each in Knowledge]
        least = bound_minutes(cell, SCHEDULES[rule].weights[0])
        yield (f"{cell.candidate:.0%}", f"{cell.rpm:g}", rule, *found, f"{least:.0f} min")


QUIET_GOOD_HEAD = ("usual failures", "calls/min", "timetable", *BOTH)


def quiet_good_ones(fresh: Tallies) -> Rows:
    """Yield by kind how many good versions of quiet functions were rolled back."""
    for cell, rule in QUIET_GOOD:
        yield (
            _usual(cell),
            f"{cell.rpm:g}",
            rule,
            *(counted(fresh[Trial(cell, rule, each)]) for each in BOTH),
        )


def _usual(cell: FreshCell) -> str:
    parts = [f"{cell.base:.1%}", *(["an outage"] if cell.outage else [])]
    return ", ".join([*parts, *([f"first call {name_of(cell.new)}"] if cell.new.cold_failures else [])])


MACHINE_HEAD = ("candidate", "strategy", "deployments", "rolled back", "minutes, median/most")


def by_machine(ended: Mapping[Sample, Sequence[Ended]]) -> Rows:
    """Yield by kind how hotplug's own machine in memory ended."""
    for sample, all_of_it in ended.items():
        minutes = [round(each.minutes) for each in all_of_it]
        back = sum(each.state == ROLLED_BACK for each in all_of_it)
        times = f"{ranked(0.5, minutes)}/{max(minutes)}"
        yield (sample.what, sample.strategy, str(len(all_of_it)), str(back), times)
