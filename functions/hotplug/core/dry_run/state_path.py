"""States of the machine that a successful deployment enters. AWS bills each as a transition.

A state that is added to the machine must be added here. Tests compare each path with the definition, and with
whole deployments.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from hotplug.core.evidence import OnTimeLimit
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.warm_up import warms_at_first
from hotplug.core.rollout.adaptive import MAX_BLOCKED
from hotplug.core.rollout.hook_schedule import Crossing, Moment
from hotplug.core.rollout.polling import UNHURRIED_SECONDS, bake_wait
from hotplug.core.spec.hooks import HookPoint
from hotplug.core.spec.steps import AdvanceOn, Progression

DRY_RUN = ("Plan", "Refused?", "Dry run")
BEGIN = ("Plan", "Refused?", "Claim", "Busy?", "Publish", "Ready?")
NOT_YET = ("Not ready yet", "Publish", "Ready?")
"""One more poll of a version that is not ready."""
TRIAL = ("Before traffic", "Ready?")
FIRST_POLL = ("Watch", "What now?")
"""Before the first position, if it has to be approved, or environments are made for it."""
HOOK = ("Hook", "Go on?")
NEXT_HOOK = ("Hook at work", *HOOK)
SHIFT = ("Shift",)
POLL = ("Bake", "Watch", "What now?")
PROMOTION = ("Promote",)
END = ("Close", "How did it end?")
PRUNING = ("Prune",)
DEPLOYED = ("Deployed",)
TASKS = frozenset(
    {"Plan", "Claim", "Publish", "Before traffic", "Hook", "Shift", "Watch", "Promote", "Close", "Prune"}
)
"""States that run a function of hotplug."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected course of a plan.

    `waits` is how often a version is not ready yet. `is_unchanged` means that every version is live already.
    """

    waits: int = 0
    is_unchanged: bool = False


def states_of(plan: Plan, expected: Expected, *, at_most: bool = False) -> Iterator[str]:
    """Yield the states in order, with every poll on time.

    Where the evidence decides, it does so as soon as it may, or as late as it may (`at_most`).
    """
    yield from BEGIN
    yield from NOT_YET * expected.waits
    if not expected.is_unchanged:
        if any(planned.smoke for planned in plan.targets):
            yield from TRIAL
        if plan.approval or warms_at_first(plan):
            yield from FIRST_POLL
        if plan.hooks:
            yield from _asked(len(Crossing(plan, Moment.START, None, 0).due()))
        yield from (
            _climb_by_evidence(plan, at_most)
            if plan.progression is Progression.ADAPTIVE
            else _climb(plan, at_most)
        )
        yield from PROMOTION
    yield from END
    if plan.keep_versions is not None and not expected.is_unchanged:
        yield from PRUNING
    yield from DEPLOYED


def is_by_evidence(plan: Plan) -> bool:
    """Return whether the evidence decides the number of polls or shifts."""
    return bool(plan.steps) and (
        plan.progression is Progression.ADAPTIVE or plan.advance_on is AdvanceOn.EVIDENCE
    )


def polls_at(plan: Plan, step: int) -> int:
    """Return the number of polls until a bake is over."""
    polls, elapsed = 1, bake_wait(plan, step, 0)
    while wait := bake_wait(plan, step, elapsed):
        polls, elapsed = polls + 1, elapsed + wait
    return polls


def _climb(plan: Plan, at_most: bool) -> Iterator[str]:
    proving = plan.evidence.settings.max_minutes * 60 if at_most and is_by_evidence(plan) else 0
    for step in range(len(plan.steps)):
        yield from SHIFT
        yield from POLL * (polls_at(plan, step) + ceil(proving / plan.poll_seconds))
        yield from _crossed(plan, step, step + 1)


def _crossed(plan: Plan, step: int, following: int) -> Iterator[str]:
    """Yield the states between two steps, or before the promotion.

    There are none if the plan has no hook but `beforeTraffic`.
    """
    if any(hook.point is not HookPoint.BEFORE_TRAFFIC for hook in plan.hooks):
        moment = Moment.ADVANCE if following < len(plan.steps) else Moment.PROMOTE
        yield from _asked(len(Crossing(plan, moment, step, following).due()))


def _asked(due: int) -> Iterator[str]:
    """Yield the states of hooks that succeed at once."""
    yield from HOOK
    yield from NEXT_HOOK * (due - 1)


def _climb_by_evidence(plan: Plan, at_most: bool) -> Iterator[str]:
    """Yield the states of an adaptive climb.

    At least, it has no calls, then some, then all. At most, it has another weight at each poll, and whenever
    a minute is final.
    """
    settings = plan.evidence.settings
    if at_most:
        minutes = settings.max_minutes + settings.bake_minutes
        up = tuple(_crossed(plan, 0, 1))
        yield from (*SHIFT, *POLL, *up) * (ceil(60 * minutes / plan.poll_seconds) + minutes)
        if settings.on_time_limit is OnTimeLimit.HOLD:
            yield from POLL * ceil(MAX_BLOCKED.total_seconds() / UNHURRIED_SECONDS)
        return
    yield from (*SHIFT, *POLL)
    for minutes in filter(None, (settings.min_minutes, settings.bake_minutes)):
        yield from _crossed(plan, 0, 1)
        yield from SHIFT
        yield from POLL * ceil(60 * minutes / plan.poll_seconds)
    yield from _crossed(plan, len(plan.steps) - 1, len(plan.steps))
