"""New environments by the load: as many as environments that are used in turn would need."""

from math import exp

import pytest

from hotplug.core.evidence.statistics.load import Load, environments_by_load

NOTHING = Load(0, 0.0)


def test_without_calls_there_is_none() -> None:
    assert environments_by_load([], NOTHING) == (0, 0)


def test_one_call_needs_one_environment() -> None:
    found = environments_by_load([NOTHING] * 5, Load(1, 0.001))
    assert found.new == pytest.approx(1, abs=0.01)
    assert found.alive == found.new


def test_calls_that_seldom_overlap_need_one_and_now_and_then_another() -> None:
    found = environments_by_load([], Load(30, 0.05))
    overlaps = 30 * 0.05 / 1.05
    assert 1 < found.new < 1 + overlaps
    assert found.new == pytest.approx(2 - exp(-overlaps), abs=0.1)


@pytest.mark.parametrize(
    ("concurrency", "least", "most"),
    [
        pytest.param(10, 14, 22, id="some"),
        pytest.param(100, 112, 142, id="many"),
        pytest.param(3_000, 3_100, 4_200, id="more than are looked at one by one"),
    ],
)
def test_a_load_needs_a_few_more_than_run_at_a_time_on_average(
    concurrency: float, least: float, most: float
) -> None:
    """By Erlang's formula, about as many more as its square root says."""
    found = environments_by_load([], Load(60 * concurrency, concurrency))
    assert least < found.new < most


def test_a_load_that_stays_needs_hardly_any_new_one() -> None:
    load = Load(600, 10.0)
    first, *_, last = (environments_by_load([load] * n, load) for n in range(6))
    assert first.new > 15
    assert last.new < 0.5
    assert last.alive == pytest.approx(first.new, rel=0.2)


def test_only_what_a_higher_load_needs_in_addition_is_new() -> None:
    low, high = Load(300, 5.0), Load(600, 10.0)
    alone, after = (environments_by_load(before, high) for before in ([], [low] * 5))
    assert after.new < alone.new - 5
    assert after.alive == pytest.approx(alone.new, rel=0.1)


def test_environments_are_gone_after_five_minutes_without_a_call() -> None:
    load = Load(30, 1.0)
    for idle in range(6):
        before = [*[NOTHING] * (4 - idle), load, *[NOTHING] * idle][-5:]
        found = environments_by_load(before, NOTHING)
        assert (found.alive > 0) == (idle < 4)
        assert found.new == 0
    again = environments_by_load([NOTHING] * 5, load)
    assert again == environments_by_load([], load)


def test_what_was_alive_and_what_is_new_is_all_that_can_be_alive() -> None:
    loads = [
        Load(20, 0.5),
        Load(90, 4.0),
        Load(5, 0.1),
        NOTHING,
        Load(60, 2.0),
        Load(300, 9.0),
        Load(10, 0.2),
    ]
    alive = 0.0
    for at, load in enumerate(loads):
        found = environments_by_load(loads[max(0, at - 5) : at], load)
        assert found.new <= found.alive + 1e-9 <= alive + found.new + 1e-6
        alive = found.alive
