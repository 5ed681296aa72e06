"""Journeys as a release made them: what states were entered with, and how they ended.

A recording is a file of JSON lines. The first one says through which states the journey went and how it
ended. Each other line is the entry of one of them, with what has changed since the entry before.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from hotplug.aws.dynamodb_json import decode
from tests.contract.analysis.state_graph import State, all_states
from tests.support.guarding import SWEEP, ended, wake
from tests.support.machine.execution import DEFINITION
from tests.support.releases.journeys import Journey, Underway
from tests.support.releases.world import described, named, put_back

type Json = Any

ERROR = re.compile(r"[\w.]+Error\b")
SUMMED_UP = ("outcome", "pruned", "notPruned", "notClosed")

type Snapshot = Mapping[str, Json]
"""The world; the variables and the place of each scope of states; how many acts are still to come."""


@dataclass(frozen=True)
class Entry:
    """Of the state number `at`, with all that was there, and what the guard leaves if it is stopped there."""

    at: int
    state: str
    snapshot: Snapshot
    settled: Json


@dataclass(frozen=True)
class Recording:
    """`states` are all that the journey entered."""

    states: list[str]
    ending: Json
    entries: list[Entry]


def all_recorded(journeys: Iterable[Journey]) -> Iterator[tuple[Journey, Recording]]:
    """By the code that runs here: the tasks of each journey, and every other state once."""
    seen: set[str] = set()
    for journey in journeys:
        recording = _recorded(journey, seen)
        seen |= set(recording.states)
        yield journey, recording


def _recorded(journey: Journey, seen: set[str]) -> Recording:
    rehearsal = journey.begins()
    rehearsal.run()
    states = list(rehearsal.execution.entered)
    wanted = set(_worthwhile(states, seen))
    underway, entries = journey.begins(), list[Entry]()
    while underway.execution.status == "RUNNING":
        at, state = len(underway.execution.entered), underway.execution.state
        if at in wanted and underway.execution.attempt == 0:
            snapshot = _copied(_taken(underway))
            entries.append(Entry(at, state, snapshot, stopped(resumed(journey, snapshot))))
        underway.step()
    return Recording(states, ending(underway), entries)


def _worthwhile(states: list[str], seen: set[str]) -> Iterator[int]:
    """The first and the last visit of each task; of states without code one that was not seen yet."""
    last = {state: at for at, state in enumerate(states)}
    tasks = {name for name, state in all_states(DEFINITION).items() if state["Type"] == "Task"}
    for at, state in enumerate(states):
        is_first = state not in states[:at]
        if (is_first or last[state] == at) if state in tasks else (is_first and state not in seen):
            yield at


def resumed(journey: Journey, snapshot: Snapshot, **how: State) -> Underway:
    """The journey in that state, with all that was there."""
    underway = journey.begins(**how)
    snapshot = _copied(snapshot)
    put_back(underway.cloud, underway.table, snapshot)
    underway.execution.resume([_scope(snapshot, at) for at in range(snapshot["scopes"])])
    underway.acts = underway.acts[len(underway.acts) - snapshot["acts"] :]
    return underway


def _scope(snapshot: Snapshot, at: int) -> Json:
    return named(f"scope/{at}", snapshot) | {"variables": named(f"variable/{at}", snapshot)}


def ending(underway: Underway) -> Json:
    """How it ended, and what was left of it; of all reasons only the error that they begin with."""
    execution = underway.execution
    ended = {"state": execution.state, "status": execution.status, "error": execution.error}
    summary = execution.variables.get("summary", {})
    return ended | {"summed_up": [key for key in SUMMED_UP if key in summary]} | _left(underway)


def stopped(underway: Underway) -> Json:
    """What is left when somebody stops it there, and the guard has heard of it."""
    if underway.execution.status == "RUNNING":
        underway.execution.ends("ABORTED")
    for event in (ended(), SWEEP):
        wake(underway.cloud, event)
    return _left(underway)


def _left(underway: Underway) -> Json:
    functions, items = underway.cloud.functions.functions.values(), underway.table.items
    timeline = underway.cloud.ledger.timeline(underway.execution.name)
    return {
        "aliases": {
            f"{it.name}:{at}": str(is_on.routing) for it in functions for at, is_on in it.aliases.items()
        },
        "versions": {it.name: sorted(it.versions, key=int) for it in functions},
        "provisioned": {"/".join(at): number for at, number in underway.cloud.functions.concurrency.items()},
        "claimed": sorted(sk for pk, sk in items if pk == "claim"),
        "queued": sorted(sk for pk, sk in items if pk == "queue"),
        "quarantined": sorted(at[1] for at, item in underway.table.items.items() if _blames(at[1], item)),
        "outcomes": sorted({_outcome(line) for line in timeline if line.get("outcome")}),
    }


def _blames(sk: str, item: Json) -> bool:
    """Whether the release of then finds it: later ones also keep their own hash of a configuration."""
    return sk.startswith("quarantine#") and not sk.endswith(f"#{decode(item).get('configuration')}")


def _outcome(line: Mapping[str, Json]) -> str:
    error = ERROR.match(line["reason"])
    return f"{line['outcome']}, {error[0]}" if error else str(line["outcome"])


def _taken(underway: Underway) -> Snapshot:
    taken = described(underway.cloud, underway.table) | {"acts": len(underway.acts)}
    scopes = underway.execution.position
    for at, scope in enumerate(scopes):
        variables = scope.pop("variables")
        taken |= {f"variable/{at}/{name}": value for name, value in variables.items()}
        taken |= {f"scope/{at}/{name}": value for name, value in scope.items()}
    return taken | {"scopes": len(scopes)}


def _copied(value: Json) -> Json:
    return json.loads(json.dumps(value))


# Files

NOTHING = Entry(-1, "", {}, None)


def file_of(directory: Path, journey: Journey) -> Path:
    return directory / f"{journey.name.replace(',', '').replace(' ', '-')}.jsonl"


def read(file: Path) -> Recording:
    head, *lines = (json.loads(line) for line in file.read_text().splitlines())
    found = accumulate(lines, _read, initial=NOTHING)
    return Recording(head["states"], head["ending"], list(found)[1:])


def _read(before: Entry, line: Json) -> Entry:
    kept = {key: value for key, value in before.snapshot.items() if key not in line.get("gone", ())}
    return Entry(line["at"], line["state"], kept | line["set"], line.get("settled", before.settled))


def written(recording: Recording) -> str:
    head = {"states": recording.states, "ending": recording.ending}
    lines = [head, *(_line(*two) for two in pairwise([NOTHING, *recording.entries]))]
    texts = (json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True) for line in lines)
    return "".join(f"{text}\n" for text in texts)


def _line(before: Entry, entry: Entry) -> Json:
    old, now = before.snapshot, entry.snapshot
    new = {key: value for key, value in now.items() if key not in old or old[key] != value}
    line = {"at": entry.at, "state": entry.state, "set": new}
    if gone := sorted(old.keys() - now.keys()):
        line["gone"] = gone
    if entry.settled != before.settled:
        line["settled"] = entry.settled
    return line
