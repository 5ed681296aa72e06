"""The kept evidence in memory."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.fakes.faults import Surprising, verb


class InMemoryEvidenceStore(Surprising):
    """The `EvidenceBook` of a test."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, dict[str, str]] = {}

    @verb
    def keep(self, deployment: str, target: str, evidence: Mapping[str, Any], now: datetime) -> None:
        self.pages.setdefault(deployment, {})[target] = json.dumps(evidence)

    @verb
    def kept(self, deployment: str) -> Sequence[dict[str, Any]]:
        pages = self.pages.get(deployment, {})
        return [json.loads(pages[target]) for target in sorted(pages)]
