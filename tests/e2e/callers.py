"""People who call an alias at a steady rate, in a thread of its own."""

import json
import threading
import time
from collections import Counter
from typing import Self

from tests.e2e.cast import ALIAS
from tests.e2e.world import Aws

CALLS_PER_SECOND = 10


class Callers:
    """They call from entering until leaving. `outage` is the share of calls that fail at any version."""

    def __init__(self, aws: Aws, function: str) -> None:
        self._lambdas, self._function = aws.client("lambda"), function
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._call_on, name=f"callers of {function}")
        self.outage = 0.0
        self.calls: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _call_on(self) -> None:
        while not self._over.wait(max(0.0, -time.time() % (1 / CALLS_PER_SECOND))):
            answer = self._lambdas.invoke(
                FunctionName=self._function,
                Qualifier=ALIAS,
                Payload=json.dumps({"outage": self.outage}).encode(),
            )
            self.calls[answer["ExecutedVersion"]] += 1
            self.failed[answer["ExecutedVersion"]] += "FunctionError" in answer
