"""The evidence that a candidate is safe: it wins nothing on average where the candidate is not."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import exp, log
from random import Random

import pytest

from hotplug.core.evidence import EvidenceSettings, Minute
from hotplug.core.evidence.statistics.expected import ExpectedFailures
from hotplug.core.evidence.statistics.judge import DOUBT
from hotplug.core.evidence.statistics.safety import (
    EXCESSES,
    HARDLY_ANY,
    LEAST_KEPT,
    MAX_LOG_EVIDENCE,
    STAKE_ON_ODDS,
    STAKED,
    Excess,
    Fastness,
    Safety,
    tolerable,
)
from tests.support.minutes import a_minute, counts, drawn, mean, splits

PROVEN = log(20)
"""At the usual risk."""
SIZES = [(1, 1), (1, 9), (3, 3), (8, 2), (4, 20), (12, 12)]
USUAL_RATES = [0.0001, 0.001, 0.05, 0.3]
STAKES = [
    pytest.param(LEAST_KEPT, id="hardly anything"),
    pytest.param(0.5, id="half"),
    pytest.param(STAKED, id="what it is at first"),
    pytest.param(1 - LEAST_KEPT, id="nearly all"),
]


def usually(rate: float) -> ExpectedFailures:
    return replace(ExpectedFailures.of("errors"), failures=1_000 * rate, calls=1_000)


def independent(
    calls: int, other_calls: int, rate: float, excess: float, weight: float = 0.99
) -> Iterator[tuple[float, Minute]]:
    """Every minute that calls can make, each of which fails by itself, and its chance."""
    for bad, chance in counts(calls, rate + excess).items():
        for other_bad, other_chance in counts(other_calls, rate).items():
            yield chance * other_chance, a_minute((calls, bad), (other_calls, other_bad), weight=weight)


def payoff(excess: float, minute: Minute, share: float, usual_rate: float, staked: float) -> float:
    bet = Excess(excess, staked=staked)
    bet.see(minute, share, usual_rate)
    return exp(bet.log_evidence)


@pytest.mark.parametrize("excess", EXCESSES[::5], ids="{:.3g}".format)
@pytest.mark.parametrize("staked", STAKES)
def test_a_bet_wins_nothing_where_the_candidate_is_worse_by_just_so_much(
    staked: float, excess: float
) -> None:
    for rate in (0.0, 0.01, 0.3):
        if rate + excess > 1:
            continue
        for usual_rate in USUAL_RATES:
            for calls, other_calls in SIZES:
                share = calls / (calls + other_calls)
                payoffs = (
                    (chance, payoff(excess, minute, share, usual_rate, staked))
                    for chance, minute in independent(calls, other_calls, rate, excess)
                )
                assert mean(payoffs) <= 1 + 1e-9, (rate, usual_rate, calls, other_calls)


@pytest.mark.parametrize(
    "before",
    [
        pytest.param([a_minute((500, 0), (500, 0))], id="much won"),
        pytest.param([a_minute((500, 400), (500, 0))], id="all lost"),
        pytest.param([a_minute((500, 0), (500, 0)), a_minute((50, 5), (50, 0))], id="some lost again"),
        pytest.param([a_minute((500, 0), (500, 0))] * 900, id="no more is kept in mind"),
    ],
)
@pytest.mark.parametrize("excess", [0.005, 0.1])
def test_neither_after_whatever_was_won_or_lost(excess: float, before: list[Minute]) -> None:
    bet = Excess(excess)
    for minute in before:
        bet.see(minute, 0.5, 0.001)

    def won(minute: Minute) -> float:
        now = deepcopy(bet)
        now.see(minute, 0.5, 0.001)
        return exp(now.log_evidence - bet.log_evidence)

    for rate in (0.0, 0.01, 0.3):
        chances = independent(9, 9, rate, excess)
        assert mean((chance, won(minute)) for chance, minute in chances) <= 1 + 1e-9


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.399])
@pytest.mark.parametrize("excess", [0.02, 0.3, 1.0])
def test_neither_where_more_calls_came_than_the_weight_says(excess: float, share: float) -> None:
    for rate in (0.0, 0.2):
        if rate + excess > 1:
            continue
        payoffs = (
            (chance, payoff(excess, minute, share, 0.01, 1 - LEAST_KEPT))
            for chance, minute in independent(8, 12, rate, excess)
        )
        assert mean(payoffs) <= 1 + 1e-9


@pytest.mark.parametrize("worse", [0.03, 0.3, 0.9])
@pytest.mark.parametrize("excess", [0.005, 0.02])
@pytest.mark.parametrize("staked", STAKES)
def test_neither_where_it_is_even_worse(staked: float, excess: float, worse: float) -> None:
    payoffs = (
        (chance, payoff(excess, minute, 0.25, 0.01, staked))
        for chance, minute in independent(5, 15, 0.1, worse)
    )
    assert mean(payoffs) <= 1 + 1e-9


@pytest.mark.parametrize("excess", [0.02, 0.15, 1.0])
def test_a_bet_wins_where_the_candidate_is_as_good(excess: float) -> None:
    payoffs = (
        (chance, payoff(excess, minute, 0.25, 0.01, STAKED)) for chance, minute in independent(5, 15, 0.01, 0)
    )
    assert mean(payoffs) > 1 + excess / 10


@pytest.mark.parametrize("weight", [pytest.param(0.99, id="the share"), pytest.param(0.1, id="the weight")])
@pytest.mark.parametrize("excess", [0.005, 0.02, 0.3])
def test_looking_away_from_trouble_of_the_stable_version_wins_nothing_either(
    excess: float, weight: float
) -> None:
    expected, left_out = usually(0.001), 0.0
    before = expected.rate

    def evidence(minute: Minute) -> float:
        safety = Safety(EvidenceSettings(tolerate_errors=excess))
        safety.bets = [Excess(excess)]
        safety.see(minute, expected)
        return exp(safety.bets[0].log_evidence)

    payoffs = []
    for chance, minute in independent(6, 14, 0.35, excess, weight):
        left_out += chance * expected.is_trouble_of_stable(minute)
        payoffs.append((chance, evidence(minute)))
    assert 0.2 < left_out < 0.8, "both happen"
    assert mean(payoffs) <= 1 + 1e-9
    assert expected.rate == before


def safety_after(
    *minutes: Minute, settings: EvidenceSettings | None = None
) -> tuple[Safety, ExpectedFailures]:
    safety, expected = Safety(settings or EvidenceSettings()), ExpectedFailures.of("errors")
    for minute in minutes:
        safety.see(minute, expected)
        expected.learn(minute)
    return safety, expected


def bound_after(*minutes: Minute, doubt: float = DOUBT) -> float:
    safety, _ = safety_after(*minutes)
    return safety.upper_bound(doubt)


QUIET = a_minute((500, 0), (500, 0), weight=0.5)
HEALTHY = a_minute((500, 1), (500, 1), weight=0.5)


@pytest.mark.parametrize(
    "minute",
    [
        pytest.param(a_minute((0, 0), (1_000, 0)), id="without calls of the candidate"),
        pytest.param(a_minute((1_000, 0), (0, 0)), id="without calls of the stable version"),
        pytest.param(a_minute((500, 0), (500, 400), weight=0.5), id="while the stable version had trouble"),
        pytest.param(a_minute((500, 0), (500, 0), weight=0.0), id="without a weight"),
    ],
)
def test_some_minutes_are_no_proof_of_health(minute: Minute) -> None:
    expected = ExpectedFailures.of("errors")
    safety = Safety(EvidenceSettings())
    for _ in range(100):
        safety.see(minute, expected)
    assert [bet.log_evidence for bet in safety.bets] == [0.0] * len(safety.bets)
    assert safety.upper_bound(DOUBT) == 1


def test_the_trouble_of_the_stable_version_does_not_take_a_proof_away_either() -> None:
    healthy = [HEALTHY] * 3
    trouble = a_minute((500, 200), (500, 200), weight=0.5)
    safety, expected = safety_after(*healthy)
    before = [bet.log_evidence for bet in safety.bets]
    safety.see(trouble, expected)
    assert [bet.log_evidence for bet in safety.bets] == before


def test_a_few_failures_more_of_the_stable_version_are_no_reason_to_look_away() -> None:
    assert bound_after(*[a_minute((500, 1), (500, 6), weight=0.5)] * 8) < bound_after(*[HEALTHY] * 2)


def test_calls_that_the_weight_does_not_account_for_prove_nothing() -> None:
    accounted = a_minute((500, 0), (500, 0), weight=0.5)
    surplus = accounted._replace(weight_low=0.01, weight_high=0.01)
    assert bound_after(surplus) > bound_after(accounted)


def test_in_a_minute_in_which_the_weight_changed_the_highest_counts() -> None:
    changed = a_minute((500, 0), (500, 0), weight=(0.0, 0.5))
    assert bound_after(changed) == bound_after(QUIET)


@pytest.mark.parametrize("doubt", [0.05, DOUBT])
def test_a_bound_only_falls(doubt: float) -> None:
    for seed in range(20):
        random = Random(seed)
        minutes = [drawn(random, 400, 0.02, 0.01, random.choice([0.01, 0.1, 0.5])) for _ in range(15)]
        bounds = [bound_after(*minutes[:n], doubt=doubt) for n in range(len(minutes) + 1)]
        assert bounds == sorted(bounds, reverse=True)
        assert bounds[0] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "excess"),
    [
        pytest.param(0.0, 0.01, id="a stable version that never fails"),
        pytest.param(0.001, 0.005, id="a small excess"),
        pytest.param(0.01, 0.02, id="a usual rate"),
        pytest.param(0.1, 0.3, id="a large excess of a version that often fails"),
    ],
)
def test_a_bound_is_seldom_wrong_whenever_one_looks(rate: float, excess: float) -> None:
    """Wrong would be to rule out what is true; at so much excess exactly, that is likeliest."""
    deployments, wrong = 600, 0
    for seed in range(deployments):
        random = Random(seed)
        calls, weights = round(10 / excess), (0.05, 0.2, 0.5)
        minutes = [drawn(random, calls, rate + excess, rate, weights[min(n // 3, 2)]) for n in range(9)]
        wrong += bound_after(*minutes) <= excess
    assert wrong <= DOUBT * deployments


def test_but_a_healthy_candidate_gets_a_low_bound_soon() -> None:
    for seed in range(20):
        random = Random(seed)
        assert bound_after(*[drawn(random, 1_000, 0.001, 0.001) for _ in range(5)]) <= 0.0075


def test_a_bound_at_less_doubt_is_higher() -> None:
    minutes = [HEALTHY] * 2
    bounds = [bound_after(*minutes, doubt=doubt) for doubt in (0.5, 0.2, 0.05, 1e-4)]
    assert bounds == sorted(bounds)
    assert bounds[0] < bounds[-1]


@pytest.mark.parametrize(
    ("tolerate", "usual_rate", "most"),
    [
        pytest.param(0.005, 0.001, 0.005, id="what was said"),
        pytest.param(0.0123, 0.001, 0.0123, id="what was said, whatever it is"),
        pytest.param(0.005, 0.0108, 0.0108, id="the usual failure rate, where it is more"),
        pytest.param(0.0001, 0.0, 0.0001, id="less than any that is tried of itself"),
        pytest.param(0.005, 0.9, 0.9, id="never more than the usual failure rate"),
    ],
)
def test_the_excess_that_has_to_be_ruled_out(tolerate: float, usual_rate: float, most: float) -> None:
    asked = EvidenceSettings(tolerate_errors=tolerate)
    safety, _ = safety_after(*[HEALTHY] * 3, a_minute((500, 400), (500, 0), weight=0.5), settings=asked)
    assert tolerable(asked, usually(usual_rate)) == most
    wanted = max((bet for bet in safety.bets if bet.excess <= most), key=lambda bet: bet.excess)
    assert safety.log_evidence(usually(usual_rate)) == wanted.most
    assert safety.log_evidence(usually(usual_rate), now=True) == wanted.log_evidence < wanted.most


def test_the_excesses_that_are_tried_are_close_to_each_other_up_to_all() -> None:
    assert list(EXCESSES) == sorted(EXCESSES)
    assert (EXCESSES[0], EXCESSES[-1]) == (0.002, 1.0)
    assert max(later / earlier for earlier, later in pairwise(EXCESSES)) < 1.151


TERRIBLE = a_minute((10**6, 10**6), (10**6, 0))


@pytest.mark.parametrize("excess", [0.005, 0.3, 1.0])
@pytest.mark.parametrize("good_before", [0, 1, 100])
def test_a_terrible_minute_takes_the_proof_away_and_not_for_good(excess: float, good_before: int) -> None:
    bet, good = Excess(excess), a_minute((10**4, 0), (10**4, 0))
    for _ in range(good_before):
        bet.see(good, 0.5, 0.001)
    most = bet.most
    bet.see(TERRIBLE, 0.5, 0.001)
    assert -25 < bet.log_evidence < 0
    assert bet.staked == LEAST_KEPT
    assert bet.most == most
    for _ in range(4):
        bet.see(good, 0.5, 0.001)
    assert bet.log_evidence >= PROVEN


def test_a_bet_that_was_lost_again_and_again_can_be_won_back() -> None:
    bet = Excess(0.05)
    for _ in range(50):
        bet.see(TERRIBLE, 0.5, 0.001)
    assert bet.log_evidence > log(1 - STAKED) - 1e-6, "all but once nearly nothing was staked"
    for _ in range(10):
        bet.see(a_minute((1_000, 0), (1_000, 0)), 0.5, 0.001)
    assert bet.log_evidence >= PROVEN


def test_no_more_is_kept_in_mind_than_one_minute_can_take_away() -> None:
    assert -log(LEAST_KEPT) > MAX_LOG_EVIDENCE
    smallest_risk, largest_suspicion = log(10_000), log(10_000)
    assert smallest_risk + largest_suspicion < MAX_LOG_EVIDENCE


def test_what_pays_gets_nearly_all_stakes_and_no_more_than_all() -> None:
    bet, fast = Excess(0.1), fastness_after({FASTER: 20})
    bet.see(a_minute((10**4, 0), (10**4, 0)), 0.5, 0.001)
    assert bet.staked == 1 - LEAST_KEPT
    assert sum(fast.stakes) == pytest.approx(1, abs=1e-12)
    assert min(fast.stakes) > 0
    assert fast.stakes[2] > 0.95


def test_a_proof_stays_once_it_was_given() -> None:
    safety, expected = safety_after(*[QUIET] * 4)
    proof = safety.log_evidence(expected)
    assert proof >= PROVEN
    safety.see(a_minute((500, 500), (500, 0), weight=0.5), expected)
    assert safety.log_evidence(expected) == proof
    assert safety.log_evidence(expected, now=True) < 0


SLOW_AS_EVER = ExpectedFailures.of("p50_harm")


def fastness(minute: Minute, before: Mapping[Minute, int]) -> float:
    fast = fastness_after(before)
    now = fast.log_odds
    fast.see(minute, SLOW_AS_EVER)
    return exp(fast.log_odds - now)


def fastness_after(minutes: Mapping[Minute, int], expected: ExpectedFailures = SLOW_AS_EVER) -> Fastness:
    fast = Fastness()
    for minute, times in minutes.items():
        for _ in range(times):
            fast.see(minute, expected)
    return fast


FASTER = a_minute((100, 20), (100, 50), "p50_harm", 0.5)
AS_SLOW = a_minute((100, 50), (100, 50), "p50_harm", 0.5)
QUICK = a_minute((1_000, 0), (1_000, 0), "p50_harm", 0.5)


@pytest.mark.parametrize("odds", [Fraction(1), Fraction(3, 2), Fraction(5), Fraction(40)])
@pytest.mark.parametrize(
    "before",
    [
        pytest.param({}, id="the first minute"),
        pytest.param({FASTER: 2}, id="after a faster one"),
        pytest.param({AS_SLOW: 3}, id="after slow ones"),
    ],
)
def test_a_candidate_that_is_too_slow_proves_nothing_on_average(
    before: Mapping[Minute, int], odds: Fraction
) -> None:
    for calls, other_calls, bad in [(1, 9, 5), (10, 10, 3), (20, 20, 39), (30, 10, 20), (5, 95, 50)]:
        factors = (
            (chance, fastness(a_minute((calls, x), (other_calls, bad - x), "p50_harm"), before))
            for x, chance in splits(calls, other_calls, bad, odds).items()
        )
        assert mean(factors) <= 1 + 1e-9, (calls, other_calls, bad)


SELDOM_SLOW = replace(SLOW_AS_EVER, failures=10.0, calls=1_000)
"""A hundredth now, where it was a half."""


def together(fast: Fastness) -> float:
    """What both of its bets are worth, where both count."""
    return STAKE_ON_ODDS * exp(fast.log_odds) + (1 - STAKE_ON_ODDS) * exp(fast.hardly_any.log_evidence)


@pytest.mark.parametrize("worse", [HARDLY_ANY, 0.1, 0.6])
@pytest.mark.parametrize("rate", [0.0, 0.01, 0.3])
@pytest.mark.parametrize(
    "before",
    [
        pytest.param({}, id="the first minute"),
        pytest.param({FASTER: 2}, id="after a faster one"),
        pytest.param({AS_SLOW: 3}, id="after slow ones"),
        pytest.param({QUICK: 3}, id="after quick ones"),
    ],
)
def test_neither_do_both_bets_together_where_hardly_any_call_is_slow(
    before: Mapping[Minute, int], rate: float, worse: float
) -> None:
    fast = fastness_after(before, SELDOM_SLOW)

    def then(minute: Minute) -> float:
        after = deepcopy(fast)
        after.see(minute, SELDOM_SLOW)
        assert after.log_evidence == pytest.approx(max(fast.log_evidence, log(together(after))))
        return together(after)

    for calls, other_calls in [(1, 9), (9, 1), (8, 8)]:
        chances = independent(calls, other_calls, rate, worse, 0.5)
        assert mean((chance, then(minute)) for chance, minute in chances) <= together(fast) * (1 + 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("worse", [HARDLY_ANY, 0.2])
@pytest.mark.parametrize("expected", [SLOW_AS_EVER, SELDOM_SLOW], ids=["slow as ever", "seldom slow"])
def test_whenever_one_looks_a_slow_candidate_is_no_more_often_proven_fast_than_by_its_risk(
    expected: ExpectedFailures, worse: float
) -> None:
    found = list(after_all_minutes(Fastness(), 1.0, 3, expected, worse))
    assert mean((chance, 1.0) for chance, _ in found) == pytest.approx(1)
    for risk in (0.9, 0.5, 0.3, 0.1):
        assert mean((chance, evidence >= -log(risk)) for chance, evidence in found) <= risk


def after_all_minutes(
    fast: Fastness, chance: float, minutes: int, expected: ExpectedFailures, worse: float
) -> Iterator[tuple[float, float]]:
    """The chance of all that can happen in so many minutes, and the evidence then."""
    if not minutes:
        yield chance, fast.log_evidence
        return
    for next_chance, minute in independent(3, 3, 0.4, worse, 0.5):
        after = deepcopy(fast)
        after.see(minute, expected)
        yield from after_all_minutes(after, chance * next_chance, minutes - 1, expected, worse)


def test_one_that_is_faster_proves_it_soon() -> None:
    assert fastness_after({FASTER: 1}).log_evidence >= PROVEN
    assert fastness_after({AS_SLOW: 50}).log_evidence < PROVEN


@pytest.mark.parametrize(
    "minute",
    [
        pytest.param(FASTER._replace(weight_low=0.1), id="in which the weight changed"),
        pytest.param(a_minute((0, 0), (100, 50), "p50_harm"), id="without calls of the candidate"),
        pytest.param(a_minute((100, 50), (0, 0), "p50_harm"), id="without calls of the stable version"),
    ],
)
def test_a_minute_is_left_out(minute: Minute) -> None:
    fast = fastness_after({FASTER: 1})
    before = deepcopy(fast)
    fast.see(minute, SLOW_AS_EVER)
    assert fast == before


def test_where_no_call_was_slow_odds_say_nothing() -> None:
    fast = fastness_after({FASTER: 1})
    before, stakes = fast.log_odds, list(fast.stakes)
    fast.see(a_minute((100, 0), (100, 0), "p50_harm"), SLOW_AS_EVER)
    assert (fast.log_odds, fast.stakes) == (before, stakes)


def test_slow_minutes_do_not_take_the_proof_back() -> None:
    fast = fastness_after({FASTER: 2, a_minute((100, 90), (100, 50), "p50_harm", 0.5): 2})
    assert fast.log_odds < fast.log_evidence
    assert fast.log_evidence == fastness_after({FASTER: 2}).log_evidence


@pytest.mark.parametrize(
    ("rate", "slow", "stable_slow", "proven"),
    [
        pytest.param(0.5, 0, 0, False, id="as slow as ever, but not this time"),
        pytest.param(0.13, 0, 0, False, id="a quarter as slow as it was"),
        pytest.param(0.12, 0, 0, True, id="less than that"),
        pytest.param(0.01, 5, 5, True, id="both hardly slow"),
        pytest.param(0.01, 0, 300, True, id="the stable version slower"),
        pytest.param(0.01, 15, 5, False, id="the candidate slower by more than is let pass"),
        pytest.param(0.01, 900, 5, False, id="the candidate slow"),
    ],
)
def test_where_hardly_any_call_is_slow_any_more_an_excess_is_ruled_out_instead_of_odds(
    rate: float, slow: int, stable_slow: int, proven: bool
) -> None:
    expected = replace(SLOW_AS_EVER, failures=1_000 * rate, calls=1_000)
    fast = Fastness()
    for _ in range(8):
        fast.see(a_minute((1_000, slow), (1_000, stable_slow), "p50_harm", 0.5), expected)
    assert (fast.log_evidence >= PROVEN) == proven


def test_neither_there_calls_prove_anything_that_the_weight_does_not_account_for() -> None:
    surplus = QUICK._replace(weight_low=0.001, weight_high=0.001)
    assert fastness_after({QUICK: 8}, SELDOM_SLOW).log_evidence >= PROVEN
    assert fastness_after({surplus: 8}, SELDOM_SLOW).log_evidence < PROVEN


def test_that_hardly_any_call_is_slow_counts_only_while_that_is_so() -> None:
    less_slow = replace(SLOW_AS_EVER, failures=130.0, calls=1_000)
    fast = fastness_after({QUICK: 8}, less_slow)
    assert fast.hardly_any.log_evidence >= PROVEN
    assert fast.log_evidence == 0
    fast.see(QUICK, SELDOM_SLOW)
    proof = fast.log_evidence
    assert proof == pytest.approx(log(together(fast)))
    assert proof >= PROVEN
    fast.see(AS_SLOW, SLOW_AS_EVER)
    assert fast.log_evidence == proof


def test_odds_that_prove_it_do_so_however_slow_it_is() -> None:
    often, seldom = (fastness_after({FASTER: 1}, expected) for expected in (SLOW_AS_EVER, SELDOM_SLOW))
    assert often.log_evidence == pytest.approx(log(STAKE_ON_ODDS) + often.log_odds)
    assert seldom.log_odds == often.log_odds
    assert seldom.log_evidence >= often.log_evidence >= PROVEN
