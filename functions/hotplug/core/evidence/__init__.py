"""Judges a candidate by its calls and the stable version's, which the alias shared out at random.

A name is loaded at its first use: most tasks carry the judge's settings in their plan, and do not judge.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotplug.core.evidence.ramp import at_time_limit, may_pulse, next_weight, pulse_seconds
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
]

_MODULES = {
    "ramp": ("at_time_limit", "may_pulse", "next_weight", "pulse_seconds"),
    "statistics.judge": ("Judge", "assess"),
}
"""The modules of the names that are not of the model."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = (module for module, names in _MODULES.items() if name in names)
    return getattr(import_module(f"{__name__}.{next(found, 'statistics.model')}"), name)
