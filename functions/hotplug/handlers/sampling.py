"""Makes calls where there are too few to judge by, with the payloads of the trials."""

import json
import math
from contextlib import suppress
from datetime import timedelta

from hotplug.aws.cloud import Cloud
from hotplug.core.call import NotAnsweredError
from hotplug.core.progress import Progress

LONGEST = timedelta(seconds=15)
"""For all calls of one look, so that the look itself is over in time."""


def sample(cloud: Cloud, progress: Progress, seconds: float) -> None:
    """As many calls of each alias as were asked for in this time.

    They go through the alias, so that Lambda shares them out and counts them as it does everybody's. Their
    answers are not looked at: a call that fails counts as one that failed.
    """
    wanted = math.ceil(progress.plan.evidence.synthetic_calls * seconds / 60)
    begun = cloud.now()
    for call in range(wanted):
        for planned in progress.plan.targets:
            if not planned.smoke or not planned.stable:
                continue
            if cloud.now() - begun > LONGEST:
                return
            payload = json.dumps(planned.smoke[call % len(planned.smoke)].payload).encode()
            with suppress(NotAnsweredError):
                cloud.trials.invoke(planned.target.function, planned.target.alias, payload)
