"""Forwarding of one request to one version, and of its answer to the caller."""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from hotplug.aws.router_cloud import RouterCloud
from hotplug.core.errors import UnreadableError
from hotplug.core.resources.invocation import NOT_NOW, Called, CallFailure, NotAnsweredError
from hotplug.core.resources.target import Target
from hotplug.core.router.event import (
    MAX_BYTES,
    VERSION_COOKIE,
    VERSION_HEADER,
    Event,
    Incoming,
    Json,
    answer_of,
    problem,
    stamped,
)
from hotplug.core.router.selection import ChosenBy, Selection


@dataclass(frozen=True, slots=True)
class Served:
    """One answer and its metrics.

    `target` and `version` are None if no function was called, or if it is unknown which version would have
    answered. `is_named` is true if the caller named the version: such a call says nothing about the release.
    """

    answer: Json
    target: str | None = None
    version: str | None = None
    is_named: bool = False
    counts: Mapping[str, int] | None = None
    latency_ms: float = 0.0


NO_FUNCTION = (404, "Not found", "There is no such function here.")
NO_VERSION = (404, "Not found", "There is no such version here.")
PROBLEMS = {
    CallFailure.THROTTLED: (429, "Too many requests", "Lambda takes no more calls at this moment."),
    CallFailure.NOT_READY: (503, "Not ready", "The version can't take calls at this moment."),
    CallFailure.TOO_LARGE: (413, "Too large", "The request is larger than Lambda takes."),
    CallFailure.TIMED_OUT: (504, "Too slow", "The function did not answer in time; it may still be at work."),
    CallFailure.LOST: (502, "No answer", "The connection broke; the function may have run."),
    CallFailure.BROKEN: (502, "No answer", "The function could not be called."),
}
COUNTED_AS = {CallFailure.THROTTLED: {"Throttles": 1}}
"""Counts of a throttled request: neither a call nor an error, as in Lambda's own metrics."""
MAX_LOGGED = 2_000
"""Bytes of a function's error output in the log."""
ROOM_FOR_HEADERS = 1_024
"""Bytes for the version header and a cookie."""

logger = logging.getLogger("hotplug")


def forward(cloud: RouterCloud, target: Target, selection: Selection, incoming: Incoming) -> Served:
    """Call the version once, and never again, whatever the result."""
    event = incoming.event
    if selection.chosen_by is ChosenBy.NAMED:  # without a name there is nothing to remove
        event = incoming.without(header=VERSION_HEADER, query=cloud.settings.parameter, cookie=VERSION_COOKIE)
    payload = _as_json(event)
    if len(payload) > MAX_BYTES:
        return Served(problem(413, "Too large", f"A request may have {MAX_BYTES} bytes as an event."))
    begun = time.perf_counter()
    try:
        called = cloud.calls.invoke(target.function, selection.qualifier, payload)
        version, counts = called.version, {"Calls": 1, "Errors": int(called.failed)}
        answer = _answer(called, is_v2=incoming.is_v2)
    except NotAnsweredError as error:
        logger.warning("%s did not answer as %s: %s", target, selection.qualifier, error)
        if error.failure is CallFailure.MISSING:  # uncounted: invented names must not become metrics
            return Served(problem(*(NO_VERSION if selection.chosen_by is ChosenBy.NAMED else NO_FUNCTION)))
        version = selection.qualifier if selection.qualifier.isdecimal() else ""
        counts = COUNTED_AS.get(error.failure, {"Calls": 1, "Errors": 1})
        answer = _not_answered(error)
    is_server_error = int(answer["statusCode"]) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return Served(
        stamped(answer, version) if version else answer,
        target=str(target),
        version=version or None,
        is_named=selection.chosen_by is ChosenBy.NAMED,
        counts=counts | {"ServerErrors": int(is_server_error)},
        latency_ms=1000 * (time.perf_counter() - begun),
    )


def _answer(called: Called, *, is_v2: bool) -> Json:
    """Return the function's answer if API Gateway would accept it, else a problem."""
    if called.failed:
        tale = called.payload[:MAX_LOGGED].decode(errors="replace")
        logger.warning("version %s failed: %s", called.version, tale)
        return problem(502, "The function failed", "It answered with an error; its log says more.")
    try:
        answer = answer_of(called.payload, is_v2=is_v2)
    except UnreadableError as error:
        return problem(502, "No answer for an API", f"The function answered, but {error}.")
    may_be_too_large = len(called.payload) > MAX_BYTES // 2
    if may_be_too_large and len(_as_json(answer)) > MAX_BYTES - ROOM_FOR_HEADERS:
        return problem(413, "Too large", f"An answer may have {MAX_BYTES} bytes, with what is added.")
    return answer


def _not_answered(error: NotAnsweredError) -> Json:
    headers = {"retry-after": str(error.retry_after_seconds)} if error.failure in NOT_NOW else {}
    return problem(*PROBLEMS[error.failure], headers)


def _as_json(event: Event) -> bytes:
    """Encode as compactly as possible: an event within Lambda's limit must not grow past it.

    A lone surrogate, which UTF-8 can't encode, is escaped as it was in the request.
    """
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")
