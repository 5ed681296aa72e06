"""Takes one protection away at a time, in a copy of the product: the sweep has to notice each."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.contract.analysis.template import ROOT

type Change = Callable[[str], str]

PRODUCT = "functions/hotplug"
COPIED = ("functions", "local", "statemachine", "tests", "template.yaml")


@dataclass(frozen=True)
class Mutation:
    """What is missing, and where it is taken from. Cases that have `first` in their name are tried first."""

    name: str
    file: str
    change: Change
    first: str = ""

    def is_applied_in(self, directory: Path) -> None:
        path = directory / self.file
        path.write_text(self.change(path.read_text()))


def instead(old: str, new: str = "") -> Change:
    """The text, which is there exactly once, becomes another."""

    def change(text: str) -> str:
        if text.count(old) != 1:
            raise ValueError(f"{text.count(old)} times there, not once: {old}")
        return text.replace(old, new)

    return change


def without(state: str, field: str) -> Change:
    """A state of the machine loses a field."""

    def change(text: str) -> str:
        machine = json.loads(text)
        del machine["States"][state][field]
        return json.dumps(machine)

    return change


def of_handler(name: str, handler: str, old: str, new: str = "", first: str = "") -> Mutation:
    """A handler with another text."""
    return Mutation(name, f"{PRODUCT}/handlers/{handler}.py", instead(old, new), first)


def of_activity(name: str, activity: str, old: str, new: str = "", first: str = "") -> Mutation:
    """An activity with another text."""
    return Mutation(name, f"{PRODUCT}/activities/{activity}.py", instead(old, new), first)


@dataclass(frozen=True)
class Notice:
    """How many cases it took, and which one noticed; None if none did."""

    tried: int
    case: str


def swept_without_each(mutations: Sequence[Mutation], processes: int) -> bool:
    """Prints a table; whether any mutation went unnoticed."""
    began = monotonic()
    with ThreadPoolExecutor(processes) as pool:
        notices = list(pool.map(noticed, mutations))
    print(f"\n{'cases':>6}  without a protection, until it was noticed by")
    for mutation, notice in zip(mutations, notices, strict=True):
        print(f"{notice.tried:>6}  {mutation.name}: {notice.case or 'NOT NOTICED'}")
    unnoticed = sum(1 for notice in notices if not notice.case)
    print(f"\n{len(mutations)} mutations, {unnoticed} not noticed, {monotonic() - began:.0f} s")
    return bool(unnoticed)


def noticed(mutation: Mutation) -> Notice:
    with tempfile.TemporaryDirectory(prefix="hotplug-mutation-") as name:
        directory = Path(name)
        for part in COPIED:
            _copy(ROOT / part, directory / part)
        mutation.is_applied_in(directory)
        run = subprocess.run(
            [sys.executable, "-m", "tests.faults", "--until-noticed", mutation.first],
            cwd=directory,
            env=os.environ | {"PYTHONPATH": f"functions{os.pathsep}.", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode not in {0, 1} or "Traceback" in run.stderr:
        raise RuntimeError(f"{mutation.name}: {run.stderr}")
    tried, _, case = run.stdout.strip().partition("|")
    return Notice(int(tried or 0), case)


def _copy(source: Path, goal: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, goal, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    else:
        shutil.copy(source, goal)
