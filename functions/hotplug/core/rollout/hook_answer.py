"""Answers of hooks: succeeded, failed, or in progress, as hotplug, Amazon ECS and CodeDeploy spell them."""

import json
from collections.abc import Callable, Mapping
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
STATUS, DELAY, DETAILS = (
    ("status", "hookStatus"),
    ("delaySeconds", "callBackDelay"),
    ("details", "hookDetails"),
)
"""Keys of an answer: hotplug's, and those of ECS (its guide: Lambda hooks for service deployments)."""
REPORTED = "lifecycleEventHookExecutionId"
"""A key of what CodeDeploy answers to a hook that reports to it. Such a hook must return its status too."""


class Status(StrEnum):
    """The status that an answer gives."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    IN_PROGRESS = "IN_PROGRESS"


OF_CODEDEPLOY = {"Succeeded": Status.SUCCEEDED, "Failed": Status.FAILED}
"""The words that CodeDeploy takes from its lifecycle hooks."""


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
    if REPORTED in value and not any(key in value for key in STATUS):
        raise MisfitError('hotplug is no CodeDeploy: return {"status": "Succeeded"} or "Failed" as well')
    status, delay = _either(value, STATUS, _status), _either(value, DELAY, _delay)
    if status is None:
        raise MisfitError(f"its {' or '.join(STATUS)} must be {' or '.join(map(shown, Status))}")
    reason = value.get("reason")
    return Answer(
        status=status,
        reason=cut(as_utf_8(reason if isinstance(reason, str) else ""), MAX_REASON),
        delay_seconds=DEFAULT_DELAY_SECONDS if delay is None else delay,
        details=_either(value, DETAILS, details_of),
    )


def _either[T](answer: Mapping[str, object], keys: tuple[str, str], read: Callable[[object], T]) -> T | None:
    """Return the value in either spelling, None without one. In both it must say the same."""
    found: dict[str, T] = {}
    for key in keys:
        if answer.get(key) is not None:
            try:
                found[key] = read(answer[key])
            except MisfitError as misfit:
                raise MisfitError(f"its {key} must be {misfit}") from None
    values = list(found.values())
    if len(values) > 1 and values[0] != values[1]:
        raise MisfitError(f"its {keys[0]} and its {keys[1]} must say the same")
    return values[0] if values else None


def _status(value: object) -> Status:
    if isinstance(value, str) and value in OF_CODEDEPLOY:
        return OF_CODEDEPLOY[value]
    return Status(one_of(*Status)(value))


_delay = whole(1, MAX_DELAY_SECONDS)


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
