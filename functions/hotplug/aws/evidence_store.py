"""The evidence of each deployment, kept in the ledger's table so that it can be judged again."""

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


class EvidenceBook(Protocol):
    """What hotplug asks of it."""

    def keep(self, deployment: str, target: str, evidence: Mapping[str, Any], now: datetime) -> None:
        """Write down all that is known of a target by now, in place of what was known before."""

    def kept(self, deployment: str) -> Sequence[Json]:
        """What was written down last, one object a target, by their names; empty where nothing was."""


class AwsEvidenceBook(Table):
    """The table itself. The minutes are one text: nothing asks for a part of them.

    There are more looks than new minutes, and a write costs by the kilobyte: what was written last by this
    execution environment is not written again.
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
