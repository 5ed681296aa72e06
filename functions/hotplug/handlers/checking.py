"""Looks at what a plan should be told beside what it needs: it does without what can't be seen."""

import logging
from dataclasses import replace

from hotplug.aws.cloud import Cloud
from hotplug.core.facts import Storage
from hotplug.core.obstacles import TargetFacts
from hotplug.core.wiring import wired_to_latest

logger = logging.getLogger("hotplug")


def with_callers(cloud: Cloud, function: str, facts: TargetFacts) -> TargetFacts:
    """Who calls $LATEST, or why that can't be seen."""
    try:
        callers = wired_to_latest(cloud.lambdas.event_sources(function), cloud.lambdas.policy(function))
    except Exception as error:
        logger.exception("could not see who calls %s without alias", function)
        return replace(facts, unseen=str(error))
    return replace(facts, wired=callers)


def with_newer(cloud: Cloud, function: str, facts: TargetFacts) -> TargetFacts:
    """One look more where nothing seems to be new: Lambda compares $LATEST with the newest version alone."""
    if not facts.is_unchanged or not facts.stable:
        return facts
    newer = cloud.lambdas.describe(function, str(int(facts.stable.version) + 1))
    return replace(facts, has_newer=newer is not None)


def code_storage(cloud: Cloud) -> Storage | None:
    """How much code the account keeps; None where that can't be seen."""
    try:
        return cloud.lambdas.storage()
    except Exception:
        logger.exception("could not see how much code the account keeps")
        return None
