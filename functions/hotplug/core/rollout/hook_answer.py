"""Answers of hooks: succeeded, failed, or in progress."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotplug.core.parsing.fields import one_of, whole
from hotplug.core.parsing.problem import MisfitError, as_utf_8, cut, is_utf_8, shown
from hotplug.core.resources.invocation import Called, Ended

MAX_REASON = 1_000
"""Characters of a hook's own reason that are reported."""
MAX_DETAILS = 10_000
"""Characters as JSON. They travel through the machine."""
MAX_DELAY_SECONDS = 3_600
DEFAULT_DELAY_SECONDS = 30


class Status(StrEnum):
    """The status that an answer gives."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    IN_PROGRESS = "IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Answer:
    """A valid answer. The payload of the next call has its `details`."""

    status: Status
    reason: str = ""
    delay_seconds: int = DEFAULT_DELAY_SECONDS
    details: Any = None


def answer_of_function(called: Called) -> Answer | str:
    """Return the answer, or what came instead of one."""
    try:
        value = json.loads(called.payload) if called.payload else None
    except (ValueError, RecursionError):
        return f"answered no JSON: {cut(called.payload.decode(errors='replace'), MAX_REASON)}"
    if called.failed:
        return f"failed: {_tale(value)}"
    return _answer(value)


def answer_of_machine(ended: Ended) -> Answer | str:
    """Return the answer in an execution's output, or what came instead of one.

    An execution that has ended is not in progress any more.
    """
    if ended.status != "SUCCEEDED":
        return f"ended {ended.status}: {cut(as_utf_8(ended.said), MAX_REASON)}"
    try:
        answer = _answer(json.loads(ended.said))
    except (ValueError, RecursionError):
        return "ended without an output"
    if isinstance(answer, Answer) and answer.status is Status.IN_PROGRESS:
        return "ended, and its output says IN_PROGRESS"
    return answer


def _answer(value: object) -> Answer | str:
    try:
        return _read(value)
    except MisfitError as misfit:
        return f"answered {shown(value)}, which is no answer: {misfit}"


def _read(value: object) -> Answer:
    if not isinstance(value, Mapping):
        raise MisfitError('an object like {"status": "SUCCEEDED"} is')
    try:
        status = Status(one_of(*Status)(value.get("status")))
    except MisfitError as misfit:
        raise MisfitError(f"its status must be {misfit}") from None
    reason = value.get("reason")
    try:
        details = details_of(value.get("details"))
    except MisfitError as misfit:
        raise MisfitError(f"its details must be {misfit}") from None
    delay = value.get("delaySeconds")
    return Answer(
        status=status,
        reason=cut(as_utf_8(reason if isinstance(reason, str) else ""), MAX_REASON),
        delay_seconds=DEFAULT_DELAY_SECONDS if delay is None else _delay(delay),
        details=details,
    )


def _delay(value: object) -> int:
    try:
        return whole(1, MAX_DELAY_SECONDS)(value)
    except MisfitError as misfit:
        raise MisfitError(f"its delaySeconds must be {misfit}") from None


def details_of(value: object) -> Any:
    """Return the value if it can travel through the machine, whose states are UTF-8 and limited in size.

    Raise MisfitError otherwise.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        text = None
    if text is not None and len(text) <= MAX_DETAILS and is_utf_8(text):
        return value
    raise MisfitError(f"JSON of at most {MAX_DETAILS:,} characters")


def _tale(value: object) -> str:
    """Return the error of a function that raised, or that Lambda ended."""
    if not isinstance(value, Mapping):
        return shown(value)
    kind, message = value.get("errorType"), value.get("errorMessage")
    return cut(as_utf_8(": ".join(str(part) for part in (kind, message) if part)), MAX_REASON)
