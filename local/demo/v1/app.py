"""The demo application, first version."""

import json
from typing import Any


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {
        "statusCode": 200,
        "body": json.dumps({"order": event.get("order"), "status": "accepted", "release": 1}),
    }
