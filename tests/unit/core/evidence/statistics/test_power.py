"""What can be noticed with so many calls, against figures from the literature and from measurements."""

from math import inf, log

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.evidence.statistics.power import (
    NOTICED,
    Exposure,
    calls_needed,
    excludable,
    information,
    noticeable,
    noticeable_in,
)

shares = any_.floats(0.01, 0.99)


@pytest.mark.parametrize(
    ("base", "rate", "weight", "calls"),
    [
        (0, 0.05, 0.1, 40),
        (0.001, 0.003, 0.1, 4150),
        (0.001, 0.006, 0.1, 984),
        (0.001, 0.05, 0.1, 50),
        (0.001, 0.05, 0.01, 34),
        (0.001, 0.2, 0.1, 10),
        (0.01, 0.015, 0.5, 9035),
        (0.01, 0.03, 0.5, 863),
        (0.01, 0.05, 0.1, 135),
        (0.2, 0.3, 0.1, 184),
    ],
)
def test_the_least_calls_that_any_test_needs_are_as_they_were_computed_independently(
    base: float, rate: float, weight: float, calls: int
) -> None:
    assert calls_needed(rate, base, weight, 0.01) == pytest.approx(calls, abs=0.51)


@given(shares, shares, shares)
def test_only_two_versions_that_differ_and_share_the_calls_tell_something(
    one: float, other: float, weight: float
) -> None:
    assert information(one, one, weight) == pytest.approx(0, abs=1e-12)
    assert information(one, other, 0) == information(one, other, 1) == 0
    assert information(one, other, weight) >= -1e-12
    assert information(one, other, weight) == pytest.approx(information(other, one, 1 - weight))


def test_a_candidate_that_always_fails_beside_one_that_never_does_tells_which_version_it_was() -> None:
    assert information(1, 0, 0.5) == pytest.approx(log(2))
    assert calls_needed(1, 0, 0.5, 0.01) == pytest.approx(log(100) / log(4))


def test_what_tells_nothing_is_never_enough() -> None:
    assert calls_needed(0.1, 0.1, 0.5, 0.01) == inf


@pytest.mark.parametrize(
    ("calls", "weight", "base", "rate"),
    [
        pytest.param(40, 0.1, 0.001, 0.174, id="five minutes at 10 % of 100 a minute"),
        pytest.param(240, 0.1, 0.001, 0.0367, id="half an hour"),
        pytest.param(240, 0.1, 0, 0.0274, id="half an hour of a function that never fails"),
        pytest.param(3, 0.5, 0, None, id="too few"),
        pytest.param(0, 0.1, 0, None, id="none"),
        pytest.param(1000, 1, 0, None, id="all at once"),
        pytest.param(1000, 0.5, 1, None, id="what always fails"),
    ],
)
def test_the_smallest_failure_rate_that_is_noticed(
    calls: float, weight: float, base: float, rate: float | None
) -> None:
    found = noticeable(calls, weight, base, 0.01)
    assert found == (None if rate is None else pytest.approx(rate, rel=0.01))


@given(any_.floats(50, 10**6), shares, any_.floats(0, 0.3))
def test_it_takes_a_known_multiple_of_the_least_calls(calls: float, weight: float, base: float) -> None:
    found = noticeable(calls, weight, base, 0.01)
    if found is not None:
        assert base < found <= 1
        assert NOTICED * calls_needed(found, base, weight, 0.01) == pytest.approx(calls, rel=0.01)


def test_steps_add_up() -> None:
    halves = [Exposure(120, 0.1), Exposure(0, 0), Exposure(120, 0.1), Exposure(500, 1)]
    assert noticeable_in(halves, 0.001, 0.01) == noticeable(240, 0.1, 0.001, 0.01)
    assert noticeable_in([], 0.001, 0.01) is None


@pytest.mark.parametrize(
    ("calls", "base", "excess"),
    [
        pytest.param(1000, 0, 0.003, id="three in so many calls"),
        pytest.param(150, 0, 0.02, id="few calls"),
        pytest.param(941, 0.001, 0.005, id="beside usual failures"),
        pytest.param(2, 0, None, id="too few"),
        pytest.param(0, 0.1, None, id="none"),
    ],
)
def test_what_good_calls_rule_out(calls: float, base: float, excess: float | None) -> None:
    assert excludable(calls, base, 0.05) == (None if excess is None else pytest.approx(excess, rel=0.02))


@pytest.mark.parametrize("excused", [0, 2, 20, 230])
def test_failures_that_are_excused_tell_nothing(excused: float) -> None:
    """What fails beside them must be noticed among the calls that are left."""
    found, of_the_rest = (
        noticeable_in([Exposure(calls, 0.1, part)], 0.001, 0.01)
        for calls, part in ((240, excused), (240 - excused, 0))
    )
    assert found is not None
    assert of_the_rest is not None
    assert found == pytest.approx((of_the_rest * (240 - excused) + excused) / 240)


def test_where_all_failures_are_excused_nothing_is_noticed() -> None:
    assert noticeable_in([Exposure(240, 0.1, 240)], 0.001, 0.01) is None
