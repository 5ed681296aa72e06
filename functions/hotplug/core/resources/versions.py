"""Which published versions nobody needs any more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotplug.core.resources.target import is_older

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


DEPLOYED = "deployed"


def good_versions(history: Iterable[Mapping[str, Any]], most: int) -> tuple[str, ...]:
    """The last versions that served well, newest first, from a target's closed deployments, newest first.

    A version that was promoted is good, and so is one that was stable; one whose last deployment was rolled
    back is not, whatever it was before. No more of the history is taken than that needs.
    """
    is_good: dict[str, bool] = {}
    for line in history:
        stable, candidate = line.get("stable"), line.get("candidate")
        if candidate and candidate != stable:
            is_good.setdefault(str(candidate), line.get("outcome") == DEPLOYED)
        if stable:
            is_good.setdefault(str(stable), True)
        if sum(is_good.values()) >= most:
            break
    return tuple(version for version, good in is_good.items() if good)[:most]


def previous_of(good: Iterable[str], live: str) -> str | None:
    """The last one that served well of those that are older than the live one.

    A newer one was left on purpose, by going back from it: whoever goes back twice must not get it again.
    """
    return next((version for version in good if is_older(version, live)), None)
