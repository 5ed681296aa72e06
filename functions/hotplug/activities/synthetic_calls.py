"""Synthetic calls with the payloads of the smoke tests, for functions with too little traffic to judge."""

import math
from contextlib import suppress
from datetime import timedelta

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.resources.invocation import NotAnsweredError
from hotplug.core.spec.smoke_test import harmless

MAX_DURATION = timedelta(seconds=15)
"""For all calls of one poll, so that the poll ends in time."""


def make_synthetic_calls(cloud: Cloud, progress: Progress, seconds: float) -> None:
    """Call each alias as often as the request asks for in this time.

    The calls go through the alias, so Lambda distributes and counts them like all others. Their answers are
    ignored: a failed call counts as failed in the metrics. Smoke tests that expect an error are therefore
    left out.
    """
    wanted = math.ceil(progress.plan.evidence.synthetic_calls * seconds / 60)
    begun = cloud.now()
    for call in range(wanted):
        for planned in progress.plan.targets:
            trials = harmless(planned.smoke)
            if not trials or not planned.stable:
                continue
            if cloud.now() - begun > MAX_DURATION:
                return
            trial, target = trials[call % len(trials)], planned.target
            with suppress(NotAnsweredError):
                cloud.trials.invoke(
                    target.function, target.alias, trial.event, tenant=trial.tenant, context=trial.context
                )
