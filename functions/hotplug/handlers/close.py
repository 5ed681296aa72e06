"""Close: write the outcome down, free the claims, and sum up."""

from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.core.fault import describe
from hotplug.core.progress import Progress
from hotplug.core.report import Outcome, summary
from hotplug.handlers.closing import close_deployment
from hotplug.handlers.entrypoint import Event, entrypoint


def close(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Sum up a deployment that was promoted, restored, or had nothing to do."""
    progress, outcome, fault = Progress.from_event(event), Outcome(event["outcome"]), event["fault"]
    reason = describe(fault.get("Error", ""), fault.get("Cause", "")) if fault else str(event["reason"])
    if event["direct"]:
        reason = f"{reason}; hotplug's own Roll back failed, so the machine put the aliases back without it"
    deployment = progress.plan.deployment
    rolled_back = outcome is Outcome.ROLLED_BACK
    standing = cloud.ledger.standing(deployment)
    blame = rolled_back and bool(event["blame"] or (standing and standing.is_blamed))
    closing = close_deployment(cloud, progress, outcome, reason, blame=blame)
    return summary(closing, cloud.ledger.timeline(deployment))


handler = entrypoint(close)
