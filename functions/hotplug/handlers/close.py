"""Close: write the outcome down, free the claims, and sum up."""

from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.core.fault import describe
from hotplug.core.progress import Progress
from hotplug.core.report import Outcome, State, lines_at, lines_restored, summary
from hotplug.handlers.entrypoint import Event, entrypoint
from hotplug.handlers.recording import record, transition


def close(event: Event, cloud: Cloud) -> dict[str, Any]:
    """The claims go last: once a target is free, everything about this deployment is written."""
    progress, outcome, fault = Progress.from_event(event), Outcome(event["outcome"]), event["fault"]
    reason = describe(fault.get("Error", ""), fault.get("Cause", "")) if fault else str(event["reason"])
    if event["direct"]:
        reason = f"{reason}; hotplug's own Roll back failed, so the machine put the aliases back without it"
    lines = lines_at(progress) if outcome is Outcome.DEPLOYED else lines_restored(progress)
    closing = transition(cloud, progress, State.CLOSED, lines, reason, outcome=outcome)
    record(cloud, closing)
    cloud.ledger.remember(progress.plan, closing)
    cloud.ledger.release(progress.plan)
    return summary(closing, cloud.ledger.timeline(progress.plan.deployment))


handler = entrypoint(close)
