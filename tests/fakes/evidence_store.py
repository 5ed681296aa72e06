"""The evidence store in memory."""

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
        self.closed: dict[str, dict[tuple[str, str], str]] = {}
        self.remembered: dict[str, dict[str, str]] = {}

    @verb
    def save(self, deployment: str, target: str, evidence: Mapping[str, Any], now: datetime) -> None:
        self.pages.setdefault(deployment, {})[target] = json.dumps(evidence)

    @verb
    def saved(self, deployment: str) -> Sequence[dict[str, Any]]:
        pages = self.pages.get(deployment, {})
        return [json.loads(pages[target]) for target in sorted(pages)]

    @verb
    def close_hour(
        self, deployment: str, target: str, hour: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        hours = self.closed.setdefault(deployment, {})
        saved: dict[str, Any] = json.loads(hours.setdefault((target, hour["begin"]), json.dumps(hour)))
        return saved

    @verb
    def hours(self, deployment: str) -> Sequence[dict[str, Any]]:
        hours = self.closed.get(deployment, {})
        return [json.loads(hours[at]) for at in sorted(hours)]

    @verb
    def remember(self, deployment: str, target: str, memory: Mapping[str, Any], now: datetime) -> None:
        self.remembered.setdefault(deployment, {})[target] = json.dumps(memory)

    @verb
    def memories(self, deployment: str) -> Mapping[str, dict[str, Any]]:
        return {target: json.loads(text) for target, text in self.remembered.get(deployment, {}).items()}
