"""hotplug's own DynamoDB table, as all that keeps something in it reads it."""

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
"""Closed deployments: more than most questions about good versions need."""


class Table:
    """Its keys are `pk` and `sk`; an item with `expires` goes away by itself."""

    def __init__(self, client: "DynamoDBClient", table: str, keep_days: int) -> None:
        self._client, self._table, self._keep = client, table, timedelta(days=keep_days)

    def _query(self, pk: str, prefix: str) -> list[Json]:
        """All that lies there; with a prefix, what begins with it."""
        if not prefix:
            return list(self._items("pk = :p", {":p": pk}))
        return list(self._items("pk = :p AND begins_with(sk, :s)", {":p": pk, ":s": prefix}))

    def _closed(self, target: Target) -> Iterator[Json]:
        """A target's closed deployments, newest first; their keys begin with the year."""
        values = {":p": f"target#{target}", ":from": "0", ":to": ":"}
        return self._items(
            "pk = :p AND sk BETWEEN :from AND :to", values, ScanIndexForward=False, Limit=A_PAGE
        )

    def _items(self, condition: str, values: Json, **how: Any) -> Iterator[Json]:
        """By a consistent Query for each page that is asked for."""
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
        """Consistent."""
        with translated():
            found = self._client.get_item(
                TableName=self._table, Key=encode({"pk": pk, "sk": sk}), ConsistentRead=True
            )
        return decode(found["Item"]) if "Item" in found else None

    def _expires(self, at: str) -> int:
        """Seconds since 1970, as DynamoDB's TTL wants them."""
        return int((datetime.fromisoformat(at) + self._keep).timestamp())

    def _put_once(self, item: Json, at: str | None) -> bool:
        """PutItem if it is not there. `at` is when its time begins to run, after which it goes by itself."""
        expires = {"expires": self._expires(at)} if at else {}
        with _refusal() as refused, translated():
            self._client.put_item(
                TableName=self._table,
                Item=encode(item | expires),
                ConditionExpression="attribute_not_exists(pk)",
            )
        return not refused

    def _update(self, key: Mapping[str, str], update: str, condition: str, values: Json) -> bool:
        """UpdateItem if the condition holds. A `#word` in either text is an attribute of this name."""
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
    """Holds the error of a write whose condition did not hold; others pass."""
    refused: list[ClientError] = []
    try:
        yield refused
    except ClientError as error:
        if code(error) != REFUSED:
            raise
        refused.append(error)
