"""What hotplug itself costs for one deployment. Prices are those of us-east-1, in US dollars."""

from collections.abc import Sequence
from dataclasses import dataclass

from hotplug.core.dry_run.state_path import TASKS
from hotplug.core.evidence.comparison import Comparison, percentile_queries_of, queries_of
from hotplug.core.evidence.metrics.queries import billed
from hotplug.core.evidence.metrics.traffic import usual_series
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.plan.plan import Plan

TRANSITION_USD = 0.025 / 1_000
"""Step Functions pricing, Standard Workflows: $0.025 for 1,000 state transitions; 4,000 a month are free."""
RUN_USD = 0.20 / 1_000_000
"""AWS Lambda pricing: $0.20 for 1 million requests."""
GB_SECOND_USD = 0.0000133334
"""AWS Lambda pricing, Arm, first tier: duration in GB-seconds."""
METRIC_USD = 0.01 / 1_000
"""Amazon CloudWatch pricing: $0.01 for 1,000 metrics requested by GetMetricData."""
MEMORY_GB = 0.5
"""Of hotplug's functions, unless the parameter MemorySize says otherwise."""
TASK_SECONDS = 1
"""One run of a function, cold starts included: an assumption, of which bench/results.md has a tenth."""


@dataclass(frozen=True, slots=True)
class Cost:
    """`states` are transitions of the machine, `runs` those of them that run a function of hotplug.

    `metrics` are those that the evidence reads, as CloudWatch bills them, at most.
    """

    states: int
    runs: int
    metrics: int

    @staticmethod
    def of(plan: Plan, path: Sequence[str]) -> "Cost":
        """Of the states that are entered."""
        return Cost(len(path), sum(state in TASKS for state in path), _metrics(plan, path.count("Watch")))

    @property
    def seconds(self) -> int:
        """What the functions take together."""
        return self.runs * TASK_SECONDS

    @property
    def usd(self) -> float:
        """Transitions, runs and their duration, metrics; without what is stored, told and called besides."""
        runs = self.runs * RUN_USD + self.seconds * MEMORY_GB * GB_SECOND_USD
        return self.states * TRANSITION_USD + runs + self.metrics * METRIC_USD

    def __str__(self) -> str:
        return f"about ${self.usd:.2g}: {self.runs} runs of functions, {self.metrics} metrics read"


def _metrics(plan: Plan, looks: int) -> int:
    """How the targets were before, and at each look both versions of each, by counts and by percentiles."""
    if plan.evidence.mode is EvidenceMode.OFF:
        return 0
    found = 0
    for planned in plan.targets:
        if planned.stable:
            settings = plan.settings_for(planned)
            comparison = Comparison(planned.target, planned.stable, "", settings, planned.usual)
            look = billed(queries_of(comparison)) + billed(percentile_queries_of(comparison))
            found += billed(usual_series(planned.target)) + looks * look
    return found
