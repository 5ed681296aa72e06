"""Counts of one metric: what is told of the candidate, and what was to be expected of it."""

import pytest

from hotplug.core.evidence.statistics.tally import Counts, Tally
from tests.support.minutes import a_minute


def test_what_is_expected_is_summed_minute_by_minute() -> None:
    counts = Counts()
    counts.add(a_minute((10, 1), (90, 9)), 0.1, 0)
    counts.add(a_minute((500, 200), (500, 250), weight=0.5), 0.5, 30)
    assert (counts.calls, counts.failures, counts.excused, counts.minutes) == (510, 201, 30, 2)
    assert counts.expected == pytest.approx(251)


@pytest.mark.parametrize(
    ("failures", "excused", "worse", "excess"),
    [
        pytest.param(8, 0, True, 0.03, id="more"),
        pytest.param(5, 0, False, 0, id="as many"),
        pytest.param(2, 0, False, 0, id="fewer"),
        pytest.param(8, 4, False, 0.03, id="more, but some are excused"),
    ],
)
def test_worse_is_more_than_expected_and_not_excused(
    failures: int, excused: int, worse: bool, excess: float
) -> None:
    counts = Counts(100, failures, 5.0, excused)
    assert (counts.is_worse, counts.excess) == (worse, excess)


def test_no_calls_have_no_excess() -> None:
    assert Counts().excess == 0


def test_minutes_of_shared_trouble_are_told_of_only_if_there_are_no_others() -> None:
    tally = Tally()
    tally.add(a_minute((10, 9), (90, 80)), 0.9, shared_trouble=True)
    assert tally.of_all() is tally.troubled
    tally.add(a_minute((10, 0), (90, 0)), 0.0)
    assert tally.of_all() is tally.calm
    assert (tally.minutes, tally.calm.calls, tally.troubled.failures) == (2, 10, 9)


def test_a_minute_without_calls_of_the_candidate_is_not_counted() -> None:
    tally = Tally()
    tally.add(a_minute((0, 0), (90, 9)), 0.1)
    assert tally == Tally()


def test_the_count_begins_again_whenever_the_evidence_is_lower_than_ever() -> None:
    tally = Tally()
    for evidence, calls in ((-1.0, 0), (-0.5, 10), (-0.9, 20), (-1.5, 0), (2.0, 10)):
        tally.add(a_minute((10, 1), (90, 1)), 0.01)
        tally.turn(evidence)
        assert tally.turned.calls == calls
    assert tally.calm.calls == 50


def test_what_speaks_against_a_candidate_is_told_of() -> None:
    better, worse = Counts(100, 1, 9.0, minutes=9), Counts(20, 1, 0.5, minutes=1)
    assert Tally(better, turned=worse).against() is worse
    assert Tally(worse, turned=worse).against() is worse
    assert Tally(better, turned=better).against() is better
