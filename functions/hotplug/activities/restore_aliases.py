"""Restored aliases: every alias of a deployment on its stable version again."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from hotplug.activities.compare_and_set import compare_and_set
from hotplug.activities.read_alias import Place, lines_now, read_alias
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.record import DeploymentRecord, Phase
from hotplug.core.deployment.transition import TargetLine, lines_read
from hotplug.core.errors import HotplugError, NotRestoredError, RevisionStaleError, TryAgainError
from hotplug.core.resources.alias import AliasState, Routing, routing_of
from hotplug.core.spec.source import Existing

logger = logging.getLogger("hotplug")


@dataclass(frozen=True, slots=True)
class Restored:
    """All aliases after an attempt to restore them: one sentence each, and the targets as read or written."""

    said: tuple[str, ...]
    lines: tuple[TargetLine, ...]


def restore_all(cloud: Cloud, progress: Progress) -> Restored:
    """Restore every alias and describe the results; externally modified aliases are reported and left alone.

    Every alias is tried before NotRestoredError is raised. Repeating it converges.
    """
    moves = list(progress.moves())
    if not moves:
        return Restored(("no alias had been touched",), lines_now(cloud, progress, Place.FOUND))
    done, failed = list[tuple[str, Routing | None]](), list[str]()
    for move in reversed(moves):
        try:
            done.append(_restored(cloud, progress, move))
        except Exception as error:
            logger.exception("could not restore %s", move.planned.target)
            failed.append(f"{move.planned.target}: {type(error).__name__}: {error}")
    if failed:
        raise NotRestoredError("; ".join(failed))
    routings = [routing for _, routing in reversed(done)]
    return Restored(tuple(said for said, _ in done), lines_read(progress, routings))


def _restored(cloud: Cloud, progress: Progress, move: Move) -> tuple[str, Routing | None]:
    """Restore one alias; return what was done, and its routing.

    An alias that is back already is written too if this deployment knows its RevisionId: the write changes
    it, so that Lambda rejects a late write of this deployment. Once the deployment is closed, nothing is
    written: its aliases may belong to the next one. The record is read between the alias and the write, so
    that what happens later makes the write stale.
    """
    target = move.planned.target

    def restore(alias: AliasState | None) -> tuple[str, Routing | None]:
        if not move.is_ours(alias):
            return move.modified_externally(alias), routing_of(alias)
        saved = _saved(cloud, progress)
        if saved and saved.phase is Phase.CLOSED:
            return f"{target} is left as it is, since this deployment was closed", routing_of(alias)
        if saved and alias and alias.routing == move.planned.found and not saved.knows(move, alias):
            return _back_on(move, alias.routing)
        return _put_back(cloud, move, alias)

    return compare_and_set(cloud, target, move.is_surely_ours, restore)


def _put_back(cloud: Cloud, move: Move, alias: AliasState | None) -> tuple[str, Routing | None]:
    """Put one alias back. If its version is dead, it stays where it is unless Lambda takes the write.

    One that did not leave a dead version is written too: no write makes that version answer, but it makes a
    late write of this deployment stale.
    """
    dead, now = move.planned.dead, routing_of(alias)
    left = f"{move.planned.target} stays on {now}: {dead}", now
    is_back = bool(dead) and now == move.planned.found
    try:
        written = _written(cloud, move, alias)
    except (RevisionStaleError, TryAgainError):
        raise
    except Exception as error:
        if not is_back and (not dead or isinstance(error, HotplugError)):
            raise
        logger.exception("%s can't go back", move.planned.target)
        return left
    return left if is_back else _back_on(move, written)


def _saved(cloud: Cloud, progress: Progress) -> DeploymentRecord | None:
    """The record as of now; the aliases are restored even if the ledger does not answer."""
    try:
        return cloud.ledger.load(progress.plan.deployment)
    except Exception:
        logger.exception("could not read the record of %s", progress.plan.deployment)
        return None


def _written(cloud: Cloud, move: Move, alias: AliasState | None) -> Routing | None:
    """Write the routing as found; return it as it is afterwards."""
    target, goal = move.planned.target, move.planned.found
    if alias is None:
        return None
    if goal is None:
        cloud.functions.delete(target)
        return None
    written = cloud.functions.point(target, goal, alias.revision)
    if alias.routing.version == goal.version:
        return written.routing
    return routing_of(read_alias(cloud, target, lambda now: routing_of(now) == goal))


def _back_on(move: Move, routing: Routing | None) -> tuple[str, Routing | None]:
    target, goal = move.planned.target, move.planned.found
    if routing == goal:
        return (f"{target} is back on {goal}" if goal else f"{target} does not exist, as before"), routing
    now = f"on {routing}" if routing else "gone"
    return f"{target} was put back on {goal}, and settles: it is {now} now", routing


def left_behind(progress: Progress) -> Sequence[str]:
    """Describe what a rollback can't undo: the code in $LATEST."""
    return [
        f"$LATEST of {move.planned.target.function} still holds the code of version {move.candidate}"
        for move in progress.moves()
        if not isinstance(move.planned.source, Existing) and move.candidate != move.planned.stable
    ]
