"""Ends deployments whose execution is over and could not end them itself."""

from hotplug.aws.cloud import Cloud
from hotplug.aws.ledger import Holder, Phase, Standing
from hotplug.core.progress import Progress
from hotplug.core.report import Outcome, State, lines_restored
from hotplug.handlers.closing import close_deployment
from hotplug.handlers.recording import record, transition
from hotplug.handlers.restoring import left_behind, restore_all


def finish_if_over(cloud: Cloud, holder: Holder) -> bool:
    """Whether the holder's execution was over, so that its aliases are settled and its claims free now."""
    if cloud.executions.is_running(holder.execution):
        return False
    standing = cloud.ledger.standing(holder.deployment)
    if standing:
        _finish(cloud, standing)
    return standing is not None


def _finish(cloud: Cloud, standing: Standing) -> None:
    """A promotion that was carried out on every alias stays: a good version is not put back."""
    progress = standing.progress
    match standing.phase:
        case Phase.CLOSED:
            cloud.ledger.release(progress.plan.deployment, [at.target for at in progress.plan.targets])
        case Phase.PROMOTING if _all_done(cloud, progress):
            reason = "the execution ended after every target was promoted"
            close_deployment(cloud, progress, Outcome.DEPLOYED, reason, blame=False)
        case Phase.PROMOTING | Phase.MOVING:
            _go_back(cloud, progress, standing.tripped)


def _all_done(cloud: Cloud, progress: Progress) -> bool:
    return all(move.is_done(cloud.lambdas.alias(move.planned.target)) for move in progress.moves())


def _go_back(cloud: Cloud, progress: Progress, tripped: str | None) -> None:
    why = tripped or "the execution ended before its deployment was over"
    reason = "; ".join([why, *restore_all(cloud, progress), *left_behind(progress)])
    record(cloud, transition(cloud, progress, State.RESTORED, lines_restored(progress), reason))
    close_deployment(cloud, progress, Outcome.ROLLED_BACK, reason, blame=tripped is not None)
