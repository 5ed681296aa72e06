"""A candidate gets as much traffic as it may spoil, if it is as bad as it still may be."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from math import inf, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as any_

from hotplug.core.evidence import (
    Assessment,
    EvidenceSettings,
    Finding,
    Minute,
    OnTimeLimit,
    Probe,
    assess,
    at_time_limit,
    may_pulse,
    next_weight,
    pulse_seconds,
)
from tests.support.minutes import a_minute, every_failing

DEFAULT_SETTINGS = EvidenceSettings()
UNKNOWN: Mapping[str, float] = {"errors": 1.0}
SUSPECT = log(10.1)


def known(
    bounds: Mapping[str, float] = UNKNOWN,
    log_evidence: float = 0.0,
    verdict: Finding = Finding.UNDECIDED,
) -> Assessment:
    return Assessment(verdict, log_evidence, bounds, "a reason")


@pytest.mark.parametrize(
    ("calls_per_minute", "asked", "weight"),
    [
        pytest.param(100, DEFAULT_SETTINGS, 20 / 320, id="the budget over the calls of the blind minutes"),
        pytest.param(13, DEFAULT_SETTINGS, 20 / 41.6, id="a little less than half"),
        pytest.param(12, DEFAULT_SETTINGS, 0.5, id="half at most"),
        pytest.param(0, DEFAULT_SETTINGS, 0.5, id="no traffic"),
        pytest.param(625, DEFAULT_SETTINGS, 0.01, id="just the least"),
        pytest.param(10_000, DEFAULT_SETTINGS, 0.01, id="the least, whatever the budget"),
        pytest.param(10_000, replace(DEFAULT_SETTINGS, weight_min=0.001), 0.001, id="another least"),
        pytest.param(1, replace(DEFAULT_SETTINGS, weight_max=0.2), 0.2, id="another most"),
        pytest.param(100, replace(DEFAULT_SETTINGS, error_budget=5), 5 / 320, id="a smaller budget"),
        pytest.param(100, replace(DEFAULT_SETTINGS, error_budget=80), 0.25, id="a larger budget"),
    ],
)
def test_the_first_weight(calls_per_minute: float, asked: EvidenceSettings, weight: float) -> None:
    nothing_known = assess([], asked)
    assert next_weight(nothing_known, 0, calls_per_minute, asked) == pytest.approx(weight)
    assert next_weight(known(), 0, calls_per_minute, asked) == pytest.approx(weight)


def test_the_first_weight_is_smaller_the_longer_nothing_is_seen() -> None:
    assert next_weight(known(), 0, 100, DEFAULT_SETTINGS, blind_minutes=10) == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("bounds", "log_evidence", "weight", "calls_per_minute", "then"),
    [
        pytest.param({"errors": 0.1}, 0, 0.1, 100, 0.5, id="five times as much at most"),
        pytest.param({"errors": 0.1}, 0, 0.01, 100, 0.05, id="five times the least"),
        pytest.param({"errors": 0.1}, 0, 0.2, 100, 0.5, id="half at most"),
        pytest.param({"errors": 0.1}, 0, 0.1, 400, 20 / 128, id="what may be spoilt"),
        pytest.param({"errors": 0.1, "throttles": 0.002}, 0, 0.1, 400, 20 / 128, id="by the worst metric"),
        pytest.param({"throttles": 0.002, "errors": 0.1}, 0, 0.1, 400, 20 / 128, id="wherever it stands"),
        pytest.param({}, 0, 0.05, 100, 20 / 320, id="as if it always failed, where nothing bounds it"),
        pytest.param({"errors": 0.1}, SUSPECT, 0.1, 100, 0.1, id="no more to a suspect"),
        pytest.param({"errors": 0.1}, SUSPECT, 0, 100, 0.5, id="but a first weight"),
        pytest.param({"errors": 0.1}, log(10), 0.1, 100, 0.5, id="not suspect yet"),
        pytest.param({"errors": 0.1}, -9, 0.1, 100, 0.5, id="anything but suspect"),
        pytest.param(UNKNOWN, 0, 0.12, 100, 0.12, id="not less for a little"),
        pytest.param(UNKNOWN, 0, 0.125, 100, 0.125, id="not less for a half"),
        pytest.param(UNKNOWN, 0, 0.126, 100, 0.0625, id="less, if by more than a half"),
        pytest.param(UNKNOWN, SUSPECT, 0.5, 100, 0.0625, id="a suspect less too"),
        pytest.param(UNKNOWN, 0, 0.5, 10_000, 0.01, id="never less than the least"),
        pytest.param(UNKNOWN, 0, 0.02, 10_000, 0.02, id="the least would be half"),
        pytest.param({"errors": 0.002}, 0, 0.5, 10_000, 0.5, id="the most"),
        pytest.param({"errors": 0.002}, 0, 0.3, 10_000, 20 / 64, id="much of a lot of traffic"),
    ],
)
def test_the_weight_grows_with_what_is_known(
    bounds: Mapping[str, float], log_evidence: float, weight: float, calls_per_minute: float, then: float
) -> None:
    found = next_weight(known(bounds, log_evidence), weight, calls_per_minute, DEFAULT_SETTINGS)
    assert found == pytest.approx(then)


bounds = any_.dictionaries(any_.sampled_from(["errors", "throttles"]), any_.floats(0.001, 1))
always_the_same = settings(derandomize=True, max_examples=300)


@always_the_same
@given(
    bounds,
    any_.floats(-5, 5),
    any_.just(0.0) | any_.floats(DEFAULT_SETTINGS.weight_min, DEFAULT_SETTINGS.weight_max),
    any_.floats(0, 1e6),
    any_.floats(1, 500),
    any_.floats(1, 9),
)
def test_whatever_is_plausible_no_more_than_twice_the_budget_is_spoilt(
    worst: Mapping[str, float],
    log_evidence: float,
    weight: float,
    calls_per_minute: float,
    budget: float,
    blind_minutes: float,
) -> None:
    """Once, but for weights that are left alone as they are too large by less than a half."""
    asked = replace(DEFAULT_SETTINGS, error_budget=budget)
    found = next_weight(known(worst, log_evidence), weight, calls_per_minute, asked, blind_minutes)
    spoilt = found * calls_per_minute * blind_minutes * max(worst.values(), default=1)
    assert asked.weight_min <= found <= asked.weight_max
    assert found <= weight or found <= max(5 * weight, asked.weight_min) or not weight
    assert found <= 2 * asked.weight_min or spoilt <= (2 if found == weight else 1) * budget * (1 + 1e-9)


def test_a_healthy_candidate_comes_to_half_of_the_traffic_step_by_step() -> None:
    weights: list[float] = [0.0]
    minutes: list[Minute] = []
    for _ in range(9):
        weights.append(next_weight(assess(minutes, DEFAULT_SETTINGS), weights[-1], 1_000, DEFAULT_SETTINGS))
        calls = round(1_000 * weights[-1])
        minutes.append(a_minute((calls, 0), (1_000 - calls, 0), weight=weights[-1]))
    assert weights == sorted(weights)
    assert weights[1] == 0.01
    assert weights[-1] == 0.5
    assert all(later <= 5 * earlier for earlier, later in pairwise(weights[1:]))


def test_a_bad_one_stays_where_it_is() -> None:
    first = next_weight(assess([], DEFAULT_SETTINGS), 0, 100, DEFAULT_SETTINGS)
    bad = assess([a_minute((6, 2), (94, 0), weight=first)], DEFAULT_SETTINGS)
    assert next_weight(bad, first, 100, DEFAULT_SETTINGS) == first


AUTO, ON, OFF = (replace(DEFAULT_SETTINGS, probe=each) for each in (Probe.AUTO, Probe.ON, Probe.OFF))


@pytest.mark.parametrize(
    ("asked", "bounds", "calls_per_minute", "seconds"),
    [
        pytest.param(AUTO, UNKNOWN, 10_000, 6, id="half of the budget, as two pulses have to confirm"),
        pytest.param(AUTO, {"errors": 0.2}, 10_000, 30, id="longer, the more is ruled out; just bad enough"),
        pytest.param(AUTO, {"throttles": 0.2, "errors": 0.01}, 10_000, 30, id="by the worst metric"),
        pytest.param(AUTO, {}, 10_000, 6, id="as if it always failed, where nothing bounds it"),
        pytest.param(AUTO, {"errors": 0.21}, 10_000, 28.6, id="bad enough"),
        pytest.param(AUTO, {"errors": 0.199}, 10_000, None, id="on for good, once little can be spoilt"),
        pytest.param(AUTO, UNKNOWN, 1_250, None, id="on for good, where two budgets are enough"),
        pytest.param(AUTO, UNKNOWN, 1_251, 47.96, id="just more than two budgets"),
        pytest.param(ON, UNKNOWN, 100, 600, id="wanted where it is affordable"),
        pytest.param(ON, {"errors": 0.1}, 10_000, None, id="wanted where little can be spoilt"),
        pytest.param(ON, UNKNOWN, 0, None, id="wanted without traffic"),
        pytest.param(OFF, UNKNOWN, 1_000_000, None, id="not wanted"),
        pytest.param(replace(AUTO, confirm_minutes=1), UNKNOWN, 10_000, 12, id="nothing to be confirmed"),
        pytest.param(replace(AUTO, confirm_minutes=4), UNKNOWN, 10_000, 3, id="more to be confirmed"),
        pytest.param(replace(AUTO, error_budget=10), UNKNOWN, 10_000, 3, id="a smaller budget"),
        pytest.param(replace(AUTO, weight_min=0.1), UNKNOWN, 10_000, 0.6, id="a larger weight"),
    ],
)
def test_how_long_the_lightest_weight_is_on(
    asked: EvidenceSettings, bounds: Mapping[str, float], calls_per_minute: float, seconds: float | None
) -> None:
    found = pulse_seconds(known(bounds), calls_per_minute, asked)
    assert found == (seconds and pytest.approx(seconds, abs=0.1))


def test_the_longer_nothing_is_seen_the_sooner_a_weight_has_to_be_pulsed() -> None:
    assert pulse_seconds(known(), 1_000, DEFAULT_SETTINGS) is None
    assert pulse_seconds(known(), 1_000, DEFAULT_SETTINGS, blind_minutes=5) == pytest.approx(60)


@pytest.mark.parametrize(
    ("confirm_minutes", "unknown_pulses", "log_evidence", "may"),
    [
        pytest.param(2, 0, 0, True, id="all are known"),
        pytest.param(2, 1, 0, True, id="one is unknown, of two that share the budget"),
        pytest.param(2, 2, 0, False, id="both are"),
        pytest.param(1, 1, 0, False, id="the only one is"),
        pytest.param(1, 0, 0, True, id="the only one is known"),
        pytest.param(4, 3, -9, True, id="three of four are"),
        pytest.param(4, 4, -9, False, id="four of four are"),
        pytest.param(2, 1, log(9.99), True, id="hardly suspect"),
        pytest.param(2, 1, log(10), False, id="a suspect, and one is unknown"),
        pytest.param(4, 1, SUSPECT, False, id="a suspect, whatever the budget"),
        pytest.param(2, 0, SUSPECT, True, id="a suspect of which all is known"),
        pytest.param(2, 0, log(99), True, id="nearly convicted, and all is known"),
    ],
)
def test_whether_the_next_pulse_may_come(
    confirm_minutes: int, unknown_pulses: int, log_evidence: float, may: bool
) -> None:
    asked = replace(DEFAULT_SETTINGS, confirm_minutes=confirm_minutes)
    assert may_pulse(known(log_evidence=log_evidence), unknown_pulses, asked) is may


@pytest.mark.parametrize("confirm_minutes", [1, 2, 3, 6])
def test_pulses_of_which_nothing_is_known_spoil_no_more_than_the_budget(confirm_minutes: int) -> None:
    asked, unknown = replace(DEFAULT_SETTINGS, confirm_minutes=confirm_minutes), 0
    while may_pulse(known(), unknown, asked):
        unknown += 1
    seconds = pulse_seconds(known(), 10_000, asked)
    assert seconds
    assert unknown * seconds / 60 * 10_000 * asked.weight_min == pytest.approx(asked.error_budget)


@pytest.mark.parametrize(
    ("on_time_limit", "log_evidence", "finding"),
    [
        pytest.param("promote_if_quiet", -inf, Finding.PROMOTE, id="nothing against it"),
        pytest.param("promote_if_quiet", 0, Finding.PROMOTE, id="nothing at all"),
        pytest.param("promote_if_quiet", log(9.99), Finding.PROMOTE, id="hardly suspect"),
        pytest.param("promote_if_quiet", log(10), Finding.ROLL_BACK, id="suspect"),
        pytest.param("promote_if_quiet", log(99), Finding.ROLL_BACK, id="nearly convicted"),
        pytest.param("hold", 0, Finding.UNDECIDED, id="held, without suspicion"),
        pytest.param("hold", log(99), Finding.UNDECIDED, id="held, with suspicion"),
        pytest.param("roll_back", -5, Finding.ROLL_BACK, id="back, without suspicion"),
        pytest.param("roll_back", log(99), Finding.ROLL_BACK, id="back, with suspicion"),
    ],
)
def test_what_becomes_of_a_candidate_when_time_is_over(
    on_time_limit: str, log_evidence: float, finding: Finding
) -> None:
    asked = replace(DEFAULT_SETTINGS, on_time_limit=OnTimeLimit(on_time_limit))
    assert at_time_limit(known(log_evidence=log_evidence), asked) is finding


def test_a_suspect_gets_no_more_and_goes_back_in_the_end() -> None:
    suspect = assess([every_failing(calls=20)], DEFAULT_SETTINGS)
    assert suspect.verdict is Finding.UNDECIDED
    assert next_weight(suspect, 0.1, 1, DEFAULT_SETTINGS) == 0.1
    assert at_time_limit(suspect, DEFAULT_SETTINGS) is Finding.ROLL_BACK
