"""Judges a candidate by its calls and the stable version's, which the alias shared out at random."""

from hotplug.core.evidence.ramp import at_time_limit, may_pulse, next_weight, pulse_seconds
from hotplug.core.evidence.statistics.expected import troubled
from hotplug.core.evidence.statistics.judge import Judge, assess
from hotplug.core.evidence.statistics.model import (
    Assessment,
    EvidenceSettings,
    Finding,
    Minute,
    OnTimeLimit,
    Probe,
)

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
