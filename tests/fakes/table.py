"""The ledger's table in memory, below the real adapter: items as DynamoDB holds them."""

import re
from collections.abc import Mapping
from typing import Any

from tests.fakes import refusal

type Item = dict[str, Any]
type Key = tuple[str, str]

ASSIGNED = re.compile(r"(\w+) = (?:if_not_exists\(\w+, )?(:\w+)")
FUNCTION = re.compile(r"(attribute_exists|attribute_not_exists)\((\w+)\)")


class Table:
    """A client of DynamoDB that knows the expressions that the ledger writes, and no others."""

    def __init__(self, items: Mapping[Key, Item] | None = None) -> None:
        self.items: dict[Key, Item] = {key: dict(item) for key, item in (items or {}).items()}

    def get_item(self, **request: Any) -> dict[str, Any]:
        found = self.items.get(_key(request["Key"]))
        return {"Item": dict(found)} if found else {}

    def query(self, **request: Any) -> dict[str, Any]:
        values = request["ExpressionAttributeValues"]
        texts = {name: value["S"] for name, value in values.items()}
        prefix, least, most = texts.get(":s", ""), texts.get(":from", ""), texts.get(":to", "\uffff")
        inside = [sk for pk, sk in self.items if pk == texts[":p"] and sk.startswith(prefix)]
        keys = sorted(
            (sk for sk in inside if least <= sk <= most), reverse=not request.get("ScanIndexForward", True)
        )
        return {"Items": [dict(self.items[texts[":p"], sk]) for sk in keys]}

    def put_item(self, **request: Any) -> None:
        self._check("PutItem", request, request["Item"])
        self.items[_key(request["Item"])] = dict(request["Item"])

    def update_item(self, **request: Any) -> None:
        self._check("UpdateItem", request, request["Key"])
        item = self.items.setdefault(_key(request["Key"]), dict(request["Key"]))
        for name, value in ASSIGNED.findall(request["UpdateExpression"]):
            if f"if_not_exists({name}" not in request["UpdateExpression"] or name not in item:
                item[name] = request["ExpressionAttributeValues"][value]

    def delete_item(self, **request: Any) -> None:
        if "ConditionExpression" in request:
            self._check("DeleteItem", request, request["Key"])
        self.items.pop(_key(request["Key"]), None)

    def transact_write_items(self, **request: Any) -> None:
        changes = [next(iter(change.items())) for change in request["TransactItems"]]
        refused = [not self._holds(change, change.get("Item") or change["Key"]) for _, change in changes]
        if any(refused):
            error = refusal("TransactionCanceledException", "TransactWriteItems", "Transaction cancelled")
            codes = ["ConditionalCheckFailed" if each else "None" for each in refused]
            error.response["CancellationReasons"] = [{"Code": code} for code in codes]
            raise error
        for verb, change in changes:
            if verb == "Put":
                self.items[_key(change["Item"])] = dict(change["Item"])
            else:
                self.items.pop(_key(change["Key"]), None)

    def _check(self, operation: str, request: Item, item: Item) -> None:
        if "ConditionExpression" in request and not self._holds(request, item):
            raise refusal("ConditionalCheckFailedException", operation, "The conditional request failed")

    def _holds(self, request: Item, item: Item) -> bool:
        found = self.items.get(_key(item), {})
        values = request.get("ExpressionAttributeValues", {})
        return any(
            all(_is_true(part, found, values) for part in either.split(" AND "))
            for either in request["ConditionExpression"].split(" OR ")
        )


def _is_true(condition: str, item: Item, values: Item) -> bool:
    if found := FUNCTION.fullmatch(condition):
        return (found[2] in item) == (found[1] == "attribute_exists")
    name, value = condition.split(" = ")
    return bool(item.get(name) == values[value])


def _key(item: Item) -> Key:
    return item["pk"]["S"], item["sk"]["S"]
