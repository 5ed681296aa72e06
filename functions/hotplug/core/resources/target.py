"""Target of a deployment: one function and one of its aliases, with Lambda's naming rules."""

import re
from dataclasses import dataclass

from hotplug.core.parsing.problem import MisfitError

FUNCTION = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ALIAS = re.compile(r"(?![0-9]+$)[a-zA-Z0-9_-]{1,128}")
VERSION = re.compile(r"[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One function and one of its aliases."""

    function: str
    alias: str

    def __str__(self) -> str:
        return f"{self.function}:{self.alias}"


def target_of(value: object) -> Target:
    """Read a target from its name; raises MisfitError."""
    function, _, alias = str(value).partition(":")
    if FUNCTION.fullmatch(function) and ALIAS.fullmatch(alias):
        return Target(function, alias)
    raise MisfitError("a function and its alias, like orders:live")


def is_number(version: str) -> bool:
    """Whether it is a published version by its number: no other qualifier keeps its code.

    $LATEST changes with each update, and $LATEST.PUBLISHED with each publication to it.
    """
    return VERSION.fullmatch(version) is not None


def is_older(version: str, other: str) -> bool:
    """Whether one version was published before the other: Lambda counts up and never reuses a number.

    Returns False if either is no version number.
    """
    numbers = [int(each) for each in (version, other) if is_number(each)]
    return len(numbers) == 2 and numbers[0] < numbers[1]
