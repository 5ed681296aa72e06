"""The DynamoDB table of the ledger, as base of its readers and writers."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from hotplug.aws.dynamodb_json import decode, encode
from hotplug.aws.errors import REFUSED, code, translated
from hotplug.core.resources.target import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Json = dict[str, Any]

A_PAGE = 50
"""Closed deployments in one page: enough for most queries of good versions."""


class Table:
    """A table with the keys `pk` and `sk`; an item with `expires` is deleted by DynamoDB's TTL."""

    def __init__(self, client: "DynamoDBClient", table: str, keep_days: int) -> None:
        self._client, self._table, self._keep = client, table, timedelta(days=keep_days)

    def _query(self, pk: str, prefix: str) -> list[Json]:
        """All items of a partition, or those whose sort key has the prefix."""
        if not prefix:
            return list(self._items("pk = :p", {":p": pk}))
        return list(self._items("pk = :p AND begins_with(sk, :s)", {":p": pk, ":s": prefix}))

    def _closed(self, target: Target) -> Iterator[Json]:
        """A target's closed deployments, newest first; their sort keys begin with the year."""
        values = {":p": f"target#{target}", ":from": "0", ":to": ":"}
        return self._items(
            "pk = :p AND sk BETWEEN :from AND :to", values, ScanIndexForward=False, Limit=A_PAGE
        )

    def _items(self, condition: str, values: Json, **how: Any) -> Iterator[Json]:
        """Consistent Query, one call for each page that is consumed."""
        while True:
            with translated():
                page = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression=condition,
                    ExpressionAttributeValues=encode(values),
                    ConsistentRead=True,
                    **how,
                )
            yield from map(decode, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            how["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _item(self, pk: str, sk: str) -> Json | None:
        """GetItem, consistent."""
        with translated():
            found = self._client.get_item(
                TableName=self._table, Key=encode({"pk": pk, "sk": sk}), ConsistentRead=True
            )
        return decode(found["Item"]) if "Item" in found else None

    def _expires(self, at: str) -> int:
        """Return the expiry in seconds since 1970, the form of DynamoDB's TTL."""
        return int((datetime.fromisoformat(at) + self._keep).timestamp())

    def _put_once(self, item: Json, at: str | None) -> bool:
        """PutItem if absent; returns whether it was.

        The item expires `keep_days` after `at`, or never without it.
        """
        expires = {"expires": self._expires(at)} if at else {}
        with _refusal() as refused, translated():
            self._client.put_item(
                TableName=self._table,
                Item=encode(item | expires),
                ConditionExpression="attribute_not_exists(pk)",
            )
        return not refused

    def _delete(self, key: Mapping[str, str], condition: str, values: Json | None = None) -> bool:
        """DeleteItem if the condition holds; returns whether it did."""
        named: dict[str, Any] = {"ExpressionAttributeValues": encode(values)} if values else {}
        with _refusal() as refused, translated():
            self._client.delete_item(
                TableName=self._table, Key=encode(key), ConditionExpression=condition, **named
            )
        return not refused

    def _update(self, key: Mapping[str, str], update: str, condition: str, values: Json) -> bool:
        """UpdateItem if the condition holds; returns whether it did.

        A `#word` in either text names an attribute.
        """
        words = re.findall(r"#(\w+)", f"{update} {condition}")
        names: dict[str, Any] = {"ExpressionAttributeNames": {f"#{word}": word for word in words}}
        with _refusal() as refused, translated():
            self._client.update_item(
                TableName=self._table,
                Key=encode(key),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=encode(values),
                **(names if words else {}),
            )
        return not refused


@contextmanager
def _refusal() -> Iterator[list[ClientError]]:
    """Catch the error of a failed condition, and yield a list that receives it; other errors pass."""
    refused: list[ClientError] = []
    try:
        yield refused
    except ClientError as error:
        if code(error) != REFUSED:
            raise
        refused.append(error)
