"""Steady traffic on an alias, counted by version.

Run as `python -m local.traffic FUNCTION ALIAS CALLS_PER_SECOND FILE` with AWS_ENDPOINT_URL. Once a second,
FILE is replaced atomically with the counts:

    {"seconds": 12.0, "calls": 240, "errors": 3, "unanswered": 0,
     "versions": {"1": {"calls": 216, "errors": 0}, "2": {"calls": 24, "errors": 3}},
     "recent": {"1": {"calls": 180, "errors": 0}, "2": {"calls": 20, "errors": 3}}}

`recent` covers the last 10 s. `unanswered` calls never reached a version: a deployment must not cause any.
"""

import json
import sys
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.aws.processes import write_atomically

_RECENT_SECONDS = 10.0
_WORKERS = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """`version` is empty if no version answered the call."""

    at: float
    version: str
    failed: bool


class Tally:
    """Counts of answers. It reads no clock: times are arguments."""

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self._totals: Counter[tuple[str, bool]] = Counter()
        self._recent: deque[Answer] = deque()

    def add(self, answer: Answer) -> None:
        self._totals[answer.version, answer.failed] += 1
        self._recent.append(answer)

    def summary(self, now: float) -> dict[str, Any]:
        while self._recent and self._recent[0].at < now - _RECENT_SECONDS:
            self._recent.popleft()
        versions = _by_version(self._totals)
        return {
            "seconds": round(now - self._begun, 1),
            "calls": self._totals.total(),
            "errors": sum(version["errors"] for version in versions.values()),
            "unanswered": self._totals["", True],
            "versions": versions,
            "recent": _by_version(Counter((answer.version, answer.failed) for answer in self._recent)),
        }


def _by_version(counts: Counter[tuple[str, bool]]) -> dict[str, dict[str, int]]:
    versions = sorted({version for version, _ in counts if version}, key=int)
    return {
        version: {"calls": counts[version, False] + counts[version, True], "errors": counts[version, True]}
        for version in versions
    }


def call(client: Any, function: str, alias: str, order: int) -> Answer:
    try:
        response = client.invoke(FunctionName=function, Qualifier=alias, Payload=json.dumps({"order": order}))
    except (BotoCoreError, ClientError):
        return Answer(time.time(), "", failed=True)
    return Answer(time.time(), response["ExecutedVersion"], failed="FunctionError" in response)


def main(function: str, alias: str, calls_per_second: float, file: Path) -> None:
    """Start calls at even intervals, whether or not earlier ones have ended."""
    settings = Config(retries={"max_attempts": 0}, max_pool_connections=_WORKERS, read_timeout=30)
    client = boto3.client("lambda", config=settings)
    begun = time.time()
    tally, written = Tally(begun), begun
    with ThreadPoolExecutor(_WORKERS) as workers:
        for order in count():
            time.sleep(max(0.0, begun + order / calls_per_second - time.time()))
            workers.submit(call, client, function, alias, order).add_done_callback(
                lambda it: tally.add(it.result())
            )
            if time.time() - written >= 1:
                written = time.time()
                write_atomically(file, json.dumps(tally.summary(written)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), Path(sys.argv[4]))
