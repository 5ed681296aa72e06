"""hotplug as a target of its own: its functions move as one, and each is tried before."""

import json
from collections.abc import Sequence
from typing import Any

from hotplug.core.parsing.units import LARGEST_NUMBER

PREFIX = "hotplug"
"""Of the uploads that release hotplug itself."""
FROM_THE_FUTURE = {"plan": {"schema": LARGEST_NUMBER}}
"""What every release refuses before it does anything, so that it can be asked of any."""
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
"""For each function a call that changes nothing, whatever is deployed, and what must come of it.

All releases to come answer these alike: they are asked by the release that is in place.
"""


def is_own(function: str, stack: str) -> bool:
    """Whether a function is one of hotplug's own; the stack gives them names that nothing else gets."""
    return bool(stack) and function.startswith(f"{stack}_")


def own_policy(stack: str, strategy: str, alarms: Sequence[str], *, has_router: bool) -> dict[str, Any]:
    """The standing policy for uploads that release hotplug: a request without a source.

    `strategy` is a name, or a strategy spelt out as JSON.
    """
    handlers = [handler for handler in TRIALS if has_router or handler != "router"]
    return {
        "functions": [{"name": f"{stack}_{handler}", "smoke": [TRIALS[handler]]} for handler in handlers],
        "strategy": _strategy(strategy),
        "alarms": list(alarms),
        "onBusy": "wait",
    }


def _strategy(text: str) -> Any:
    """What can't be read is refused where every strategy is read, by the plan."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
