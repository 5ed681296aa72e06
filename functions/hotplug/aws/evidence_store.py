"""Evidence store: the evidence of each deployment in the ledger's table, so that it can be judged again."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from hotplug.aws.dynamodb_json import encode
from hotplug.aws.errors import translated
from hotplug.aws.table import Json, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE, HOUR, MEMORY = "evidence#", "hour#", "memory#"
"""Prefixes of the sort keys: the last page of a target, its closed hours, and the judge's memory of these."""


class EvidenceStore(Protocol):
    """The evidence store, as hotplug uses it."""

    def save(self, deployment: str, target: str, evidence: Mapping[str, Any], now: datetime) -> None:
        """Save the evidence of a target, in place of what was saved before."""

    def saved(self, deployment: str) -> Sequence[Json]:
        """The evidence saved last, one object for each target, ordered by name; empty if there is none."""

    def close_hour(self, deployment: str, target: str, hour: Mapping[str, Any], now: datetime) -> Json:
        """Save the rows of an hour for good; returns the hour as it was saved first.

        `hour` has a `begin`, an ISO date. An hour that is saved stays: its late rows are not taken.
        """

    def hours(self, deployment: str) -> Sequence[Json]:
        """The closed hours of all targets, ordered by target and time; empty if there is none."""

    def remember(self, deployment: str, target: str, memory: Mapping[str, Any], now: datetime) -> None:
        """Save what the judge knows of a target's closed hours, in place of what was saved before."""

    def memories(self, deployment: str) -> Mapping[str, Json]:
        """The memories saved last, by target."""


class AwsEvidenceStore(Table):
    """Evidence as items of the ledger's table. The minutes are one text, since they are always read together.

    Polls are more frequent than new minutes, and a write costs by the kilobyte. What this execution
    environment wrote last is therefore not written again.
    """

    def __init__(self, client: "DynamoDBClient", table: str, keep_days: int) -> None:
        super().__init__(client, table, keep_days)
        self._last: dict[str, bytes] = {}

    def save(self, deployment: str, target: str, evidence: Mapping[str, Any], now: datetime) -> None:
        """PutItem."""
        text = _text(evidence)
        digest = sha256(f"{deployment} {text}".encode()).digest()
        if self._last.get(target) == digest:
            return
        said = {"verdict": evidence.get("verdict"), "reason": evidence.get("reason")}
        self._put(_item(deployment, f"{PAGE}{target}", text) | said, now)
        self._last[target] = digest

    def saved(self, deployment: str) -> Sequence[Json]:
        """Query."""
        return self._texts(deployment, PAGE)

    def close_hour(self, deployment: str, target: str, hour: Mapping[str, Any], now: datetime) -> Json:
        """PutItem, and GetItem where another poll was first."""
        item = _item(deployment, f"{HOUR}{target}#{hour['begin']}", _text(hour))
        if not self._put_once(item, now.isoformat()):
            item = self._item(item["pk"], item["sk"]) or item
        saved: Json = json.loads(item["evidence"])
        return saved

    def hours(self, deployment: str) -> Sequence[Json]:
        """Query."""
        return self._texts(deployment, HOUR)

    def remember(self, deployment: str, target: str, memory: Mapping[str, Any], now: datetime) -> None:
        """PutItem."""
        self._put(_item(deployment, f"{MEMORY}{target}", _text(memory)), now)

    def memories(self, deployment: str) -> Mapping[str, Json]:
        """Query."""
        items = self._query(f"deployment#{deployment}", MEMORY)
        return {item["sk"].removeprefix(MEMORY): json.loads(item["evidence"]) for item in items}

    def _put(self, item: Json, now: datetime) -> None:
        expires = {"expires": self._expires(now.isoformat())}
        with translated():
            self._client.put_item(TableName=self._table, Item=encode(item | expires))

    def _texts(self, deployment: str, prefix: str) -> Sequence[Json]:
        items = self._query(f"deployment#{deployment}", prefix)
        return [json.loads(item["evidence"]) for item in items]


def _item(deployment: str, sk: str, text: str) -> Json:
    return {"pk": f"deployment#{deployment}", "sk": sk, "evidence": text}


def _text(of: Mapping[str, Any]) -> str:
    return json.dumps(of, separators=(",", ":"))
