"""How many environments the candidate has, and how many calls each of them has had."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as any_

from hotplug.core.evidence import Minute
from hotplug.core.evidence.statistics.environments import MAX_COHORTS, Cohort, Environments
from tests.support.minutes import a_minute


def minute(
    calls: int = 0,
    concurrency: float | None = None,
    busy_seconds: float | None = None,
    weight: float | tuple[float, float] = 0.1,
) -> Minute:
    row = a_minute((calls, 0), (9 * calls, 0), weight=weight)
    return row._replace(environments=concurrency, busy_seconds=busy_seconds)


def after(*minutes: Minute, warm_after: float = 100.0) -> Environments:
    found = Environments(warm_after)
    for each in minutes:
        found.see(each)
    return found


def new_by_minute(*minutes: Minute) -> list[float]:
    found, new = Environments(100.0), []
    for each in minutes:
        found.see(each)
        new.append(found.new)
    return new


def calls(first: float) -> float:
    return first


def test_nothing_is_known_where_no_row_says_a_word() -> None:
    found = after(minute(30), minute(30))
    assert not found.is_known
    assert (found.alive, found.new, found.total(calls)) == (0, 0, 0)


def test_new_is_what_is_above_the_highest_concurrency_of_the_last_five_minutes() -> None:
    seen = [3, 2, 5, 5, 1, 1, 1, 4, 1, 1, 1, 1, 1, 2]
    assert new_by_minute(*[minute(30, each) for each in seen]) == [3, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    later = [*seen, 1, 1, 1, 2, 3]
    assert new_by_minute(*[minute(30, each) for each in later])[len(seen) :] == [0, 0, 0, 0, 1]


def test_environments_live_for_five_minutes_without_a_call() -> None:
    assert new_by_minute(minute(5, 2), *[minute()] * 4, minute(5, 2)) == [2, 0, 0, 0, 0, 0]
    assert new_by_minute(minute(5, 2), *[minute()] * 5, minute(5, 2)) == [2, 0, 0, 0, 0, 0, 2]


def test_calls_are_spread_evenly() -> None:
    found = after(minute(30, 3), minute(20, 4))
    assert found.cohorts == [Cohort(3, 10.0), Cohort(1, 0.0)]
    assert found.calls_each == 5
    assert found.total(calls) == 20


def test_of_each_age_the_same_share_is_gone() -> None:
    found = after(minute(30, 3), minute(40, 5), *[minute(30, 3)] * 5)
    (older, old), (younger, young) = found.cohorts
    assert [older, younger] == pytest.approx([3 * 0.6, 2 * 0.6])
    assert (old, young) == (10 + 8 + 4 * 6, 8 + 4 * 6)


def test_warm_ones_are_of_one_age_and_explain_nothing() -> None:
    found = after(minute(120, 3), minute(150, 5), minute(50, 5), warm_after=35)
    assert found.cohorts == [Cohort(3, 35), Cohort(2, 30.0)]
    assert found.total(calls) == 20
    found.see(minute(50, 5))
    assert found.cohorts == [Cohort(5, 35)]
    assert found.total(calls) == 0


@pytest.mark.parametrize(
    ("row", "alive"),
    [
        pytest.param(minute(30, None, 170.0), 3, id="as many as run at a time"),
        pytest.param(minute(30), 2, id="as before where not even that is known"),
        pytest.param(minute(30, 0), 2, id="as before where it is said that none ran"),
    ],
)
def test_a_minute_whose_concurrency_is_missing(row: Minute, alive: float) -> None:
    assert after(minute(30, 2), row).alive == alive


def test_where_there_are_calls_there_is_an_environment() -> None:
    assert after(minute(30, 2), *[minute()] * 5, minute(3)).alive == 1


def test_without_any_concurrency_the_load_tells_how_many() -> None:
    found = after(minute(600, None, 600.0))
    assert (found.is_known, found.is_counted) == (True, False)
    assert 14 < found.new == found.alive < 22
    found.see(minute(600, None, 600.0))
    assert found.new < 2
    assert found.came > found.new
    assert found.calls_each * found.alive == pytest.approx(600)


def test_more_of_them_are_taken_to_be_young_than_are_expected_to_be() -> None:
    found = after(*[minute(60, None, 60.0)] * 5)
    found.see(minute(90, None, 90.0))
    youngest = found.cohorts[-1]
    assert youngest.environments == pytest.approx(2 * found.new)
    assert youngest.calls == 0


def test_a_load_of_the_end_of_a_minute_is_higher_than_its_mean() -> None:
    half = minute(300, None, 300.0, weight=(0.0, 0.2))
    assert after(half).alive > after(half._replace(weight_low=0.2)).alive + 4


def test_once_counted_an_estimate_is_replaced() -> None:
    found = after(minute(600, None, 600.0), minute(600, 12))
    assert found.alive == 12
    assert found.new == 0


@pytest.mark.parametrize(
    ("share", "minutes"),
    [
        pytest.param(0.1, 5, id="half of them warm after five"),
        pytest.param(1.1, 0, id="now"),
        pytest.param(0.0, None, id="never"),
    ],
)
def test_how_soon_a_share_of_calls_is_reached(share: float, minutes: int | None) -> None:
    found = after(minute(60, 3), warm_after=100)
    assert found.minutes_until(share, [calls], 240) == minutes


def test_it_is_not_known_when_without_calls() -> None:
    assert after(minute(60, 3), minute()).minutes_until(0.1, [calls], 240) is None


@settings(derandomize=True, max_examples=60)
@given(
    any_.lists(any_.tuples(any_.integers(0, 300), any_.integers(0, 40), any_.floats(0, 900)), max_size=40),
    any_.booleans(),
)
def test_what_is_kept_stays_small_and_its_sums_are_right(
    seen: Sequence[tuple[int, int, float]], counted: bool
) -> None:
    found = Environments(1_000.0)
    for many, concurrency, busy in seen:
        found.see(minute(many, concurrency if counted else None, busy))
        assert len(found.cohorts) <= MAX_COHORTS
        assert len(found.peaks) <= 5 >= len(found.loads)
        assert all(count > 0 for count, _ in found.cohorts)
        ages = [age for _, age in found.cohorts]
        assert ages == sorted(ages, reverse=True)
        if found.is_known and many:
            assert found.calls_each * found.alive == pytest.approx(many)
