"""Alias moves of a deployment, and detection of aliases that were modified externally."""

from contextlib import suppress

from hotplug.activities.read_alias import PAUSE_SECONDS, read_alias
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.record import Phase
from hotplug.core.errors import AliasMovedError, RevisionStaleError, TryAgainError
from hotplug.core.resources.alias import AliasState

MAX_TRIES = 6


def point_all(cloud: Cloud, progress: Progress, phase: Phase, *, again: bool = False) -> list[str | None]:
    """Save what is done next, then point every alias to its routing; return the RevisionIds in the plan's
    order.

    Each write is a compare-and-set. Aliases that do not exist yet are left alone, and so are targets whose
    candidate is already live. With `again`, an earlier attempt may have written them: what is as found then
    was set back by somebody else.
    """
    cloud.ledger.save(progress, phase)
    for at, move in enumerate(progress.moves(again=again)):
        if move.wanted and move.revision and (progress.plan.force or move.candidate != move.planned.stable):
            progress = _pointed(cloud, progress, phase, at, move)
    return list(progress.revisions)


def _pointed(cloud: Cloud, progress: Progress, phase: Phase, at: int, move: Move) -> Progress:
    """Point one alias. A stale RevisionId alone is no refusal: if the routing is ours, it is tried again.

    The record is saved again, with the new RevisionId, between the read and the write. If the guard has
    tripped the deployment by then, this fails; if it does so later, the guard's own write makes this one
    stale.
    """
    target, wanted = move.planned.target, move.wanted
    for _ in range(MAX_TRIES):
        revision = progress.revisions[at]
        if wanted and revision:
            with suppress(RevisionStaleError):
                return progress.with_revision(at, cloud.functions.point(target, wanted, revision).revision)
        alias = movable(cloud, move)
        progress = progress.with_revision(at, alias.revision)
        if move.is_done(alias) or move.is_settling(alias):
            return progress
        cloud.pause(PAUSE_SECONDS)
        cloud.ledger.save(progress, phase)
    raise TryAgainError(f"{target} kept changing during {MAX_TRIES} tries")


def movable(cloud: Cloud, move: Move) -> AliasState:
    """Return the alias if this deployment may move it on, or has done so in an earlier attempt."""
    alias = read_alias(cloud, move.planned.target, move.may_move)
    if alias and move.may_move(alias):
        return alias
    raise AliasMovedError(move.modified_externally(alias))
