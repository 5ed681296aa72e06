"""Import time, initialisation time and peak memory of each handler, compared with a bare boto3 client.

Before the first event, Lambda imports the handler's module in a fresh interpreter. The yardstick is the least
that any function needs to call AWS: import boto3 and make one client. Both run in turn. So a drift of the
machine's speed affects both alike, and only ratios of neighbours are compared.
"""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 9
BARE = "import boto3; boto3.client('lambda')"
PROBE = """
import json, re, time
started = time.perf_counter()
{code}
took = time.perf_counter() - started
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())
print(json.dumps([took, int(peak[1])]))
"""
"""VmHWM, because ru_maxrss of a new process still counts its parent."""

ROUTER = {
    "HOTPLUG_TARGETS": "*",
    "HOTPLUG_ROUTER_ALIAS": "live",
    "HOTPLUG_ROUTABLE_VERSIONS": "3",
    "HOTPLUG_ROUTABLE_ALIASES": "",
    "HOTPLUG_VERSION_PARAMETER": "version",
    "HOTPLUG_VERSION_NAMERS": "*",
    "HOTPLUG_AFFINITY_HEADER": "x-user",
    "HOTPLUG_AFFINITY_COOKIE": "",
    "HOTPLUG_ISSUE_AFFINITY": "false",
}
"""Environment variables that the template gives the router."""
READY_TASK = "from hotplug.handlers.entrypoint import live; live().ledger"
READY = {"router": "from hotplug.handlers.router_entrypoint import live; live().calls"}


@dataclass(frozen=True, slots=True)
class Initialisation:
    """One handler compared with the bare client: medians of the ratios of neighbouring runs.

    `ready` includes what a first event needs before it can call AWS: the one client that all need.
    """

    handler: str
    milliseconds: float
    time_ratio: float
    memory_ratio: float
    ready_ratio: float
    ready_memory_ratio: float


def measure() -> list[Initialisation]:
    """Measure every handler. It takes about a second for each of the `ROUNDS`."""
    handlers = sorted(path.stem for path in (ROOT / "functions/hotplug/handlers").glob("*.py"))
    rooms = [name for name in handlers if "handler = entrypoint(" in _source(name)]
    return [_against_bare(name) for name in rooms]


def _source(name: str) -> str:
    return (ROOT / f"functions/hotplug/handlers/{name}.py").read_text()


def _against_bare(name: str) -> Initialisation:
    code = f"import hotplug.handlers.{name}"
    ready = f"{code}; {READY.get(name, READY_TASK)}"
    _probe(BARE), _probe(ready)
    rounds = [(_probe(code), _probe(BARE), _probe(ready)) for _ in range(ROUNDS)]
    return Initialisation(
        handler=name,
        milliseconds=1000 * statistics.median(ours[0] for ours, _, _ in rounds),
        time_ratio=statistics.median(ours[0] / bare[0] for ours, bare, _ in rounds),
        memory_ratio=statistics.median(ours[1] / bare[1] for ours, bare, _ in rounds),
        ready_ratio=statistics.median(first[0] / bare[0] for _, bare, first in rounds),
        ready_memory_ratio=statistics.median(first[1] / bare[1] for _, bare, first in rounds),
    )


def _probe(code: str) -> tuple[float, int]:
    """Return seconds, and kB at the peak."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "functions"),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "hotplug",
        "LAMBDA_TASK_ROOT": str(ROOT / "functions"),
        "HOTPLUG_LEDGER": "ledger",
        "HOTPLUG_TOPIC": "topic",
        "HOTPLUG_KEEP_DAYS": "1",
    } | ROUTER
    command = [sys.executable, "-c", PROBE.format(code=code)]
    took, peak = json.loads(subprocess.check_output(command, env=environment, text=True))
    return float(took), int(peak)
