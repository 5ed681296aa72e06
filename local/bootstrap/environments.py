"""Virtual environments, each made from the requirements of a folder."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from local.bootstrap.commands import PYTHON, ROOT, TOOLS, UV, MissingError, digest, run, shown, was_made_from
from local.bootstrap.pythons import find_python, version


@dataclass(frozen=True)
class Environment:
    """One virtual environment, created from the requirements in a folder.

    `seed` installs pip into it. `package` names a package in the folder that is installed as well.
    """

    home: Path
    folder: Path
    seed: bool = False
    package: str = ""
    universal: bool = True

    @property
    def requirements(self) -> Path:
        return self.folder / "requirements.txt"

    @property
    def python(self) -> Path:
        return self.home / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.home / ".made-from"

    def package_files(self) -> list[Path]:
        if not self.package:
            return []
        return [self.folder / "pyproject.toml", *sorted((self.folder / self.package).rglob("*.py"))]


PRODUCT = Environment(ROOT / ".venv", ROOT / "tests")
SAM = Environment(TOOLS / "sam", ROOT / "local" / "aws" / "sam", seed=True)  # `sam build` calls pip
EMULATOR = Environment(
    TOOLS / "emulator", ROOT / "local" / "aws" / "emulator", package="hotplug_emulator", universal=False
)
ENVIRONMENTS = {"product": PRODUCT, "sam": SAM, "emulator": EMULATOR}


def make(environment: Environment) -> None:
    if not environment.requirements.exists():
        raise MissingError(f"{shown(environment.requirements)} does not exist")
    python_version = version(environment.python)
    if python_version and was_made_from(environment.stamp, ingredients(environment, python_version)):
        return
    begun = time.monotonic()
    if is_whole(environment, python_version):
        environment.stamp.unlink()
    else:
        create(environment)
    install(environment)
    environment.stamp.write_text(ingredients(environment, version(environment.python)))
    print(f"made {shown(environment.home)} in {time.monotonic() - begun:.0f} s")


def is_whole(environment: Environment, python_version: str) -> bool:
    """Whether an install can update the environment: it was completed before, here, with this Python."""
    if not environment.stamp.exists():
        return False
    made_from: list[object] = json.loads(environment.stamp.read_text())
    return made_from[:2] == [str(ROOT), python_version] and python_version.startswith(PYTHON + ".")


def create(environment: Environment) -> None:
    shutil.rmtree(environment.home, ignore_errors=True)
    seed = ["--seed"] if environment.seed else []
    hint = f"uv cannot make {shown(environment.home)}."
    run(hint, UV, "venv", "--quiet", *seed, "--python", find_python(), environment.home)


def install(environment: Environment) -> None:
    """Install the requirements. `sync` also removes what the file does not list."""
    into = ["--quiet", "--python", str(environment.python)]
    hint = f"{shown(environment.requirements)} can't be installed. Does this machine reach a package index?"
    run(hint, UV, "pip", "sync", *into, "--require-hashes", environment.requirements)
    if not environment.package:
        return
    copy = TOOLS / "build"  # a build leaves files in its folder
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(environment.folder, copy, ignore=shutil.ignore_patterns("*.egg-info", "build"))
    options = ["--no-deps", "--no-build-isolation", "--reinstall"]
    run(f"{shown(environment.folder)} can't be installed.", UV, "pip", "install", *into, *options, copy)
    shutil.rmtree(copy)


def ingredients(environment: Environment, python_version: str) -> str:
    package = {shown(file): digest(file) for file in environment.package_files()}
    return json.dumps([str(ROOT), python_version, digest(environment.requirements), package])
