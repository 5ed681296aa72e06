"""Says in words what a Step Functions error output means."""

import json

LONGEST_CAUSE = 1_000


def describe(error: str, cause: str) -> str:
    """The message of a Lambda failure, without its JSON wrapping and stack trace."""
    try:
        detail = json.loads(cause)
        message = (
            str(detail["errorMessage"]) if isinstance(detail, dict) and "errorMessage" in detail else cause
        )
    except ValueError:
        message = cause
    return f"{error}: {message[:LONGEST_CAUSE]}" if message else error
