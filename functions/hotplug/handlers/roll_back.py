"""Roll back: every alias on its stable version again, unless it was modified externally."""

import logging
from typing import Any

from hotplug.activities.record import record, transition
from hotplug.activities.restore_aliases import left_behind, restore_all
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.error_output import reason_of
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import OVER
from hotplug.core.deployment.transition import Outcome, State
from hotplug.handlers.entrypoint import Event, entrypoint

logger = logging.getLogger("hotplug")


def roll_back(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Restore the aliases.

    If the guard tripped, its reason replaces the event's error, which follows from the trip.
    """
    progress = Progress.from_event(event)
    decided = _decided(cloud, progress.plan.deployment)
    if decided is Outcome.DEPLOYED:
        return {"outcome": str(decided), "reason": f"nothing is put back: {OVER}"}
    done = restore_all(cloud, progress)
    first = cloud.ledger.tripped(progress.plan.deployment) or reason_of(
        event.get("fault"), event.get("reason")
    )
    news = [part for part in done.said if part not in first]
    reason = "; ".join([first, *news, *left_behind(progress)])
    restored = transition(cloud, progress, State.RESTORED, done.lines, reason)
    record(cloud, restored)
    return {"outcome": str(Outcome.ROLLED_BACK), "reason": restored.reason}


def _decided(cloud: Cloud, deployment: str) -> Outcome:
    """Record the outcome; restore the aliases even if the ledger does not answer."""
    try:
        return cloud.ledger.decide(deployment, Outcome.ROLLED_BACK)
    except Exception:
        logger.exception("could not record that %s is rolled back", deployment)
        return Outcome.ROLLED_BACK


handler = entrypoint(roll_back)
