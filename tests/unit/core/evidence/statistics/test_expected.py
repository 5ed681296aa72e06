"""What is usual is learnt from the stable version, and trouble teaches little of it."""

from collections.abc import Sequence
from random import Random

import pytest

from hotplug.core.evidence import EvidenceSettings, Finding, Judge, Minute
from hotplug.core.evidence.statistics.expected import ExpectedFailures
from tests.support.minutes import a_minute, drawn

QUIET = a_minute((100, 0), (900, 1))


def usual_after(*minutes: Minute, metric: str = "errors") -> ExpectedFailures:
    expected = ExpectedFailures.of(metric)
    for minute in minutes:
        expected.learn(minute)
    return expected


@pytest.mark.parametrize(
    ("metric", "rate"),
    [
        pytest.param("errors", 0.001, id="errors"),
        pytest.param("throttles", 0.001, id="throttles"),
        pytest.param("p50", 0.5, id="half of all calls are slower than the median"),
        pytest.param("p90", 0.1, id="a tenth"),
        pytest.param("p99", 0.01, id="a hundredth"),
        pytest.param("p50_harm", 0.5, id="the stable version's harm is counted from the median too"),
        pytest.param("p90_harm", 0.1, id="and from its p90"),
    ],
)
def test_what_is_believed_before_the_first_minute(metric: str, rate: float) -> None:
    assert ExpectedFailures.of(metric).rate == pytest.approx(rate)


@pytest.mark.parametrize("rate", [0.0, 0.002, 0.004])
def test_the_rate_of_the_stable_version_is_learnt_whatever_the_candidate_does(rate: float) -> None:
    expected = usual_after(*[a_minute((500, 400), (1_000, round(1_000 * rate)))] * 60)
    assert expected.rate == pytest.approx(rate, abs=0.0002)


def test_an_outage_hardly_changes_what_is_usual() -> None:
    outage = a_minute((100, 80), (900, 700))
    assert usual_after(*[QUIET] * 10, outage, outage).rate < 2 * usual_after(*[QUIET] * 10).rate


def test_what_lasts_becomes_usual_in_time() -> None:
    rates = [usual_after(*[a_minute((100, 20), (900, 180))] * n).rate for n in (1, 10, 60)]
    assert rates == sorted(rates)
    assert rates[0] < 0.002
    assert 0.03 < rates[-1] < 0.2


def test_minutes_from_before_the_first_shift_teach_all_at_once() -> None:
    before = a_minute((0, 0), (900, 180), weight=0)
    assert usual_after(*[before] * 5).rate > 0.15


def test_an_outage_in_a_pause_teaches_no_more_than_at_any_weight() -> None:
    pulse = a_minute((10, 0), (990, 1), weight=(0.0, 0.01))
    paused, weighted = (a_minute((0, 0), (1_000, 500), weight=weight) for weight in (0.0, 0.1))
    for outage_minutes in range(1, 6):
        rates = [usual_after(pulse, *[outage] * outage_minutes).rate for outage in (paused, weighted)]
        assert rates[0] == rates[1] < 0.01
    assert usual_after(*[paused] * 5, pulse).rate > 0.3, "before the first shift it is what was usual"


def test_in_a_quiet_pause_all_is_learnt() -> None:
    pulse, pause = a_minute((10, 0), (990, 2)), a_minute((0, 0), (1_000, 2), weight=0)
    assert usual_after(pulse, *[pause] * 50).rate == pytest.approx(0.002, abs=0.0001)


def in_pulses(random: Random) -> Judge:
    """A candidate 1.9 points worse, 0.5 tolerated; five minutes of outages while it has no calls."""
    judge = Judge(EvidenceSettings())
    judge.see(a_minute((0, 0), (2_000, 2), weight=0))
    for at in range(30):
        if at % 2:
            judge.see(drawn(random, 2_000, 0.02, 0.001, weight=0.01))
        else:
            judge.see(drawn(random, 2_000, 0, 0.5 if at in range(4, 13) else 0.001, weight=0))
        if judge.finding is not Finding.UNDECIDED:
            break
    return judge


def test_outages_in_pauses_do_not_make_a_bad_candidate_a_safe_one() -> None:
    found = [in_pulses(Random(seed)).finding for seed in range(200)]
    assert found.count(Finding.PROMOTE) <= 0.05 * len(found)


@pytest.mark.parametrize(
    ("minute", "shared", "of_stable"),
    [
        pytest.param(QUIET, False, False, id="a quiet one"),
        pytest.param(a_minute((100, 100), (900, 3)), False, False, id="the candidate alone"),
        pytest.param(a_minute((100, 50), (900, 450)), True, True, id="both"),
        pytest.param(a_minute((900, 50), (900, 100)), False, True, id="few enough for the candidate alone"),
        pytest.param(a_minute((5, 5), (995, 8)), False, False, id="a few more failures than usual"),
        pytest.param(a_minute((0, 0), (1_000, 10)), True, False, id="just too many without a candidate"),
    ],
)
def test_whose_trouble_it_is(minute: Minute, shared: bool, of_stable: bool) -> None:
    expected = usual_after()
    assert expected.is_shared_trouble(minute) is shared
    assert expected.is_trouble_of_stable(minute) is of_stable


def troubled(*minutes: Minute, before: Sequence[Minute] = ()) -> list[bool]:
    judge = Judge(EvidenceSettings())
    for minute in before:
        judge.see(minute)
    state = judge.to_json()
    found = judge.troubled(minutes)
    assert judge.to_json() == state
    return found


def test_minutes_are_troubled_by_what_was_usual_before_them() -> None:
    bad = a_minute((0, 0), (1_000, 30), weight=1.0)
    assert troubled() == []
    assert troubled(QUIET, bad, QUIET) == [False, True, False]
    assert troubled(QUIET, *[bad] * 40)[-1] is False
    assert troubled(bad, before=[QUIET, *[bad] * 40]) == [False]


def test_a_candidate_alone_can_trouble_a_minute() -> None:
    assert troubled(a_minute((100, 40), (900, 1))) == [True]
