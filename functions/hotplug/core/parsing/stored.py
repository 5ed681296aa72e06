"""Reads what hotplug wrote itself: plans, and what its machine and its ledger keep for it.

Another release or a hand may have written it too. It is never guessed at: what is missing or of another kind
raises UnreadableError, and nothing is done. Keys beside the known ones are left alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.fields import Reader
from hotplug.core.parsing.problem import MisfitError, is_utf_8, shown

type Object = Mapping[str, Any]


def written[T](holder: Object, key: str, read: Reader[T]) -> T:
    """The value of a key that must be there."""
    if key not in holder:
        raise UnreadableError(f"{key} is missing")
    try:
        return read(holder[key])
    except MisfitError as misfit:
        raise UnreadableError(f"{key} is {shown(holder[key])}, not {misfit}") from None


def words(value: object) -> str:
    """A text of any length."""
    if isinstance(value, str) and is_utf_8(value):
        return value
    raise MisfitError("a text")


def mapping(value: object) -> Object:
    """A JSON object."""
    if isinstance(value, Mapping):
        return value
    raise MisfitError("a JSON object")


def moment(value: object) -> datetime:
    """A time in ISO 8601 that says its zone."""
    try:
        read = datetime.fromisoformat(words(value))
    except ValueError:
        read = None
    if read and read.tzinfo:
        return read
    raise MisfitError("a time with its zone, in ISO 8601")


def or_none[T](read: Reader[T]) -> Reader[T | None]:
    """A reader for what may be null."""
    return lambda value: None if value is None else read(value)


def each[T](read: Reader[T]) -> Reader[tuple[T, ...]]:
    """A reader for a list."""

    def read_all(value: object) -> tuple[T, ...]:
        if isinstance(value, list):
            return tuple(read(item) for item in value)
        raise MisfitError("a list")

    return read_all
