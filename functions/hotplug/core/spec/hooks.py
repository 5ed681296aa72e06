"""Hooks: functions and state machines of the user's, which a deployment asks on its way."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.fields import Fields, whole
from hotplug.core.parsing.problem import MisfitError, Problem, matching, shown
from hotplug.core.parsing.stored import Key, member_of, record, words
from hotplug.core.parsing.units import duration_between

DEFAULT_TIMEOUT_SECONDS = 3600
MAX_TIMEOUT_SECONDS = 24 * 3600
MAX_CALL_SECONDS = 870
"""Of one call of a function: the caller is a function too, and has 900."""
FUNCTION = re.compile(
    r"(?:arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):function:)?"
    r"(?P<name>[a-zA-Z0-9_-]{1,64})(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]{1,128}))?"
)
MACHINE = re.compile(
    r"(?P<arn>arn:aws[a-z-]*:states:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):stateMachine:"
    r"(?P<name>[a-zA-Z0-9_-]{1,80}))(?::[a-zA-Z0-9_.-]{1,80})?"
)


class HookPoint(StrEnum):
    """Where on its way a deployment asks."""

    BEFORE_TRAFFIC = "beforeTraffic"
    AFTER_TRAFFIC = "afterTraffic"
    BEFORE_STEP = "beforeStep"
    AFTER_STEP = "afterStep"


@dataclass(frozen=True, slots=True)
class Place:
    """What an ARN says beside a name."""

    region: str
    account: str

    @staticmethod
    def of(arn: str) -> "Place":
        """From any ARN; raises UnreadableError where it is none."""
        match arn.split(":"):
            case ["arn", _, _, region, account, *_]:
                return Place(region, account)
        raise UnreadableError(f"{shown(arn)} is no ARN")


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function; the qualifier is a version or an alias. A mere name has no place."""

    name: str
    qualifier: str | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine; `started_as` is its ARN as it was given, perhaps with a version or an alias."""

    name: str
    arn: str
    started_as: str
    place: Place

    def execution(self, name: str) -> str:
        """The ARN of an execution, which names neither version nor alias."""
        return f"{self.arn.replace(':stateMachine:', ':execution:')}:{name}"


type Callee = Function | Machine


@dataclass(frozen=True, slots=True)
class Hook:
    """Whom to ask at one point, as the request names it, and how long the answer may take in all.

    `log_group` is where a function writes, empty for a state machine and before the plan.
    """

    point: HookPoint
    call: str
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    log_group: str = ""

    def __str__(self) -> str:
        return f"{self.point} ({self.call})"

    @property
    def callee(self) -> Callee:
        """What `call` names."""
        return callee_of(self.call)


def callee_of(value: object) -> Callee:
    """From a name or an ARN; raises MisfitError."""
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
    """The hooks of a request; fewer after a problem."""
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
    Key("logGroup", "log_group", words, default=""),
)


@dataclass(frozen=True, slots=True)
class HookState:
    """A hook that is there: where a function writes, and whether a state machine is of type EXPRESS."""

    log_group: str = ""
    is_express: bool = False
