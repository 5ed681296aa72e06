"""Says in words what a Step Functions error output means."""

import json
from collections.abc import Mapping

from hotplug.core.parsing.problem import as_utf_8

LONGEST_CAUSE = 1_000


def why(fault: object, reason: object) -> str:
    """What ended a deployment: its error if there was one, and otherwise the reason given."""
    if isinstance(fault, Mapping) and fault:
        return describe(as_utf_8(str(fault.get("Error", ""))), as_utf_8(str(fault.get("Cause", ""))))
    return as_utf_8(str(reason))


def describe(error: str, cause: str) -> str:
    """The message of a Lambda failure, without its JSON wrapping and stack trace."""
    try:
        detail = json.loads(cause)
        message = (
            str(detail["errorMessage"]) if isinstance(detail, dict) and "errorMessage" in detail else cause
        )
    except (ValueError, RecursionError):
        message = cause
    return f"{error}: {message[:LONGEST_CAUSE]}" if message else error
