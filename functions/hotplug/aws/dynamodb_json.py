"""JSON to and from DynamoDB's attribute values."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer


def encode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Encode with DynamoDB's types; numbers stay exact."""
    exact = json.loads(json.dumps(item), parse_float=Decimal)
    return {key: TypeSerializer().serialize(value) for key, value in exact.items()}


def decode(item: Mapping[str, Any]) -> dict[str, Any]:
    """Decode without types; values that JSON can't express become text."""
    return {key: _plain(TypeDeserializer().deserialize(value)) for key, value in item.items()}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral() else float(value)
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case str() | bool() | None:
            return value
        case _:  # sets and bytes: hotplug writes none
            return repr(value)
