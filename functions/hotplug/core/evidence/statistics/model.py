"""Input and output of the judge: per-minute counts, settings and assessments."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

ERRORS, THROTTLES = "errors", "throttles"
SLOWER = ("p50", "p90", "p99")
"""Calls slower than a quantile of the traffic profile; for the candidate, than that plus the tolerance."""
NEVER_SLOWER = ("p50_harm", "p90_harm")
"""The same with the slowness that is never accepted, to prove that the candidate has less."""
STAKES: Mapping[str, float] = {ERRORS: 0.6, "p50": 0.2, "p90": 0.1, "p99": 0.1}
"""Weight of each metric where several are judged together. Any other metric has LEAST_STAKE."""
LEAST_STAKE = 0.1


class Minute(NamedTuple):
    """One metric in one minute, of calls that the alias split between two versions.

    Failures are counted among the calls. The weights are the candidate's share of calls in force, 0 to 1: the
    lowest and the highest of that minute. They differ if the weight was changed in it.

    The last two are the candidate's own, the same in all rows of a minute: its highest concurrency behind the
    alias, and the sum of its calls' durations. None is unknown.
    """

    metric: str
    candidate_calls: int
    candidate_failures: int
    stable_calls: int
    stable_failures: int
    weight_low: float
    weight_high: float
    environments: float | None = None
    busy_seconds: float | None = None


class Finding(StrEnum):
    """Finding of the judge."""

    ROLL_BACK = "roll_back"
    PROMOTE = "promote"
    UNDECIDED = "undecided"


class OnTimeLimit(StrEnum):
    """Action at the time limit for a candidate about which nothing is proven."""

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
    """Required certainty of the judge, and limits of the adaptive progression.

    Risks, rates, weights and tolerances are shares (0.01 is 1 %).
    """

    false_rollback_risk: float = 0.01
    """The highest share of candidates that are no worse, but are rolled back by evidence."""
    false_promote_risk: float = 0.05
    """About the highest share of candidates that are worse than tolerated, but are promoted by evidence."""
    tolerate_errors: float = 0.005
    """The excess failure rate to rule out before a promotion. It is at least the expected failure rate."""
    tolerate_slower: float = 0.10
    """A candidate that is slower by no more than this is not rolled back."""
    never_slower: float = 0.25
    """The slowness to rule out before a promotion."""
    error_budget: float = 20
    """The error budget: calls that the worst plausible candidate may fail until it is detected."""
    confirm_minutes: int = 2
    """At least this many minutes must speak against a candidate."""
    error_burst_size: float = 1
    """Failed calls of any metric that may have one cause, like one broken execution environment."""
    warmup_calls: float = 100.0
    """The first calls of an execution environment that may be slower than its later ones; 0 excuses none."""
    warmup_slowdown: float = 2.0
    """Factor by which the first of them may be slower."""
    cold_failures: float = 1.0
    """The share of new environments whose first call may fail, 0 to 1; 0 excuses none."""
    warmup_hold_minutes: int = 15
    """The most minutes for which steps are held because slowness may still be warm-up."""
    usual_ms: tuple[float, ...] = ()
    """The usual p50, p90 and p99 of the duration in milliseconds, if they are known."""
    weight_min: float = 0.01
    weight_max: float = 0.5
    """Above one half, more weight brings less evidence."""
    probe: Probe = Probe.AUTO
    min_minutes: int = 3
    max_minutes: int = 30
    on_time_limit: OnTimeLimit = OnTimeLimit.PROMOTE_IF_QUIET
    bake_minutes: int = 20
    resplit_weight: float = 0.10


@dataclass(frozen=True, slots=True)
class Assessment:
    """Assessment of the minutes so far.

    `log_evidence` is the natural logarithm of the e-value against the candidate, all metrics merged.
    `excess_upper_bound` is by metric of failures. A candidate's excess failure rate above it is implausible
    (at `judge.DOUBT`), at any time of reading. It is 1 without any call. `minutes` is the number of minutes
    with calls of the candidate.

    `doubt` is the log e-value if nothing slow were excused as warm-up. It starts again when the weight of a
    settled candidate rises. `is_settled` says that hardly any call can be slow by warm-up any more, and
    `settles_in` in about how many minutes like the last one that will be.
    """

    verdict: Finding
    log_evidence: float
    excess_upper_bound: Mapping[str, float]
    reason: str
    doubt: float = 0.0
    is_settled: bool = True
    settles_in: int | None = None
    minutes: int = 0
