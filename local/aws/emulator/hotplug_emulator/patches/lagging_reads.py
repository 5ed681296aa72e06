"""Reads that are older than the last write, as AWS allows: switched on for one function or one execution."""

import functools
import re
import threading
from collections import deque
from typing import Any

from ..function_tags import function_at, tags_of
from ._version import require_known_emulator

TAG = "emulator:read-lag"
"""How many reads of an alias or a new version are older than the last write, as a tag of the function."""
LAGGING_EXECUTION = re.compile(r":lag-(\d)-[^:]*$")
"""An execution named `lag-2-...` is told as it was before its start, and before its end, twice each."""

type Place = tuple[str, str]

_lock = threading.Lock()
_aliases: dict[Place, deque[Any]] = {}
_versions: dict[Place, int] = {}
_executions: dict[str, tuple[str, int]] = {}


def read_aliases_late() -> None:
    """GetAlias is eventually consistent; in 1.3.2 it never shows that."""
    require_known_emulator()
    from localemu.aws.api.lambda_ import ResourceNotFoundException
    from localemu.services.lambda_.api_utils import map_alias_out
    from localemu.services.lambda_.provider import LambdaProvider

    read = LambdaProvider.get_alias

    @functools.wraps(read)
    def get_alias(self: Any, context: Any, function_name: str, name: str, **kwargs: Any) -> Any:
        function, _ = function_at(context, function_name)
        with _lock:
            stale = _aliases.get(_place(function, name)) if function else None
            if not stale:
                return read(self, context, function_name, name, **kwargs)
            before = stale.popleft()
        if before is None:
            arn = f"{function.latest().id.unqualified_arn()}:{name}"
            raise ResourceNotFoundException(f"Cannot find alias arn: {arn}", Type="User")
        return map_alias_out(before, function)

    LambdaProvider.get_alias = get_alias
    for write in ("create_alias", "update_alias", "delete_alias"):
        setattr(LambdaProvider, write, _remembering_alias(getattr(LambdaProvider, write)))
    LambdaProvider.add_permission = _remembering_touched(LambdaProvider.add_permission)


def _remembering_alias(write: Any) -> Any:
    @functools.wraps(write)
    def write_alias(self: Any, context: Any, function_name: str, name: str, *more: Any, **kwargs: Any) -> Any:
        with _Before(context, function_name, name):
            return write(self, context, function_name, name, *more, **kwargs)

    return write_alias


def _remembering_touched(write: Any) -> Any:
    @functools.wraps(write)
    def touch_alias(self: Any, context: Any, request: Any) -> Any:
        with _Before(context, request["FunctionName"], request.get("Qualifier")):
            return write(self, context, request)

    return touch_alias


class _Before:
    """Remembers an alias as it was before a write, if the write succeeds and reads lag."""

    def __init__(self, context: Any, function_name: str, name: str | None) -> None:
        self._function, qualifier = function_at(context, function_name, name)
        self._name = str(qualifier)

    def __enter__(self) -> None:
        self._alias = self._function.aliases.get(self._name) if self._function else None

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        lag = _lag_of(self._function) if self._function and not error else 0
        if lag:
            _aliases[_place(self._function, self._name)] = deque([self._alias] * lag)


def find_new_versions_late() -> None:
    """GetFunction does not find a version that was just published; in 1.3.2 it always does."""
    require_known_emulator()
    from localemu.aws.api.lambda_ import ResourceNotFoundException
    from localemu.services.lambda_.provider import LambdaProvider

    read, publish = LambdaProvider.get_function, LambdaProvider.publish_version

    @functools.wraps(read)
    def get_function(
        self: Any, context: Any, function_name: str, qualifier: str | None = None, **kwargs: Any
    ) -> Any:
        function, named = function_at(context, function_name, qualifier)
        if function and _is_unseen(function, named):
            arn = f"{function.latest().id.unqualified_arn()}:{named}"
            raise ResourceNotFoundException(f"Function not found: {arn}", Type="User")
        return read(self, context, function_name, qualifier, **kwargs)

    @functools.wraps(publish)
    def publish_version(self: Any, context: Any, function_name: str, *more: Any, **kwargs: Any) -> Any:
        function, _ = function_at(context, function_name)
        before = set(function.versions) if function else set()
        published = publish(self, context, function_name, *more, **kwargs)
        lag = _lag_of(function)
        if lag and published["Version"] not in before:
            _versions[_place(function, published["Version"])] = lag
        return published

    LambdaProvider.get_function, LambdaProvider.publish_version = get_function, publish_version


def _is_unseen(function: Any, qualifier: str | None) -> bool:
    """Whether the version, or that of the alias, is not found yet."""
    alias = function.aliases.get(qualifier)
    place = _place(function, alias.function_version if alias else str(qualifier))
    with _lock:
        left = _versions.pop(place, 0)
        if left > 1:
            _versions[place] = left - 1
    return left > 0


def describe_executions_late() -> None:
    """DescribeExecution is eventually consistent; in 1.3.2 it never shows that."""
    require_known_emulator()
    from localemu.aws.api.stepfunctions import ExecutionDoesNotExist
    from localemu.services.stepfunctions.provider import StepFunctionsProvider

    describe = StepFunctionsProvider.describe_execution

    @functools.wraps(describe)
    def describe_execution(self: Any, context: Any, execution_arn: str, *more: Any, **kwargs: Any) -> Any:
        now = describe(self, context, execution_arn, *more, **kwargs)
        if not _is_stale(execution_arn, now["status"]):
            return now
        if now["status"] == "RUNNING":
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{execution_arn}'")
        return _as_it_ran(now)

    StepFunctionsProvider.describe_execution = describe_execution


def _is_stale(execution: str, status: str) -> bool:
    found = LAGGING_EXECUTION.search(execution)
    if not found:
        return False
    with _lock:
        known, left = _executions.get(execution, ("", 0))
        if known != status:
            left = int(found[1])
        _executions[execution] = status, max(0, left - 1)
    return left > 0


def _as_it_ran(ended: dict[str, Any]) -> dict[str, Any]:
    told = ("stopDate", "output", "outputDetails", "error", "cause")
    return {key: value for key, value in ended.items() if key not in told} | {"status": "RUNNING"}


def _place(function: Any, name: str) -> Place:
    """Two functions of one name, one after the other, are two."""
    return function.instance_id, name


def _lag_of(function: Any) -> int:
    return int(tags_of(function).get(TAG, 0))
