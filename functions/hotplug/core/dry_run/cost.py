"""Cost of hotplug itself for one deployment, at prices of us-east-1, in US dollars."""

from collections.abc import Sequence
from dataclasses import dataclass

from hotplug.core.dry_run.state_path import TASKS
from hotplug.core.evidence.comparison import Comparison, percentile_queries_of, queries_of
from hotplug.core.evidence.metrics.day import day_queries
from hotplug.core.evidence.metrics.queries import billed
from hotplug.core.evidence.metrics.traffic import profile_queries
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.plan.plan import Plan
from hotplug.core.resources.prices import GB_SECOND_ARM_USD, RUN_USD

TRANSITION_USD = 0.025 / 1_000
"""Step Functions pricing, Standard Workflows: $0.025 for 1,000 state transitions; 4,000 a month are free."""
METRIC_USD = 0.01 / 1_000
"""Amazon CloudWatch pricing: $0.01 for 1,000 metrics requested by GetMetricData."""
MEMORY_GB = 0.5
"""Memory of hotplug's functions, unless the parameter MemorySize changes it."""
TASK_SECONDS = 1
"""Seconds of one function run, cold starts included. An assumption: bench/results.md has a tenth of it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Billed transitions, function runs and metrics of one deployment.

    `states` are transitions of the machine. `runs` are those that run a function of hotplug. `metrics` is the
    most that the evidence reads, as CloudWatch bills them.
    """

    states: int
    runs: int
    metrics: int

    @staticmethod
    def of(plan: Plan, path: Sequence[str]) -> "Cost":
        """Return the cost of the states on this path."""
        return Cost(len(path), sum(state in TASKS for state in path), _metrics(plan, path.count("Watch")))

    @property
    def seconds(self) -> int:
        """Seconds that the functions run in all."""
        return self.runs * TASK_SECONDS

    @property
    def usd(self) -> float:
        """Cost of transitions, runs and metrics. Storage, notifications and other calls are left out."""
        runs = self.runs * RUN_USD + self.seconds * MEMORY_GB * GB_SECOND_ARM_USD
        return self.states * TRANSITION_USD + runs + self.metrics * METRIC_USD

    def __str__(self) -> str:
        return f"about ${self.usd:.2g}: {self.runs} runs of functions, {self.metrics} metrics read"


def _metrics(plan: Plan, polls: int) -> int:
    """Return the number of metrics read, by counts and by percentiles.

    Each target's traffic profile and last day are read once. Each poll reads both versions of each target.
    """
    if plan.evidence.mode is EvidenceMode.OFF:
        return 0
    found = 0
    for planned in plan.targets:
        if planned.stable:
            settings = plan.settings_for(planned)
            comparison = Comparison(planned.target, planned.stable, "", settings, planned.profile)
            one_poll = billed(queries_of(comparison)) + billed(percentile_queries_of(comparison))
            found += billed(profile_queries(planned.target)) + polls * one_poll
            if planned.profile and planned.profile.calls_per_minute:
                found += billed(day_queries(planned.target, planned.profile.slow_ms))
    return found
