"""What a hook may answer: that it is content, that it is not, or that it is still at work."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotplug.core.parsing.fields import one_of, whole
from hotplug.core.parsing.problem import MisfitError, as_utf_8, cut, is_utf_8, shown
from hotplug.core.resources.invocation import Called, Ended

LONGEST_REASON = 1_000
"""Characters of a hook's own reason that are told."""
LONGEST_DETAILS = 10_000
"""Characters as JSON; they travel through the machine."""
LONGEST_DELAY_SECONDS = 3_600
DEFAULT_DELAY_SECONDS = 30


class Status(StrEnum):
    """The word that decides."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    IN_PROGRESS = "IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is one. `details` are what the next call is told."""

    status: Status
    reason: str = ""
    delay_seconds: int = DEFAULT_DELAY_SECONDS
    details: Any = None


def answer_of_function(called: Called) -> Answer | str:
    """The answer, or what there was instead of one."""
    try:
        value = json.loads(called.payload) if called.payload else None
    except (ValueError, RecursionError):
        return f"answered no JSON: {cut(called.payload.decode(errors='replace'), LONGEST_REASON)}"
    if called.failed:
        return f"failed: {_tale(value)}"
    return _answer(value)


def answer_of_machine(ended: Ended) -> Answer | str:
    """The same of an execution: its output decides, and when it is over it is not in progress any more."""
    if ended.status != "SUCCEEDED":
        return f"ended {ended.status}: {cut(as_utf_8(ended.said), LONGEST_REASON)}"
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
        reason=cut(as_utf_8(reason if isinstance(reason, str) else ""), LONGEST_REASON),
        delay_seconds=DEFAULT_DELAY_SECONDS if delay is None else _delay(delay),
        details=details,
    )


def _delay(value: object) -> int:
    try:
        return whole(1, LONGEST_DELAY_SECONDS)(value)
    except MisfitError as misfit:
        raise MisfitError(f"its delaySeconds must be {misfit}") from None


def details_of(value: object) -> Any:
    """What can travel through the machine, whose states are UTF-8 and not endless."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        text = None
    if text is not None and len(text) <= LONGEST_DETAILS and is_utf_8(text):
        return value
    raise MisfitError(f"JSON of at most {LONGEST_DETAILS:,} characters")


def _tale(value: object) -> str:
    """Of a function that raised, or that Lambda ended."""
    if not isinstance(value, Mapping):
        return shown(value)
    kind, message = value.get("errorType"), value.get("errorMessage")
    return cut(as_utf_8(": ".join(str(part) for part in (kind, message) if part)), LONGEST_REASON)
