"""What hotplug itself costs for one deployment. Prices are those of us-east-1, in US dollars."""

from collections.abc import Sequence
from dataclasses import dataclass

from hotplug.core.transitions import TASKS

TRANSITION_USD = 0.025 / 1_000
"""Step Functions pricing, Standard Workflows: $0.025 for 1,000 state transitions; 4,000 a month are free."""
RUN_USD = 0.20 / 1_000_000
"""AWS Lambda pricing: $0.20 for 1 million requests."""
GB_SECOND_USD = 0.0000133334
"""AWS Lambda pricing, Arm, first tier: duration in GB-seconds."""
MEMORY_GB = 0.5
"""Of hotplug's functions, unless the parameter MemorySize says otherwise."""
TASK_SECONDS = 1
"""One run of a function, cold starts included: an assumption, of which bench/results.md has a tenth."""


@dataclass(frozen=True, slots=True)
class Cost:
    """`states` are transitions of the machine, `runs` those of them that run a function of hotplug."""

    states: int
    runs: int

    @staticmethod
    def of(path: Sequence[str]) -> "Cost":
        """Of the states that are entered."""
        return Cost(len(path), sum(state in TASKS for state in path))

    @property
    def seconds(self) -> int:
        """What the functions take together."""
        return self.runs * TASK_SECONDS

    @property
    def usd(self) -> float:
        """Transitions, runs and their duration; without what is stored, told, measured and called besides."""
        return self.states * TRANSITION_USD + self.runs * RUN_USD + self.seconds * MEMORY_GB * GB_SECOND_USD
