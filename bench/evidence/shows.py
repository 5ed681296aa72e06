"""Claims of the measurement, each with its figure, its bar, and whether it is met."""

from collections.abc import Collection, Iterator

from bench.evidence.cells import (
    BAD,
    BUDGET,
    CLUMPED,
    FIVE_PERCENT,
    GOOD,
    INTOLERABLE,
    LEARNT_BURSTS,
    MID,
    OURS,
    PACES,
    USUAL_BASE,
)
from bench.evidence.deployment import End
from bench.evidence.environments import shows as environments
from bench.evidence.lasting import Lasting
from bench.evidence.ours import ADAPTIVE, FIXED, PULSED
from bench.evidence.peers import CODEDEPLOY
from bench.evidence.results import Efficiency, Results, Tally, pooled
from bench.evidence.show import CALLS, KB, MINUTES, MS, PERCENT, TIMES, Show
from bench.evidence.world import Cell, good
from hotplug.core.evidence import EvidenceSettings

BUDGETED_BAD = EvidenceSettings().error_budget
CONTENDER_RATES = (1_000, 10_000)


def shows(results: Results) -> list[Show]:
    """Return all claims."""
    return [
        *_false_rollbacks(results),
        *_detection(results),
        *_spoilt(results),
        *_efficiency(results.efficiencies.values()),
        *_times(results),
        *environments.shows(results.fresh),
        *environments.shows_of_machine(results.machine),
        *_lasting(results.lasting),
        Show("One assessment of 40 minutes x 4 metrics at 10,000 calls/min", results.assess_ms, 50, MS),
    ]


def _false_rollbacks(results: Results) -> Iterator[Show]:
    for rule in PACES:
        good_ones, many = results.all_of([rule], GOOD), len(pooled(results.all_of([rule], GOOD)).outcomes)
        yield Show(
            f"{rule}: good versions rolled back, worst of {len(GOOD)} kinds", _worst(good_ones), 1.0, PERCENT
        )
        yield Show(f"{rule}: the same, mean of {many:,} deployments", _mean(good_ones), 0.5, PERCENT)
    yield Show(
        "hotplug's evidence on fixed steps: the same, mean", _mean(results.all_of(FIXED, GOOD)), 0.2, PERCENT
    )
    mid = _worst(results.all_of(OURS, MID))
    yield Show(
        "Weights moved 30 s into the minute, outages, 10,000/min: worst kind and pace", mid, 0.5, PERCENT
    )
    clumped = _worst(results.all_of([LEARNT_BURSTS], CLUMPED))
    yield Show(f"{LEARNT_BURSTS}: good versions with sick environments, worst kind", clumped, 1.0, PERCENT)
    for rule in PACES:
        proven = 100 * max(each.proven_safe for each in results.all_of([rule], INTOLERABLE))
        yield Show(f"{rule}: intolerably worse ones promoted by evidence, worst kind", proven, 5.0, PERCENT)


def _detection(results: Results) -> Iterator[Show]:
    for outage, least, mean, most in ((False, 99.0, 200, 400), (True, 98.0, None, None)):
        tallies = results.all_of([ADAPTIVE], [cell for cell in FIVE_PERCENT if cell.outage is outage])
        when = f"5 % failing at 100 calls/min, {'outage' if outage else 'calm'}"
        found = 100 * min(each.rolled_back for each in tallies)
        yield Show(f"{when}: found", found, least, PERCENT, at_least=True)
        yield Show(
            f"{when}: mean candidate calls", max(each.candidate_calls for each in tallies), mean, CALLS
        )
        yield Show(
            f"{when}: p95 candidate calls",
            max(each.candidate_calls_at(0.95) for each in tallies),
            most,
            CALLS,
        )


def _spoilt(results: Results) -> Iterator[Show]:
    for rule in PACES:
        ratios = [_ratio(results, rule, cell) for cell in BAD if cell.rpm in CONTENDER_RATES]
        yield Show(
            f"{rule}: spoilt calls over CodeDeploy's, worst from 1,000 calls/min", max(ratios), 0.2, TIMES
        )
        above = max(_above(results, rule, cell) for cell in BAD)
        yield Show(
            f"{rule}: spoilt calls over the larger of CodeDeploy's and 1.1 budgets, worst", above, 1.0, TIMES
        )
    budgets = max(each.spoilt for each in results.all_of([ADAPTIVE], BUDGET)) / BUDGETED_BAD
    yield Show(
        f"{ADAPTIVE}: spoilt calls in budgets, where they can be kept, worst mean", budgets, 1.05, TIMES
    )

    pulsed = results.all_of([PULSED], [cell for cell in BAD if cell.rpm in CONTENDER_RATES])
    budgets = max(each.spoilt for each in pulsed) / BUDGETED_BAD
    yield Show(f"{PULSED}: spoilt calls in budgets, from 1,000 calls/min, worst mean", budgets, 2.0, TIMES)


def _ratio(results: Results, rule: str, cell: Cell) -> float:
    return results.of(rule, cell).spoilt / results.of(CODEDEPLOY, cell).spoilt


def _above(results: Results, rule: str, cell: Cell) -> float:
    return results.of(rule, cell).spoilt / max(results.of(CODEDEPLOY, cell).spoilt, 1.1 * BUDGETED_BAD)


def _efficiency(found: Collection[Efficiency]) -> Iterator[Show]:
    for what, calls in (
        ("by default", [each.judge for each in found]),
        ("where one minute is enough", [each.unconfirmed for each in found]),
    ):
        bound = max(one / each.bound for one, each in zip(calls, found, strict=True))
        oracle = max(one / each.oracle for one, each in zip(calls, found, strict=True))
        yield Show(f"Candidate calls over the information bound, {what}, worst kind", bound, 2.0, TIMES)
        yield Show(f"Candidate calls over the oracle's, {what}, worst kind", oracle, 1.4, TIMES)
    least = max(each.confirmed_oracle / each.bound for each in found)
    yield Show("The oracle's over the information bound, if it waits for two minutes too", least, None, TIMES)


def _times(results: Results) -> Iterator[Show]:
    for rule in PACES:
        for rpm, bar in ((1_000, 10), (10_000, 7)):
            tally = results.of(rule, good(rpm, USUAL_BASE, outage=False))
            minutes = tally.minute_at(0.5, End.PROMOTED) or 0
            yield Show(f"{rule}: median to promotion at {rpm:,} calls/min, base 0.1 %", minutes, bar, MINUTES)


def _lasting(lasting: Lasting) -> Iterator[Show]:
    ratio = lasting.last_ms / lasting.first_ms
    yield Show(
        "An hour of rows on the last day of seven over one on the first",
        ratio,
        1.2,
        TIMES,
        counted=f"{lasting.last_ms:.3g} ms, {lasting.first_ms:.3g} ms",
    )
    yield Show("The judge's state within seven days, largest", lasting.state_bytes / 1000, 12, KB)


def _worst(tallies: list[Tally]) -> float:
    return 100 * max(each.rolled_back for each in tallies)


def _mean(tallies: list[Tally]) -> float:
    return 100 * pooled(tallies).rolled_back
