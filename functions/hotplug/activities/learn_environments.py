"""Lessons of the last day about the execution environments of targets, read from CloudWatch."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from itertools import batched

from hotplug.aws.cloud import Cloud
from hotplug.core.evidence.metrics.day import day_before, day_of, day_queries
from hotplug.core.evidence.metrics.learning import learn
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import Learned
from hotplug.core.resources.target import Target

logger = logging.getLogger("hotplug")

TARGETS_AT_ONCE = 10
"""A day of so many targets is what GetMetricData answers in one call: 7 series of 1,440 points each."""
TIME_LIMIT = timedelta(seconds=40)
"""Then what is not learned yet is left out: a plan is made without it, and has two minutes in all."""


def learned_of(cloud: Cloud, profiles: Mapping[Target, TrafficProfile]) -> Mapping[Target, Learned]:
    """Return what the last day teaches, by target. A target without calls has none.

    What can't be read, or not in time, teaches nothing.
    """
    begun, found = cloud.now(), dict[Target, Learned]()
    called = [target for target, profile in profiles.items() if profile.calls_per_minute]
    for targets in batched(called, TARGETS_AT_ONCE, strict=False):
        if cloud.now() > begun + TIME_LIMIT:
            logger.warning("no time to learn of %s and later ones", targets[0])
            break
        try:
            found |= _learned(cloud, {target: profiles[target].slow_ms for target in targets})
        except Exception:
            logger.exception("could not learn from the last day")
    return found


def _learned(cloud: Cloud, usual_ms: Mapping[Target, tuple[float, ...]]) -> Mapping[Target, Learned]:
    begin, end = day_before(cloud.now())
    series = [query for target, slow_ms in usual_ms.items() for query in day_queries(target, slow_ms)]
    values = cloud.metrics.read(series, begin, end)
    return {
        target: learn(day_of(target, slow_ms, values, begin, end), slow_ms)
        for target, slow_ms in usual_ms.items()
    }
