"""Promote: the candidates as the versions that the aliases point to, without weights."""

from typing import Any

from hotplug.activities.move_aliases import done_already, point_all
from hotplug.activities.record import record, transition
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.record import OVER, Phase
from hotplug.core.deployment.transition import Outcome, State, lines_at, moves_in_words
from hotplug.core.errors import TrippedError
from hotplug.core.resources.alias import Routing
from hotplug.handlers.entrypoint import Event, entrypoint


def promote(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Swap the version and clear the weights in one call per alias; create a missing alias.

    New aliases are created last. Until then, a rollback only updates existing aliases. From the first write
    on, the guard can no longer trip the deployment.
    """
    progress = Progress.from_event(event).past_the_steps()
    cloud.ledger.save(progress, Phase.PROMOTING)
    point_all(cloud, progress)
    for move in progress.moves():
        if move.planned.stable is None:
            _create(cloud, progress, move)
    lines = lines_at(progress)
    reason = moves_in_words(lines)
    record(cloud, transition(cloud, progress, State.PROMOTED, lines, reason))
    return {"outcome": str(Outcome.DEPLOYED), "reason": reason}


def _create(cloud: Cloud, progress: Progress, move: Move) -> None:
    """Create the alias, and delete it if a rollback was decided meanwhile.

    CreateAlias takes no RevisionId, so the check comes after the write.
    """
    if not cloud.functions.create(move.planned.target, Routing(move.candidate)):
        done_already(cloud, move)
    saved = cloud.ledger.load(progress.plan.deployment)
    if saved and saved.outcome is Outcome.ROLLED_BACK:
        cloud.functions.delete(move.planned.target)
        raise TrippedError(OVER)


handler = entrypoint(promote)
