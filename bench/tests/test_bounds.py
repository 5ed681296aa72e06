"""The bounds, and by the way the product's likelihood, written a second time."""

from math import comb, isclose, log

import pytest

from bench.evidence.bounds import (
    CONSTANTS,
    Constant,
    Oracle,
    information_bound,
    log_mean_power,
    needed,
    true_odds,
)
from bench.evidence.world import Cell, Piece, World
from hotplug.core.evidence.statistics import likelihood as odds


@pytest.mark.parametrize("ratio", [0.2, 1.5, 50.0])
@pytest.mark.parametrize("failed", [1, 4, 20, 37])
def test_the_plain_sum_is_the_mean_over_all_splits(failed: int, ratio: float) -> None:
    calls, others = 12, 30
    ways = {
        x: comb(calls, x) * comb(others, failed - x)
        for x in range(min(calls, failed) + 1)
        if failed - x <= others
    }
    mean = sum(many * ratio**x for x, many in ways.items()) / comb(calls + others, failed)
    assert isclose(log_mean_power(calls, others, failed, ratio), log(mean), abs_tol=1e-9)


@pytest.mark.parametrize("ratio", [1.5, 5.0, 1_000.0])
@pytest.mark.parametrize(
    ("calls", "others", "failed"),
    [(10, 990, 3), (100, 9_900, 500), (5_000, 5_000, 60), (5_000, 5_000, 5_000), (500, 500, 990), (1, 1, 1)],
)
def test_the_product_has_the_same_likelihood(calls: int, others: int, failed: int, ratio: float) -> None:
    ours, product = (
        log_mean_power(calls, others, failed, ratio),
        odds.log_mean_power(ratio, calls, others, failed),
    )
    assert isclose(ours, product, rel_tol=1e-9, abs_tol=1e-7)


def test_the_bound_at_a_small_weight_is_one_sample_of_the_candidate_against_a_known_rate() -> None:
    divergence = 0.05 * log(0.05 / 0.001) + 0.95 * log(0.95 / 0.999)
    found = information_bound(Constant(Cell(100, 0.001, 0.05), 1e-6))
    assert isclose(found, log(100) / divergence, rel_tol=1e-3)


def test_the_bounds_are_those_of_the_design() -> None:
    assert [round(information_bound(each)) for each in CONSTANTS] == [
        40, 4150, 984, 50, 34, 10, 9035, 863, 135, 184,
    ]  # fmt: skip


def test_no_judge_needs_less_than_the_bound_and_the_oracle_is_no_worse_than_the_judge() -> None:
    constant = CONSTANTS[3]
    found = [needed(constant, f"{seed}") for seed in range(100)]
    judge, unconfirmed, oracle, waiting = (sum(column) / len(found) for column in zip(*found, strict=True))
    assert information_bound(constant) < oracle < unconfirmed <= judge
    assert oracle < waiting < judge


def test_an_oracle_that_waits_for_two_minutes_needs_no_more_than_two_in_which_all_fails() -> None:
    failing = Constant(Cell(1_000, 0.0, 1.0), 0.1)
    minute = World(failing.cell, "one").minute(0, [Piece(0.0, failing.weight)]).seen
    oracle = Oracle(true_odds(failing.cell), minutes=2)
    oracle.see(minute)
    assert oracle.log_evidence == 0
    oracle.see(minute)
    assert oracle.log_evidence > log(100)


def test_odds_are_those_of_failing() -> None:
    assert true_odds(Cell(1, 0.2, 0.5)) == pytest.approx(4)
