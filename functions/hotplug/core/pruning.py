"""Which published versions nobody needs any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LAST_GOOD = 2
"""Versions that served well and are kept in any case: the live one, and the one to go back to."""


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One version of a function. A run of a durable function may come back to its version within a year."""

    version: str
    arn: str
    is_durable: bool = False


def beyond(published: Sequence[PublishedVersion], keep: int) -> list[PublishedVersion]:
    """All but so many of the newest, oldest first."""
    return sorted(published, key=lambda one: int(one.version))[:-keep]


def in_words(function: str, deleted: Sequence[str], left: int, used: Mapping[str, str]) -> str:
    """What became of one function's old versions. `used` are those that were kept, and for what."""
    parts = [f"{function}: deleted {_listed(deleted)}"]
    if left:
        parts.append(f"{left} more are left for the next time")
    parts += [f"{version} is kept: {why}" for version, why in sorted(used.items(), key=lambda it: int(it[0]))]
    return ", ".join(parts)


def _listed(versions: Sequence[str]) -> str:
    """1, 2, 3; of many only the first and the last."""
    if not versions:
        return "nothing"
    return ", ".join(versions) if len(versions) < 6 else f"{versions[0]} to {versions[-1]} ({len(versions)})"
