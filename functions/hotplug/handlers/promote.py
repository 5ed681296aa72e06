"""Promote: the candidates as the versions that the aliases point to, without weights."""

from collections.abc import Sequence
from typing import Any

from hotplug.activities.move_aliases import movable, point_all
from hotplug.activities.read_alarms import stop_if_red
from hotplug.activities.read_alias import aliases_now
from hotplug.activities.record import record, transition
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.record import OVER, Phase
from hotplug.core.deployment.transition import Outcome, State, lines_read, moves_in_words
from hotplug.core.errors import AliasMovedError, NotSettledError, TrippedError
from hotplug.core.resources.alias import AliasState, Routing, routing_of
from hotplug.handlers.entrypoint import Event, entrypoint


def promote(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Swap the version and clear the weights in one call per alias; create a missing alias.

    New aliases are created last. Until then, a rollback only updates existing aliases. From the first write
    on, the guard can no longer trip the deployment.

    An alias with provisioned concurrency settles for minutes: until the candidate is ready, Lambda sends all
    calls to the version before. Raise NotSettledError then, which the machine retries; a definition of the
    release before does not, and gets an answer that says so.
    """
    progress = Progress.from_event(event).past_the_steps()
    _write(cloud, progress)
    aliases = aliases_now(cloud, progress, shifted=True)
    waiting = _unsettled(progress, aliases)
    if waiting and event.get("waits"):
        raise NotSettledError("; ".join(waiting))
    lines = lines_read(progress, [routing_of(alias) for alias in aliases])
    reason = "; ".join([moves_in_words(lines), *progress.plan.no_way_back, *waiting])
    record(cloud, transition(cloud, progress, State.PROMOTED, lines, reason))
    return {"outcome": str(Outcome.DEPLOYED), "reason": reason}


def _write(cloud: Cloud, progress: Progress) -> None:
    """Write every alias. Without steps, a red alarm stops it before the first write."""
    saved = cloud.ledger.load(progress.plan.deployment)
    again = saved is not None and saved.phase is Phase.PROMOTING
    if not again:
        stop_if_red(cloud, progress.plan)
    point_all(cloud, progress, Phase.PROMOTING, again=again)
    for move in progress.moves():
        if move.planned.stable is None:
            _create(cloud, progress, move)


def _unsettled(progress: Progress, aliases: Sequence[AliasState | None]) -> list[str]:
    """Describe each alias whose calls do not reach the candidate yet.

    Raise AliasMovedError if one is not ours.
    """
    waiting = []
    for move, alias in zip(progress.moves(), aliases, strict=True):
        if move.is_done(alias):
            continue
        if alias is None or not move.is_ours(alias) or move.is_set_back(alias):
            raise AliasMovedError(move.modified_externally(alias))
        waiting.append(move.settles(alias))
    return waiting


def _create(cloud: Cloud, progress: Progress, move: Move) -> None:
    """Create the alias, and delete it if a rollback was decided meanwhile.

    CreateAlias takes no RevisionId, so the check comes after the write.
    """
    if not cloud.functions.create(move.planned.target, Routing(move.candidate)):
        movable(cloud, move)
    saved = cloud.ledger.load(progress.plan.deployment)
    if saved and saved.outcome is Outcome.ROLLED_BACK:
        cloud.functions.delete(move.planned.target)
        raise TrippedError(OVER)


handler = entrypoint(promote)
