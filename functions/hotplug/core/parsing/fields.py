"""Reads untrusted JSON objects key by key and gathers every problem instead of stopping at the first."""

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import overload

from hotplug.core.parsing.problem import MisfitError, Problem, Schema, is_utf_8, shown

type Reader[T] = Callable[[object], T]
type InnerReader[T] = Callable[[object, str, list[Problem]], T]

LONGEST_KEY = 64
OBJECT: Schema = {"type": "object"}
"""Of a reader that says of each key what is allowed."""
ANYTHING: Schema = {}


class Fields:
    """One JSON object under reading.

    A value that does not fit becomes a problem and its default is used, so that reading goes on. Keys beside
    the known ones are problems at once: a misspelt option must not be silently ignored.
    """

    def __init__(self, value: object, path: str, problems: list[Problem], known: Collection[str]) -> None:
        self._path, self.problems = path, problems
        self._values: Mapping[str, object] = {}
        if isinstance(value, Mapping):
            self._values = {str(key): item for key, item in value.items()}
        else:
            problems.append(Problem(path or "request", shown(value), "a JSON object", OBJECT))
        for key in sorted(set(self._values) - set(known)):
            near = get_close_matches(key[:LONGEST_KEY], known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            self.fail(key, "an unknown key", f"{hint}one of {', '.join(known)}", {"enum": [*known]})

    def path(self, key: str) -> str:
        """The full name of a key, as a problem shows it; a stranger's may be anything."""
        name = key if key.isidentifier() and len(key) <= LONGEST_KEY else shown(key)
        return f"{self._path}.{name}" if self._path else name

    def has(self, key: str) -> bool:
        """Whether the key came, be it null."""
        return key in self._values

    def get(self, key: str) -> object:
        """The value as it came; None when absent."""
        return self._values.get(key)

    @overload
    def take[T](self, key: str, read: Reader[T], default: T) -> T: ...
    @overload
    def take[T](self, key: str, read: Reader[T], default: None = None) -> T | None: ...
    def take[T](self, key: str, read: Reader[T], default: T | None = None) -> T | None:
        """The value of a key that may be absent."""
        if not self.has(key):
            return default
        try:
            return read(self.get(key))
        except MisfitError as misfit:
            self.fail(key, shown(self.get(key)), str(misfit), misfit.schema)
            return default

    def need[T](self, key: str, read: Reader[T]) -> T | None:
        """The value of a key that must be there; None after a problem."""
        if self.has(key):
            return self.take(key, read)
        try:
            read(None)
            self.fail(key, "nothing", "a value")
        except MisfitError as misfit:
            self.fail(key, "nothing", str(misfit), misfit.schema)
        return None

    def inner[T](self, key: str, read: InnerReader[T], default: T) -> T:
        """The value of a key that may be absent and whose reader gathers problems of its own."""
        return read(self.get(key), self.path(key), self.problems) if self.has(key) else default

    def fail(self, key: str, given: str, allowed: str, schema: Schema | None = None) -> None:
        """Report a problem with one key."""
        self.problems.append(Problem(self.path(key), given, allowed, schema))


def text(*, longest: int, what: str = "a text") -> Reader[str]:
    """A reader for a text of 1 to `longest` characters."""
    schema = {"type": "string", "minLength": 1, "maxLength": longest}

    def read(value: object) -> str:
        if isinstance(value, str) and 0 < len(value) <= longest and is_utf_8(value):
            return value
        raise MisfitError(f"{what} of 1 to {longest} characters", schema)

    return read


def flag(value: object) -> bool:
    """true or false; never a text or a number."""
    if isinstance(value, bool):
        return value
    raise MisfitError("true or false", {"type": "boolean"})


def whole(lowest: int, highest: int) -> Reader[int]:
    """A reader for a whole number within bounds."""
    schema = {"type": "integer", "minimum": lowest, "maximum": highest}

    def read(value: object) -> int:
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(number, int) and not isinstance(number, bool) and lowest <= number <= highest:
            return number
        raise MisfitError(f"a whole number from {lowest} to {highest}", schema)

    return read


def amount(lowest: float, highest: float) -> Reader[float]:
    """A reader for any number within bounds."""
    schema = {"type": "number", "minimum": lowest, "maximum": highest}

    def read(value: object) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        raise MisfitError(f"a number from {lowest} to {highest}", schema)

    return read


def one_of(*allowed: str) -> Reader[str]:
    """A reader for one of a few words."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        raise MisfitError(
            " or ".join(f'"{word}"' for word in allowed), {"enum": [str(word) for word in allowed]}
        )

    return read
