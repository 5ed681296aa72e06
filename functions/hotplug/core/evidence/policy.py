"""How a plan's candidates are judged, as it travels through the machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotplug.core.evidence import EvidenceSettings, OnTimeLimit, Probe
from hotplug.core.parsing.fields import Reader, amount, one_of, whole
from hotplug.core.parsing.stored import mapping, written

USUAL = EvidenceSettings()


MOST_SYNTHETIC_CALLS = 60


class EvidenceMode(StrEnum):
    """Whether evidence decides, is only told about, or is not gathered."""

    ON = "on"
    OBSERVE = "observe"
    OFF = "off"


LARGEST = 10**9
LEAST = 10**-9
"""Of what may not be zero."""


def _word_of[T: StrEnum](words: type[T]) -> Reader[T]:
    return lambda value: words(one_of(*words)(value))


_positive, _many, _minutes = amount(LEAST, 1), amount(0, LARGEST), whole(0, LARGEST)
SETTINGS: Mapping[str, tuple[str, Reader[object]]] = {
    "falseRollbackRisk": ("false_rollback_risk", _positive),
    "falsePromoteRisk": ("false_promote_risk", _positive),
    "tolerateErrors": ("tolerate_errors", _positive),
    "tolerateSlower": ("tolerate_slower", _many),
    "neverSlower": ("never_slower", _many),
    "maxBadRequests": ("max_bad_requests", amount(LEAST, LARGEST)),
    "confirmMinutes": ("confirm_minutes", whole(1, LARGEST)),
    "errorBurstSize": ("error_burst_size", amount(1, LARGEST)),
    "weightMin": ("weight_min", _positive),
    "weightMax": ("weight_max", _positive),
    "probe": ("probe", _word_of(Probe)),
    "minMinutes": ("min_minutes", _minutes),
    "maxMinutes": ("max_minutes", _minutes),
    "onTimeLimit": ("on_time_limit", _word_of(OnTimeLimit)),
    "bakeMinutes": ("bake_minutes", _minutes),
    "resplitWeight": ("resplit_weight", _positive),
}
"""By its name in a plan: each setting of the judge, and how it is read. Shares, not percent."""


@dataclass(frozen=True, slots=True)
class PlannedEvidence:
    """Whether the evidence decides, how sure it has to be, and how many synthetic calls a minute help it."""

    mode: EvidenceMode = EvidenceMode.OFF
    settings: EvidenceSettings = USUAL
    synthetic_calls: int = 0

    def to_json(self) -> dict[str, Any]:
        """All in one object."""
        said = {key: getattr(self.settings, name) for key, (name, _) in SETTINGS.items()}
        return {"mode": self.mode, "syntheticCalls": self.synthetic_calls} | said


NO_EVIDENCE = PlannedEvidence()


def evidence_from(value: object) -> PlannedEvidence:
    """Back again."""
    item = mapping(value)
    settings: dict[str, Any] = {name: written(item, key, read) for key, (name, read) in SETTINGS.items()}
    return PlannedEvidence(
        mode=written(item, "mode", _word_of(EvidenceMode)),
        settings=EvidenceSettings(**settings),
        synthetic_calls=written(item, "syntheticCalls", whole(0, MOST_SYNTHETIC_CALLS)),
    )
