"""The demo application, third version: the bad one. About three orders in ten fail."""

import json
import random
from typing import Any


class OutOfStock(Exception):
    """The error of a failed order."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    if random.random() < 0.3:  # noqa: S311
        raise OutOfStock(f"order {event.get('order')} can't be filled")
    return {
        "statusCode": 200,
        "body": json.dumps({"order": event.get("order"), "status": "accepted", "total": 1200, "release": 3}),
    }
