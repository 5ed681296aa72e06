"""Readers of untrusted JSON objects, key by key. They collect every problem and do not stop at the first."""

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import overload

from hotplug.core.parsing.problem import MisfitError, Problem, Schema, is_utf_8, shown

type Reader[T] = Callable[[object], T]
type InnerReader[T] = Callable[[object, str, list[Problem]], T]

MAX_KEY = 64
OBJECT: Schema = {"type": "object"}
"""The schema of an object whose keys have readers of their own."""
ANYTHING: Schema = {}


class Fields:
    """One JSON object being read.

    A value that does not fit becomes a problem. Its default is used, so that reading continues. An unknown
    key is a problem too: a misspelt option must not be silently ignored.
    """

    def __init__(self, value: object, path: str, problems: list[Problem], known: Collection[str]) -> None:
        self._path, self.problems = path, problems
        self._values: Mapping[str, object] = {}
        if isinstance(value, Mapping):
            self._values = {str(key): item for key, item in value.items()}
        else:
            problems.append(Problem(path or "request", shown(value), "a JSON object", OBJECT))
        for key in sorted(set(self._values) - set(known)):
            near = get_close_matches(key[:MAX_KEY], known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            self.fail(key, "an unknown key", f"{hint}one of {', '.join(known)}", {"enum": [*known]})

    def path(self, key: str) -> str:
        """Return the full name of a key, as a problem shows it. A key that is no identifier is quoted and
        shortened.
        """
        name = key if key.isidentifier() and len(key) <= MAX_KEY else shown(key)
        return f"{self._path}.{name}" if self._path else name

    def has(self, key: str) -> bool:
        """Return whether the key is present, even if its value is null."""
        return key in self._values

    def get(self, key: str) -> object:
        """Return the raw value, or None if the key is absent."""
        return self._values.get(key)

    @overload
    def take[T](self, key: str, read: Reader[T], default: T) -> T: ...
    @overload
    def take[T](self, key: str, read: Reader[T], default: None = None) -> T | None: ...
    def take[T](self, key: str, read: Reader[T], default: T | None = None) -> T | None:
        """Return the value of an optional key, or the default if the key is absent or does not fit."""
        if not self.has(key):
            return default
        try:
            return read(self.get(key))
        except MisfitError as misfit:
            self.fail(key, shown(self.get(key)), str(misfit), misfit.schema)
            return default

    def need[T](self, key: str, read: Reader[T]) -> T | None:
        """Return the value of a required key, or None after a problem."""
        if self.has(key):
            return self.take(key, read)
        try:
            read(None)
            self.fail(key, "nothing", "a value")
        except MisfitError as misfit:
            self.fail(key, "nothing", str(misfit), misfit.schema)
        return None

    def inner[T](self, key: str, read: InnerReader[T], default: T) -> T:
        """Return the value of an optional key whose reader collects problems of its own."""
        return read(self.get(key), self.path(key), self.problems) if self.has(key) else default

    def fail(self, key: str, given: str, allowed: str, schema: Schema | None = None) -> None:
        """Report a problem with one key."""
        self.problems.append(Problem(self.path(key), given, allowed, schema))


def text(*, longest: int, what: str = "a text") -> Reader[str]:
    """Return a reader for a text of 1 to `longest` characters."""
    schema = {"type": "string", "minLength": 1, "maxLength": longest}

    def read(value: object) -> str:
        if isinstance(value, str) and 0 < len(value) <= longest and is_utf_8(value):
            return value
        raise MisfitError(f"{what} of 1 to {longest} characters", schema)

    return read


def flag(value: object) -> bool:
    """Read true or false. A text or a number does not fit."""
    if isinstance(value, bool):
        return value
    raise MisfitError("true or false", {"type": "boolean"})


def whole(lowest: int, highest: int) -> Reader[int]:
    """Return a reader for a whole number within bounds. 5.0 counts as 5."""
    schema = {"type": "integer", "minimum": lowest, "maximum": highest}

    def read(value: object) -> int:
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(number, int) and not isinstance(number, bool) and lowest <= number <= highest:
            return number
        raise MisfitError(f"a whole number from {lowest} to {highest}", schema)

    return read


def amount(lowest: float, highest: float) -> Reader[float]:
    """Return a reader for any number within bounds."""
    schema = {"type": "number", "minimum": lowest, "maximum": highest}

    def read(value: object) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        raise MisfitError(f"a number from {lowest} to {highest}", schema)

    return read


def one_of(*allowed: str) -> Reader[str]:
    """Return a reader for one of these words."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        raise MisfitError(
            " or ".join(f'"{word}"' for word in allowed), {"enum": [str(word) for word in allowed]}
        )

    return read


AUTO = "auto"


def or_auto[T](read: Reader[T]) -> Reader[T | None]:
    """Return a reader that also takes "auto", as None."""

    def read_auto(value: object) -> T | None:
        if value == AUTO:
            return None
        try:
            return read(value)
        except MisfitError as misfit:
            schema = {"anyOf": [{"enum": [AUTO]}, *([misfit.schema] if misfit.schema else [])]}
            raise MisfitError(f'"{AUTO}" or {misfit}', schema) from None

    return read_auto
