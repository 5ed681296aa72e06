"""Alias moves of a deployment, and detection of aliases that were modified externally."""

from contextlib import suppress

from hotplug.activities.compare_and_set import compare_and_set
from hotplug.activities.read_alias import read_alias
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.record import Phase
from hotplug.core.errors import AliasMovedError, RevisionStaleError
from hotplug.core.resources.alias import AliasState


def point_all(cloud: Cloud, progress: Progress, phase: Phase, *, again: bool = False) -> list[str | None]:
    """Save what is done next, then point every alias to its routing; return the RevisionIds in the plan's
    order.

    Each write is a compare-and-set. Aliases that do not exist yet are left alone, and so are targets whose
    candidate is already live. With `again`, an earlier attempt may have written them: what is as found then
    was set back externally.
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

    def point(alias: AliasState | None) -> Progress:
        found = _movable(move, alias)
        read = progress.with_revision(at, found.revision)
        if wanted is None or move.is_done(found) or move.is_settling(found):
            return read
        cloud.ledger.save(read, phase)
        return read.with_revision(at, cloud.functions.point(target, wanted, found.revision).revision)

    revision = progress.revisions[at]
    if wanted and revision:
        with suppress(RevisionStaleError):
            return progress.with_revision(at, cloud.functions.point(target, wanted, revision).revision)
    return compare_and_set(cloud, target, move.may_move, point)


def movable(cloud: Cloud, move: Move) -> AliasState:
    """Return the alias if this deployment may move it on, or has done so in an earlier attempt."""
    return _movable(move, read_alias(cloud, move.planned.target, move.may_move))


def _movable(move: Move, alias: AliasState | None) -> AliasState:
    if alias and move.may_move(alias):
        return alias
    raise AliasMovedError(move.modified_externally(alias))
