"""A version or $LATEST as read now. A read may be older than its creation, so a missing one is read again."""

from hotplug.activities.read_alias import MAX_READS, PAUSE_SECONDS
from hotplug.aws.cloud import Cloud
from hotplug.core.resources.function import FunctionState


def read_version(cloud: Cloud, function: str, qualifier: str) -> FunctionState | None:
    """Return the version once it is found; None if it still is not after `MAX_READS` reads."""
    for _ in range(MAX_READS):
        if found := cloud.functions.describe(function, qualifier):
            return found
        cloud.pause(PAUSE_SECONDS)
    return None
