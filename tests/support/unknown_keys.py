"""Stored objects with keys that a later release may have added."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

type Steps = tuple[str | int, ...]
"""Keys and indexes that lead to a value."""

NOT_OURS = frozenset({"payload", "answer", "clientContext", "details"})
"""Keys whose values are JSON of the user's."""


def objects_in(value: Any, path: Steps = ()) -> Iterator[Steps]:
    """The path of each object that hotplug wrote, at every depth."""
    match value:
        case dict():
            yield path
            for key, item in value.items():
                if key not in NOT_OURS:
                    yield from objects_in(item, (*path, key))
        case list():
            for at, item in enumerate(value):
                yield from objects_in(item, (*path, at))


def value_at(value: Any, path: Steps) -> Any:
    for step in path:
        value = value[step]
    return value


def with_unknown_key(value: Any, path: Steps) -> Any:
    """A copy, with one more key in the object at this path."""
    copied = deepcopy(value)
    value_at(copied, path)["addedLater"] = {"by": ["a later release", None]}
    return copied
