"""Published versions: old ones to delete, good ones to keep."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotplug.core.resources.target import is_number, is_older

LAST_GOOD = 2
"""Good versions that are always kept: the live one, and the one to roll back to."""


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One version of a function.

    An execution of a durable function may resume on its version within a year.
    """

    version: str
    arn: str
    is_durable: bool = False


def beyond(published: Sequence[PublishedVersion], keep: int) -> list[PublishedVersion]:
    """Return all versions except the newest ones, oldest first."""
    numbered = (one for one in published if is_number(one.version))
    return sorted(numbered, key=lambda one: int(one.version))[:-keep]


def in_words(function: str, deleted: Sequence[str], left: int, used: Mapping[str, str]) -> str:
    """Describe the result for one function. `used` are the kept versions, with the reason for each."""
    parts = [f"{function}: deleted {_listed(deleted)}"]
    if left:
        parts.append(f"{left} more are left for the next time")
    in_order = sorted(used, key=lambda version: (len(version), version))
    parts += [f"{version} is kept: {used[version]}" for version in in_order]
    return ", ".join(parts)


def _listed(versions: Sequence[str]) -> str:
    """Return "1, 2, 3", or only the first and the last of many."""
    if not versions:
        return "nothing"
    return ", ".join(versions) if len(versions) < 6 else f"{versions[0]} to {versions[-1]} ({len(versions)})"


DEPLOYED = "deployed"


def good_versions(history: Iterable[Mapping[str, Any]], limit: int) -> tuple[str, ...]:
    """Return the last good versions of a target, newest first.

    `history` is its closed deployments, newest first. A version is good if it was promoted or was stable. It
    is not good if its last deployment was rolled back. The function reads only as much of the history as it
    needs.
    """
    is_good: dict[str, bool] = {}
    for line in history:
        stable, candidate = line.get("stable"), line.get("candidate")
        if candidate and candidate != stable:
            is_good.setdefault(str(candidate), line.get("outcome") == DEPLOYED)
        if stable:
            is_good.setdefault(str(stable), True)
        if sum(is_good.values()) >= limit:
            break
    return tuple(version for version, good in is_good.items() if good)[:limit]


def previous_of(good: Iterable[str], live: str) -> str | None:
    """Return the last good version older than the live one.

    A newer one was left by an earlier rollback on purpose: a second rollback must not return to it.
    """
    return next((version for version in good if is_older(version, live)), None)
