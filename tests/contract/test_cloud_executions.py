"""Executions of the machine, in memory and on the local AWS alike."""

from hotplug.core.resources.invocation import Ended
from tests.contract.surroundings import Surroundings


def test_an_execution_starts_and_runs(cloud: Surroundings, name: str) -> None:
    assert cloud.executions.start(cloud.machine, name, {"function": "orders"})
    assert cloud.executions.is_running(cloud.execution(name))


def test_the_same_start_again_is_answered_as_if_it_were_the_first(cloud: Surroundings, name: str) -> None:
    assert cloud.executions.start(cloud.machine, name, {"function": "orders"})
    assert cloud.executions.start(cloud.machine, name, {"function": "orders"})


def test_another_input_under_the_same_name_is_not_started(cloud: Surroundings, name: str) -> None:
    cloud.executions.start(cloud.machine, name, {"function": "orders"})
    assert not cloud.executions.start(cloud.machine, name, {"function": "billing"})


def test_a_name_is_not_started_again_when_it_has_ended(cloud: Surroundings, name: str) -> None:
    cloud.executions.start(cloud.machine, name, {"function": "orders"})
    cloud.stops(name)
    assert not cloud.executions.is_running(cloud.execution(name))
    assert not cloud.executions.start(cloud.machine, name, {"function": "orders"})


def test_an_unknown_execution_does_not_run(cloud: Surroundings, name: str) -> None:
    assert not cloud.executions.is_running(cloud.execution(name))


def test_an_execution_that_runs_has_not_ended(cloud: Surroundings, name: str) -> None:
    cloud.executions.start(cloud.machine, name, {})
    assert cloud.executions.ended(cloud.execution(name)) is None


def test_an_execution_that_is_not_known_yet_has_not_ended(cloud: Surroundings, name: str) -> None:
    assert cloud.executions.ended(cloud.execution(name)) is None


def test_how_an_execution_ended_is_told(cloud: Surroundings, name: str) -> None:
    cloud.executions.start(cloud.machine, name, {})
    cloud.stops(name)
    assert cloud.executions.ended(cloud.execution(name)) == Ended("ABORTED", "")


def test_answers_about_an_execution_may_be_older_than_its_start_and_its_end(
    cloud: Surroundings, name: str
) -> None:
    name = cloud.lagging(name, 2)
    cloud.executions.start(cloud.machine, name, {})
    assert [cloud.executions.is_running(cloud.execution(name)) for _ in range(4)] == [None, None, True, True]
    cloud.stops(name)
    told = [cloud.executions.ended(cloud.execution(name)) for _ in range(3)]
    assert told == [None, None, Ended("ABORTED", "")]


def test_an_execution_that_nobody_asked_about_is_told_to_run_when_it_has_ended(
    cloud: Surroundings, name: str
) -> None:
    name = cloud.lagging(name, 1)
    cloud.executions.start(cloud.machine, name, {})
    cloud.stops(name)
    assert [cloud.executions.is_running(cloud.execution(name)) for _ in range(3)] == [True, False, False]


def test_a_machine_says_what_kind_it_is(cloud: Surroundings) -> None:
    assert cloud.executions.kind(cloud.machine) == "STANDARD"
    assert cloud.executions.kind(f"{cloud.machine}-of-nobody") is None
