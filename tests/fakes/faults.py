"""Verbs that can be made to fail, or to find the world changed, without any call being counted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate

from botocore.exceptions import ClientError

from hotplug.aws.errors import translated


def refusal(code: str, operation: str, message: str) -> ClientError:
    """AWS's own error, as botocore raises it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@dataclass(slots=True)
class _Surprise:
    verb: str
    happens: Callable[[], object]
    of: str
    after_effect: bool
    calls_before: int

    def is_due(self, verb: str, arguments: tuple[Any, ...]) -> bool:
        if verb != self.verb or (self.of and not (arguments and self.of in str(arguments[0]))):
            return False
        self.calls_before -= 1
        return self.calls_before < 0


class Surprising:
    """An adapter whose next call of a verb can be spoilt. `of` picks the call by its first argument."""

    def __init__(self) -> None:
        self._surprises: list[_Surprise] = []

    @property
    def unspent(self) -> list[str]:
        """The verbs that were to be spoilt and never were: a test that relies on them proves nothing."""
        return [surprise.verb for surprise in self._surprises]

    def fails_next(
        self,
        verb: str,
        error: Exception,
        *,
        of: str = "",
        after_effect: bool = False,
        calls_before: int = 0,
        times: int = 1,
    ) -> None:
        """Raise; `after_effect` loses only the answer, `calls_before` lets some calls go well first."""

        def fail() -> None:
            raise error

        for _ in range(times):
            self._plan(_Surprise(verb, fail, of, after_effect, calls_before))

    def meanwhile(
        self, verb: str, happens: Callable[[], object], *, of: str = "", calls_before: int = 0
    ) -> None:
        """Let something else happen in the world just before a call."""
        self._plan(_Surprise(verb, happens, of, after_effect=False, calls_before=calls_before))

    def _plan(self, surprise: _Surprise) -> None:
        if not hasattr(self, surprise.verb):
            raise AttributeError(f"{type(self).__name__} has no verb {surprise.verb}")
        self._surprises.append(surprise)

    def due(self, verb: str, arguments: tuple[Any, ...]) -> _Surprise | None:
        """The surprise for this call, which is spent by it."""
        for surprise in self._surprises:
            if surprise.is_due(verb, arguments):
                self._surprises.remove(surprise)
                return surprise
        return None


def verb[S: Surprising, **P, R](method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """A method that can be spoilt; AWS's errors leave it translated, as they leave the real adapters."""

    @wraps(method)
    def call(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        surprise = self.due(method.__name__, args)
        with translated():
            if surprise and not surprise.after_effect:
                surprise.happens()
            answer = method(self, *args, **kwargs)
            if surprise and surprise.after_effect:
                surprise.happens()
            return answer

    return call
