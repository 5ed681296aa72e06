"""Explanation of the judge's finding, in words."""

from collections.abc import Mapping
from math import exp, log
from typing import NamedTuple, assert_never

from hotplug.core.evidence.statistics.model import ERRORS, THROTTLES, EvidenceSettings, Finding
from hotplug.core.evidence.statistics.tally import Counts, Tally

DID = {
    ERRORS: "failed {failures} of {calls} calls",
    THROTTLES: "had {failures} of {calls} calls throttled",
    "p50": "was slower than its usual median in {failures} of {calls} calls",
    "p90": "was slower than its usual p90 in {failures} of {calls} calls",
    "p99": "was slower than its usual p99 in {failures} of {calls} calls",
    "p50_harm": "was much slower than its usual median in {failures} of {calls} calls",
    "p90_harm": "was much slower than its usual p90 in {failures} of {calls} calls",
}
OTHERWISE = "was bad by {metric} in {{failures}} of {{calls}} calls"
LEAST_SHOWN, MAX_SHOWN = 0.01, 1e6
"""Bounds of the evidence shown. Beyond them the exact value does not matter."""
ASSUMED = EvidenceSettings()


class RuledOut(NamedTuple):
    """The least excess failure rate that is ruled out, and the tolerated one, 0 to 1."""

    limit: float
    tolerable: float


class MetricSummary(NamedTuple):
    """The metric to describe, its counts, and the log evidence of all metrics together."""

    metric: str
    tally: Tally
    log_evidence: float
    doubt: float | None = None
    """The log evidence without excuses, where it is to be shown."""
    speaks_against: bool = False
    """Whether this metric speaks clearly against the candidate."""
    loudest: str = ""
    """The metric that does, if it is another one."""
    environments: float = 0.0
    """The environments that were new."""

    @property
    def counts(self) -> Counts:
        """Return the counts to describe."""
        return self.tally.against() if self.speaks_against else self.tally.of_all()


def in_words(
    finding: Finding, summary: MetricSummary, ruled_out: Mapping[str, RuledOut], settings: EvidenceSettings
) -> str:
    """Return the explanation of a finding. `ruled_out` is by metric."""
    if not summary.tally.minutes:
        return "the candidate had no calls that could be compared"
    match finding:
        case Finding.ROLL_BACK:
            end = _against(summary.log_evidence, settings)
        case Finding.PROMOTE:
            limits = "; ".join(f"{name} {_points(each.limit)}" for name, each in ruled_out.items())
            end = f"any larger excess is ruled out: {limits}" if limits else "it is not slower"
        case Finding.UNDECIDED:
            end = _neither(summary, ruled_out, settings)
        case _:
            assert_never(finding)
    excuse = _excuse(summary, settings)
    return f"the candidate {_counted(summary)}; {excuse}{end}{_left_out(summary)}"


def _counted(summary: MetricSummary) -> str:
    counts = summary.counts
    did = DID.get(summary.metric, OTHERWISE.format(metric=summary.metric))
    did = did.format(failures=f"{counts.failures:,}", calls=f"{counts.calls:,}")
    since = f" in the last {_minutes(counts.minutes)} with calls" if counts is summary.tally.turned else ""
    rate = f"{did}{_percent(counts.failures, counts.calls)}{since}"
    if summary.speaks_against and not counts.is_worse:
        return rate
    expected = f"{_number(counts.expected)}{_percent(counts.expected, counts.calls)}"
    return f"{rate}, expected like the stable version in the same minutes: {expected}"


def _excuse(summary: MetricSummary, settings: EvidenceSettings) -> str:
    excused, new = summary.counts.excused, max(1, round(summary.environments))
    if not excused:
        return ""
    of = "1 new environment" if new == 1 else f"{new:,} new environments"
    if summary.metric == ERRORS:
        return f"{excused:,} may be first calls of {of}; "
    calls, assumed = settings.warmup_calls, ASSUMED.warmup_calls
    is_assumed = calls == assumed and settings.warmup_slowdown == ASSUMED.warmup_slowdown
    how = "assumed" if is_assumed else "learnt or set"
    return f"{excused:,} may be warm-up of {of} ({calls:.3g} calls each, {how}); "


def _against(log_evidence: float, settings: EvidenceSettings) -> str:
    chance = f"at most 1 deployment in {_shown(log_evidence)} would look like this"
    limit = f"limit: 1 in {_shown(-log(settings.false_rollback_risk))}"
    return f"were both equally healthy, {chance} ({limit}), and trouble that both share cannot cause it"


def _neither(summary: MetricSummary, ruled_out: Mapping[str, RuledOut], settings: EvidenceSettings) -> str:
    limits = "; ".join(
        f"{name} {_points(each.limit)} ({_points(each.tolerable)} tolerated)"
        for name, each in ruled_out.items()
    )
    proof = f"any larger excess is ruled out: {limits}; " if limits else ""
    by = f", mostly by {summary.loudest}" if summary.loudest else ""
    without = "" if summary.doubt is None else f", without excuses {_shown(summary.doubt)}"
    needed = f"{_shown(-log(settings.false_rollback_risk))} rolls back"
    return f"{proof}evidence against the candidate {_shown(summary.log_evidence)}{by}{without} ({needed})"


def _left_out(summary: MetricSummary) -> str:
    troubled = summary.tally.troubled
    if not troubled.minutes or summary.counts is troubled:
        return ""
    return f" ({_minutes(troubled.minutes)} in which both had trouble left out)"


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"


def _percent(failures: float, calls: int) -> str:
    return f" ({100 * failures / calls:.3g} %)" if calls else ""


def _points(share: float) -> str:
    return f"{100 * share:.3g} points"


def _number(count: float) -> str:
    return f"{count:.3g}" if count < 100 else f"{count:,.0f}"


def _shown(log_evidence: float) -> str:
    evidence = exp(min(log_evidence, log(MAX_SHOWN)))
    if evidence < LEAST_SHOWN:
        return f"below {LEAST_SHOWN}"
    return f"{evidence:.3g}" if evidence < 100 else f"{evidence:,.0f}"
