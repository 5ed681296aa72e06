"""The report of a dry run: what a deployment would do, when and at what cost, and its warnings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import ceil

from hotplug.core.dry_run.cost import TASK_SECONDS, Cost
from hotplug.core.dry_run.schedule import Stage, seconds_on_steps, stages
from hotplug.core.dry_run.state_path import NOT_YET, POLL, Expected, is_by_evidence, states_of
from hotplug.core.plan.plan import Json, Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.plan.warm_up import WarmUpCost
from hotplug.core.planning.facts import TargetFacts
from hotplug.core.planning.summary import plan_summary
from hotplug.core.planning.warnings import Warned
from hotplug.core.resources.function import LAMBDA_CALLS_A_SECOND
from hotplug.core.resources.image import Image
from hotplug.core.spec.source import Existing, Package, source_json

DRY_RUN = "dry_run"
"""The outcome that tells the machine that this is a dry run."""
BASIS = (
    "as if Lambda took in a package within a second, hooks were content at once, nothing was held, and "
    f"every look came on time: each further look at a package enters {len(NOT_YET)} states more, a look left "
    f"out as others came late {len(POLL)} fewer"
)
BY_EVIDENCE = "how often is looked and shifted is up to the evidence"


def expected(plan: Plan, facts: Mapping[str, TargetFacts]) -> Expected:
    """Return the expected course, from the observed state by target ("orders:live")."""
    pairs = [(planned, facts[str(planned.target)]) for planned in plan.targets]
    return Expected(
        waits=int(any(_is_waited_for(*pair) for pair in pairs)),
        is_unchanged=not plan.force and all(_stays(*pair) for pair in pairs),
    )


def _is_waited_for(planned: PlannedTarget, facts: TargetFacts) -> bool:
    """Return whether $LATEST is being updated, or is going to be."""
    if isinstance(planned.source, Existing) or facts.latest is None:
        return False
    sends = isinstance(planned.source, Package | Image) and facts.latest.code_sha256 != planned.code_sha256
    stores = facts.storage_mode not in {None, facts.latest.configuration.storage.mode}
    return sends or stores or facts.latest.update == "InProgress"


def _stays(planned: PlannedTarget, facts: TargetFacts) -> bool:
    if isinstance(planned.source, Existing):
        return planned.is_live_already
    return facts.is_unchanged


@dataclass(frozen=True)
class DryRun:
    """A plan that is not carried out, and its expected course."""

    plan: Plan
    expected: Expected
    warnings: Sequence[Warned] = ()

    def to_json(self) -> Json:
        """Return the output of the execution: the report as data, and as lines to read."""
        return {
            "deployment": self.plan.deployment,
            "outcome": DRY_RUN,
            "reason": plan_summary(self.plan),
            "unchanged": self.expected.is_unchanged,
            "targets": [_target_json(planned) for planned in self.plan.targets],
            "timeline": [stage.to_json(self._start) for stage in self._stages],
            "transitions": self._transitions(),
            "cost": {
                "usd": float(f"{self._cost.usd:.2g}"),
                "functionRuns": self._cost.runs,
                "metricsRead": self._cost.metrics,
                "region": "us-east-1",
            },
            **self._warm_ups(),
            "longestSeconds": {
                "promote": self._longest,
                "warmupHold": self._hold,
                "rollBack": self._longest_back,
            },
            "warnings": [{"field": warned.field, "warning": warned.said} for warned in self.warnings],
            "lines": self._lines(),
        }

    @property
    def _start(self) -> datetime:
        return datetime.fromisoformat(self.plan.created_at)

    @property
    def _stages(self) -> Sequence[Stage]:
        return () if self.expected.is_unchanged else tuple(stages(self.plan))

    @cached_property
    def _fewest(self) -> Cost:
        return Cost.of(self.plan, list(states_of(self.plan, self.expected)))

    @cached_property
    def _cost(self) -> Cost:
        """The highest cost that is expected."""
        return Cost.of(self.plan, list(states_of(self.plan, self.expected, at_most=True)))

    def _warm_ups(self) -> Json:
        """Return the calls of the candidates that make environments, if there are any."""
        if self.expected.is_unchanged or not any(cost.calls for _, cost in self._warming):
            return {}
        return {
            "warmUps": [
                {
                    "function": planned.target.function,
                    "alias": planned.target.alias,
                    "calls": cost.calls,
                    "atOnce": cost.at_once,
                    "gbSeconds": float(f"{cost.gb_seconds:.2g}"),
                    "usd": float(f"{cost.usd:.2g}"),
                }
                for planned, cost in self._warming
                if cost.calls
            ]
        }

    @property
    def _warming(self) -> Sequence[tuple[PlannedTarget, WarmUpCost]]:
        return [(planned, WarmUpCost.of(self.plan, planned)) for planned in self.plan.targets]

    def _transitions(self) -> Json:
        if is_by_evidence(self.plan) and not self.expected.is_unchanged:
            return {"least": self._fewest.states, "most": self._cost.states, "basis": BY_EVIDENCE}
        return {"expected": self._cost.states, "basis": BASIS}

    @property
    def _longest(self) -> int:
        """Seconds from the start to the end, with the run time of the tasks if none is repeated."""
        baking = 0 if self.expected.is_unchanged else seconds_on_steps(self.plan)[1]
        return baking + self._cost.seconds + self.expected.waits

    @property
    def _hold(self) -> int:
        """Seconds that it may take longer in all, as slow calls may still be warm-up."""
        return 0 if self.expected.is_unchanged else self.plan.warmup_hold_seconds

    @property
    def _longest_back(self) -> int | None:
        """Seconds from the signal that stops it to restored aliases. None if there are no polls."""
        if self.expected.is_unchanged or not self.plan.steps:
            return None
        writes = ceil(len(self.plan.targets) / LAMBDA_CALLS_A_SECOND)
        return self.plan.poll_seconds + 2 * TASK_SECONDS + writes

    def _lines(self) -> list[str]:
        start, counted = self._start, self._transitions()
        few, many = self._fewest.states, self._cost.states
        states = f"{many}" if few == many else f"{few} to {many}"
        held = f", and {self._hold} s more if slow calls may still be warm-up" if self._hold else ""
        back = "nothing is watched once it has moved"
        if self._longest_back:
            back = f"back within {self._longest_back} s of what speaks against it"
        return [
            *(["nothing moves: every version is live already"] if self.expected.is_unchanged else []),
            *(stage.in_words(start) for stage in self._stages),
            f"{states} state transitions, {counted['basis']}",
            str(self._cost),
            *self._warming_lines(),
            f"over within {self._longest} s{held}",
            *([] if self.expected.is_unchanged else [back]),
            *(f"warning: {warned}" for warned in self.warnings),
        ]

    def _warming_lines(self) -> Sequence[str]:
        if self.expected.is_unchanged:
            return []
        return [f"warm-up of {planned.target}: {cost}" for planned, cost in self._warming if cost.calls]


def _target_json(planned: PlannedTarget) -> Json:
    return {
        "function": planned.target.function,
        "alias": planned.target.alias,
        "from": planned.stable,
        "source": source_json(planned.source),
        "codeSha256": planned.code_sha256,
    }
