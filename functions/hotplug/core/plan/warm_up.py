"""Warm-ups of a plan: before which weights environments of a candidate are made, how many, and their cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from hotplug.core.parsing.units import HUNDRED
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.prices import GB_SECOND_X86_USD, RUN_USD
from hotplug.core.spec.warm_up import Before, WarmUp

CALL_SECONDS = 1
"""Seconds that Lambda bills for one call, the start of its environment included. An assumption."""
MB_A_GB = 1024
LARGE = 2
"""An increase is large if it multiplies the weight of the last warm-up by at least this."""


def percent_at(plan: Plan, position: int) -> Decimal:
    """Return the candidate's share of calls at an index into the steps, or at their number, the promotion."""
    return plan.steps[position].percent if position < len(plan.steps) else HUNDRED


def environments_due(planned: PlannedTarget, warmed: Decimal, percent: Decimal) -> int:
    """Return how many environments are made before the candidate gets this share of calls, in percent.

    `warmed` is the largest share before which they were made already, 0 if there was none.
    """
    warm = planned.warm
    if warm is None or planned.is_live_already or not percent:
        return 0
    if warm.before is Before.FIRST:
        return 0 if warmed else warm.environments
    needed = _needed(warm, percent)
    return needed if percent >= LARGE * warmed and needed > _needed(warm, warmed) else 0


def _needed(warm: WarmUp, percent: Decimal) -> int:
    return ceil(warm.environments * percent / HUNDRED)


def warms_at_first(plan: Plan) -> bool:
    """Return whether environments are made before the first position."""
    return any(environments_due(planned, Decimal(0), percent_at(plan, 0)) for planned in plan.targets)


@dataclass(frozen=True, slots=True)
class WarmUpCost:
    """The calls of a target's warm-ups, if each position comes once and Lambda takes each call.

    `at_once` is the most at the same time.
    """

    calls: int
    at_once: int
    gb_seconds: float

    @staticmethod
    def of(plan: Plan, planned: PlannedTarget) -> "WarmUpCost":
        """Return the cost of one target, nothing for one without a warm-up."""
        due = list(_due(plan, planned))
        memory_gb = planned.warm.memory_mb / MB_A_GB if planned.warm else 0.0
        return WarmUpCost(sum(due), max(due, default=0), sum(due) * CALL_SECONDS * memory_gb)

    @property
    def usd(self) -> float:
        """US dollars in us-east-1, at the price of x86. Arm takes a fifth less."""
        return self.calls * RUN_USD + self.gb_seconds * GB_SECOND_X86_USD

    def __str__(self) -> str:
        at_once = f"{self.calls} calls at once" if self.calls == self.at_once else self._spread
        return f"{at_once}, about ${self.usd:.2g} at {CALL_SECONDS} s each"

    @property
    def _spread(self) -> str:
        return f"{self.calls} calls, at most {self.at_once} at once"


def _due(plan: Plan, planned: PlannedTarget) -> Iterator[int]:
    """Yield the environments of each warm-up, if every position comes once."""
    warmed = Decimal(0)
    for position in range(len(plan.steps) + 1):
        percent = percent_at(plan, position)
        if due := environments_due(planned, warmed, percent):
            warmed = percent
            yield due
