"""How a plan's candidates are judged, as it travels through the machine."""

from dataclasses import dataclass
from typing import Any

from hotplug.core.adaptive import USUAL
from hotplug.core.asked_evidence import MOST_SYNTHETIC_CALLS, EvidenceMode
from hotplug.core.evidence import EvidenceSettings, OnTimeLimit, Probe
from hotplug.core.facts import Usual
from hotplug.core.reading import amount, one_of, whole
from hotplug.core.written import each, mapping, written

LARGEST = 10**9
LEAST = 10**-9
"""Of what may not be zero."""


@dataclass(frozen=True, slots=True)
class PlannedEvidence:
    """Whether the evidence decides, how sure it has to be, and how many synthetic calls a minute help it."""

    mode: EvidenceMode = EvidenceMode.OFF
    settings: EvidenceSettings = USUAL
    synthetic_calls: int = 0

    def to_json(self) -> dict[str, Any]:
        """All in one object; shares, not percent."""
        judge = self.settings
        return {
            "mode": str(self.mode),
            "syntheticCalls": self.synthetic_calls,
            "falseRollbackRisk": judge.false_rollback_risk,
            "falsePromoteRisk": judge.false_promote_risk,
            "tolerateErrors": judge.tolerate_errors,
            "tolerateSlower": judge.tolerate_slower,
            "neverSlower": judge.never_slower,
            "maxBadRequests": judge.max_bad_requests,
            "confirmMinutes": judge.confirm_minutes,
            "errorBurstSize": judge.error_burst_size,
            "weightMin": judge.weight_min,
            "weightMax": judge.weight_max,
            "probe": str(judge.probe),
            "minMinutes": judge.min_minutes,
            "maxMinutes": judge.max_minutes,
            "onTimeLimit": str(judge.on_time_limit),
            "bakeMinutes": judge.bake_minutes,
            "resplitWeight": judge.resplit_weight,
        }


NO_EVIDENCE = PlannedEvidence()


def evidence_from(value: object) -> PlannedEvidence:
    """Back again."""
    item = mapping(value)
    positive, many = amount(LEAST, 1), amount(0, LARGEST)
    settings = EvidenceSettings(
        false_rollback_risk=written(item, "falseRollbackRisk", positive),
        false_promote_risk=written(item, "falsePromoteRisk", positive),
        tolerate_errors=written(item, "tolerateErrors", positive),
        tolerate_slower=written(item, "tolerateSlower", many),
        never_slower=written(item, "neverSlower", many),
        max_bad_requests=written(item, "maxBadRequests", amount(LEAST, LARGEST)),
        confirm_minutes=written(item, "confirmMinutes", whole(1, LARGEST)),
        error_burst_size=written(item, "errorBurstSize", amount(1, LARGEST)),
        weight_min=written(item, "weightMin", positive),
        weight_max=written(item, "weightMax", positive),
        probe=Probe(written(item, "probe", one_of(*Probe))),
        min_minutes=written(item, "minMinutes", whole(0, LARGEST)),
        max_minutes=written(item, "maxMinutes", whole(0, LARGEST)),
        on_time_limit=OnTimeLimit(written(item, "onTimeLimit", one_of(*OnTimeLimit))),
        bake_minutes=written(item, "bakeMinutes", whole(0, LARGEST)),
        resplit_weight=written(item, "resplitWeight", positive),
    )
    mode = EvidenceMode(written(item, "mode", one_of(*EvidenceMode)))
    return PlannedEvidence(mode, settings, written(item, "syntheticCalls", whole(0, MOST_SYNTHETIC_CALLS)))


def usual_json(usual: Usual) -> dict[str, Any]:
    """As a plan holds it."""
    return {
        "callsPerMinute": usual.calls_per_minute,
        "recentCallsPerMinute": usual.recent_calls_per_minute,
        "failureRate": usual.failure_rate,
        "slowMs": list(usual.slow_ms),
    }


def usual_from(value: object) -> Usual:
    """Back again."""
    item, many = mapping(value), amount(0, LARGEST)
    return Usual(
        calls_per_minute=written(item, "callsPerMinute", many),
        recent_calls_per_minute=written(item, "recentCallsPerMinute", many),
        failure_rate=written(item, "failureRate", amount(0, 1)),
        slow_ms=written(item, "slowMs", each(many)),
    )
