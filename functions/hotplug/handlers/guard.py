"""Guard: the `finally` that Step Functions lacks. It puts traffic back when an execution can't."""

from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.aws.ledger import Standing
from hotplug.core.errors import NotRestoredError
from hotplug.core.judgement import trips
from hotplug.core.report import State, lines_restored
from hotplug.handlers.entrypoint import Event, entrypoint
from hotplug.handlers.finishing import finish_if_over
from hotplug.handlers.recording import record, transition
from hotplug.handlers.restoring import restore_all

ALARM = "CloudWatch Alarm State Change"


def guard(event: Event, cloud: Cloud) -> dict[str, Any]:
    """An alarm turned red, an execution ended, or it is time for a look.

    Events may be late, double or missing, so that none is believed: what counts is what CloudWatch and Step
    Functions say now. One deployment that fails here does not keep the guard from the others.
    """
    deployments = {holder.deployment: holder for holder in cloud.ledger.claims()}
    alarm = str(event["detail"]["alarmName"]) if event.get("detail-type") == ALARM else None
    done, failed = [], []
    for name, holder in deployments.items():
        try:
            if _trip(cloud, name, alarm) if alarm else finish_if_over(cloud, holder):
                done.append(name)
        except NotRestoredError as error:
            failed.append(f"{name}: {error}")
    if failed:
        raise NotRestoredError("; ".join(failed))
    return {"looked": len(deployments), "restored": done}


def _trip(cloud: Cloud, deployment: str, alarm: str) -> bool:
    """Put the aliases back between two polls; the machine hears of it at its next step, and ends.

    A deployment that is being promoted has its verdict already.
    """
    standing = cloud.ledger.standing(deployment)
    reason = _why(cloud, standing, alarm) if standing else None
    if not standing or not reason or not cloud.ledger.trip(deployment, reason):
        return False
    said = "; ".join([reason, *_restored(cloud, deployment)])
    lines = lines_restored(standing.progress)
    record(cloud, transition(cloud, standing.progress, State.TRIPPED, lines, said))
    return True


def _why(cloud: Cloud, standing: Standing, alarm: str) -> str | None:
    plan, step = standing.progress.plan, standing.progress.step
    watched = [one for one in plan.alarms if one.name == alarm]
    return trips(plan, step, watched[0], cloud.alarms.states([alarm]).get(alarm)) if watched else None


def _restored(cloud: Cloud, deployment: str) -> list[str]:
    """How it went the second time: a Shift under way may have written once more before it was stopped."""
    said: list[str] = []
    for _ in range(2):
        standing = cloud.ledger.standing(deployment)
        said = restore_all(cloud, standing.progress) if standing else said
    return said


handler = entrypoint(guard)
