"""Codecs for what hotplug stores itself: plans, variables of the machine, and items of the ledger.

Another release or an operator may have written them. A missing key or a value of another kind raises
UnreadableError, and nothing is done. Unknown keys are ignored, so that a release can roll back what the next
one has begun.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.fields import Reader, one_of
from hotplug.core.parsing.problem import MisfitError, is_utf_8, shown

type Object = Mapping[str, Any]

REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Codec[T, J = Any]:
    """A reader that can also write. The values of any other reader are JSON already.

    `keys` are the keys of an object.
    """

    read: Reader[T]
    write: Callable[[T], J]
    keys: "tuple[Key | Derived, ...]" = ()

    def __call__(self, value: object) -> T:
        return self.read(value)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an object, and its attribute. A default is omitted.

    Without a name the keys of the value lie beside the others; without an attribute its attributes do.
    """

    name: str
    attribute: str
    read: Reader[Any]
    default: object = REQUIRED

    def decode(self, item: Object, attributes: dict[str, Any]) -> None:
        """Add the value by attribute; raises UnreadableError."""
        if self.default is not REQUIRED and self.name not in item:
            attributes[self.attribute] = self.default
            return
        value = stored_value(item, self.name, self.read) if self.name else self.read(item)
        if self.attribute:
            attributes[self.attribute] = value
        else:
            attributes |= value

    def encode(self, holder: object, item: dict[str, Any]) -> None:
        """Add the value by name."""
        value = getattr(holder, self.attribute) if self.attribute else holder
        if value == self.default:
            return
        found = _json(self.read, value)
        if self.name:
            item[self.name] = found
        else:
            item |= found


@dataclass(frozen=True, slots=True)
class Derived:
    """A key for other readers: written, never read."""

    name: str
    value: Callable[[Any], Any]

    def decode(self, _: Object, __: dict[str, Any]) -> None:
        """Add nothing."""

    def encode(self, holder: object, item: dict[str, Any]) -> None:
        """Add the value by name."""
        item[self.name] = self.value(holder)


def record[T](build: Callable[..., T], *keys: Key | Derived) -> Codec[T, dict[str, Any]]:
    """Return a codec for an object with these keys, in this order; `build` takes the attributes by name."""

    def read(value: object) -> T:
        item = mapping(value)
        attributes: dict[str, Any] = {}
        for key in keys:
            key.decode(item, attributes)
        return build(**attributes)

    def write(holder: T) -> dict[str, Any]:
        item: dict[str, Any] = {}
        for key in keys:
            key.encode(holder, item)
        return item

    return Codec(read, write, keys)


def stored_value[T](holder: Object, key: str, read: Reader[T]) -> T:
    """Return the value of a required key; raises UnreadableError."""
    if key not in holder:
        raise UnreadableError(f"{key} is missing")
    try:
        return read(holder[key])
    except UnreadableError as inner:
        raise UnreadableError(f"{key}.{inner}") from None
    except MisfitError as misfit:
        raise UnreadableError(f"{key} is {shown(holder[key])}, not {misfit}") from None


def text(value: object) -> str:
    """Read a text of any length."""
    if isinstance(value, str) and is_utf_8(value):
        return value
    raise MisfitError("a text")


def mapping(value: object) -> Object:
    """Read a JSON object."""
    if isinstance(value, Mapping):
        return value
    raise MisfitError("a JSON object")


def timestamp(value: object) -> datetime:
    """Read a time in ISO 8601 with its zone."""
    try:
        read = datetime.fromisoformat(text(value))
    except ValueError:
        read = None
    if read and read.tzinfo:
        return read
    raise MisfitError("a time with its zone, in ISO 8601")


TIMESTAMP = Codec(timestamp, datetime.isoformat)


def member_of[T: StrEnum](choices: type[T]) -> Codec[T]:
    """Return a codec for one of the values of an enumeration."""
    read = one_of(*choices)
    return Codec(lambda value: choices(read(value)), str)


def optional[T](read: Reader[T]) -> Codec[T | None]:
    """Return a codec for what may be null."""
    return Codec(
        lambda value: None if value is None else read(value),
        lambda value: None if value is None else _json(read, value),
    )


def list_of[T](read: Reader[T]) -> Codec[tuple[T, ...]]:
    """Return a codec for a list."""

    def read_all(value: object) -> tuple[T, ...]:
        if isinstance(value, list):
            return tuple(read(item) for item in value)
        raise MisfitError("a list")

    return Codec(read_all, lambda values: [_json(read, value) for value in values])


def _json(read: Reader[Any], value: Any) -> Any:
    return read.write(value) if isinstance(read, Codec) else value
