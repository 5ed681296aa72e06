"""Time and memory of looking into a package: `python -m bench.packages`.

Each package is made in a temporary folder, and inspected in a fresh interpreter by the adapter that the plan
uses, over a client that reads the file. Beside it the same without a look: what copying and hashing take.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
MAX_BYTES = 262_144_000
LIBRARY = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00"
PROBE = """
import json, re, sys, time
from pathlib import Path
import hotplug.aws.artifacts as artifacts
from hotplug.core.resources.package import Contents
from hotplug.core.spec.source import Package
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
class Body:
    def __init__(self, path):
        self.path = path
    def iter_chunks(self, size):
        with open(self.path, "rb") as file:
            while piece := file.read(size):
                yield piece
class Client:
    def get_object(self, **asked):
        return {"Body": Body(asked["Key"]), "ContentLength": Path(asked["Key"]).stat().st_size}
path, looks = sys.argv[1], sys.argv[2] == "look"
if not looks:
    artifacts.read_contents = lambda copy: Contents()
before, started = peak(), time.process_time()
found = artifacts.AwsArtifacts(Client()).inspect(Package("bucket", path)).contents
print(json.dumps([time.process_time() - started, peak() - before, len(found.files), found.is_read]))
"""
"""Processor time, and VmHWM, because ru_maxrss of a new process still counts its parent."""


@dataclass(frozen=True, slots=True)
class Look:
    """One package: seconds of processor time, and MB of memory beyond those of the interpreter."""

    what: str
    files: int
    seconds: float
    more_seconds: float
    megabytes: float
    more_megabytes: float
    is_read: bool


def measure() -> list[Look]:
    """Measure every package, in about two minutes."""
    with tempfile.TemporaryDirectory() as folder:
        return [_looked_into(what, make(Path(folder))) for what, make in PACKAGES.items()]


def _looked_into(what: str, package: Path) -> Look:
    rounds = [(_ran(package, "skip"), _ran(package, "look")) for _ in range(ROUNDS)]
    package.unlink()
    seconds, megabytes, files, is_read = (
        list(each) for each in zip(*(look for _, look in rounds), strict=True)
    )
    return Look(
        what=what,
        files=files[0],
        seconds=statistics.median(seconds),
        more_seconds=statistics.median(look[0] - skip[0] for skip, look in rounds),
        megabytes=statistics.median(megabytes) / 1_024,
        more_megabytes=statistics.median(look[1] - skip[1] for skip, look in rounds) / 1_024,
        is_read=is_read[0],
    )


def _ran(package: Path, mode: str) -> list[float]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "functions")}
    command = [sys.executable, "-c", PROBE, str(package), mode]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    figures: list[float] = json.loads(ran.stdout)
    return figures


type Files = Iterator[tuple[str, bytes]]


def _zip(files: Callable[[], Files], method: int = zipfile.ZIP_DEFLATED) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / "package.zip"
        with zipfile.ZipFile(path, "w", method, compresslevel=1) as package:
            for name, body in files():
                entry = zipfile.ZipInfo(name)
                entry.external_attr, entry.compress_type = 0o644 << 16, method
                package.writestr(entry, body)
        return path

    return make


def _one_file() -> Files:
    yield "app.py", b"x"
    yield "model.bin", os.urandom(1_000_000) * (MAX_BYTES // 1_000_000 - 1)


def _libraries() -> Files:
    yield "app.py", b"x"
    for number in range(2_500):
        yield f"package_{number}/core.cpython-313-x86_64-linux-gnu.so", LIBRARY + os.urandom(100_000)


def _modules() -> Files:
    yield "index.js", b"exports.handler = 1"
    for number in range(60_000):
        yield f"node_modules/package-{number // 40}/lib/module-{number % 40}.js", os.urandom(100) * 40


def _scripts() -> Files:
    for number in range(60_000):
        yield f"dist/routes/module-{number}.js", os.urandom(100) * 40


def _empty(count: int, width: int) -> Callable[[], Files]:
    def files() -> Files:
        for number in range(count):
            yield f"{number:x}".rjust(width, "_"), b""

    return files


PACKAGES: dict[str, Callable[[Path], Path]] = {
    "one file of 250 MB": _zip(_one_file, zipfile.ZIP_STORED),
    "2,500 native libraries": _zip(_libraries),
    "60,000 files of dependencies": _zip(_modules),
    "60,000 scripts of its own": _zip(_scripts),
    "the largest directory, names of 66": _zip(_empty(149_000, 66), zipfile.ZIP_STORED),
    "the largest directory, names of 5": _zip(_empty(320_000, 5), zipfile.ZIP_STORED),
    "a larger directory": _zip(_empty(400_000, 5), zipfile.ZIP_STORED),
}
"""What is made, each near a limit: of Lambda for the bytes, of hotplug for the directory."""

if __name__ == "__main__":
    for look in measure():
        print(look, flush=True)
