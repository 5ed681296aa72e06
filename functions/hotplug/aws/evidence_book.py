"""The evidence of each deployment, kept in the ledger's table so that it can be judged again."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from hotplug.aws.errors import translated
from hotplug.aws.items import decode, encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Json = dict[str, Any]

PREFIX = "evidence#"


class EvidenceBook(Protocol):
    """What hotplug asks of it."""

    def keep(self, deployment: str, target: str, evidence: Mapping[str, Any], now: datetime) -> None:
        """Write down all that is known of a target by now, in place of what was known before."""

    def kept(self, deployment: str) -> Sequence[Json]:
        """What was written down last, one object a target, by their names; empty where nothing was."""


class AwsEvidenceBook:
    """The table itself. The minutes are one text: nothing asks for a part of them."""

    def __init__(self, client: "DynamoDBClient", table: str, keep_days: int) -> None:
        self._client, self._table, self._keep = client, table, timedelta(days=keep_days)

    def keep(self, deployment: str, target: str, evidence: Mapping[str, Any], now: datetime) -> None:
        """PutItem."""
        item = {
            "pk": f"deployment#{deployment}",
            "sk": f"{PREFIX}{target}",
            "verdict": evidence.get("verdict"),
            "reason": evidence.get("reason"),
            "evidence": json.dumps(evidence, separators=(",", ":")),
            "expires": int((now + self._keep).timestamp()),
        }
        with translated():
            self._client.put_item(TableName=self._table, Item=encode(item))

    def kept(self, deployment: str) -> Sequence[Json]:
        """Query."""
        found: list[Json] = []
        start: dict[str, Any] = {}
        while True:
            with translated():
                page = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :p AND begins_with(sk, :s)",
                    ExpressionAttributeValues=encode({":p": f"deployment#{deployment}", ":s": PREFIX}),
                    ConsistentRead=True,
                    **start,
                )
            found += [json.loads(decode(item)["evidence"]) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
