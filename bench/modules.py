"""Modules of hotplug that each task loads before its first event: `python -m bench.modules [FUNCTIONS ...]`.

FUNCTIONS is the folder above the package `hotplug`, of this checkout or of another one to compare it with.
Packages without code do not count. A task that loads an unneeded wing shows it in the column `core`.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FUNCTIONS = Path(__file__).resolve().parent.parent / "functions"
PROBE = (
    "import sys, hotplug.handlers.{task};"
    "print(*(f'{{name}}={{module.__file__}}' for name, module in sys.modules.items()"
    " if name.partition('.')[0] == 'hotplug'), sep='\\n')"
)


def main(folders: list[str]) -> None:
    """Print a table for each folder."""
    for folder in [Path(name) for name in folders] or [FUNCTIONS]:
        print("| task | core | all of hotplug |\n| --- | --- | --- |")
        for task in tasks(folder):
            modules = loaded(folder, task)
            of_core = [name for name in modules if name.startswith("hotplug.core")]
            print(f"| {task} | {len(of_core)} | {len(modules)} |")


def tasks(functions: Path) -> Iterator[str]:
    """Yield the names of the handlers that are Lambda functions."""
    for file in sorted((functions / "hotplug/handlers").glob("*.py")):
        if "handler = entrypoint(" in file.read_text():
            yield file.stem


def loaded(functions: Path, task: str) -> list[str]:
    """Return the modules with code that a fresh interpreter loads when it imports a handler."""
    environment = os.environ | {"PYTHONPATH": str(functions), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", PROBE.format(task=task)]
    ran = subprocess.run(
        command, env=environment, cwd=functions, capture_output=True, text=True, check=True
    ).stdout
    files = dict(line.split("=", 1) for line in ran.splitlines())
    return [name for name, file in files.items() if len(ast.parse(Path(file).read_text()).body) > 1]


if __name__ == "__main__":
    main(sys.argv[1:])
