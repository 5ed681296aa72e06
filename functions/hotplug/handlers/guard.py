"""Guard: the `finally` that Step Functions lacks. It restores aliases when an execution can't."""

import json
import logging
from typing import Any

from hotplug.activities.provision_concurrency import settle_left_over
from hotplug.activities.read_alarms import alarm_states
from hotplug.activities.record import record, transition
from hotplug.activities.restore_aliases import Restored, restore_all
from hotplug.activities.settle_ended import has_ended, settle_if_ended, settle_queued
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.record import DeploymentRecord, Holder
from hotplug.core.deployment.transition import Outcome, State, refused
from hotplug.core.errors import NotRestoredError, UnreadableError
from hotplug.core.rollout.signals import trips
from hotplug.handlers.entrypoint import Event, entrypoint

ALARM = "CloudWatch Alarm State Change"
ENDED = "Step Functions Execution Status Change"
NO_PLAN = "the execution ended before there was a plan, so that nothing was touched"

logger = logging.getLogger("hotplug")


def guard(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Act on an alarm that turned red, on an execution that ended, or on the schedule.

    Events may be late, duplicate or missing. An event only starts the guard: the guard decides by the current
    state in CloudWatch and Step Functions. An error in one deployment does not stop the guard from handling
    the others.
    """
    alarm = _alarm(event)
    locked = _locked(cloud)
    deployments = locked if alarm else _ended(event) | _waiting(cloud) | locked
    done, failed = [], []
    for name, holder in deployments.items():
        try:
            if _trip(cloud, name, alarm) if alarm else _finished(cloud, holder, name in locked):
                done.append(name)
        except Exception as error:
            logger.exception("could not settle %s", name)
            failed.append(f"{name}: {type(error).__name__}: {error}{_cure(name, error)}")
    if not alarm:
        settle_left_over(cloud)
    if failed:
        raise NotRestoredError("; ".join(failed))
    return {"looked": len(deployments), "restored": done}


def _cure(deployment: str, error: Exception) -> str:
    """Return what frees the claims of a deployment whose record can't be read."""
    if not isinstance(error, UnreadableError):
        return ""
    about = {"deployment": deployment} if deployment else {"target": "its target"}
    return f"; see to its aliases, then free its claims: {json.dumps({'command': 'free'} | about)}"


def _locked(cloud: Cloud) -> dict[str, Holder]:
    return {holder.deployment: holder for holder in cloud.ledger.claims()}


def _waiting(cloud: Cloud) -> dict[str, Holder]:
    return {holder.deployment: holder for holder in cloud.ledger.waiting()}


def _ended(event: Event) -> dict[str, Holder]:
    """The execution that ended, even without a claim. Where there is a claim, its ARN takes precedence."""
    match event:
        case {"detail-type": kind, "detail": {"name": str(name), "executionArn": str(execution)}}:
            holder = Holder("", name, execution, "")
            return {name: holder} if kind == ENDED and execution.endswith(f":{name}") else {}
    return {}


def _alarm(event: Event) -> str | None:
    """Return the alarm's name. An alarm event without a name starts a check of all deployments."""
    match event:
        case {"detail-type": kind, "detail": {"alarmName": str(name)}} if kind == ALARM:
            return name
    return None


def _finished(cloud: Cloud, holder: Holder, holds_claims: bool) -> bool:
    """Settle an ended execution. Return whether there was anything to settle or to report."""
    deployment, execution = holder.deployment, holder.execution
    is_queued = bool(holder.target) and not holds_claims
    if settle_queued(cloud, holder) if is_queued else settle_if_ended(cloud, holder):
        return True
    if not has_ended(cloud, execution, holder.since) or cloud.ledger.load(deployment):
        return False
    if holds_claims:
        raise UnreadableError("nothing says where its aliases belong")
    if any(line.get("reason") != NO_PLAN for line in cloud.ledger.timeline(deployment)):
        return False
    if cloud.ledger.decide(deployment, Outcome.REFUSED) is not Outcome.REFUSED:
        return False
    record(cloud, refused(deployment, execution, cloud.now().isoformat(), NO_PLAN))
    return True


def _trip(cloud: Cloud, deployment: str, alarm: str) -> bool:
    """Restore the aliases between two polls; the machine learns of it at its next task, and ends.

    A deployment that is being promoted already has its verdict, and is left alone.
    """
    saved = cloud.ledger.load(deployment)
    reason = _why(cloud, saved, alarm) if saved else None
    if not saved or not reason or not cloud.ledger.trip(deployment, reason):
        return False
    done = _restored(cloud, deployment, saved)
    said = "; ".join([reason, *done.said])
    record(cloud, transition(cloud, saved.progress, State.TRIPPED, done.lines, said))
    return True


def _why(cloud: Cloud, saved: DeploymentRecord, alarm: str) -> str | None:
    watched = next((one for one in saved.progress.plan.alarms if one.name == alarm), None)
    if watched is None:
        return None
    return trips(saved.progress, watched, alarm_states(cloud, [watched]).get(alarm))


def _restored(cloud: Cloud, deployment: str, saved: DeploymentRecord) -> Restored:
    """Restore the aliases from the record as of the trip.

    The record is read again: a Shift may have saved just before the trip, and none can after it.
    """
    return restore_all(cloud, (cloud.ledger.load(deployment) or saved).progress)


handler = entrypoint(guard)
