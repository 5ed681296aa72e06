"""Explanation of the judge's finding, in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, log
from typing import NamedTuple, assert_never

from hotplug.core.evidence.statistics.model import ERRORS, THROTTLES, EvidenceSettings, Finding, Minute

DID = {
    ERRORS: "failed {bad} of {calls} calls",
    THROTTLES: "had {bad} of {calls} calls throttled",
    "p50": "was slower than its usual median in {bad} of {calls} calls",
    "p90": "was slower than its usual p90 in {bad} of {calls} calls",
    "p99": "was slower than its usual p99 in {bad} of {calls} calls",
    "p50_harm": "was much slower than its usual median in {bad} of {calls} calls",
    "p90_harm": "was much slower than its usual p90 in {bad} of {calls} calls",
}
OTHERWISE = "was bad by {metric} in {{bad}} of {{calls}} calls"
LEAST_SHOWN, MAX_SHOWN = 0.01, 1e6
"""Bounds of the evidence shown. Beyond them the exact value does not matter."""


class RuledOut(NamedTuple):
    """The least excess failure rate that is ruled out, and the tolerated one, 0 to 1."""

    limit: float
    tolerable: float


@dataclass(slots=True)
class Tally:
    """Counts of one metric, without the minutes in which both versions were in trouble.

    Those minutes are counted apart. Summed with other minutes, they can make a faulty candidate look like the
    better version.
    """

    candidate_calls: int = 0
    candidate_failures: int = 0
    stable_calls: int = 0
    stable_failures: int = 0
    minutes: int = 0
    left_out: int = 0
    troubled: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def of_all(self) -> "Tally":
        """Return the counts of the minutes in trouble if there are no others."""
        if self.candidate_calls:
            return self
        calls, bad, stable_calls, stable_failures = self.troubled
        return Tally(calls, bad, stable_calls, stable_failures, self.minutes)

    def add(self, minute: Minute, *, shared_trouble: bool) -> None:
        """Add one minute. A minute without calls of the candidate compares nothing."""
        if not minute.candidate_calls:
            return
        self.minutes += 1
        if shared_trouble:
            self.left_out += 1
            self.troubled = [total + one for total, one in zip(self.troubled, minute[1:5], strict=True)]
            return
        self.candidate_calls += minute.candidate_calls
        self.candidate_failures += minute.candidate_failures
        self.stable_calls += minute.stable_calls
        self.stable_failures += minute.stable_failures


def in_words(
    finding: Finding,
    metric: str,
    tally: Tally,
    log_evidence: float,
    ruled_out: Mapping[str, RuledOut],
    settings: EvidenceSettings,
) -> str:
    """Return the explanation of a finding.

    `metric` is the one to describe. `log_evidence` is that of all metrics together. `ruled_out` is by metric.
    """
    if not tally.minutes:
        return "the candidate had no calls that could be compared"
    tally = tally.of_all()
    match finding:
        case Finding.ROLL_BACK:
            end = _against(tally, log_evidence, settings)
        case Finding.PROMOTE:
            limits = "; ".join(f"{name} {_points(each.limit)}" for name, each in ruled_out.items())
            end = f"any larger excess is ruled out: {limits}" if limits else "it is not slower"
        case Finding.UNDECIDED:
            end = _neither(log_evidence, ruled_out, settings)
        case _:
            assert_never(finding)
    return f"{_side_by_side(metric, tally)}; {end}{_left_out(tally)}"


def _side_by_side(metric: str, tally: Tally) -> str:
    did = DID.get(metric, OTHERWISE.format(metric=metric))
    candidate = did.format(bad=f"{tally.candidate_failures:,}", calls=f"{tally.candidate_calls:,}")
    stable = f"{tally.stable_failures:,} of {tally.stable_calls:,}"
    candidate_rate = _percent(tally.candidate_failures, tally.candidate_calls)
    stable_rate = _percent(tally.stable_failures, tally.stable_calls)
    return (
        f"the candidate {candidate}{candidate_rate}, "
        f"the stable version in the same minutes {stable}{stable_rate}"
    )


def _against(tally: Tally, log_evidence: float, settings: EvidenceSettings) -> str:
    bad, calls = tally.candidate_failures + tally.stable_failures, tally.candidate_calls + tally.stable_calls
    share = ""
    if bad and calls:
        share = (
            f"that is {100 * tally.candidate_calls / calls:.3g} % of the calls "
            f"and {100 * tally.candidate_failures / bad:.3g} % of what went wrong; "
        )
    chance = f"at most 1 deployment in {_shown(log_evidence)} would look like this"
    limit = f"limit: 1 in {_shown(-log(settings.false_rollback_risk))}"
    return (
        f"{share}were both equally healthy, {chance} ({limit}), and trouble that both share cannot cause it"
    )


def _neither(log_evidence: float, ruled_out: Mapping[str, RuledOut], settings: EvidenceSettings) -> str:
    limits = "; ".join(
        f"{name} {_points(each.limit)} ({_points(each.tolerable)} tolerated)"
        for name, each in ruled_out.items()
    )
    proof = f"any larger excess is ruled out: {limits}; " if limits else ""
    needed = f"{_shown(-log(settings.false_rollback_risk))} rolls back"
    return f"{proof}evidence against the candidate {_shown(log_evidence)} ({needed})"


def _left_out(tally: Tally) -> str:
    if not tally.left_out:
        return ""
    minutes = "1 minute" if tally.left_out == 1 else f"{tally.left_out} minutes"
    return f" ({minutes} in which both had trouble left out)"


def _percent(bad: int, calls: int) -> str:
    return f" ({100 * bad / calls:.3g} %)" if calls else ""


def _points(share: float) -> str:
    return f"{100 * share:.3g} points"


def _shown(log_evidence: float) -> str:
    evidence = exp(min(log_evidence, log(MAX_SHOWN)))
    if evidence < LEAST_SHOWN:
        return f"below {LEAST_SHOWN}"
    return f"{evidence:.3g}" if evidence < 100 else f"{evidence:,.0f}"
