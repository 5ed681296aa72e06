"""The demo application, first version."""

from typing import Any


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    return {"order": event.get("order"), "status": "accepted", "release": 1}
