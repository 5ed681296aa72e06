"""Hooks: functions and state machines of the user that a deployment calls."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.fields import Fields, whole
from hotplug.core.parsing.problem import MisfitError, Problem, matching, shown
from hotplug.core.parsing.stored import Key, member_of, record, text
from hotplug.core.parsing.units import duration_between

DEFAULT_TIMEOUT_SECONDS = 3600
MAX_TIMEOUT_SECONDS = 24 * 3600
MAX_CALL_SECONDS = 870
"""The longest call of a function. The caller is a function too, with a timeout of 900 s."""
FUNCTION = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):function:)?"
    r"(?P<name>[a-zA-Z0-9_-]{1,64})(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]{1,128}))?"
)
MACHINE = re.compile(
    r"(?P<arn>arn:aws[a-z-]*:states:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):stateMachine:"
    r"(?P<name>[a-zA-Z0-9_-]{1,80}))(?::[a-zA-Z0-9_.-]{1,80})?"
)


class HookPoint(StrEnum):
    """The points at which a deployment calls a hook."""

    BEFORE_TRAFFIC = "beforeTraffic"
    AFTER_TRAFFIC = "afterTraffic"
    BEFORE_STEP = "beforeStep"
    AFTER_STEP = "afterStep"


@dataclass(frozen=True, slots=True)
class Place:
    """Region and account of an ARN."""

    region: str
    account: str

    @staticmethod
    def of(arn: str) -> "Place":
        """Return the place of an ARN; raises UnreadableError for any other text."""
        match arn.split(":"):
            case ["arn", _, _, region, account, *_]:
                return Place(region, account)
        raise UnreadableError(f"{shown(arn)} is no ARN")


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function; the qualifier is a version or an alias. A name without ARN has no place."""

    name: str
    qualifier: str | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine; `started_as` is its ARN as given, with a version or an alias if it has one."""

    name: str
    arn: str
    started_as: str
    place: Place

    def execution(self, name: str) -> str:
        """Return the ARN of an execution, which names neither version nor alias."""
        return f"{self.arn.replace(':stateMachine:', ':execution:')}:{name}"


type Callee = Function | Machine


@dataclass(frozen=True, slots=True)
class Hook:
    """The hook of one point, as the request names it, and the time for its answer in all.

    `log_group` is that of a function; empty for a state machine and before the plan.
    """

    point: HookPoint
    call: str
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    log_group: str = ""

    def __str__(self) -> str:
        return f"{self.point} ({self.call})"

    @property
    def callee(self) -> Callee:
        """The function or state machine that `call` names."""
        return callee_of(self.call)


def callee_of(value: object) -> Callee:
    """Return what a name or an ARN calls; raises MisfitError."""
    if isinstance(value, str) and (found := MACHINE.fullmatch(value)):
        return Machine(found["name"], found["arn"], value, Place(found["region"], found["account"]))
    if isinstance(value, str) and (found := FUNCTION.fullmatch(value)):
        place = Place(found["region"], found["account"]) if found["region"] else None
        return Function(found["name"], found["qualifier"], place)
    raise MisfitError(
        'a function by name or ARN, like "check" or "check:live", or a state machine by its ARN',
        {"anyOf": [matching(FUNCTION), matching(MACHINE)]},
    )


def read_hooks(value: object, path: str, problems: list[Problem]) -> tuple[Hook, ...]:
    """Read the hooks of a request; fewer after a problem."""
    fields = Fields(value, path, problems, tuple(HookPoint))
    absent: Hook | None = None
    found = [fields.inner(point, _reader(point), absent) for point in HookPoint]
    return tuple(hook for hook in found if hook)


_timeout = duration_between(1, MAX_TIMEOUT_SECONDS, '1 second to 24 hours, like "5m"')


def _reader(point: HookPoint) -> Callable[[object, str, list[Problem]], Hook | None]:
    def read(value: object, path: str, problems: list[Problem]) -> Hook | None:
        if isinstance(value, Mapping):
            fields = Fields(value, path, problems, ("function", "timeout"))
            call = fields.need("function", _call)
            timeout = fields.take("timeout", _timeout, DEFAULT_TIMEOUT_SECONDS)
            return Hook(point, call, timeout) if call else None
        try:
            return Hook(point, _call(value))
        except MisfitError as misfit:
            allowed = f'{misfit}; or an object with that as its "function", and a "timeout"'
            problems.append(Problem(path, shown(value), allowed, misfit.schema))
            return None

    return read


def _call(value: object) -> str:
    callee_of(value)
    return str(value)


HOOK = record(
    Hook,
    Key("point", "point", member_of(HookPoint)),
    Key("call", "call", _call),
    Key("timeoutSeconds", "timeout_seconds", whole(1, MAX_TIMEOUT_SECONDS)),
    Key("logGroup", "log_group", text, default=""),
)


@dataclass(frozen=True, slots=True)
class HookState:
    """A hook that exists: a function's log group, and whether a state machine is of type EXPRESS."""

    log_group: str = ""
    is_express: bool = False
