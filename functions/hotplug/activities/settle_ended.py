"""Settlement of deployments whose execution ended before it could close them."""

from hotplug.activities.close_deployment import close_deployment, free
from hotplug.activities.record import record, record_once, transition
from hotplug.activities.restore_aliases import left_behind, restore_all
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move
from hotplug.core.deployment.record import DeploymentRecord, Phase
from hotplug.core.deployment.transition import Outcome, State, lines_at, lines_restored
from hotplug.core.errors import NotRestoredError, RevisionStaleError, UnreadableError


def settle_if_ended(cloud: Cloud, deployment: str, execution: str) -> bool:
    """Settle the deployment if its execution has ended.

    Return whether its aliases and claims are settled now.
    """
    if cloud.executions.is_running(execution):
        return False
    saved = cloud.ledger.load(deployment)
    if saved and saved.progress.plan.execution != execution:
        raise UnreadableError(
            f"{deployment} was started as {saved.progress.plan.execution}, not as {execution}"
        )
    if saved:
        _settle(cloud, saved)
    return saved is not None


def _settle(cloud: Cloud, saved: DeploymentRecord) -> None:
    """Settle by record: a promotion that reached every alias stays, everything else is rolled back.

    A task of the execution may still run. The outcome is decided first and the record is read again
    afterwards: from then on, the task can neither save nor move anything.
    """
    plan = saved.progress.plan
    if saved.phase is Phase.CLOSED:
        free(cloud, plan)
        return
    match cloud.ledger.decide(plan.deployment, _ending(cloud, saved)):
        case Outcome.ROLLED_BACK:
            _go_back(cloud, cloud.ledger.load(plan.deployment) or saved)
        case outcome:
            reason = "the execution ended before it could sum up"
            close_deployment(cloud, saved.progress, outcome, reason, at_fault=False)


def _ending(cloud: Cloud, saved: DeploymentRecord) -> Outcome:
    done = saved.phase is Phase.PROMOTING and all(_is_promoted(cloud, at) for at in saved.progress.moves())
    return Outcome.DEPLOYED if done else Outcome.ROLLED_BACK


def _is_promoted(cloud: Cloud, move: Move) -> bool:
    """Whether the alias is promoted. It is written again, so that Lambda rejects a concurrent write."""
    target = move.planned.target
    alias = cloud.functions.alias(target)
    if alias is None or not move.is_done(alias):
        return False
    try:
        cloud.functions.point(target, alias.routing, alias.revision)
    except RevisionStaleError:
        return False
    return True


def _go_back(cloud: Cloud, saved: DeploymentRecord) -> None:
    progress, tripped = saved.progress, saved.tripped
    why = tripped or "the execution ended before its deployment was over"
    try:
        done = restore_all(cloud, progress)
    except NotRestoredError as error:
        record_once(cloud, transition(cloud, progress, State.NOT_RESTORED, lines_at(progress), str(error)))
        raise
    reason = "; ".join([why, *done, *left_behind(progress)])
    record(cloud, transition(cloud, progress, State.RESTORED, lines_restored(progress), reason))
    close_deployment(cloud, progress, Outcome.ROLLED_BACK, reason, at_fault=saved.is_at_fault)
