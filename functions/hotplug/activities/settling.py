"""The time for which an alias may settle, counted from the first poll that saw it."""

from dataclasses import replace
from datetime import datetime, timedelta

from hotplug.activities.record import record_once
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.transition import Transition

MAX_SETTLING = timedelta(minutes=15)


def settles_too_long(cloud: Cloud, line: Transition, beginning: str) -> bool:
    """Record once that aliases settle, and return whether they have done so for too long.

    `beginning` precedes the line's reason in the timeline, and no other reason begins so.
    """
    settling = replace(line, key=f"{line.key}#settling", reason=f"{beginning}{line.reason}")
    record_once(cloud, settling)
    timeline = cloud.ledger.timeline(line.deployment)
    seen = [str(said.get("at")) for said in timeline if str(said.get("reason")).startswith(beginning)]
    first = min((datetime.fromisoformat(at) for at in seen), default=cloud.now())
    return cloud.now() - first > MAX_SETTLING
