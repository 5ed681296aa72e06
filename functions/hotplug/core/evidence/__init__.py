"""Judges a candidate by its calls and the stable version's, which the alias shared out at random."""

from hotplug.core.evidence.given import (
    Assessment,
    EvidenceSettings,
    Finding,
    Minute,
    OnTimeLimit,
    Probe,
)
from hotplug.core.evidence.judge import Judge, assess
from hotplug.core.evidence.pacing import at_time_limit, may_pulse, next_weight, pulse_seconds
from hotplug.core.evidence.usualness import troubled

__all__ = [
    "Assessment",
    "EvidenceSettings",
    "Finding",
    "Judge",
    "Minute",
    "OnTimeLimit",
    "Probe",
    "assess",
    "at_time_limit",
    "may_pulse",
    "next_weight",
    "pulse_seconds",
    "troubled",
]
