"""What the judge is given: minutes of two versions side by side, and how sure it has to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

ERRORS, THROTTLES = "errors", "throttles"
SLOWER = ("p50", "p90", "p99")
"""Calls slower than a usual quantile of the function; for the candidate, than that and what is tolerated."""
NEVER_SLOWER = ("p50_harm", "p90_harm")
"""The same with the slowness that is never accepted, to prove that the candidate has less."""
STAKES: Mapping[str, float] = {ERRORS: 0.6, "p50": 0.2, "p90": 0.1, "p99": 0.1}
"""How much each metric weighs where several are judged together; any other one weighs the least."""
LEAST_STAKE = 0.1


class Minute(NamedTuple):
    """One metric of one minute, of calls that the alias shared out between two versions.

    `bad` are calls among `calls`. The weights are the candidate's share of calls in force, 0 to 1: the lowest
    and the highest of that minute, which differ where the weight was changed in it.
    """

    metric: str
    candidate_calls: int
    candidate_bad: int
    stable_calls: int
    stable_bad: int
    weight_low: float
    weight_high: float


class Finding(StrEnum):
    """What the evidence says."""

    ROLL_BACK = "roll_back"
    PROMOTE = "promote"
    UNDECIDED = "undecided"


class OnTimeLimit(StrEnum):
    """What becomes of a candidate about which nothing is proven when the time is over."""

    PROMOTE_IF_QUIET = "promote_if_quiet"
    HOLD = "hold"
    ROLL_BACK = "roll_back"


class Probe(StrEnum):
    """Whether the lightest weight is given in pulses."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """How sure the judge has to be, and how fast the adaptive pace goes.

    Risks, rates, weights and tolerances are shares (0.01 is 1 %).
    """

    false_rollback_risk: float = 0.01
    """At most so many of the candidates that are no worse are rolled back by evidence."""
    false_promote_risk: float = 0.05
    """At most about so many of the candidates that are worse than tolerated are promoted by evidence."""
    tolerate_errors: float = 0.005
    """The excess failure rate that has to be excluded before a promotion; at least the usual failure rate."""
    tolerate_slower: float = 0.10
    """A candidate that is slower by no more than this is not rolled back."""
    never_slower: float = 0.25
    """The slowness that has to be excluded before a promotion."""
    max_bad_requests: float = 20
    """Calls that the worst candidate which is still plausible may spoil until it is found out."""
    confirm_minutes: int = 2
    """At least so many minutes must speak against a candidate."""
    error_burst_size: float = 1
    """Bad calls of any metric that may come from one cause, like one broken execution environment."""
    weight_min: float = 0.01
    weight_max: float = 0.5
    """Beyond a half more weight brings less evidence."""
    probe: Probe = Probe.AUTO
    min_minutes: int = 3
    max_minutes: int = 30
    on_time_limit: OnTimeLimit = OnTimeLimit.PROMOTE_IF_QUIET
    bake_minutes: int = 20
    resplit_weight: float = 0.10


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the minutes so far say.

    `log_evidence` is the natural logarithm of the e-value against the candidate, all metrics merged.
    `excess_upper_bound` is by metric of failures: the excess failure rate above which it is implausible (at
    `judge.DOUBT`) that the candidate's is, at whatever moment one looks; 1 without any call.
    """

    verdict: Finding
    log_evidence: float
    excess_upper_bound: Mapping[str, float]
    reason: str
