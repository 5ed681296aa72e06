"""The evidence that a candidate is worse: a fair bet each minute, and one bad minute is not enough."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import exp, log
from random import Random

import pytest

from hotplug.core.evidence import EvidenceSettings, Minute
from hotplug.core.evidence.statistics.expected import ExpectedFailures
from hotplug.core.evidence.statistics.regression import FIRST_STAKES, HEADROOM, ODDS, Regression
from tests.support.minutes import a_minute, counts, drawn, every_failing, mean, splits

DEFAULT_SETTINGS = EvidenceSettings()
AT_ONCE = EvidenceSettings(confirm_minutes=1)
IN_BURSTS = EvidenceSettings(confirm_minutes=1, error_burst_size=3)
QUIET = [a_minute((50, 0), (450, 1))] * 5
GETTING_WORSE = [a_minute((50, x), (450, 1)) for x in (0, 1, 2, 1)]
NEEDED = log(100)
"""To roll back, at the usual risk."""


class Watched:
    """A regression that learns what is usual as it goes, like one of the judge's metrics."""

    def __init__(self, settings: EvidenceSettings = DEFAULT_SETTINGS, before: Sequence[Minute] = ()) -> None:
        self.regression = Regression(settings)
        self.expected = ExpectedFailures.of("errors")
        for minute in before:
            self.see(minute)

    def see(self, minute: Minute) -> float:
        """How much the minute added to the logarithm of the evidence."""
        before = self.regression.log_evidence
        self.regression.see(minute, self.expected)
        self.expected.learn(minute)
        return self.regression.log_evidence - before

    @property
    def rolls_back(self) -> bool:
        return self.regression.log_evidence >= NEEDED

    @property
    def stakes(self) -> list[float]:
        return list(self.regression.stakes)


def factor(minute: Minute, settings: EvidenceSettings, before: Sequence[Minute]) -> float:
    return exp(Watched(settings, before).see(minute))


def is_shared_trouble(minute: Minute, before: Sequence[Minute]) -> bool:
    return Watched(before=before).expected.is_shared_trouble(minute)


RULES = [
    pytest.param(AT_ONCE, id="at once"),
    pytest.param(DEFAULT_SETTINGS, id="to be confirmed"),
    pytest.param(replace(DEFAULT_SETTINGS, confirm_minutes=4), id="to be confirmed three times"),
    pytest.param(IN_BURSTS, id="failures in bursts"),
    pytest.param(replace(IN_BURSTS, confirm_minutes=2), id="bursts, to be confirmed"),
]
HISTORIES = [
    pytest.param([], id="the first minute"),
    pytest.param(QUIET, id="after quiet ones"),
    pytest.param(GETTING_WORSE, id="after bad ones"),
]
NO_WORSE = [
    pytest.param(Fraction(1, 5), id="a fifth of the odds"),
    pytest.param(Fraction(9, 10), id="a little better"),
    pytest.param(Fraction(1), id="exactly as good"),
]


@pytest.mark.parametrize("odds", NO_WORSE)
@pytest.mark.parametrize("before", HISTORIES)
@pytest.mark.parametrize("settings", RULES)
@pytest.mark.parametrize(
    ("calls", "other_calls", "failed", "shared"),
    [
        pytest.param(30, 70, 3, False, id="a usual minute"),
        pytest.param(5, 95, 5, False, id="as many as the candidate has calls"),
        pytest.param(60, 40, 50, False, id="a bad minute"),
        pytest.param(5, 95, 60, True, id="trouble that both share"),
        pytest.param(5, 95, 100, True, id="all failed"),
    ],
)
def test_no_minute_speaks_against_a_healthy_candidate_on_average(
    calls: int,
    other_calls: int,
    failed: int,
    shared: bool,
    settings: EvidenceSettings,
    before: Sequence[Minute],
    odds: Fraction,
) -> None:
    minutes = {x: a_minute((calls, x), (other_calls, failed - x)) for x in splits(calls, other_calls, failed)}
    assert {is_shared_trouble(each, before) for each in minutes.values()} == {shared}
    chances = splits(calls, other_calls, failed, odds)
    factors = ((chances[x], factor(each, settings, before)) for x, each in minutes.items())
    assert mean(factors) <= 1 + 1e-9


@pytest.mark.parametrize("before", HISTORIES)
@pytest.mark.parametrize("settings", RULES)
@pytest.mark.parametrize(
    ("calls", "failed", "weight"),
    [
        pytest.param(40, 3, 0.3, id="few fail"),
        pytest.param(40, 17, 0.3, id="many fail, shared or not as the split will have it"),
        pytest.param(24, 24, 0.05, id="all fail"),
        pytest.param(60, 1, 0.5, id="one fails"),
    ],
)
def test_neither_does_one_in_which_the_weight_changed(
    calls: int, failed: int, weight: float, settings: EvidenceSettings, before: Sequence[Minute]
) -> None:
    """Whatever the other calls did: here they came by chance at the highest weight, the least favourable."""
    factors = (
        (bad_chance * good_chance, factor(minute, settings, before))
        for x, bad_chance in counts(failed, weight).items()
        for y, good_chance in counts(calls - failed, weight).items()
        for minute in [
            a_minute((x + y, x), (calls - x - y, failed - x), weight=(weight / 2, weight)),
        ]
        if bad_chance * good_chance > 1e-15
    )
    assert mean(factors) <= 1 + 1e-9


@pytest.mark.parametrize("settings", RULES)
@pytest.mark.parametrize("weight", [pytest.param(0.3, id="a weight"), pytest.param((0.1, 0.3), id="two")])
def test_more_failures_of_the_candidate_are_never_less_evidence(
    settings: EvidenceSettings, weight: float | tuple[float, float]
) -> None:
    for before in ([], GETTING_WORSE):
        factors = [
            factor(a_minute((30, x), (70, 20 - x), weight=weight), settings, before) for x in range(21)
        ]
        assert factors == sorted(factors)
        assert factors[0] < 1 < factors[-1]


@pytest.mark.parametrize(
    "minute",
    [
        pytest.param(a_minute((100, 0), (900, 0)), id="without failures"),
        pytest.param(a_minute((0, 0), (900, 3)), id="without calls of the candidate"),
        pytest.param(a_minute((0, 0), (900, 3), weight=(0, 0.1)), id="without any, while the weight rose"),
        pytest.param(a_minute((0, 0), (900, 450)), id="without any, amid trouble"),
        pytest.param(a_minute((900, 450), (0, 0)), id="without calls of the stable version"),
        pytest.param(a_minute((0, 0), (0, 0)), id="without calls"),
    ],
)
def test_a_minute_that_compares_nothing_says_nothing(minute: Minute) -> None:
    watched = Watched(before=GETTING_WORSE)
    stakes = watched.stakes
    assert watched.see(minute) == 0
    assert watched.stakes == stakes


@pytest.mark.parametrize(
    "weight", [pytest.param(0.1, id="a weight"), pytest.param((0.05, 0.1), id="a weight that changed")]
)
@pytest.mark.parametrize("candidate_failures", [0, 40])
def test_trouble_that_both_share_costs_half_of_the_evidence_at_most_and_teaches_nothing(
    candidate_failures: int, weight: float | tuple[float, float]
) -> None:
    watched = Watched(before=[a_minute((100, 15), (900, 1))])
    stakes = watched.stakes
    outage = a_minute((1_000, candidate_failures), (9_000, 8_000), weight=weight)
    assert watched.expected.is_shared_trouble(outage)
    assert -log(2) <= watched.see(outage) < -0.6
    assert watched.stakes == stakes


def test_an_outage_does_not_hide_a_bad_candidate() -> None:
    watched = Watched()
    for _ in range(8):
        watched.see(a_minute((100, 5), (900, 1)))
        watched.see(a_minute((100, 40), (900, 360)))
    assert watched.rolls_back


def test_the_candidates_own_failures_are_no_trouble_that_both_share() -> None:
    assert not is_shared_trouble(a_minute((100, 100), (900, 3)), [])
    assert is_shared_trouble(a_minute((100, 100), (900, 100)), [])


AWFUL = [
    pytest.param(every_failing(calls=10_000), id="all calls of half the traffic"),
    pytest.param(a_minute((10_000, 10_000), (990_000, 0), weight=0.01), id="all calls of a hundredth"),
    pytest.param(a_minute((1_000, 200), (9_000, 10)), id="many calls"),
    pytest.param(a_minute((900, 900), (9_100, 0), weight=(0.01, 0.1)), id="the weight changed"),
    pytest.param(a_minute((100, 100), (900, 100)), id="the stable version has trouble too"),
]


@pytest.mark.parametrize("awful", AWFUL)
def test_one_minute_alone_never_rolls_back_and_two_do(awful: Minute) -> None:
    watched = Watched(before=QUIET)
    watched.see(awful)
    assert not watched.rolls_back
    watched.see(awful)
    assert watched.rolls_back


@pytest.mark.parametrize("awful", AWFUL)
def test_one_minute_may_where_nothing_has_to_be_confirmed(awful: Minute) -> None:
    assert Watched(AT_ONCE, [awful]).rolls_back


@pytest.mark.parametrize("confirm_minutes", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("risk", [0.0001, 0.01, 0.05, 0.2, 0.3, 0.5])
def test_so_many_minutes_have_to_speak_against_a_candidate_and_no_more(
    risk: float, confirm_minutes: int
) -> None:
    asked = replace(DEFAULT_SETTINGS, false_rollback_risk=risk, confirm_minutes=confirm_minutes)
    watched, needed = Watched(asked), -log(risk)
    for minutes in range(1, confirm_minutes + 1):
        assert watched.see(every_failing(calls=500)) == pytest.approx(needed / (confirm_minutes - HEADROOM))
        assert (watched.regression.log_evidence >= needed) is (minutes == confirm_minutes)


def test_failures_in_bursts_of_three_need_three_times_the_evidence() -> None:
    minute = a_minute((100, 2), (900, 3))
    minutes = {
        settings.error_burst_size: minutes_until_back(settings, minute) for settings in (AT_ONCE, IN_BURSTS)
    }
    assert 2.2 < minutes[3] / minutes[1] < 3.8


def minutes_until_back(settings: EvidenceSettings, minute: Minute) -> int:
    watched, seen = Watched(settings), 0
    while not watched.rolls_back:
        watched.see(minute)
        seen += 1
    return seen


def test_a_burst_that_is_no_more_than_one_cause_does_not_roll_back_where_bursts_are_expected() -> None:
    sick = a_minute((10, 3), (990, 0), weight=0.01)
    assert Watched(AT_ONCE, [sick]).rolls_back
    assert not Watched(IN_BURSTS, [sick]).rolls_back


OUTAGE_WHILE_THE_WEIGHT_ROSE = a_minute((3_000, 1_250), (7_000, 1_250), weight=(0.1, 0.5))
"""30 s at a tenth without a failure, then 30 s at a half in which every second call of both fails."""


def test_an_outage_while_the_weight_rose_speaks_against_nobody() -> None:
    watched = Watched(AT_ONCE)
    assert not watched.expected.is_shared_trouble(OUTAGE_WHILE_THE_WEIGHT_ROSE)
    assert watched.see(OUTAGE_WHILE_THE_WEIGHT_ROSE) < 0


def test_summed_up_at_one_weight_it_would_have_rolled_back() -> None:
    at_one_weight = OUTAGE_WHILE_THE_WEIGHT_ROSE._replace(weight_low=0.3, weight_high=0.3)
    assert Watched(AT_ONCE, [at_one_weight]).rolls_back


def test_a_candidate_that_breaks_while_the_weight_rises_is_found_all_the_same() -> None:
    broken = a_minute((3_000, 3_000), (7_000, 10), weight=(0.1, 0.5))
    assert Watched(AT_ONCE, [broken]).rolls_back


def test_at_one_weight_the_counts_are_known_and_say_more_than_shares() -> None:
    at_one = a_minute((50, 30), (50, 5), weight=0.5)
    assert factor(at_one, AT_ONCE, []) > 50 * factor(at_one._replace(weight_low=0.4), AT_ONCE, [])


def test_the_lowest_weight_of_a_minute_does_not_matter_as_long_as_there_are_two() -> None:
    odd = [factor(a_minute((30, 9), (70, 3), weight=(low, 0.4)), AT_ONCE, []) for low in (0.0, 0.1, 0.399)]
    assert odd == [odd[0]] * 3


def test_where_more_calls_came_than_the_weight_says_their_share_counts() -> None:
    many = a_minute((60, 9), (40, 3), weight=(0.1, 0.3))
    more = many._replace(weight_high=0.6)
    assert factor(many, AT_ONCE, []) == pytest.approx(factor(more, AT_ONCE, []))


@pytest.mark.parametrize(
    ("worse", "within"),
    [
        pytest.param(0.03, 8, id="a little worse"),
        pytest.param(0.1, 4, id="much worse"),
        pytest.param(1.0, 4, id="always failing"),
    ],
)
def test_a_candidate_that_turns_bad_after_hours_is_found_as_soon_as_one_that_was_bad_at_once(
    worse: float, within: int
) -> None:
    for seed in range(10):
        random = Random(seed)
        healthy = [drawn(random, 2_000, 0.003, 0.003, weight=0.1) for _ in range(200)]
        watched = Watched(before=healthy)
        assert not watched.rolls_back
        for _ in range(within):
            watched.see(drawn(random, 2_000, worse, 0.003, weight=0.1))
        assert watched.rolls_back, seed


def test_a_healthy_candidate_does_not_sink_so_low_that_it_could_never_be_found() -> None:
    for seed in range(10):
        random = Random(seed)
        watched = Watched(before=[drawn(random, 2_000, 0.003, 0.003, weight=0.1) for _ in range(200)])
        assert watched.regression.log_evidence > -9


def test_the_stakes_stay_shares_of_one() -> None:
    watched = Watched(before=[*GETTING_WORSE, every_failing(), a_minute((100, 0), (900, 40))])
    assert sum(watched.stakes) == pytest.approx(1)
    assert min(watched.stakes) > 0


def test_all_is_staked_and_no_more_on_how_much_worse_it_may_be() -> None:
    assert len(FIRST_STAKES) == len(ODDS)
    assert sum(FIRST_STAKES) == pytest.approx(1, abs=1e-12)
    assert min(FIRST_STAKES) > 0
    assert Watched().stakes == list(FIRST_STAKES)


def test_what_is_staked_anew_each_minute_is_spread_as_at_first() -> None:
    watched = Watched(before=[a_minute((50, 0), (450, 1))] * 500)
    fresh = 0.02
    assert all(now >= 0.9 * fresh * first for now, first in zip(watched.stakes, FIRST_STAKES, strict=True))
