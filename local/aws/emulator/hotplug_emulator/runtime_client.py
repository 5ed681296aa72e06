"""Runtime client `awslambdaric` in a folder of its own: a function can't import the rest of the emulator."""

import importlib.metadata
import sys
from pathlib import Path

_DISTRIBUTIONS = ("awslambdaric", "simplejson", "snapshot-restore-py")

INTERPRETER = (getattr(sys, "_base_executable", sys.executable), "-S")
"""The base interpreter of the emulator's environment, without site-packages."""
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def link_into(directory: Path) -> Path:
    """Link the runtime client's packages into `directory` and return it. Safe to repeat."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in _DISTRIBUTIONS:
        for source in _top_level_entries(importlib.metadata.distribution(name)):
            link = directory / source.name
            if not link.is_symlink():
                link.symlink_to(source)
    return directory


def _top_level_entries(distribution: importlib.metadata.Distribution) -> set[Path]:
    root = Path(str(distribution.locate_file(""))).resolve()
    tops = {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}
    return {root / top for top in tops if not top.endswith(".dist-info")}
