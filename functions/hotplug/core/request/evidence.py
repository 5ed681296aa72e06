"""Evidence settings of a request: whether calls of both versions are compared, and how strictly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.policy import (
    DEFAULT_SETTINGS,
    LEARNABLE,
    MAX_SYNTHETIC_CALLS,
    SLOWDOWN_OF_KNOWN_LENGTH,
    EvidenceMode,
)
from hotplug.core.parsing.fields import Fields, amount, one_of, or_auto, whole
from hotplug.core.parsing.problem import MisfitError, Problem, shown
from hotplug.core.parsing.units import minutes, percent, percentage, share

KEYS = (
    "mode",
    "falseRollbackRisk",
    "falsePromoteRisk",
    "tolerate",
    "confirmMinutes",
    "errorBurstSize",
    "warmupCalls",
    "warmupSlowdown",
    "warmupHold",
    "coldFailures",
    "syntheticCalls",
)
TOLERATED = ("errors", "slower", "neverSlower")
LEAST_RISK, MAX_RISK = 0.0001, 0.2
MAX_CONFIRMING = 5
MAX_IN_A_BURST = 100
MAX_WARMUP_CALLS, MAX_SLOWDOWN = 10_000, 100
MAX_HOLD_MINUTES = 24 * 60
MAX_ERRORS = Decimal(50)
MAX_SLOWER = Decimal(1000)


@dataclass(frozen=True, slots=True)
class AskedEvidence:
    """The requested evidence. `synthetic_calls` are calls per minute of an alias, with smoke test payloads.

    `errors_as_before` is true if the request names no tolerated errors. Then a target tolerates at least the
    failure rate of its traffic profile. `learns` are the settings that the last day of a target may teach.
    `is_asked` is true if the request names the field.
    """

    mode: EvidenceMode = EvidenceMode.ON
    settings: EvidenceSettings = DEFAULT_SETTINGS
    synthetic_calls: int = 0
    errors_as_before: bool = True
    learns: tuple[str, ...] = LEARNABLE
    is_asked: bool = field(default=False, compare=False)


UNASKED = AskedEvidence()


def evidence_reader(defaults: EvidenceSettings) -> Callable[[object, str, list[Problem]], AskedEvidence]:
    """Return a reader of the field. It adds to the settings that the strategy has already read."""

    def read(value: object, path: str, problems: list[Problem]) -> AskedEvidence:
        if isinstance(value, Mapping):
            return _spelt_out(Fields(value, path, problems, KEYS), defaults)
        try:
            return AskedEvidence(_mode(value), defaults, is_asked=True)
        except MisfitError as misfit:
            allowed = f'{misfit}, or an object with a "mode"'
            problems.append(Problem(path, shown(value), allowed, misfit.schema))
            return AskedEvidence(settings=defaults)

    return read


def _mode(value: object) -> EvidenceMode:
    return EvidenceMode(one_of(*EvidenceMode)(value))


def _spelt_out(fields: Fields, defaults: EvidenceSettings) -> AskedEvidence:
    risk = amount(LEAST_RISK, MAX_RISK)
    settings = replace(
        fields.inner("tolerate", _tolerating(defaults), defaults),
        false_rollback_risk=fields.take("falseRollbackRisk", risk, DEFAULT_SETTINGS.false_rollback_risk),
        false_promote_risk=fields.take("falsePromoteRisk", risk, DEFAULT_SETTINGS.false_promote_risk),
        confirm_minutes=fields.take(
            "confirmMinutes", whole(1, MAX_CONFIRMING), DEFAULT_SETTINGS.confirm_minutes
        ),
        warmup_hold_minutes=fields.take(
            "warmupHold", minutes(0, MAX_HOLD_MINUTES), DEFAULT_SETTINGS.warmup_hold_minutes
        ),
    )
    named = _named(fields)
    tolerate = fields.get("tolerate")
    return AskedEvidence(
        mode=fields.take("mode", _mode, EvidenceMode.ON),
        settings=replace(settings, **named),
        synthetic_calls=fields.take("syntheticCalls", whole(0, MAX_SYNTHETIC_CALLS), 0),
        errors_as_before=not (isinstance(tolerate, Mapping) and "errors" in tolerate),
        learns=tuple(name for name in LEARNABLE if name not in named),
        is_asked=True,
    )


def _named(fields: Fields) -> Mapping[str, Any]:
    """Return the settings that a day could teach, but that the request names."""
    taken = {
        "warmup_calls": fields.take("warmupCalls", or_auto(whole(0, MAX_WARMUP_CALLS))),
        "warmup_slowdown": fields.take("warmupSlowdown", amount(1, MAX_SLOWDOWN)),
        "cold_failures": fields.take("coldFailures", or_auto(amount(0, 1))),
        "error_burst_size": fields.take("errorBurstSize", or_auto(whole(1, MAX_IN_A_BURST))),
    }
    if taken["warmup_calls"] is not None and taken["warmup_slowdown"] is None:
        taken["warmup_slowdown"] = SLOWDOWN_OF_KNOWN_LENGTH
    return {name: value for name, value in taken.items() if value is not None}


def _tolerating(defaults: EvidenceSettings) -> Callable[[object, str, list[Problem]], EvidenceSettings]:
    def read(value: object, path: str, problems: list[Problem]) -> EvidenceSettings:
        fields = Fields(value, path, problems, TOLERATED)
        slowness = percent(lowest=Decimal(0), highest=MAX_SLOWER)
        errors = fields.take(
            "errors", percent(highest=MAX_ERRORS), percentage(DEFAULT_SETTINGS.tolerate_errors)
        )
        slower = fields.take("slower", slowness, percentage(DEFAULT_SETTINGS.tolerate_slower))
        never = fields.take("neverSlower", slowness, percentage(DEFAULT_SETTINGS.never_slower))
        if never <= slower:
            given = f"{never}" if fields.has("neverSlower") else f"{never}, as nobody said another"
            fields.fail("neverSlower", given, f"more than slower ({slower})")
        return replace(
            defaults, tolerate_errors=share(errors), tolerate_slower=share(slower), never_slower=share(never)
        )

    return read
