"""Step Functions error outputs in words."""

import json
from collections.abc import Mapping

from hotplug.core.parsing.problem import as_utf_8

MAX_CAUSE = 1_000


def reason_of(fault: object, reason: object) -> str:
    """Return what ended a deployment: its error if there is one, or else the given reason."""
    if isinstance(fault, Mapping) and fault:
        return describe(as_utf_8(str(fault.get("Error", ""))), as_utf_8(str(fault.get("Cause", ""))))
    return as_utf_8(str(reason))


def describe(error: str, cause: str) -> str:
    """Return the message of a Lambda failure, without its JSON and its stack trace."""
    try:
        detail = json.loads(cause)
        message = (
            str(detail["errorMessage"]) if isinstance(detail, dict) and "errorMessage" in detail else cause
        )
    except (ValueError, RecursionError):
        message = cause
    return f"{error}: {message[:MAX_CAUSE]}" if message else error
