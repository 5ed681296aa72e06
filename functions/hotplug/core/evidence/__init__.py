"""Judges a candidate by its calls and the stable version's, which the alias shared out at random."""

from hotplug.core.evidence.given import (
    Assessment,
    EvidenceSettings,
    Finding,
    Minute,
    OnTimeLimit,
    Probe,
)

__all__ = ["Assessment", "EvidenceSettings", "Finding", "Minute", "OnTimeLimit", "Probe"]
