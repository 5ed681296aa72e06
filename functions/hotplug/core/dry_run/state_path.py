"""The states of the machine that a deployment enters when it goes well; each is a transition, which is paid.

A state that is added to the machine is added here; tests hold each way against the definition, and against
whole deployments.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from hotplug.core.evidence import OnTimeLimit
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.adaptive import LONGEST_HELD
from hotplug.core.rollout.hook_schedule import Crossing, Moment
from hotplug.core.rollout.polling import UNHURRIED_SECONDS, bake_wait
from hotplug.core.spec.hooks import HookPoint
from hotplug.core.spec.steps import AdvanceOn, Pace

DRY_RUN = ("Plan", "Refused?", "Dry run")
BEGIN = ("Plan", "Refused?", "Claim", "Busy?", "Publish", "Ready?")
NOT_YET = ("Not ready yet", "Publish", "Ready?")
"""One more look at a version that is not ready."""
TRIAL = ("Before traffic", "Ready?")
HOOK = ("Hook", "Go on?")
NEXT_HOOK = ("Hook at work", *HOOK)
SHIFT = ("Shift",)
LOOK = ("Bake", "Watch", "What now?")
PROMOTION = ("Promote",)
END = ("Close", "How did it end?")
PRUNING = ("Prune",)
DEPLOYED = ("Deployed",)
TASKS = frozenset(
    {"Plan", "Claim", "Publish", "Before traffic", "Hook", "Shift", "Watch", "Promote", "Close", "Prune"}
)
"""Those behind which a function of hotplug runs."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the world lets expect of a plan.

    `waits` is how often a version is not ready yet; `is_unchanged`, that every version is live already.
    """

    waits: int = 0
    is_unchanged: bool = False


def states_of(plan: Plan, expected: Expected, *, at_most: bool = False) -> Iterator[str]:
    """Each in its turn, as if every look came on time.

    Where the evidence has a say, as if it had it as soon as it may, or as late (`at_most`).
    """
    yield from BEGIN
    yield from NOT_YET * expected.waits
    if not expected.is_unchanged:
        if any(planned.smoke for planned in plan.targets):
            yield from TRIAL
        if plan.hooks:
            yield from _asked(len(Crossing(plan, Moment.START, None, 0).due()))
        yield from _climb_by_evidence(plan, at_most) if plan.pace is Pace.ADAPTIVE else _climb(plan, at_most)
        yield from PROMOTION
    yield from END
    if plan.keep_versions is not None and not expected.is_unchanged:
        yield from PRUNING
    yield from DEPLOYED


def is_by_evidence(plan: Plan) -> bool:
    """Whether the number of looks or shifts is up to the evidence."""
    return bool(plan.steps) and (plan.pace is Pace.ADAPTIVE or plan.advance_on is AdvanceOn.EVIDENCE)


def looks_at(plan: Plan, step: int) -> int:
    """How often a bake is looked at until it is over."""
    looks, elapsed = 1, bake_wait(plan, step, 0)
    while wait := bake_wait(plan, step, elapsed):
        looks, elapsed = looks + 1, elapsed + wait
    return looks


def _climb(plan: Plan, at_most: bool) -> Iterator[str]:
    proving = plan.evidence.settings.max_minutes * 60 if at_most and is_by_evidence(plan) else 0
    for step in range(len(plan.steps)):
        yield from SHIFT
        yield from LOOK * (looks_at(plan, step) + ceil(proving / plan.poll_seconds))
        yield from _crossed(plan, step, step + 1)


def _crossed(plan: Plan, step: int, following: int) -> Iterator[str]:
    """Between two steps, or before the promotion, where any hook but the first one could be due."""
    if any(hook.point is not HookPoint.BEFORE_TRAFFIC for hook in plan.hooks):
        moment = Moment.ADVANCE if following < len(plan.steps) else Moment.PROMOTE
        yield from _asked(len(Crossing(plan, moment, step, following).due()))


def _asked(due: int) -> Iterator[str]:
    """Hooks that are content at once."""
    yield from HOOK
    yield from NEXT_HOOK * (due - 1)


def _climb_by_evidence(plan: Plan, at_most: bool) -> Iterator[str]:
    """No calls, some of them, then all; or another weight at each poll, and whenever a minute is known."""
    settings = plan.evidence.settings
    if at_most:
        minutes = settings.max_minutes + settings.bake_minutes
        up = tuple(_crossed(plan, 0, 1))
        yield from (*SHIFT, *LOOK, *up) * (ceil(60 * minutes / plan.poll_seconds) + minutes)
        if settings.on_time_limit is OnTimeLimit.HOLD:
            yield from LOOK * ceil(LONGEST_HELD.total_seconds() / UNHURRIED_SECONDS)
        return
    yield from (*SHIFT, *LOOK)
    for minutes in filter(None, (settings.min_minutes, settings.bake_minutes)):
        yield from _crossed(plan, 0, 1)
        yield from SHIFT
        yield from LOOK * ceil(60 * minutes / plan.poll_seconds)
    yield from _crossed(plan, len(plan.steps) - 1, len(plan.steps))
