"""Alias moves of a deployment, and detection of aliases that were modified externally."""

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.errors import AliasMovedError, RevisionStaleError
from hotplug.core.resources.alias import AliasState, Routing


def point_all(cloud: Cloud, progress: Progress) -> list[str | None]:
    """Point every alias to its routing; return the RevisionIds in the plan's order.

    Each write is a compare-and-set. Aliases that do not exist yet are left alone, and so are targets whose
    candidate is already live.
    """
    revisions = list(progress.revisions)
    for at, move in enumerate(progress.moves()):
        if move.wanted and move.revision and (progress.plan.force or move.candidate != move.planned.stable):
            revisions[at] = _pointed(cloud, move, move.wanted, move.revision).revision
    return revisions


def _pointed(cloud: Cloud, move: Move, wanted: Routing, revision: str) -> AliasState:
    try:
        return cloud.functions.point(move.planned.target, wanted, revision)
    except RevisionStaleError:
        return done_already(cloud, move)


def done_already(cloud: Cloud, move: Move) -> AliasState:
    """Return the alias if an earlier attempt of this task wrote it and its answer was lost."""
    alias = cloud.functions.alias(move.planned.target)
    if alias and move.is_done(alias):
        return alias
    raise AliasMovedError(move.modified_externally(alias))


def modified_externally(cloud: Cloud, progress: Progress) -> list[str]:
    """Describe each alias that was modified externally."""
    aliases = [(move, cloud.functions.alias(move.planned.target)) for move in progress.moves()]
    return [move.modified_externally(alias) for move, alias in aliases if not move.is_ours(alias)]
