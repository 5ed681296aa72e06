"""Restored aliases: every alias of a deployment on its stable version again."""

import logging

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.errors import NotRestoredError, RevisionStaleError
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.spec.source import Existing

TRIES = 3

logger = logging.getLogger("hotplug")


def restore_all(cloud: Cloud, progress: Progress) -> list[str]:
    """Restore every alias and describe the results; externally modified aliases are reported and left alone.

    Every alias is tried before NotRestoredError is raised. Repeating it converges.
    """
    done, failed = [], []
    for move in reversed(list(progress.moves())):
        try:
            done.append(_restored(cloud, move))
        except Exception as error:
            logger.exception("could not restore %s", move.planned.target)
            failed.append(f"{move.planned.target}: {type(error).__name__}: {error}")
    if failed:
        raise NotRestoredError("; ".join(failed))
    return done or ["no alias had been touched"]


def _restored(cloud: Cloud, move: Move) -> str:
    """Restore one alias and describe the result.

    An unchanged alias is written too: this changes its RevisionId, so Lambda rejects a late write of this
    deployment.
    """
    target = move.planned.target
    goal = Routing(move.planned.stable) if move.planned.stable else None
    for _ in range(TRIES):
        alias = cloud.functions.alias(target)
        if (alias.routing if alias else None) == goal and not (alias and alias.revision == move.revision):
            return _back_on(move, goal)
        if not move.is_ours(alias):
            return move.modified_externally(alias)
        try:
            _write(cloud, move, goal, alias)
        except RevisionStaleError:
            continue
        return _back_on(move, goal)
    raise NotRestoredError(f"{target} kept changing during {TRIES} tries")


def _write(cloud: Cloud, move: Move, goal: Routing | None, alias: AliasState | None) -> None:
    if goal and alias:
        cloud.functions.point(move.planned.target, goal, alias.revision)
    elif alias:
        cloud.functions.delete(move.planned.target)


def _back_on(move: Move, goal: Routing | None) -> str:
    return (
        f"{move.planned.target} is back on {goal}"
        if goal
        else f"{move.planned.target} does not exist, as before"
    )


def left_behind(progress: Progress) -> list[str]:
    """Describe what a rollback can't undo: the code in $LATEST."""
    return [
        f"$LATEST of {move.planned.target.function} still holds the code of version {move.candidate}"
        for move in progress.moves()
        if not isinstance(move.planned.source, Existing) and move.candidate != move.planned.stable
    ]
