"""The documentation of one field of the request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type Json = Any

NOTHING = object()
"""Not even null."""


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence and one example; for a field that may be left out, what holds then.

    That is `default`, as a request would spell it, or `absent`, a phrase. `others` are examples of its
    other forms; objects with other keys need one each, since their keys are found by them. `beside` is what
    an example needs beside itself, `request` what it needs in the whole request; it can't stand beside
    `instead_of`. A field that is `like` another has that one's keys. One that `chooses` holds the type of
    its object.
    """

    what: str
    example: Json = NOTHING
    default: Json = NOTHING
    absent: str = ""
    others: tuple[Json, ...] = ()
    beside: Mapping[str, Json] = field(default_factory=dict)
    request: Mapping[str, Json] = field(default_factory=dict)
    instead_of: str = ""
    like: str = ""
    chooses: bool = False

    @property
    def examples(self) -> tuple[Json, ...]:
        return (self.example, *self.others)
