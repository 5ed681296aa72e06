"""Times of the next poll."""

import math
from datetime import datetime, timedelta

from hotplug.core.plan.event_budget import EVENTS_PER_POLL, HOOK_EVENT_BUDGET
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.hook_schedule import Asking
from hotplug.core.spec.hooks import Hook, HookPoint
from hotplug.core.spec.steps import Pace

OFTEN, SELDOM = 40, 200

BETWEEN_SECONDS = 1_200


def held_wait(plan: Plan, now: datetime) -> int:
    """Seconds until the next look at a deployment that is held.

    The older it is the longer, so that a week of it fills no more than 10,000 events of history, and a year
    of it no more than Step Functions takes.
    """
    age = (now - datetime.fromisoformat(plan.created_at)).total_seconds()
    return max(plan.poll_seconds, math.ceil(min(age / OFTEN, max(BETWEEN_SECONDS, age / SELDOM))))


def next_call(plan: Plan, hook: Hook, asking: Asking, delay_seconds: int, now: datetime) -> datetime:
    """When a hook that is at work is asked again; when its time is over at the latest."""
    delay = max(delay_seconds, hook_pause(plan, hook, (now - asking.since).total_seconds()))
    return min(now + timedelta(seconds=delay), deadline(hook, asking))


def deadline(hook: Hook, asking: Asking) -> datetime:
    """When its time is over."""
    return asking.since + timedelta(seconds=hook.timeout_seconds)


def next_look(plan: Plan, hook: Hook, asking: Asking, now: datetime) -> int:
    """Seconds until the aliases and alarms are looked at again, or until the hook is asked again."""
    pause = hook_pause(plan, hook, (now - asking.since).total_seconds())
    return max(0, min(max(plan.poll_seconds, pause), math.ceil((asking.due - now).total_seconds())))


def next_wait(plan: Plan, step: int, elapsed_seconds: float) -> int:
    """Seconds until the next look: a poll interval, or what is left of the bake."""
    left = math.ceil(plan.steps[step].bake_seconds - elapsed_seconds)
    return max(0, min(plan.poll_seconds, left))


ONCE = {HookPoint.BEFORE_TRAFFIC, HookPoint.AFTER_TRAFFIC}
"""Hooks that a deployment asks at one time only."""


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
