import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws.processes import Background, write_atomically

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP[-1]}"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Background]:
    process = Background(tmp_path, "sleeper")
    yield process
    process.stop()


def test_a_started_process_is_known_to_whoever_looks_later(process: Background, tmp_path: Path) -> None:
    process.start(SLEEP, dict(os.environ), mark="time.sleep(60)")
    later = Background(tmp_path, "sleeper")
    assert later.running
    later.stop()
    assert not process.running


def test_what_it_says_is_in_its_log(process: Background) -> None:
    process.start(SLEEP, dict(os.environ), mark="time.sleep(60)")
    give_up = time.monotonic() + 10
    while process.log_tail() != "up" and time.monotonic() < give_up:
        time.sleep(0.02)
    assert process.log_tail() == "up"


def test_a_process_that_ignores_the_polite_signal_is_killed(process: Background) -> None:
    process.start([sys.executable, "-c", STUBBORN], dict(os.environ), mark="SIG_IGN")
    while process.log_tail() != "up":
        time.sleep(0.02)
    process.stop()
    assert not process.running


def test_stopping_twice_or_nothing_is_fine(process: Background) -> None:
    process.stop()
    process.stop()


def test_another_program_under_the_recorded_id_is_left_alone(tmp_path: Path) -> None:
    write_atomically(tmp_path / "sleeper.json", f'{{"pid": {os.getpid()}, "mark": "no such mark"}}')
    process = Background(tmp_path, "sleeper")
    assert not process.running
    old = signal.signal(signal.SIGTERM, signal.default_int_handler)
    process.stop()
    signal.signal(signal.SIGTERM, old)


@pytest.mark.parametrize("record", ["", "{", "[1]", '{"pid": 1}'])
def test_a_record_that_was_cut_short_counts_as_none(tmp_path: Path, record: str) -> None:
    (tmp_path / "sleeper.json").write_text(record)
    assert not Background(tmp_path, "sleeper").running
