"""A Python of the product's version: one that is on this machine, or one that uv fetches."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

from local.bootstrap.commands import PYTHON, TOOLS, UV, answer, run


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
