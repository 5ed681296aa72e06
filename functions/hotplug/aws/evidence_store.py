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

PREFIX = "evidence#"


class EvidenceStore(Protocol):
    """The evidence store, as hotplug uses it."""

    def keep(self, deployment: str, target: str, evidence: Mapping[str, Any], now: datetime) -> None:
        """Save the evidence of a target, in place of what was saved before."""

    def kept(self, deployment: str) -> Sequence[Json]:
        """The evidence saved last, one object for each target, ordered by name; empty if there is none."""


class AwsEvidenceStore(Table):
    """Evidence as items of the ledger's table. The minutes are one text, since they are always read together.

    Polls are more frequent than new minutes, and a write costs by the kilobyte. What this execution
    environment wrote last is therefore not written again.
    """

    def __init__(self, client: "DynamoDBClient", table: str, keep_days: int) -> None:
        super().__init__(client, table, keep_days)
        self._last: dict[str, bytes] = {}

    def keep(self, deployment: str, target: str, evidence: Mapping[str, Any], now: datetime) -> None:
        """PutItem."""
        text = json.dumps(evidence, separators=(",", ":"))
        digest = sha256(f"{deployment} {text}".encode()).digest()
        if self._last.get(target) == digest:
            return
        item = {
            "pk": f"deployment#{deployment}",
            "sk": f"{PREFIX}{target}",
            "verdict": evidence.get("verdict"),
            "reason": evidence.get("reason"),
            "evidence": text,
            "expires": self._expires(now.isoformat()),
        }
        with translated():
            self._client.put_item(TableName=self._table, Item=encode(item))
        self._last[target] = digest

    def kept(self, deployment: str) -> Sequence[Json]:
        """Query."""
        items = self._query(f"deployment#{deployment}", PREFIX)
        return [json.loads(item["evidence"]) for item in items]
