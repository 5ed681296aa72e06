"""Compatibility of releases of hotplug, from the `release.json` of a bundle."""

import json
from dataclasses import dataclass

from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.problem import MisfitError
from hotplug.core.parsing.stored import list_of, mapping, stored_value, text
from hotplug.core.parsing.units import MAX_NUMBER
from hotplug.core.plan.plan import NEWEST_READ, SCHEMA


@dataclass(frozen=True, slots=True)
class Release:
    """A release: the definition of the machine that it needs, and the plan schemas it writes and reads."""

    name: str
    definition: int
    writes: int
    reads: tuple[int, ...]


def read_release(document: str) -> Release:
    """Return the release that the JSON text describes. Raise UnreadableError."""
    try:
        value = mapping(json.loads(document))
    except (ValueError, RecursionError, MisfitError):
        value = {}
    number = whole(1, MAX_NUMBER)
    return Release(
        name=stored_value(value, "release", text),
        definition=stored_value(value, "definition", number),
        writes=stored_value(value, "writes", number),
        reads=stored_value(value, "reads", list_of(number)),
    )


def unfit(release: Release, definition: int) -> str | None:
    """Return the reason why a release cannot be shifted in beside this one, or None.

    `definition` is the number of the installed definition of the machine.
    """
    if release.definition > definition:
        return (
            f"release {release.name} needs definition {release.definition} of the machine, "
            f"and {definition} is installed: deploy its stack first"
        )
    if release.writes > NEWEST_READ:
        return (
            f"release {release.name} writes plans of schema {release.writes}, "
            f"and the one in place reads up to {NEWEST_READ}: release one that reads both first"
        )
    if SCHEMA not in release.reads:
        return f"release {release.name} does not read the plans of the one in place, of schema {SCHEMA}"
    return None
