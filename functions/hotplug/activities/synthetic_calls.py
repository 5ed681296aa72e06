"""Makes calls where there are too few to judge by, with the payloads of the trials."""

import math
from contextlib import suppress
from datetime import timedelta

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.resources.invocation import NotAnsweredError
from hotplug.core.spec.smoke_test import harmless

LONGEST = timedelta(seconds=15)
"""For all calls of one look, so that the look itself is over in time."""


def sample(cloud: Cloud, progress: Progress, seconds: float) -> None:
    """As many calls of each alias as were asked for in this time.

    They go through the alias, so that Lambda shares them out and counts them as it does everybody's. Their
    answers are not looked at: a call that fails counts as one that failed, so that trials which expect an
    error are left out.
    """
    wanted = math.ceil(progress.plan.evidence.synthetic_calls * seconds / 60)
    begun = cloud.now()
    for call in range(wanted):
        for planned in progress.plan.targets:
            trials = harmless(planned.smoke)
            if not trials or not planned.stable:
                continue
            if cloud.now() - begun > LONGEST:
                return
            trial, target = trials[call % len(trials)], planned.target
            with suppress(NotAnsweredError):
                cloud.trials.invoke(
                    target.function, target.alias, trial.event, tenant=trial.tenant, context=trial.context
                )
