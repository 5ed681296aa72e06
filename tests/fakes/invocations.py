"""Lambda's data plane in memory: versions that do what a test says, and aliases that lead to them."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from hotplug.aws.invocations import failure_of
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.function import LATEST
from hotplug.core.resources.invocation import Called, CallFailure, Invocation, NotAnsweredError, Timed
from hotplug.core.router.event import MAX_BYTES
from tests.fakes.faults import Surprising, refusal, verb
from tests.fakes.functions import ARN, InMemoryFunctions

type Work = Callable[[Any], object]
"""What a version does with an event: bytes are its answer as they are, anything else is its answer as JSON.
What it raises is its failure, but for a NotAnsweredError: then it never ran."""
type Choice = Callable[[Routing], str]
"""Draws a version for one call of an alias."""

EVERY = "every version"


@dataclass(frozen=True, slots=True)
class Made:
    """One call as it was made, whatever became of it."""

    function: str
    qualifier: str
    payload: bytes
    tenant: str | None = None
    context: Any = None

    @property
    def event(self) -> Any:
        """The payload as the function reads it."""
        return json.loads(self.payload)


class InMemoryInvocations(Surprising):
    """The `Calls` of a test. `made` has every call. Without a `choice` an alias spreads calls evenly."""

    def __init__(self, lambdas: InMemoryFunctions) -> None:
        super().__init__()
        self._lambdas = lambdas
        self._work: dict[tuple[str, str], Work] = {}
        self._refusals: dict[tuple[str, str], list[ClientError]] = {}
        self._drawn: Counter[tuple[str, str]] = Counter()
        self.choice: Choice | None = None
        self.made: list[Made] = []

    # What a test says about the world

    def does(self, function: str, work: Work, version: str = EVERY) -> None:
        """From now on a version does this; a function that nobody spoke of says its name and version."""
        self._work[function, version] = work

    def answers(self, function: str, answer: object, version: str = EVERY) -> None:
        """From now on it answers this."""
        self.does(function, lambda _: answer, version)

    def fails(self, function: str, error: Exception, version: str = EVERY) -> None:
        """From now on it raises this."""
        self.does(function, lambda _: _raised(error), version)

    def hinders(
        self, function: str, failure: CallFailure, *, retry_after_seconds: int = 1, version: str = EVERY
    ) -> None:
        """From now on Lambda does not get an answer from it."""
        self.fails(function, NotAnsweredError(failure, "a text of AWS", retry_after_seconds), version)

    def refuses(self, function: str, code: str, *, times: int = 1, version: str = EVERY) -> None:
        """Its next calls are refused with this code of Lambda, and do not run."""
        self._refusals[function, version] = [refusal(code, "Invoke", "a text of AWS")] * times

    # What hotplug asks

    @verb
    def invoke(
        self, function: str, qualifier: str, payload: bytes, *, tenant: str | None = None, context: Any = None
    ) -> Called:
        self.made.append(Made(function, qualifier, payload, tenant, context))
        version = self._version(function, qualifier)
        if refused := self._refusals.get((function, version)) or self._refusals.get((function, EVERY)):
            error = refused.pop()
            raise NotAnsweredError(failure_of(error), str(error)) from error
        if len(payload) > MAX_BYTES:
            raise NotAnsweredError(CallFailure.TOO_LARGE, f"{len(payload)} byte payload is too large")
        try:
            event = json.loads(payload.decode(), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            text = f"Could not parse request body into json: {error}"
            raise NotAnsweredError(CallFailure.BROKEN, text) from error
        if version != LATEST and not self._lambdas.is_awake(function, version):
            text = "Lambda is initializing your function. It will be ready to invoke once it is ACTIVE."
            raise NotAnsweredError(CallFailure.NOT_READY, text)
        work = self._work.get((function, version)) or self._work.get((function, EVERY))
        try:
            answer = work(event) if work else {"statusCode": 200, "body": f"{function} {version}"}
            return Called(answer if isinstance(answer, bytes) else _json(answer), version, failed=False)
        except NotAnsweredError:
            raise
        except Exception as error:  # noqa: BLE001 - as a runtime catches everything
            tale = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
            return Called(_json(tale), version, failed=True)

    # How it works

    def _version(self, function: str, qualifier: str) -> str:
        found = self._lambdas.functions.get(function)
        if found and (qualifier == LATEST or qualifier in found.versions):
            return qualifier
        if found and qualifier in found.aliases:
            routing = found.aliases[qualifier].routing
            return self.choice(routing) if self.choice else self._in_turn((function, qualifier), routing)
        raise NotAnsweredError(CallFailure.MISSING, f"Function not found: {ARN}{function}:{qualifier}")

    def _in_turn(self, alias: tuple[str, str], routing: Routing) -> str:
        """Of the first n calls the candidate gets its share of n, rounded down."""
        before = self._drawn[alias]
        self._drawn[alias] += 1
        for version, percent in routing.others:
            if percent * (before + 1) // 100 > percent * before // 100:
                return version
        return routing.version


class InMemoryParallelInvocations(Surprising):
    """The `ParallelCalls` of a test. The functions do what `calls` says; `together` has every set of calls.

    All calls of a set are in progress at the same time, or `at_once` of them.
    """

    def __init__(self, calls: InMemoryInvocations) -> None:
        super().__init__()
        self._calls = calls
        self.at_once = 10_000
        self.together: list[Sequence[Invocation]] = []

    @verb
    def invoke_all(self, calls: Sequence[Invocation]) -> Sequence[Timed]:
        self.together.append(calls)
        return [self._timed(call, at // self.at_once) for at, call in enumerate(calls)]

    def _timed(self, call: Invocation, began: float) -> Timed:
        try:
            answer: Called | NotAnsweredError = self._calls.invoke(
                call.function, call.qualifier, call.payload, tenant=call.tenant, context=call.context
            )
        except NotAnsweredError as error:
            answer = error
        return Timed(answer, began, began + 1)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _raised(error: Exception) -> object:
    raise error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
