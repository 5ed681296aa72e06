"""Calls that are read while environments are new, and how many of their failures are excused."""

import pytest

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.planning.exposures import Bake, exposures_of

SETTINGS = EvidenceSettings()
TENTH = Bake(0.1, 5)


def excused(*bakes: Bake, calls: float = 300, seconds: float = 0.2, share: float = 1, **how: bool) -> float:
    settings = EvidenceSettings(cold_failures=share)
    found = exposures_of(bakes, calls, seconds, settings, counted=how.get("counted", True))
    return sum(exposure.excused for exposure in found)


@pytest.mark.parametrize(
    ("counted", "minutes"),
    [pytest.param(True, [2, 3], id="its first minutes apart"), pytest.param(False, [5], id="or all as one")],
)
def test_a_bake_has_the_calls_of_its_weight(counted: bool, minutes: list[float]) -> None:
    found = list(exposures_of([TENTH], 300, 0.2, SETTINGS, counted=counted))
    assert [(it.candidate_calls, it.weight) for it in found] == [(30 * many, 0.1) for many in minutes]


def test_failures_are_excused_when_environments_come() -> None:
    fresh, later = exposures_of([TENTH], 300, 0.2, SETTINGS, counted=True)
    assert 1 <= fresh.excused < 4
    assert later.excused < fresh.excused / 2


def test_more_weight_needs_more_environments_but_not_those_again_that_are_there() -> None:
    once, twice = excused(TENTH), excused(TENTH, TENTH)
    assert twice - once < once / 2
    assert excused(TENTH, Bake(0.5, 5)) > twice + 1


def test_longer_calls_need_more_environments() -> None:
    assert excused(TENTH, seconds=4) > 2 * excused(TENTH, seconds=0.2)


def test_fewer_failures_are_excused_where_fewer_first_calls_fail() -> None:
    assert excused(TENTH, share=0.3) == pytest.approx(0.3 * excused(TENTH))
    assert excused(TENTH, share=0) == 0


def test_rare_calls_find_no_environment_each_time() -> None:
    assert excused(Bake(0.1, 200), calls=0.1) == pytest.approx(2, rel=0.2)


def test_a_bake_that_is_not_read_has_no_calls() -> None:
    assert list(exposures_of([Bake(0.1, 0)], 300, 0.2, SETTINGS, counted=True)) == []
    (part,) = exposures_of([Bake(0.1, 1.5)], 300, 0, SETTINGS, counted=True)
    assert part.candidate_calls == pytest.approx(45)
    assert part.excused == pytest.approx(1)
