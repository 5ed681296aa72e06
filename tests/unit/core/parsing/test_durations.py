"""Durations are whole seconds, however they are spelt."""

from typing import Any

import pytest

from hotplug.core.parsing.problem import MisfitError
from hotplug.core.parsing.units import MAX_BAKE_SECONDS, duration, duration_between, duration_schema


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("90s", 90, id="seconds"),
        pytest.param("5m", 300, id="minutes"),
        pytest.param("1h", 3600, id="hours"),
        pytest.param("0s", 0, id="none"),
        pytest.param(45, 45, id="a number"),
        pytest.param(45.0, 45, id="a whole number that JSON spells with a point"),
        pytest.param("720h", MAX_BAKE_SECONDS, id="the longest"),
    ],
)
def test_a_duration_is_read(value: Any, seconds: int) -> None:
    assert duration(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("5", id="a number as a text"),
        pytest.param("5 m", id="with a space"),
        pytest.param("1d", id="days"),
        pytest.param("1h30m", id="two units"),
        pytest.param("-5m", id="negative"),
        pytest.param("721h", id="too long"),
        pytest.param("٣m", id="digits of another script"),
        pytest.param("", id="empty"),
        pytest.param(-1, id="a negative number"),
        pytest.param(1.5, id="half a second"),
        pytest.param(MAX_BAKE_SECONDS + 1, id="too many seconds"),
        pytest.param(float("nan"), id="not a number"),
        pytest.param(float("inf"), id="for ever"),
        pytest.param(True, id="a flag"),
        pytest.param(None, id="null"),
        pytest.param(["5m"], id="a list"),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(value: Any) -> None:
    with pytest.raises(MisfitError, match='"90s", "5m" or "1h"'):
        duration(value)


A_MINUTE = duration_between(5, 60, 'at most a minute, like "5s"')


@pytest.mark.parametrize(
    ("value", "seconds"), [pytest.param("5s", 5, id="the shortest"), pytest.param("1m", 60, id="the longest")]
)
def test_a_duration_within_bounds_is_read(value: Any, seconds: int) -> None:
    assert A_MINUTE(value) == seconds


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("4s", id="too short"),
        pytest.param("61s", id="too long"),
        pytest.param("soon", id="no duration"),
        pytest.param(None, id="null"),
    ],
)
def test_one_outside_of_them_is_refused_with_what_is_allowed(value: Any) -> None:
    with pytest.raises(MisfitError, match=r'^at most a minute, like "5s"$') as misfit:
        A_MINUTE(value)
    assert misfit.value.schema == duration_schema(5, 60)
