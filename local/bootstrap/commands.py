"""Commands that set up the project, and stamps of what was made."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / ".tools"
UV = TOOLS / "uv" / "bin" / "uv"
PYTHON = "3.13"


class MissingError(Exception):
    """This machine lacks something; the message names it and says how to fix that."""


def run(hint: str, *command: str | Path) -> None:
    """Run quietly; on failure, raise the hint with the command's output."""
    words = [str(word) for word in command]
    end = subprocess.run(
        words, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if end.returncode != 0:
        raise MissingError(f"{hint}\n\n{' '.join(words)}\n{end.stdout}{end.stderr}")


def answer(*command: str | Path) -> str:
    """Return a command's output; empty if it fails. uv fails at the first shim that does not work."""
    words = [str(word) for word in command]
    try:
        ended = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout.strip() if ended.returncode == 0 else ""


def was_made_from(stamp: Path, what: str) -> bool:
    return stamp.exists() and stamp.read_text() == what


def digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))
