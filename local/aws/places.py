"""Paths of the local AWS: its tools and its state."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".local"
REGION = "us-east-1"


def emulator_python() -> Path:
    return _tool("HOTPLUG_EMULATOR_PYTHON", ROOT / ".tools" / "emulator" / "bin" / "python")


def service_indices() -> Path:
    """Where an emulator finds what an earlier one has made of the models of all services."""
    return emulator_python().parents[1] / "service-indices"


def sam() -> Path:
    return _tool("HOTPLUG_SAM", ROOT / ".tools" / "sam" / "bin" / "sam")


def _tool(variable: str, default: Path) -> Path:
    path = Path(os.environ.get(variable) or default)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: `make setup` makes it, or {variable} names another")
    return path
