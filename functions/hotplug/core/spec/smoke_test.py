"""Smoke tests of a candidate before its traffic: a payload, and the answer that is expected."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotplug.core.parsing.fields import ANYTHING, OBJECT, Fields, text, whole
from hotplug.core.parsing.problem import MisfitError, Problem, as_utf_8, cut, is_utf_8, matching, shown
from hotplug.core.parsing.stored import Key, record
from hotplug.core.parsing.units import duration_between
from hotplug.core.resources.invocation import Called

MAX_A_TARGET = 20
MAX_SECONDS = 10
"""A call that takes longer has failed."""
MAX_PAYLOAD = 10_000
"""Characters as JSON. All payloads travel in the plan."""
MAX_CONTEXT = 2_600
"""Characters as JSON; Lambda takes 3,583 bytes of it in base64."""
TENANT = re.compile(r"[a-zA-Z0-9._:/=+\-@ ]{1,256}")
MAX_LEVELS = 20
"""Nested lists and objects. DynamoDB, which stores the plan, takes 32, including the plan's own."""
MAX_DIGITS = 38
"""Digits of a number (DynamoDB: precision of numbers)."""
MAX_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Smoke:
    """One invocation of the candidate by its version.

    `answer` is what its answer must have in it: objects may have more keys, all else must be equal. `status`
    is the statusCode of an answer for an API. `error` is the type of the error that it must fail with; where
    there is none it must not fail. `tenant` and `context` go with the call as TenantId and ClientContext.
    """

    payload: Any
    answer: Any = None
    status: int | None = None
    error: str | None = None
    within_seconds: int = MAX_SECONDS
    tenant: str | None = None
    context: Any = None

    @property
    def event(self) -> bytes:
        """The payload as it is sent to the function."""
        return json.dumps(self.payload).encode()

    def unmet(self, called: Called, seconds: float) -> str | None:
        """Return the first expectation that the answer does not meet; None if it meets all."""
        try:
            answer = json.loads(called.payload) if called.payload else None
        except (ValueError, RecursionError):
            return f"it answered no JSON: {cut(called.payload.decode(errors='replace'), MAX_SHOWN)}"
        said, failure = _said(answer), answer.get("errorType") if isinstance(answer, dict) else None
        if called.failed and (self.error is None or failure != self.error):
            return f"it failed: {said}"
        if self.error and not called.failed:
            return f"it answered {said} instead of failing with {self.error}"
        status = answer.get("statusCode") if isinstance(answer, dict) else None
        if self.status is not None and str(status) != str(self.status):
            return f"it answered status {_said(status)}, not {self.status}"
        if self.answer is not None and not has(answer, self.answer):
            return f"it answered {said}, in which there is no {_said(self.answer)}"
        if seconds > self.within_seconds:
            return f"it took {seconds:.1f} s, not at most {self.within_seconds} s"
        return None


def harmless(smoke: Sequence[Smoke]) -> list[Smoke]:
    """Return the smoke tests that expect no error: their payloads are safe to send at any time."""
    return [one for one in smoke if one.error is None]


def has(value: object, wanted: object) -> bool:
    """Return whether a JSON value contains another."""
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and has(value[key], item) for key, item in wanted.items()
        )
    return _same(value, wanted)


def _same(one: object, other: object) -> bool:
    """Return whether two JSON values are equal: 1 is 1.0, and neither is true."""
    match one, other:
        case (dict(), dict()):
            return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
        case (list(), list()):
            return len(one) == len(other) and all(map(_same, one, other))
        case _:
            return isinstance(one, bool) is isinstance(other, bool) and one == other


def _said(answer: object) -> str:
    return cut(as_utf_8(json.dumps(answer, ensure_ascii=False)), MAX_SHOWN)


def read_smoke(value: object, path: str, problems: list[Problem]) -> tuple[Smoke, ...]:
    """Read the smoke tests of a target; fewer after a problem."""
    if not isinstance(value, list) or len(value) > MAX_A_TARGET:
        allowed = f'a list of at most {MAX_A_TARGET} objects with "payload" and "expect"'
        problems.append(Problem(path, shown(value), allowed, {"type": "array", "maxItems": MAX_A_TARGET}))
        return ()
    return tuple(_smoke(item, f"{path}[{at}]", problems) for at, item in enumerate(value))


_status, _error = whole(100, 599), text(longest=200)
_within = duration_between(1, MAX_SECONDS, f'1 to {MAX_SECONDS} seconds, like "5s"')


def _smoke(value: object, path: str, problems: list[Problem]) -> Smoke:
    fields = Fields(value, path, problems, ("payload", "expect", "tenantId", "clientContext"))
    payload = fields.take("payload", json_payload)
    expect = Fields(
        fields.get("expect") if fields.has("expect") else {},
        f"{path}.expect",
        problems,
        ("answer", "status", "error", "within"),
    )
    return Smoke(
        payload=payload,
        answer=expect.take("answer", json_payload),
        status=expect.take("status", _status),
        error=expect.take("error", _error),
        within_seconds=expect.take("within", _within, MAX_SECONDS),
        tenant=fields.take("tenantId", _tenant),
        context=fields.take("clientContext", _context),
    )


def json_payload(value: object) -> Any:
    """Read JSON that the plan can carry to a function."""
    if _is_short(value, MAX_PAYLOAD) and _can_be_kept(value, MAX_LEVELS):
        return value
    raise MisfitError(
        f"JSON of at most {MAX_PAYLOAD} characters and {MAX_LEVELS} levels, "
        f"numbers of at most {MAX_DIGITS} digits, no empty keys",
        ANYTHING,
    )


def _is_short(value: object, longest: int) -> bool:
    """Return a value that must be JSON."""
    try:
        return len(json.dumps(value, allow_nan=False)) <= longest
    except (TypeError, ValueError, RecursionError):
        return False


def _tenant(value: object) -> str:
    if isinstance(value, str) and TENANT.fullmatch(value):
        return value
    raise MisfitError("a tenant id of 1 to 256 letters, digits, spaces and . _ : / = + - @", matching(TENANT))


def _context(value: object) -> Any:
    if isinstance(value, Mapping) and _can_be_kept(value, MAX_LEVELS) and _is_short(value, MAX_CONTEXT):
        return value
    raise MisfitError(
        f"a JSON object of at most {MAX_CONTEXT} characters and {MAX_LEVELS} levels, no empty keys",
        OBJECT,
    )


def _can_be_kept(value: object, levels: int) -> bool:
    """Return whether the ledger can store the value within the plan."""
    match value:
        case str():
            return is_utf_8(value)
        case int() | float():
            return value == 0 or 10**-MAX_DIGITS <= abs(value) < 10**MAX_DIGITS
        case dict():
            keys = all(key and is_utf_8(key) for key in value)
            return levels > 0 and keys and all(_can_be_kept(item, levels - 1) for item in value.values())
        case list():
            return levels > 0 and all(_can_be_kept(item, levels - 1) for item in value)
        case _:
            return True


_EXPECTED = record(
    dict[str, Any],
    Key("answer", "answer", json_payload, default=None),
    Key("status", "status", _status, default=None),
    Key("error", "error", _error, default=None),
    Key("within", "within_seconds", whole(1, MAX_SECONDS)),
)
SMOKE = record(
    Smoke,
    Key("payload", "payload", json_payload),
    Key("expect", "", _EXPECTED),
    Key("tenantId", "tenant", _tenant, default=None),
    Key("clientContext", "context", _context, default=None),
)
