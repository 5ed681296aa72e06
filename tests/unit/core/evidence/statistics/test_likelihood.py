"""The likelihood ratios are exact, and fair bets: on average they win nothing where nothing is wrong."""

from collections.abc import Iterator
from fractions import Fraction
from math import comb, exp, fsum, lgamma, log
from random import Random

import pytest

from hotplug.core.evidence.statistics import regression, safety
from hotplug.core.evidence.statistics.likelihood import (
    STRIDE_DEVIATIONS,
    _bell,
    _strided,
    _summed,
    log_mean_power,
    log_ratio,
    log_ratio_of_share,
)
from tests.support.minutes import counts, mean, splits

WORSE = [odds for odds in regression.ODDS if odds > 1]
BETTER = safety.ODDS
SIZES = [
    (calls, other_calls, failed)
    for calls in (1, 2, 5, 17)
    for other_calls in (1, 3, 20, 60)
    for failed in sorted({1, 2, 4, 9, 18, calls + other_calls - 1, calls + other_calls})
    if failed <= calls + other_calls
]
NO_WORSE = [
    pytest.param(Fraction(1, 5), id="a fifth of the odds"),
    pytest.param(Fraction(1, 2), id="half the odds"),
    pytest.param(Fraction(9, 10), id="a little better"),
    pytest.param(Fraction(1), id="exactly as good"),
]


def exactly(odds: float, calls: int, other_calls: int, failed: int) -> float:
    """The log of the mean of odds ** X, in whole numbers."""
    up, down = odds.as_integer_ratio()
    ways = sum(
        comb(calls, x) * comb(other_calls, failed - x) * up**x * down ** (failed - x)
        for x in range(max(0, failed - other_calls), min(calls, failed) + 1)
    )
    return log(ways) - log(comb(calls + other_calls, failed)) - failed * log(down)


def by_every_term(odds: float, calls: int, other_calls: int, failed: int) -> float:
    """The same for sizes at which whole numbers are too long."""

    def ways(n: int, k: int) -> float:
        return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

    terms = [
        ways(calls, x) + ways(other_calls, failed - x) + x * log(odds)
        for x in range(max(0, failed - other_calls), min(calls, failed) + 1)
    ]
    top = max(terms)
    return top + log(fsum(exp(each - top) for each in terms)) - ways(calls + other_calls, failed)


@pytest.mark.parametrize("odds", [*regression.ODDS, *BETTER])
@pytest.mark.parametrize(
    ("calls", "other_calls", "failed"),
    [
        pytest.param(30, 50, 0, id="nothing failed"),
        pytest.param(30, 50, 1, id="one failed"),
        pytest.param(30, 50, 80, id="all failed"),
        pytest.param(30, 50, 79, id="all but one failed"),
        pytest.param(1, 99, 7, id="one call of the candidate"),
        pytest.param(99, 1, 7, id="one call of the stable version"),
        pytest.param(1, 1, 1, id="one call of each"),
        pytest.param(0, 40, 3, id="no call of the candidate"),
        pytest.param(40, 0, 3, id="no call of the stable version"),
        pytest.param(40, 10, 30, id="more failed than the stable version had calls"),
        pytest.param(10, 40, 30, id="more failed than the candidate had calls"),
        pytest.param(400, 400, 300, id="many of many"),
    ],
)
def test_the_mean_is_exact(odds: float, calls: int, other_calls: int, failed: int) -> None:
    found = log_mean_power(odds, calls, other_calls, failed)
    assert found == pytest.approx(exactly(odds, calls, other_calls, failed), rel=1e-10, abs=1e-10)


def test_the_mean_is_exact_for_any_sizes() -> None:
    random = Random(1)
    for _ in range(400):
        calls, other_calls = random.randint(0, 250), random.randint(0, 250)
        failed = random.randint(0, calls + other_calls)
        odds = random.choice([*regression.ODDS, *BETTER, random.uniform(0.05, 2000)])
        sizes = odds, calls, other_calls, failed
        assert log_mean_power(*sizes) == pytest.approx(exactly(*sizes), rel=1e-10, abs=1e-10), sizes


LARGE = [
    pytest.param(1.5, 1_000, 9_000, 3_000, id="a tenth of the calls, a third fails"),
    pytest.param(1.5, 5_000, 5_000, 9_000, id="nearly all fail"),
    pytest.param(2.5, 1_000, 99_000, 50_000, id="a hundredth of the calls, half fails"),
    pytest.param(5.0, 50_000, 50_000, 300, id="few fail"),
    pytest.param(12.0, 30_000, 70_000, 20_000, id="much worse odds"),
    pytest.param(50.0, 50_000, 50_000, 50_000, id="odds that push to the edge"),
    pytest.param(1000.0, 50_000, 50_000, 50_000, id="odds that push to the very edge"),
    pytest.param(0.85, 10_000, 10_000, 10_000, id="slightly better odds"),
    pytest.param(0.15, 60_000, 40_000, 50_000, id="far better odds"),
    pytest.param(2.5, 100, 99_900, 60_000, id="a candidate with few calls"),
]


@pytest.mark.parametrize(("odds", "calls", "other_calls", "failed"), LARGE)
def test_a_sum_over_some_terms_is_the_sum_over_all(
    odds: float, calls: int, other_calls: int, failed: int
) -> None:
    spare, low, high = other_calls - failed, max(0, failed - other_calls), min(calls, failed)
    top, spread = _bell(odds, calls, failed, spare, low, high)
    stride = int(spread / STRIDE_DEVIATIONS)
    assert stride > 1, "nothing would be left out"
    bounds = low, top, high
    every = _summed(odds, calls, failed, spare, bounds)
    assert _strided(odds, calls, failed, spare, bounds, stride) == pytest.approx(every, rel=1e-9)


@pytest.mark.parametrize(("odds", "calls", "other_calls", "failed"), LARGE)
def test_the_mean_is_right_at_large_sizes(odds: float, calls: int, other_calls: int, failed: int) -> None:
    found = log_mean_power(odds, calls, other_calls, failed)
    assert found == pytest.approx(by_every_term(odds, calls, other_calls, failed), rel=0, abs=2e-9)


@pytest.mark.parametrize("failed", [1, 1_000, 300_000, 999_999])
def test_at_equal_odds_the_mean_of_a_million_calls_is_one(failed: int) -> None:
    assert log_mean_power(1.0, 100_000, 900_000, failed) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("odds", [*WORSE, *BETTER])
def test_a_bet_is_exactly_fair_where_both_are_equally_healthy(odds: float) -> None:
    for calls, other_calls, failed in SIZES:
        payoffs = payoffs_of(odds, calls, other_calls, failed, Fraction(1))
        assert mean(payoffs) == pytest.approx(1, abs=1e-9), (calls, other_calls, failed)


@pytest.mark.parametrize("true_odds", NO_WORSE)
@pytest.mark.parametrize("odds", WORSE)
def test_a_bet_against_the_candidate_wins_nothing_where_it_is_no_worse(
    odds: float, true_odds: Fraction
) -> None:
    for calls, other_calls, failed in SIZES:
        payoffs = payoffs_of(odds, calls, other_calls, failed, true_odds)
        assert mean(payoffs) <= 1 + 1e-9, (calls, other_calls, failed)


@pytest.mark.parametrize("odds", WORSE)
def test_a_bet_on_the_true_odds_wins(odds: float) -> None:
    for calls, other_calls, failed in SIZES:
        payoffs = payoffs_of(odds, calls, other_calls, failed, Fraction(odds))
        can_tell = failed < calls + other_calls
        assert (mean(payoffs) > 1 + 1e-9) == can_tell, (calls, other_calls, failed)


def payoffs_of(
    odds: float, calls: int, other_calls: int, failed: int, true_odds: Fraction
) -> Iterator[tuple[float, float]]:
    for x, chance in splits(calls, other_calls, failed, true_odds).items():
        yield chance, exp(log_ratio(odds, (calls, x), (other_calls, failed - x)))


@pytest.mark.parametrize(
    "share_of_most", [pytest.param(0.0, id="none"), 0.3, 0.9, pytest.param(1.0, id="the most")]
)
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("odds", WORSE)
def test_where_only_the_most_of_a_share_is_known_a_bet_wins_nothing_either(
    odds: float, share: float, share_of_most: float
) -> None:
    for failed in (1, 2, 5, 30):
        by_chance = counts(failed, share * share_of_most).items()
        payoffs = ((chance, exp(log_ratio_of_share(odds, share, x, failed))) for x, chance in by_chance)
        assert mean(payoffs) <= 1 + 1e-9, failed


@pytest.mark.parametrize("odds", WORSE)
def test_at_exactly_the_most_of_a_share_a_bet_is_fair(odds: float) -> None:
    for failed in (1, 2, 5, 30):
        by_chance = counts(failed, 0.2).items()
        payoffs = ((chance, exp(log_ratio_of_share(odds, 0.2, x, failed))) for x, chance in by_chance)
        assert mean(payoffs) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("true_odds", NO_WORSE)
@pytest.mark.parametrize("odds", WORSE)
def test_the_candidates_share_of_calls_may_stand_for_the_counts(odds: float, true_odds: Fraction) -> None:
    for calls, other_calls, failed in SIZES:
        share = calls / (calls + other_calls)
        payoffs = (
            (chance, exp(log_ratio_of_share(odds, share, x, failed)))
            for x, chance in splits(calls, other_calls, failed, true_odds).items()
        )
        assert mean(payoffs) <= 1 + 1e-9, (calls, other_calls, failed)
