"""Times of the next poll: in a bake, on the ladder, while a deployment is blocked, while a hook is at work.

All are whole seconds that the machine waits. A poll interval is the plan's `pollSeconds`, stretched by the
planner where the history of an execution would grow too long (see `plan/event_budget.py`).
"""

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hotplug.core.plan.event_budget import EVENTS_PER_POLL, HOOK_EVENT_BUDGET
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.spec.hooks import Hook, HookPoint
from hotplug.core.spec.steps import Progression

if TYPE_CHECKING:
    from hotplug.core.rollout.hook_schedule import Asking

OFTEN, SELDOM = 40, 200
BETWEEN_SECONDS = 1_200
UNHURRIED_SECONDS = 600
"""Between polls of a deployment that waits for a proof after its time limit; the guard watches the alarms."""
AFTER_THE_MINUTE_SECONDS = 5
UNKNOWN_CALLS_PER_MINUTE = 1e9
"""Unknown traffic counts as very many calls, so that it gets the lightest weight."""
ONCE = {HookPoint.BEFORE_TRAFFIC, HookPoint.AFTER_TRAFFIC}
"""Hooks that a deployment calls at one time only."""


def first_wait(plan: Plan, step: int) -> int:
    """Return the wait from a shift to the first poll.

    A pulse may be over soon, and a pause must be planned soon.
    """
    if plan.progression is not Progression.ADAPTIVE:
        return bake_wait(plan, step, 0)
    if not plan.steps[step].percent:
        return 1
    from hotplug.core.evidence.ramp import NOTHING_KNOWN, pulse_seconds

    settings = plan.evidence.settings
    pulse = pulse_seconds(NOTHING_KNOWN, sum(map(calls_before, plan.targets)), settings)
    if pulse is None or step != plan.rung(settings.weight_min):
        return plan.poll_seconds
    return max(1, min(plan.poll_seconds, math.floor(pulse)))


def bake_wait(plan: Plan, step: int, elapsed_seconds: float) -> int:
    """Return a poll interval, or the rest of the bake if that is shorter."""
    left = math.ceil(plan.steps[step].bake_seconds - elapsed_seconds)
    return max(0, min(plan.poll_seconds, left))


def minute_wait(plan: Plan, now: datetime) -> int:
    """Return a poll interval, or the time until just after the next minute is final, if that comes first."""
    from hotplug.core.evidence.metrics.queries import final_until

    timeout = slowest_seconds(plan)
    then = final_until(now, timeout) + timedelta(minutes=2, seconds=timeout)
    left = (then - now).total_seconds() + AFTER_THE_MINUTE_SECONDS
    return max(1, min(plan.poll_seconds, math.ceil(left)))


def slowest_seconds(plan: Plan) -> int:
    """Return the timeout of the slowest function: its minutes are the last to be final."""
    return max(planned.timeout_seconds for planned in plan.targets)


def calls_before(planned: PlannedTarget) -> float:
    """Return the calls per minute of a target shortly before the deployment."""
    return planned.profile.recent_calls_per_minute if planned.profile else UNKNOWN_CALLS_PER_MINUTE


def approval_wait(plan: Plan, until: datetime, now: datetime) -> int:
    """Return a poll interval, or the rest of the time for an approval if that is shorter."""
    return max(1, min(plan.poll_seconds, math.ceil((until - now).total_seconds())))


def blocked_wait(plan: Plan, now: datetime, *ends: datetime) -> int:
    """Return the wait of a deployment that is paused, frozen or outside its windows.

    It ends no later than the first of `ends`. It grows with the age of the deployment: a blocked week fills
    no more than 10,000 events of history, and a blocked year no more than Step Functions allows.
    """
    age = (now - datetime.fromisoformat(plan.created_at)).total_seconds()
    wait = max(plan.poll_seconds, math.ceil(min(age / OFTEN, max(BETWEEN_SECONDS, age / SELDOM))))
    return max(1, min([wait, *(math.ceil((end - now).total_seconds()) for end in ends)]))


def hook_wait(plan: Plan, hook: Hook, asking: "Asking", now: datetime) -> int:
    """Return the wait until the aliases and alarms are read again, or until the hook is called again."""
    pause = hook_interval(plan, hook, (now - asking.since).total_seconds())
    return max(0, min(max(plan.poll_seconds, pause), math.ceil((asking.due - now).total_seconds())))


def hook_call_time(plan: Plan, hook: Hook, asking: "Asking", delay_seconds: int, now: datetime) -> datetime:
    """Return when a hook in progress is called again. This is when it times out at the latest."""
    delay = max(delay_seconds, hook_interval(plan, hook, (now - asking.since).total_seconds()))
    return min(now + timedelta(seconds=delay), hook_deadline(hook, asking))


def hook_deadline(hook: Hook, asking: "Asking") -> datetime:
    """Return when a hook times out."""
    return asking.since + timedelta(seconds=hook.timeout_seconds)


def hook_interval(plan: Plan, hook: Hook, elapsed_seconds: float) -> int:
    """Return the least seconds between two calls of a hook in progress.

    The interval grows with the time that the hook has taken. So the answer of a quick hook is read soon, and
    all hooks may use their whole timeouts.
    """
    each = max(len(plan.steps), _most_shifts(plan) if plan.progression is Progression.ADAPTIVE else 1)
    times = sum(1 if one.point in ONCE else each for one in plan.hooks)
    polls = HOOK_EVENT_BUDGET / EVENTS_PER_POLL / times
    growth = math.pow(hook.timeout_seconds, 1 / polls) - 1
    return max(1, math.ceil(elapsed_seconds * growth))


def _most_shifts(plan: Plan) -> int:
    """Return how often the weight may change in the adaptive progression: once a minute, and once a poll."""
    minutes = plan.evidence.settings.max_minutes
    return min(minutes, math.ceil(60 * minutes / plan.poll_seconds))
