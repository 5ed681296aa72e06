"""Settlement of deployments whose execution ended before it could close them."""

import logging
from datetime import datetime, timedelta

from hotplug.activities.close_deployment import close_deployment, free
from hotplug.activities.compare_and_set import compare_and_set
from hotplug.activities.read_alias import Place, aliases_now, lines_now
from hotplug.activities.record import record, record_once, transition
from hotplug.activities.restore_aliases import left_behind, restore_all
from hotplug.activities.settling import settles_too_long
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move
from hotplug.core.deployment.record import DeploymentRecord, Holder, Phase
from hotplug.core.deployment.transition import Outcome, State
from hotplug.core.errors import (
    NotRestoredError,
    PlanTooNewError,
    UnreadableError,
)
from hotplug.core.resources.alias import AliasState

MAX_READS = 4
PAUSE_SECONDS = 0.3
"""DescribeExecution may lag behind a start or a redrive, so an end is read several times."""
NEW = timedelta(minutes=15)
"""An execution that is not found may be too new. Step Functions keeps an ended one for 90 days."""
SETTLING = "promoted, but "

logger = logging.getLogger("hotplug")


def has_ended(cloud: Cloud, execution: str, since: str) -> bool:
    """Return whether an execution can't act any more. `since` (ISO 8601) is when it was there for certain,
    empty for an event about its end, which says that it was.

    A live deployment is never settled by another, so no single read decides.
    """
    for _ in range(MAX_READS):
        runs = cloud.executions.is_running(execution)
        if runs or (runs is None and not _is_old(cloud, since)):
            return False
        cloud.pause(PAUSE_SECONDS)
    return True


def _is_old(cloud: Cloud, since: str) -> bool:
    """Whether a claim is old. One without a readable time, or of the future, was not written a moment ago."""
    try:
        return abs(cloud.now() - datetime.fromisoformat(since)) > NEW
    except (TypeError, ValueError):
        return True


def settle_if_ended(cloud: Cloud, holder: Holder) -> bool:
    """Settle the deployment if its execution has ended.

    Return whether its aliases and claims are settled now.
    """
    deployment, execution = holder.deployment, holder.execution
    if not has_ended(cloud, execution, holder.since):
        return False
    saved = cloud.ledger.load(deployment)
    if saved and saved.progress.plan.execution != execution:
        raise UnreadableError(
            f"{deployment} was started as {saved.progress.plan.execution}, not as {execution}"
        )
    return saved is not None and _settled(cloud, saved)


def settle_queued(cloud: Cloud, place: Holder) -> bool:
    """Settle a queued deployment without claims, as `settle_if_ended` does.

    One whose record can't be read has moved nothing, as it never had claims: it leaves the queue.
    """
    try:
        return settle_if_ended(cloud, place)
    except (PlanTooNewError, UnreadableError):
        logger.exception("%s ended while it waited, and leaves the queue", place.deployment)
        places = [other for other in cloud.ledger.waiting() if other.deployment == place.deployment]
        cloud.ledger.leave(place.deployment, [target for other in places if (target := other.named)])
        return True


def _settled(cloud: Cloud, saved: DeploymentRecord) -> bool:
    """Settle by record: a promotion that reached every alias stays, everything else is rolled back.

    A task of the execution may still run. The outcome is decided first and the record is read again
    afterwards: from then on, the task can neither save nor move anything. A promotion whose alias settles is
    waited for, until a later sweep.
    """
    plan = saved.progress.plan
    if saved.phase is Phase.CLOSED:
        free(cloud, plan)
        return True
    ending = _ending(cloud, saved)
    if ending is None:
        return False
    match cloud.ledger.decide(plan.deployment, ending):
        case Outcome.ROLLED_BACK:
            _go_back(cloud, cloud.ledger.load(plan.deployment) or saved)
        case outcome:
            reason = "the execution ended before it could sum up"
            close_deployment(cloud, saved.progress, outcome, reason, at_fault=False)
    return True


def _ending(cloud: Cloud, saved: DeploymentRecord) -> Outcome | None:
    """Return the outcome that the aliases show, or None while one of them settles."""
    if saved.outcome:
        return saved.outcome
    if saved.phase is not Phase.PROMOTING:
        return Outcome.ROLLED_BACK
    moves = list(saved.progress.moves())
    aliases = aliases_now(cloud, saved.progress, shifted=True)
    pairs = list(zip(moves, aliases, strict=True))
    settling = [move.settles(alias) for move, alias in pairs if alias and move.is_settling(alias)]
    if settling and all(move.is_done(alias) or move.is_settling(alias) for move, alias in pairs):
        lines = lines_now(cloud, saved.progress, Place.CANDIDATE)
        line = transition(cloud, saved.progress, State.HELD, lines, "; ".join(settling))
        return Outcome.ROLLED_BACK if settles_too_long(cloud, line, SETTLING) else None
    done = all(_is_promoted(cloud, move, alias) for move, alias in pairs)
    return Outcome.DEPLOYED if done else Outcome.ROLLED_BACK


def _is_promoted(cloud: Cloud, move: Move, alias: AliasState | None) -> bool:
    """Whether the alias is promoted. It is written again, so that Lambda rejects a concurrent write."""

    def write(now: AliasState | None) -> bool:
        if now is None or not move.is_done(now):
            return False
        cloud.functions.point(move.planned.target, now.routing, now.revision)
        return True

    return compare_and_set(cloud, move.planned.target, move.is_done, write, known=alias)


def _go_back(cloud: Cloud, saved: DeploymentRecord) -> None:
    progress, tripped = saved.progress, saved.tripped
    why = tripped or "the execution ended before its deployment was over"
    try:
        done = restore_all(cloud, progress)
    except NotRestoredError as error:
        lines = lines_now(cloud, progress, Place.FOUND)
        record_once(cloud, transition(cloud, progress, State.NOT_RESTORED, lines, str(error)))
        raise
    reason = "; ".join([why, *done.said, *left_behind(progress)])
    record(cloud, transition(cloud, progress, State.RESTORED, done.lines, reason))
    close_deployment(cloud, progress, Outcome.ROLLED_BACK, reason, at_fault=saved.is_at_fault)
