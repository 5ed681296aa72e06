"""What hotplug learns of a function from a simulated day of its alias."""

from bench.evidence.environments.day import Day
from bench.evidence.environments.world import FreshCell, usual_ms
from bench.evidence.world import DAY_MINUTES
from hotplug.core.evidence.metrics.learning import learn
from hotplug.core.evidence.policy import Learned


def learned(cell: FreshCell, seed: str, minutes: int = DAY_MINUTES) -> Learned:
    """Return what the plan learns before a deployment, on the day of this seed or from a part of it."""
    return learn(list(Day(cell, seed, minutes).minutes_of_alias()), usual_ms(cell.old))
