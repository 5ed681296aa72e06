"""Alarms, in memory and on the local AWS alike."""

import pytest

from hotplug.core.resources.alarm import AlarmState
from tests.contract.surroundings import Surroundings
from tests.fakes import GREEN, NO_DATA, RED


def the_state(cloud: Surroundings, name: str) -> AlarmState:
    return cloud.alarms.states([name])[name]


def test_a_name_that_does_not_exist_is_just_absent(cloud: Surroundings, name: str) -> None:
    cloud.has_alarm(name)
    assert list(cloud.alarms.states([name, "nobody"])) == [name]
    assert cloud.alarms.states([]) == {}


def test_an_alarm_knows_its_name_and_where_it_lives(cloud: Surroundings, name: str) -> None:
    cloud.has_alarm(name)
    state = the_state(cloud, name)
    assert state.name == name
    assert state.arn.startswith("arn:aws:cloudwatch:us-east-1:")
    assert state.arn.endswith(f":alarm:{name}")


@pytest.mark.parametrize("colour", [GREEN, RED, NO_DATA])
def test_an_alarm_has_a_colour_and_a_reason(cloud: Surroundings, name: str, colour: str) -> None:
    cloud.has_alarm(name)
    cloud.alarm_goes(name, RED if colour == GREEN else GREEN, "before")
    cloud.alarm_goes(name, type(GREEN)(colour), "3 errors in 1 minute")
    state = the_state(cloud, name)
    assert (state.colour, state.why) == (colour, "3 errors in 1 minute")


def test_it_says_since_when_only_a_real_change_counts(cloud: Surroundings, name: str) -> None:
    cloud.has_alarm(name)
    cloud.alarm_goes(name, RED, "first")
    red = the_state(cloud, name)
    cloud.alarm_goes(name, RED, "evaluated again")
    assert the_state(cloud, name).since == red.since
    cloud.alarm_goes(name, GREEN, "cleared")
    cloud.alarm_goes(name, RED, "red again")
    assert the_state(cloud, name).since > red.since


def test_a_composite_alarm_is_seen_too(cloud: Surroundings, name: str) -> None:
    cloud.has_alarm(name)
    cloud.has_alarm(f"{name}-all", watches=name)
    assert set(cloud.alarms.states([name, f"{name}-all"])) == {name, f"{name}-all"}


def test_a_log_alarm_is_seen_too(cloud: Surroundings, name: str) -> None:
    cloud.has_log_alarm(name)
    assert (the_state(cloud, name).colour, the_state(cloud, name).doubt) == (GREEN, "")
    cloud.alarm_goes(name, RED, "3 lines in 1 minute")
    assert (the_state(cloud, name).colour, the_state(cloud, name).why) == (RED, "3 lines in 1 minute")


def test_an_alarm_says_when_its_state_was_set_last(cloud: Surroundings, name: str) -> None:
    cloud.has_alarm(name)
    before = the_state(cloud, name)
    cloud.alarm_goes(name, RED, "first")
    red = the_state(cloud, name)
    assert red.updated >= red.since > before.since
    cloud.alarm_goes(name, GREEN, "cleared")
    assert the_state(cloud, name).updated > red.updated


def test_more_alarms_than_one_call_takes_are_seen_too(cloud: Surroundings, name: str) -> None:
    names = [f"{name}-{at}" for at in range(101)]
    cloud.has_alarm(names[0])
    cloud.has_alarm(names[100])
    assert set(cloud.alarms.states(names)) == {names[0], names[100]}
