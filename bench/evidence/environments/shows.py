"""Claims about functions with execution environments."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bench.evidence.environments.machine import ROLLED_BACK, Ended, Sample
from bench.evidence.environments.rules import ADAPTIVE, C5, C20, RULES, Knowledge
from bench.evidence.environments.trials import (
    CHANGED,
    CHANGED_RULES,
    FAILING,
    FAILING_AT_100,
    GOOD,
    QUIET_BAD,
    QUIET_GOOD,
    THIRD,
    TWICE,
    Trial,
    name_of,
)
from bench.evidence.environments.world import FreshCell
from bench.evidence.results import Tally, pooled
from bench.evidence.show import CALLS, PERCENT, Show

DEFAULTS, LEARNT = Knowledge.DEFAULTS, Knowledge.LEARNT
SHORT_SECONDS = 0.5
"""Mean duration up to which 1.3x has to be found within 20 minutes of 10 %."""
AS_FOUND = 5.0
"""Percentage points by which a candidate may be found less often than without excuses."""
ALWAYS_FAILING, ALWAYS_FAILING_RARELY_CALLED = QUIET_BAD[0], QUIET_BAD[6]

type Tallies = Mapping[Trial, Tally]


def counted(tally: Tally) -> str:
    """Return how many were rolled back of how many."""
    return f"{tally.count}/{len(tally.outcomes)}"


def bounded(tally: Tally) -> str:
    """Return the same with the upper bound of the share."""
    return f"{counted(tally)}, < {100 * tally.rolled_back_at_most:.2g} %"


def shows(fresh: Tallies) -> Iterator[Show]:
    """Yield all claims."""
    for knowledge in (DEFAULTS, LEARNT):
        for rule in RULES:
            trials = [Trial(cell, rule, knowledge) for cell in GOOD]
            yield from _good(f"{rule}, {knowledge}: good versions with new environments", fresh, trials)
    yield from _slower(fresh)
    yield from _failing(fresh)
    yield from _changed(fresh)
    yield from _quiet(fresh)


def _good(what: str, fresh: Tallies, trials: Sequence[Trial]) -> Iterator[Show]:
    tallies = [fresh[trial] for trial in trials]
    worst = max(tallies, key=lambda tally: tally.rolled_back)
    yield Show(
        f"{what} rolled back, worst of {len(trials)} cells",
        100 * worst.rolled_back,
        1.0,
        PERCENT,
        counted=counted(worst),
    )
    kinds = defaultdict[str, list[Tally]](list)
    for trial, tally in zip(trials, tallies, strict=True):
        kinds[name_of(trial.cell.new)].append(tally)
    unsure = max(map(pooled, kinds.values()), key=lambda tally: tally.rolled_back_at_most)
    yield Show(
        f"the same, upper 95 % bound, worst of {len(kinds)} kinds of environments",
        100 * unsure.rolled_back_at_most,
        2.0,
        PERCENT,
        counted=counted(unsure),
    )


def _slower(fresh: Tallies) -> Iterator[Show]:
    for rule in RULES:
        for knowledge in (DEFAULTS, LEARNT):
            yield _found(f"Twice as slow, {rule}, {knowledge}", fresh, TWICE, rule, knowledge, 95.0)
    short = [cell for cell in THIRD if cell.new.seconds <= SHORT_SECONDS]
    yield _found(f"1.3x as slow, calls of up to 0.5 s, {C20}", fresh, short, C20, LEARNT, 90.0)
    for knowledge in (DEFAULTS, LEARNT):
        yield _found(f"1.3x as slow, {ADAPTIVE}, {knowledge}", fresh, THIRD, ADAPTIVE, knowledge, 95.0)


def _found(
    what: str, fresh: Tallies, cells: Iterable[FreshCell], rule: str, knowledge: Knowledge, bar: float
) -> Show:
    worst = min((fresh[Trial(cell, rule, knowledge)] for cell in cells), key=lambda tally: tally.rolled_back)
    return Show(
        f"{what}: found, worst kind",
        100 * worst.rolled_back,
        bar,
        PERCENT,
        at_least=True,
        counted=counted(worst),
    )


def _failing(fresh: Tallies) -> Iterator[Show]:
    yield _found(f"5 % failing, {C5}, {LEARNT}", fresh, FAILING, C5, LEARNT, 85.0)
    yield _found(
        f"5 % failing, {ADAPTIVE} at 100/min, {LEARNT}", fresh, FAILING_AT_100, ADAPTIVE, LEARNT, 99.0
    )
    calls = max(fresh[Trial(cell, ADAPTIVE, LEARNT)].candidate_calls for cell in FAILING_AT_100)
    yield Show("the same: mean candidate calls, worst kind", calls, 200, CALLS)


def _changed(fresh: Tallies) -> Iterator[Show]:
    """Yield how often new environments that do what the stable version's do not are found."""
    for cell in CHANGED:
        for rule in CHANGED_RULES:
            without, learnt = (fresh[Trial(cell, rule, each)] for each in (Knowledge.NONE, LEARNT))
            yield Show(
                f"New: {name_of(cell.new)}, {rule}, {LEARNT}: found",
                100 * learnt.rolled_back,
                100 * without.rolled_back - AS_FOUND,
                PERCENT,
                at_least=True,
                counted=f"{counted(learnt)}, without excuses {counted(without)}",
            )


def _quiet(fresh: Tallies) -> Iterator[Show]:
    for (cell, rule), knowledge, bar in (
        (ALWAYS_FAILING, DEFAULTS, 65.0),
        (ALWAYS_FAILING, LEARNT, 90.0),
        (ALWAYS_FAILING_RARELY_CALLED, DEFAULTS, 95.0),
        (ALWAYS_FAILING_RARELY_CALLED, LEARNT, 95.0),
    ):
        what = f"Always failing at {cell.rpm:g}/min, {rule}, {knowledge}"
        yield _found(what, fresh, [cell], rule, knowledge, bar)
    for knowledge in (DEFAULTS, LEARNT):
        trials = [Trial(cell, rule, knowledge) for cell, rule in QUIET_GOOD]
        yield from _good(f"Quiet functions, {knowledge}: good versions", fresh, trials)


def shows_of_machine(ended: Mapping[Sample, Sequence[Ended]]) -> Iterator[Show]:
    """Yield what hotplug's own machine in memory came to."""
    for is_good, what, bar in (
        (True, "good versions rolled back", 1.0),
        (False, "twice as slow: found", 95.0),
    ):
        backs = [
            each.state == ROLLED_BACK
            for sample, found in ended.items()
            if sample.is_good is is_good
            for each in found
        ]
        yield Show(
            f"On hotplug's own machine: {what}",
            100 * sum(backs) / len(backs),
            bar,
            PERCENT,
            at_least=not is_good,
            counted=f"{sum(backs)}/{len(backs)}",
        )
