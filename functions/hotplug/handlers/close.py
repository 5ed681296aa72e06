"""Close: the recorded outcome, released claims and a summary."""

import logging
from typing import Any

from hotplug.activities.close_deployment import close_deployment
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.error_output import reason_of
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.summary import summary
from hotplug.core.deployment.transition import Outcome
from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.fields import one_of
from hotplug.core.parsing.stored import stored_value
from hotplug.handlers.entrypoint import Event, entrypoint

logger = logging.getLogger("hotplug")


def close(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Close a deployment that was promoted, rolled back, or had nothing to deploy."""
    progress, outcome = Progress.from_event(event), Outcome(stored_value(event, "outcome", one_of(*Outcome)))
    if outcome is Outcome.DEPLOYED and not progress.candidates:
        raise UnreadableError("it is said to be deployed, but there are no candidates")
    reason = reason_of(event.get("fault"), event.get("reason"))
    if event.get("direct"):
        reason = f"{reason}; hotplug's own Roll back failed, so the machine put the aliases back without it"
    deployment = progress.plan.deployment
    rolled_back = outcome is Outcome.ROLLED_BACK
    at_fault = rolled_back and bool(event.get("blame") or _is_at_fault(cloud, deployment))
    closing = close_deployment(cloud, progress, outcome, reason, at_fault=at_fault)
    return summary(closing, cloud.ledger.timeline(deployment))


def _is_at_fault(cloud: Cloud, deployment: str) -> bool:
    """Whether an alarm stopped the deployment.

    An unreadable record counts as no, and claims are still released.
    """
    try:
        saved = cloud.ledger.load(deployment)
    except UnreadableError:
        logger.exception("could not read whether an alarm stopped %s", deployment)
        return False
    return saved is not None and saved.is_at_fault


handler = entrypoint(close)
