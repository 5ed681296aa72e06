"""Points every alias of a deployment to where it is wanted, and sees whether somebody else did."""

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.errors import AliasMovedError, RevisionStaleError
from hotplug.core.resources.alias import AliasState, Routing


def point_all(cloud: Cloud, progress: Progress) -> list[str | None]:
    """The RevisionId of each alias after the move, in the plan's order; every write is a compare-and-set.

    Aliases that do not exist yet, and targets whose candidate is live already, are left alone.
    """
    revisions = list(progress.revisions)
    for at, move in enumerate(progress.moves()):
        if move.wanted and move.revision and (progress.plan.force or move.candidate != move.planned.stable):
            revisions[at] = _pointed(cloud, move, move.wanted, move.revision).revision
    return revisions


def _pointed(cloud: Cloud, move: Move, wanted: Routing, revision: str) -> AliasState:
    try:
        return cloud.lambdas.point(move.planned.target, wanted, revision)
    except RevisionStaleError:
        return done_already(cloud, move)


def done_already(cloud: Cloud, move: Move) -> AliasState:
    """The alias, if an earlier try of this same task wrote it and only the answer was lost."""
    alias = cloud.lambdas.alias(move.planned.target)
    if alias and move.is_done(alias):
        return alias
    raise AliasMovedError(move.moved_by_others(alias))


def moved_by_others(cloud: Cloud, progress: Progress) -> list[str]:
    """What to say about each alias that is not ours any more."""
    aliases = [(move, cloud.lambdas.alias(move.planned.target)) for move in progress.moves()]
    return [move.moved_by_others(alias) for move, alias in aliases if not move.is_ours(alias)]
