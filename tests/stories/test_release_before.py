"""An execution that was started on a release before ends rightly on this one.

An execution keeps its definition, while the code behind the alias changes. So the definition of then is
entered at a state, with the variables, the ledger and the aliases as the code of then left them, and the code
of today goes on to the end. It has to come through the same states to the same end as the code of then did.
Stopped at the same place, the guard of today has to leave what the guard of then left.

Entered are the first and the last visit of each task in each journey, and every other state once: between two
tasks no code of hotplug runs.

What this does not show: reasons, times and numbers of polls are not compared. A task begins and ends with one
release. The two releases do not take turns, and the release of then does not read what the one of today has
written. How hooks and traffic behave is said by the journey, it is no data.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.contract.analysis.state_graph import State, all_states
from tests.contract.analysis.template import ROOT
from tests.support.machine.tasks import is_function, thrown
from tests.support.releases.journeys import JOURNEYS, Journey, Spoil
from tests.support.releases.recording import Entry, Recording, ending, file_of, read, resumed, stopped

type Json = Any

RELEASES = sorted((ROOT / "tests" / "golden").glob("execution-*"))
each_release = pytest.mark.parametrize("release", RELEASES, ids=lambda it: it.name)
KEPT = [
    (release, journey) for release in RELEASES for journey in JOURNEYS if file_of(release, journey).exists()
]
each_journey = pytest.mark.parametrize(
    ("release", "journey"), KEPT, ids=[f"{release.name}, {journey.name}" for release, journey in KEPT]
)


@cache
def definition(release: Path) -> State:
    found: State = json.loads((release / "definition.json").read_text())
    return found


@cache
def before(release: Path, journey: Journey) -> Recording:
    return read(file_of(release, journey))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What goes wrong in a journey is logged, as it should be."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def in_order(states: list[str]) -> list[str]:
    """How often it polls is its own affair."""
    return list(dict.fromkeys(states))


def otherwise(release: Path, journey: Journey, entry: Entry) -> Json:
    """What becomes otherwise when the code of today goes on from there: then and now."""
    then = before(release, journey)
    underway = resumed(journey, entry.snapshot, definition=definition(release))
    underway.run()
    went = {"states": in_order(then.states[entry.at :])} | then.ending
    goes = {"states": in_order(underway.execution.entered)} | ending(underway)
    return {key: (went[key], goes[key]) for key in goes if went[key] != goes[key]}


@each_journey
def test_it_comes_through_the_same_states_to_the_same_end(release: Path, journey: Journey) -> None:
    entries = before(release, journey).entries
    assert {(it.at, it.state): said for it in entries if (said := otherwise(release, journey, it))} == {}


@each_journey
def test_stopped_at_any_state_it_is_settled_as_it_would_have_been(release: Path, journey: Journey) -> None:
    for entry in before(release, journey).entries:
        underway = resumed(journey, entry.snapshot, definition=definition(release))
        assert stopped(underway) == entry.settled, f"{entry.state}, number {entry.at}"


@each_release
def test_every_state_of_that_definition_is_entered(release: Path) -> None:
    entered = {entry.state for at, journey in KEPT if at == release for entry in before(at, journey).entries}
    assert entered == all_states(definition(release)).keys()


@each_release
def test_nothing_that_was_recorded_is_left_out(release: Path) -> None:
    assert {file_of(release, journey) for journey in JOURNEYS} >= set(release.glob("*.jsonl"))


# What would be noticed


def does_not_understand(_: object) -> Json:
    raise thrown("UnreadableError", "since is missing")


def answers_in_other_words(work: Any) -> Json:
    return {f"new {key}": value for key, value in work().items()}


ONE_IN = 6
"""Of the journeys in which a task is broken; the whole lot takes half a minute."""
TASKS = [
    name for name, it in all_states(definition(RELEASES[-1])).items() if is_function(it.get("Resource", ""))
]


@pytest.mark.parametrize("spoil", [does_not_understand, answers_in_other_words], ids=lambda it: it.__name__)
@pytest.mark.parametrize("task", TASKS)
def test_a_task_that_does_not_go_with_that_release_is_noticed(task: str, spoil: Spoil) -> None:
    """Where journeys entered it last, and it had an answer."""
    release = RELEASES[-1]
    whole = {journey: before(release, journey) for journey in JOURNEYS if task not in journey.broken}
    last = {
        journey: entry
        for journey, then in whole.items()
        for entry in then.entries
        if entry.state == task and then.states[entry.at + 1 :][:1] != ["Roll back"]
    }
    tried = list(last.items())[::ONE_IN]
    assert tried
    said = {it.name: otherwise(release, replace(it, broken={task: spoil}), entry) for it, entry in tried}
    assert [name for name, difference in said.items() if not difference] == []
