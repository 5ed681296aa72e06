"""How often AWS may be asked: Lambda serves a whole account, and Step Functions ends too long a history."""

import math
from collections.abc import Sequence

from hotplug.core.hook import Hook, HookPoint
from hotplug.core.plan import Plan
from hotplug.core.strategy import Pace, Strategy

LAMBDA_CALLS_A_SECOND = 6
"""Of the 15 that Lambda's control plane takes from a whole account in a Region, all APIs together.

So the machine's task and the guard, which put the same aliases back at the same time, stay below it together.
GetFunction, with 100 a second of its own, and Invoke are not among them.
"""
EVENT_BUDGET = 10_000
"""History events that a deployment may fill; Step Functions ends an execution at 25,000."""
EVENTS_PER_POLL = 9
"""Bake 2, Watch 5, the question after it 2."""
EVENTS_PER_STEP = 16
"""A poll, and a Shift with its question."""
EVENTS_PER_STEP_WITH_HOOKS = EVENTS_PER_STEP + 16
"""A Hook with its question before the Shift, and another one with its wait."""
HOOK_EVENT_BUDGET = 8_000
"""Beside the other: what waiting for hooks may fill."""
ONCE = {HookPoint.BEFORE_TRAFFIC, HookPoint.AFTER_TRAFFIC}
"""Hooks that a deployment asks at one time only."""
EVENTS_BESIDE_STEPS = 1_200
"""Plan, Claim, a long Publish, Promote, Close, and room for retries."""


def stretched(poll_seconds: int, strategy: Strategy, hooks: Sequence[Hook] = ()) -> int:
    """The poll interval, made longer where the whole deployment would pass the event budget.

    On a timetable every step is shifted to once; at the adaptive pace any poll may lead to another.
    """
    is_adaptive = strategy.pace is Pace.ADAPTIVE
    per_step = EVENTS_PER_STEP_WITH_HOOKS if hooks else EVENTS_PER_STEP
    room = EVENT_BUDGET - EVENTS_BESIDE_STEPS - per_step * len(strategy.steps)
    events = per_step if is_adaptive else EVENTS_PER_POLL
    return max(poll_seconds, math.ceil(strategy.longest_seconds * events / room))


def hook_pause(plan: Plan, hook: Hook, elapsed_seconds: float) -> int:
    """Seconds until a hook that is at work may be looked at again, at least.

    It grows with the time that the hook has taken, so that a quick one is soon heard of, and that all of them
    may take all of their time.
    """
    each = max(len(plan.steps), plan.evidence.settings.max_minutes if plan.pace is Pace.ADAPTIVE else 1)
    times = sum(1 if one.point in ONCE else each for one in plan.hooks)
    looks = HOOK_EVENT_BUDGET / EVENTS_PER_POLL / times
    growth = math.pow(hook.timeout_seconds, 1 / looks) - 1
    return max(1, math.ceil(elapsed_seconds * growth))
