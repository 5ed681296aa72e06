"""Evidence policy of a plan: its mode, the judge's settings, synthetic calls, and what a day has taught."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotplug.core.evidence import EvidenceSettings, OnTimeLimit, Probe
from hotplug.core.parsing.fields import amount, flag, whole
from hotplug.core.parsing.stored import Key, list_of, member_of, record

DEFAULT_SETTINGS = EvidenceSettings()


MAX_SYNTHETIC_CALLS = 60


class EvidenceMode(StrEnum):
    """Whether evidence decides, is only reported, or is not gathered."""

    ON = "on"
    OBSERVE = "observe"
    OFF = "off"


LARGEST = 10**9
LEAST = 10**-9
"""The least value of settings that may not be zero."""


_positive, _many, _minutes = amount(LEAST, 1), amount(0, LARGEST), whole(0, LARGEST)
SETTINGS = record(
    EvidenceSettings,
    Key("falseRollbackRisk", "false_rollback_risk", _positive),
    Key("falsePromoteRisk", "false_promote_risk", _positive),
    Key("tolerateErrors", "tolerate_errors", _positive),
    Key("tolerateSlower", "tolerate_slower", _many),
    Key("neverSlower", "never_slower", _many),
    Key("maxBadRequests", "error_budget", amount(LEAST, LARGEST)),
    Key("confirmMinutes", "confirm_minutes", whole(1, LARGEST)),
    Key("errorBurstSize", "error_burst_size", amount(1, LARGEST)),
    Key("warmupCalls", "warmup_calls", _many, DEFAULT_SETTINGS.warmup_calls),
    Key("warmupSlowdown", "warmup_slowdown", amount(1, LARGEST), DEFAULT_SETTINGS.warmup_slowdown),
    Key("coldFailures", "cold_failures", amount(0, 1), DEFAULT_SETTINGS.cold_failures),
    Key("warmupHoldMinutes", "warmup_hold_minutes", _minutes, DEFAULT_SETTINGS.warmup_hold_minutes),
    Key("usualMs", "usual_ms", list_of(_many), DEFAULT_SETTINGS.usual_ms),
    Key("weightMin", "weight_min", _positive),
    Key("weightMax", "weight_max", _positive),
    Key("probe", "probe", member_of(Probe)),
    Key("minMinutes", "min_minutes", _minutes),
    Key("maxMinutes", "max_minutes", _minutes),
    Key("onTimeLimit", "on_time_limit", member_of(OnTimeLimit)),
    Key("bakeMinutes", "bake_minutes", _minutes),
    Key("resplitWeight", "resplit_weight", _positive),
)
"""Shares, not percent. Plans of earlier releases have no warm-up: it is as by default then."""


@dataclass(frozen=True, slots=True)
class PlannedEvidence:
    """The mode, the settings of the judge, and the number of synthetic calls a minute."""

    mode: EvidenceMode = EvidenceMode.OFF
    settings: EvidenceSettings = DEFAULT_SETTINGS
    synthetic_calls: int = 0


NO_EVIDENCE = PlannedEvidence()


EVIDENCE = record(
    PlannedEvidence,
    Key("mode", "mode", member_of(EvidenceMode)),
    Key("syntheticCalls", "synthetic_calls", whole(0, MAX_SYNTHETIC_CALLS)),
    Key("", "settings", SETTINGS),
)


@dataclass(frozen=True, slots=True)
class Learned:
    """Lessons of the last day of a target, in place of the settings of the same name.

    None is not learned, or left to the request. `trusts_environments` says whether ConcurrentExecutions
    fits the load.
    """

    warmup_calls: float | None = None
    warmup_slowdown: float | None = None
    cold_failures: float | None = None
    error_burst_size: float | None = None
    trusts_environments: bool | None = None

    def settings(self) -> Mapping[str, Any]:
        """Return the settings that are learned, by name."""
        return {name: value for name in LEARNABLE if (value := getattr(self, name)) is not None}


LEARNABLE = ("warmup_calls", "warmup_slowdown", "cold_failures", "error_burst_size")
"""Settings that a day may teach where the request does not name them."""
NOTHING_LEARNED = Learned()
MAX_LEARNED_WARMUP = 300
"""The most calls that a day can teach."""
SLOWDOWN_OF_KNOWN_LENGTH = 3.0
"""Factor by which a first call may be slower, where the length of the warm-up is learned or named."""
LEARNED = record(
    Learned,
    Key("warmupCalls", "warmup_calls", _many, None),
    Key("warmupSlowdown", "warmup_slowdown", amount(1, LARGEST), None),
    Key("coldFailures", "cold_failures", amount(0, 1), None),
    Key("errorBurstSize", "error_burst_size", amount(1, LARGEST), None),
    Key("trustsEnvironments", "trusts_environments", flag, None),
)
