"""First calls of new environments that may fail."""

from math import sqrt

import pytest

from hotplug.core.evidence.statistics.cold_failures import ColdFailures


def excused(share: float, *minutes: tuple[int, float], counted: bool = True) -> list[int]:
    """Of each minute the failures and the new environments."""
    cold, came, found = ColdFailures(share), 0.0, []
    for failures, new in minutes:
        came += new
        found.append(cold.excuse(failures, new, came, counted=counted))
    return found


@pytest.mark.parametrize("counted", [True, False])
def test_a_share_of_none_excuses_nothing(counted: bool) -> None:
    assert excused(0.0, (5, 3.0), (5, 3.0), counted=counted) == [0, 0]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param([(5, 3.0)], [3], id="one for each"),
        pytest.param([(2, 3.0), (5, 0.0)], [2, 1], id="what is left is for the next minute"),
        pytest.param([(0, 3.0), (0, 0.0), (5, 0.0)], [0, 0, 0], id="and not for later ones"),
        pytest.param([(0, 2.0), (1, 2.0), (5, 0.0), (5, 0.0)], [0, 1, 2, 0], id="the older are used first"),
        pytest.param([(4, 0.0)], [0], id="none without new ones"),
    ],
)
def test_each_new_environment_may_fail_once_where_nothing_is_known(
    minutes: list[tuple[int, float]], expected: list[int]
) -> None:
    assert excused(1.0, *minutes) == expected


def test_a_known_share_allows_for_chance() -> None:
    share, new = 0.25, 16.0
    deviation = sqrt(share * (1 - share) * new)
    assert excused(share, (100, new)) == [int(share * new + 1.42 * deviation)]


def test_chance_is_allowed_for_over_all_minutes_together() -> None:
    share, new = 0.1, 4.0
    by_minute = excused(share, *[(100, new)] * 25)
    deviation = sqrt(share * (1 - share) * 25 * new)
    assert 25 * share * new + deviation < sum(by_minute) < 25 * share * new + 2 * deviation


def test_fractions_add_up_to_one_failure_and_no_more() -> None:
    """Each environment gives a part of a failure."""
    minutes = [*[(0, 1.0)] * 40, (9, 0.0), (9, 0.0)]
    assert excused(0.05, *minutes) == [*[0] * 40, 1, 0]


def test_of_estimated_environments_nobody_knows_when_they_came_and_what_is_left_stays() -> None:
    assert excused(1.0, (0, 3.6), *[(0, 0.0)] * 9, (99, 0.0), (99, 0.0), counted=False)[-2:] == [5, 0]
    assert excused(1.0, (1, 0.01), counted=False) == [0]
    assert excused(0.5, (9, 8.0), (9, 8.0), counted=False) == [6, 5]
