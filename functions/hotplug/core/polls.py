"""How often a deployment may be looked at: Step Functions ends an execution whose history is too long."""

import math

from hotplug.core.strategy import Pace, Strategy

EVENT_BUDGET = 10_000
"""History events that a deployment may fill; Step Functions ends an execution at 25,000."""
EVENTS_PER_POLL = 9
"""Bake 2, Watch 5, the question after it 2."""
EVENTS_PER_STEP = 16
"""A poll, and a Shift with its question."""
EVENTS_BESIDE_STEPS = 1_200
"""Plan, Claim, a long Publish, Promote, Close, and room for retries."""


def stretched(poll_seconds: int, strategy: Strategy) -> int:
    """The poll interval, made longer where the whole deployment would pass the event budget.

    On a timetable every step is shifted to once; at the adaptive pace any poll may lead to another.
    """
    is_adaptive = strategy.pace is Pace.ADAPTIVE
    room = EVENT_BUDGET - EVENTS_BESIDE_STEPS - EVENTS_PER_STEP * len(strategy.steps)
    events = EVENTS_PER_STEP if is_adaptive else EVENTS_PER_POLL
    return max(poll_seconds, math.ceil(strategy.longest_seconds * events / room))
