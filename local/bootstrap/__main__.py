"""Environments of the project: first uv, then one environment for each purpose, with pinned dependencies.

It needs a python3 (3.8 or later) with venv and pip, and a package index. Each environment has a stamp of its
sources, written last. So a second run does nothing, a changed pin is installed, and an interrupted run starts
again.

    python3 -m local.bootstrap                   everything
    python3 -m local.bootstrap product sam       only these
    python3 -m local.bootstrap lock [--upgrade]  compile the pins again
"""

from __future__ import annotations

import fcntl
import re
import shutil
import sys
from contextlib import contextmanager
from typing import Iterator, Sequence

from local.bootstrap.asl_validator import ASL_PINS, make_asl_validator, npm
from local.bootstrap.commands import PYTHON, ROOT, TOOLS, UV, MissingError, run, shown, was_made_from
from local.bootstrap.environments import ENVIRONMENTS, PRODUCT, Environment, make

LAYER = ROOT / "functions" / "dependencies"
COMPILE = (
    *(str(UV), "pip", "compile", "--quiet", "--python-version", PYTHON),
    *("--generate-hashes", "--no-emit-index-url", "--no-header"),
)


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
