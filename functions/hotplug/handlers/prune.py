"""Prune: deletion of unused old versions, if the request asks for it."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotplug.activities.record import record, transition
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import Holder
from hotplug.core.deployment.transition import State, lines_unread
from hotplug.core.parsing.problem import cut
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.target import Target
from hotplug.core.resources.versions import LAST_GOOD, PublishedVersion, beyond, good_versions, in_words
from hotplug.core.spec.source import Existing
from hotplug.handlers.entrypoint import Event, entrypoint

MAX_AT_ONCE = 100
"""Deletions, of all functions together: less than a minute at the permitted rate."""
MAX_TIME = timedelta(minutes=3)
"""For all functions: less than the task has, since a version that Lambda does not delete may take long."""
MAX_WHY = 300
"""Characters of why one version is kept."""
MAX_SHOWN = 4_000
"""Characters. The machine adds them to a summary that may already be long, and all must fit into a state."""
ALIAS, CONCURRENCY, EVENTS = "an alias leads to it", "it has capacity of its own", "an event source calls it"
GOOD, MOVED, DURABLE = (
    "it served well",
    "a deployment needs it",
    "a run of a durable function may come back to it",
)

logger = logging.getLogger("hotplug")


@dataclass(frozen=True, slots=True)
class Room:
    """Room left for one function: deletions, and the time until which one may begin."""

    deletions: int
    until: datetime


def prune(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Delete old versions and report what was deleted and kept. An error is reported, not raised.

    An error of one version is the reason why that version is kept; an error of a whole function leaves that
    function as it is.

    Repeating it is safe: it reads again which versions are in use, and skips deleted ones.
    """
    progress, until = Progress.from_event(event).past_the_steps(), cloud.now() + MAX_TIME
    keep, left, done = progress.plan.keep_versions, MAX_AT_ONCE, []
    for planned in progress.plan.targets if keep else ():
        try:
            used = _used(cloud, progress, planned.target.function)
            said, spent = _pruned(cloud, planned.target.function, keep or 0, used, Room(left, until))
        except Exception as error:
            logger.exception("could not prune %s", planned.target.function)
            said, spent = f"{planned.target.function}: pruning stopped ({type(error).__name__}: {error})", 0
        done.append(said)
        left -= spent
    reason = cut("; ".join(done), MAX_SHOWN)
    record(cloud, transition(cloud, progress, State.PRUNED, lines_unread(progress), reason))
    return {"pruned": reason}


def _pruned(cloud: Cloud, function: str, keep: int, used: dict[str, str], room: Room) -> tuple[str, int]:
    """Prune one function. Return the report and the number of deleted versions."""
    old = beyond(cloud.versions.published(function), keep)
    kept: dict[str, str] = {}
    deleted: list[str] = []
    left = 0
    for version in old:
        number = version.version
        if number not in used and (len(deleted) >= room.deletions or cloud.now() >= room.until):
            left += 1
        elif why := used.get(number) or _refusal(cloud, function, version):
            kept[number] = why
        else:
            deleted.append(number)
    return in_words(function, deleted, left, kept), len(deleted)


def _refusal(cloud: Cloud, function: str, version: PublishedVersion) -> str | None:
    """Delete the version, or return why it is kept, whatever Lambda has against it."""
    try:
        return _hindrance(cloud, function, version)
    except Exception as error:
        logger.exception("could not delete version %s of %s", version.version, function)
        return cut(f"it could not be deleted ({type(error).__name__}: {error})", MAX_WHY)


def _hindrance(cloud: Cloud, function: str, version: PublishedVersion) -> str | None:
    """Delete the version, or return why it is kept."""
    if version.is_durable:
        return DURABLE
    if cloud.versions.is_fed(version):
        return EVENTS
    return None if cloud.versions.delete(function, version.version) else "Lambda says that it is in use"


def _used(cloud: Cloud, progress: Progress, function: str) -> dict[str, str]:
    """Each version in use, and why; of several reasons the first."""
    used: dict[str, str] = {}
    for why, versions in _users(cloud, progress, function):
        used |= {version: why for version in versions if version not in used}
    return used


def _users(cloud: Cloud, progress: Progress, function: str) -> Iterator[tuple[str, Sequence[str]]]:
    aliases = cloud.versions.aliases(function)
    yield from ((ALIAS, versions) for versions in aliases.values())
    yield CONCURRENCY, list(cloud.concurrency.found(function))
    yield MOVED, list(_needed(progress, function))
    for holder in [*cloud.ledger.claims(), *cloud.ledger.waiting()]:
        yield MOVED, list(_needed_by(cloud, holder, function))
    moved = [planned.target for planned in progress.plan.targets if planned.target.function == function]
    for target in {*moved, *(Target(function, alias) for alias in aliases)}:
        limit = LAST_GOOD + cloud.settings.routable_versions
        yield GOOD, good_versions(cloud.ledger.closed_deployments(target), limit)


def _needed_by(cloud: Cloud, holder: Holder, function: str) -> Iterator[str]:
    """Versions that another deployment needs.

    An unreadable record raises an error: then nothing is deleted.
    """
    if holder.target.partition(":")[0] == function:
        saved = cloud.ledger.load(holder.deployment)
        yield from _needed(saved.progress, function) if saved else ()


def _needed(progress: Progress, function: str) -> Iterator[str]:
    """The stable versions and the candidates of a deployment."""
    for at, planned in enumerate(progress.plan.targets):
        if planned.target.function == function:
            yield from _ends(planned)
            yield from progress.candidates[at : at + 1]


def _ends(planned: PlannedTarget) -> Iterator[str]:
    if planned.stable:
        yield planned.stable
    if isinstance(planned.source, Existing):
        yield planned.source.version


handler = entrypoint(prune)
