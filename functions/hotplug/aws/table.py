"""hotplug's own DynamoDB table, as all that keeps something in it reads it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hotplug.aws.errors import translated
from hotplug.aws.items import decode, encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Json = dict[str, Any]


class Table:
    """Its keys are `pk` and `sk`; an item with `expires` goes away by itself."""

    def __init__(self, client: "DynamoDBClient", table: str, keep_days: int) -> None:
        self._client, self._table, self._keep = client, table, timedelta(days=keep_days)

    def _query(self, pk: str, prefix: str) -> list[Json]:
        """All pages, consistent; without a prefix all that lies there."""
        condition, values = "pk = :p", {":p": pk}
        if prefix:
            condition, values = "pk = :p AND begins_with(sk, :s)", {":p": pk, ":s": prefix}
        items: list[Json] = []
        start: dict[str, Any] = {}
        while True:
            with translated():
                page = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression=condition,
                    ExpressionAttributeValues=encode(values),
                    ConsistentRead=True,
                    **start,
                )
            items.extend(decode(item) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return items
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

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
