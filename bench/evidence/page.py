"""The page of figures, in Markdown."""

from collections.abc import Iterable, Sequence

from bench.evidence.cells import (
    BAD,
    BASES,
    BUDGET,
    BUDGETED_FAILURES,
    BUDGETED_RATES,
    CLUMPED,
    FEW_FAILURES,
    INTOLERABLE,
    MAKERS,
    PACES,
    RATES,
    RULES,
    USUAL_BASE,
)
from bench.evidence.deployment import End
from bench.evidence.environments import tables
from bench.evidence.environments.measure import DAYS
from bench.evidence.ours import ADAPTIVE
from bench.evidence.results import Results
from bench.evidence.shows import BUDGETED_BAD, shows
from bench.evidence.text import PAGE
from bench.evidence.world import Cell, good

type Rows = Iterable[Sequence[str]]


def page(results: Results) -> str:
    """Return the whole page."""
    return PAGE.format(
        scale="" if results.scale == 1 else f" --scale {results.scale:g}",
        seed=results.seed,
        took=round(results.took_seconds / 60, 1),
        deployments=f"{_deployments(results):,}",
        shows=table(("what", "measured", "bar", ""), [show.cells for show in shows(results)]),
        false=table(("rule", *_good_heads()), _false_rollbacks(results)),
        bad=table(("rule", *map(_bad_head, BAD)), _bad(results)),
        times=table(("rule", *_time_heads()), _times(results)),
        efficiency=table(EFFICIENCY_HEADS, _efficiency(results)),
        budget=table(
            ("base, calls/min", *(f"{each:.0%} fail" for each in BUDGETED_FAILURES)), _budget(results)
        ),
        clumped=table(("rule", *_clumped_heads()), _clumped(results)),
        days=DAYS,
        fresh_good=table(tables.GOOD_HEAD, tables.good_ones(results.fresh)),
        fresh_held=table(tables.HELD_HEAD, tables.held_ones(results.fresh)),
        fresh_bad=table(tables.BAD_HEAD, tables.bad_ones(results.fresh)),
        quiet_bad=table(tables.QUIET_HEAD, tables.quiet_bad_ones(results.fresh)),
        quiet_good=table(tables.QUIET_GOOD_HEAD, tables.quiet_good_ones(results.fresh)),
        machine=table(tables.MACHINE_HEAD, tables.by_machine(results.machine)),
        intolerable=table(("rule", *map(_worse_head, INTOLERABLE)), _intolerable(results)),
    )


def _deployments(results: Results) -> int:
    return sum(len(each.outcomes) for each in (*results.tallies.values(), *results.fresh.values()))


def table(head: Sequence[str], rows: Rows) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


GOOD_COLUMNS = tuple((outage, base) for outage in (False, True) for base in BASES)


def _good_heads() -> list[str]:
    return [f"{'outage' if outage else 'calm'}, {base:.1%}" for outage, base in GOOD_COLUMNS]


def _false_rollbacks(results: Results) -> Rows:
    for rule in MAKERS:
        yield (rule, *(_rates(results, rule, outage, base) for outage, base in GOOD_COLUMNS))


def _rates(results: Results, rule: str, outage: bool, base: float) -> str:
    cells = (good(rpm, base, outage=outage) for rpm in RATES)
    return " / ".join(f"{100 * results.of(rule, cell).rolled_back:.3g}" for cell in cells)


def _bad_head(cell: Cell) -> str:
    return f"{cell.candidate:.0%} @ {cell.rpm:,}"


def _bad(results: Results) -> Rows:
    for rule in MAKERS:
        yield (rule, *(_found(results, rule, cell) for cell in BAD))


def _found(results: Results, rule: str, cell: Cell) -> str:
    tally = results.of(rule, cell)
    minute = tally.minute_at(0.5, End.ROLLED_BACK)
    return f"{100 * tally.rolled_back:.3g} · {'-' if minute is None else minute} · {tally.spoilt:,.0f}"


TIME_COLUMNS = (*((False, base) for base in BASES), (True, USUAL_BASE))


def _time_heads() -> list[str]:
    return [f"{'outage' if outage else 'calm'}, {base:.1%}" for outage, base in TIME_COLUMNS]


def _times(results: Results) -> Rows:
    for rule in MAKERS:
        yield (rule, *(_minutes(results, rule, outage, base) for outage, base in TIME_COLUMNS))


def _minutes(results: Results, rule: str, outage: bool, base: float) -> str:
    tallies = [results.of(rule, good(rpm, base, outage=outage)) for rpm in RATES]
    pairs = [(tally.minute_at(0.5, End.PROMOTED), tally.minute_at(0.95, End.PROMOTED)) for tally in tallies]
    return " · ".join("-" if half is None else f"{half}/{most}" for half, most in pairs)


EFFICIENCY_HEADS = (
    "failing, calls/min, weight",
    "bound",
    "oracle",
    "one minute is enough",
    "÷ bound",
    "÷ oracle",
    "by default",
    "÷ bound",
    "÷ oracle",
    "oracle, two minutes",
    "÷ bound",
)


def _efficiency(results: Results) -> Rows:
    for (cell, weight), found in results.efficiencies.items():
        yield (
            f"{cell.base:.1%} → {cell.candidate:.1%}, {cell.rpm:,}, {weight:.0%}",
            f"{found.bound:,.0f}",
            f"{found.oracle:,.0f}",
            f"{found.unconfirmed:,.0f}",
            f"{found.unconfirmed / found.bound:.2f}",
            f"{found.unconfirmed / found.oracle:.2f}",
            f"{found.judge:,.0f}",
            f"{found.judge / found.bound:.2f}",
            f"{found.judge / found.oracle:.2f}",
            f"{found.confirmed_oracle:,.0f}",
            f"{found.confirmed_oracle / found.bound:.2f}",
        )


def _budget(results: Results) -> Rows:
    for base in sorted({cell.base for cell in BUDGET}):
        for rpm in BUDGETED_RATES:
            cells = (Cell(rpm, base, failing) for failing in BUDGETED_FAILURES)
            tallies = (results.of(ADAPTIVE, cell) for cell in cells)
            spent = (f"{100 * each.rolled_back:.3g} · {each.spoilt / BUDGETED_BAD:.2f}" for each in tallies)
            yield (f"{base:.1%}, {rpm:,}", *spent)


def _clumped_heads() -> list[str]:
    return [*(f"good @ {cell.rpm:,}" for cell in CLUMPED), f"bad, {_bad_head(FEW_FAILURES)}"]


def _clumped(results: Results) -> Rows:
    for rule in RULES:
        back = (f"{100 * results.of(rule, cell).rolled_back:.3g}" for cell in CLUMPED)
        yield (rule, *back, _found(results, rule, FEW_FAILURES))


def _worse_head(cell: Cell) -> str:
    return f"{cell.base:.1%} → {cell.candidate:.1%} @ {cell.rpm:,}"


def _intolerable(results: Results) -> Rows:
    for rule in PACES:
        tallies = [results.of(rule, cell) for cell in INTOLERABLE]
        yield (rule, *(f"{100 * each.rolled_back:.3g} · {100 * each.proven_safe:.2g}" for each in tallies))
