"""The demonstration ends as the README shows it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 500
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
    code, said = played()

    assert code == 0, said
    assert SHOWN
    missing = [line for line in shape(SHOWN[1]) if line not in shape(said)]
    assert missing == [], said


def played() -> tuple[int, str]:
    """Exit code and output. One that takes too long is interrupted: it then stops what it has started."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "local.demo"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "functions")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with demo:
        try:
            said, _ = demo.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            demo.send_signal(signal.SIGINT)
            said, _ = demo.communicate()
        return demo.returncode, said
