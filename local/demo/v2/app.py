"""The demo application, second version: it also returns the total."""

import json
from typing import Any


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "body": json.dumps({"order": event.get("order"), "status": "accepted", "total": 1200, "release": 2}),
    }
