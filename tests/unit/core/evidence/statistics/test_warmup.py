"""Slow calls that new environments explain: many by the median, few by the p99, none after a while."""

from dataclasses import replace
from itertools import pairwise
from math import exp, sqrt

import pytest

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.statistics.model import SLOWER
from hotplug.core.evidence.statistics.warmup import curve_of, odds_beside, room_of

DEFAULTS = EvidenceSettings()
LOG_NORMAL = tuple(250 * exp(0.4 * score) for score in (0, 1.2815515655, 2.3263478740))


@pytest.mark.parametrize(
    ("metric", "slow"), [pytest.param("p50", 50), pytest.param("p90", 24.5), pytest.param("p99", 7.5)]
)
def test_one_environment_explains_so_many_slow_calls(metric: str, slow: float) -> None:
    assert curve_of(metric, DEFAULTS)(100) == pytest.approx(slow, rel=0.01)


@pytest.mark.parametrize("metric", SLOWER)
def test_the_first_call_may_be_slow_in_any_way_and_each_later_one_less(metric: str) -> None:
    curve = curve_of(metric, DEFAULTS)
    assert (curve(0), curve(1), curve(0.25)) == (0, 1, 0.25)
    gained = [later - before for before, later in pairwise(curve(call) for call in range(120))]
    assert gained == sorted(gained, reverse=True)
    assert min(gained) == 0
    assert curve(95) == curve(10_000)


@pytest.mark.parametrize("metric", SLOWER)
def test_the_usual_quantiles_say_how_far_durations_are_spread(metric: str) -> None:
    def explained(usual_ms: tuple[float, ...]) -> float:
        return curve_of(metric, replace(DEFAULTS, usual_ms=usual_ms))(100)

    assumed = curve_of(metric, DEFAULTS)(100)
    assert explained(LOG_NORMAL) == pytest.approx(assumed)
    assert explained((100, 110, 120)) > assumed
    assert explained((100, 400, 1_600)) < assumed
    assert explained((50, 50, 50)) == pytest.approx(88, abs=3), "all that are more than a tenth slower"


@pytest.mark.parametrize(
    "usual_ms",
    [
        pytest.param((0.0, 0.0, 0.0), id="none"),
        pytest.param((100.0,), id="one"),
        pytest.param((300.0, 200.0, 100.0), id="out of order"),
    ],
)
@pytest.mark.parametrize("metric", SLOWER)
def test_quantiles_that_cannot_be_do_no_harm(metric: str, usual_ms: tuple[float, ...]) -> None:
    assert 1 <= curve_of(metric, replace(DEFAULTS, usual_ms=usual_ms))(100) <= 100


@pytest.mark.parametrize("metric", SLOWER)
def test_settings_say_how_long_and_how_much(metric: str) -> None:
    def explained(settings: EvidenceSettings) -> float:
        return curve_of(metric, settings)(10_000)

    default = explained(DEFAULTS)
    assert explained(replace(DEFAULTS, warmup_calls=0)) == 0
    assert explained(replace(DEFAULTS, warmup_calls=1)) == 1
    assert explained(replace(DEFAULTS, warmup_calls=200)) == pytest.approx(2 * default, rel=0.1)
    assert explained(replace(DEFAULTS, warmup_slowdown=3)) > 1.2 * default
    assert explained(replace(DEFAULTS, warmup_slowdown=1)) == 1
    assert explained(replace(DEFAULTS, tolerate_slower=0.5)) < default


def test_a_little_more_is_let_pass_than_is_explained_and_much_more_of_little() -> None:
    assert room_of(0, 0) == 0
    assert room_of(0, 1.5) == 1.5
    assert room_of(0.25, 0) == 0.25 + 1.25 * sqrt(0.25)
    assert room_of(16, 1) == 16 + 0.5 * 4 + 0.75 + 1


def test_the_odds_are_those_of_what_is_left() -> None:
    odds = odds_beside((1.0, 3.0, 99.0), 0.5, 100, 20)
    assert odds[0] == 1
    assert odds[1] == pytest.approx((75 - 20) / 25)
    assert odds[2] == pytest.approx((99 - 20) / 1)
    assert odds_beside((1.0, 3.0, 99.0), 0.5, 100, 0) == pytest.approx([1, 3, 99])


def test_there_is_nothing_to_bet_on_where_all_may_be_excused() -> None:
    assert odds_beside((1.0, 3.0, 400.0), 0.1, 30, 30) == [1, 1, 1]
