"""hotplug as a target of its own: its functions move together, after a smoke test of each."""

import json
from collections.abc import Sequence
from typing import Any

from hotplug.core.parsing.units import MAX_NUMBER

PREFIX = "hotplug"
"""Prefix of the uploads that release hotplug itself."""
FROM_THE_FUTURE = {"plan": {"schema": MAX_NUMBER}}
"""A plan that every release refuses before it acts, so that any release can be called with it."""
TASKS = (
    "claim",
    "publish",
    "before_traffic",
    "hook",
    "shift",
    "watch",
    "promote",
    "roll_back",
    "close",
    "prune",
)
TRIALS: dict[str, dict[str, Any]] = {
    "plan": {"payload": {}, "expect": {"error": "UnreadableError"}},
    **{task: {"payload": FROM_THE_FUTURE, "expect": {"error": "PlanTooNewError"}} for task in TASKS},
    "intake": {"payload": {}, "expect": {"error": "UnreadableError"}},
    "guard": {
        "payload": {
            "detail-type": "CloudWatch Alarm State Change",
            "detail": {"alarmName": "an alarm that nobody watches"},
        },
        "expect": {"answer": {"restored": []}},
    },
    "command": {"payload": {}, "expect": {"answer": {"outcome": "refused"}}},
    "router": {"payload": {}, "expect": {"status": 400}},
}
"""A call of each function that changes nothing, whatever is deployed, and its expected result.

The release in place makes these calls, so all later releases must answer them alike.
"""


def is_self(function: str, stack: str) -> bool:
    """Return whether a function belongs to hotplug. The stack gives its functions names of their own."""
    return bool(stack) and function.startswith(f"{stack}_")


def self_policy(stack: str, strategy: str, alarms: Sequence[str], *, has_router: bool) -> dict[str, Any]:
    """Return the standing policy for uploads that release hotplug: a request without a source.

    `strategy` is a name, or a strategy as JSON.
    """
    handlers = [handler for handler in TRIALS if has_router or handler != "router"]
    return {
        "functions": [{"name": f"{stack}_{handler}", "smoke": [TRIALS[handler]]} for handler in handlers],
        "strategy": _strategy(strategy),
        "alarms": list(alarms),
        "onBusy": "wait",
    }


def _strategy(text: str) -> Any:
    """Return the strategy as JSON, or else as text. The plan refuses an unreadable strategy."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
