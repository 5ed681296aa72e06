"""The demonstration ends as the README shows it."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN = re.search(
    r"`make demo` ends like this:\n\n```text\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
)


def shape(text: str) -> list[str]:
    """The lines without what differs from run to run: numbers, and how wide a column is."""
    return [
        re.sub(r"[ -]+", " ", re.sub(r"\d+(\.\d+)?", "N", line)).strip()
        for line in text.splitlines()
        if line.strip()
    ]


def test_the_demo_ends_as_the_readme_shows() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "functions")}
    done = subprocess.run(
        [sys.executable, "-m", "local.demo"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert SHOWN
    missing = [line for line in shape(SHOWN[1]) if line not in shape(done.stdout)]
    assert missing == [], done.stdout
