"""Evidence settings of a request: whether calls of both versions are compared, and how strictly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.policy import DEFAULT_SETTINGS, MAX_SYNTHETIC_CALLS, EvidenceMode
from hotplug.core.parsing.fields import Fields, amount, one_of, whole
from hotplug.core.parsing.problem import MisfitError, Problem, shown
from hotplug.core.parsing.units import percent, percentage, share

KEYS = (
    "mode",
    "falseRollbackRisk",
    "falsePromoteRisk",
    "tolerate",
    "confirmMinutes",
    "errorBurstSize",
    "syntheticCalls",
)
TOLERATED = ("errors", "slower", "neverSlower")
LEAST_RISK, MAX_RISK = 0.0001, 0.2
MAX_CONFIRMING = 5
MAX_IN_A_BURST = 100
MAX_ERRORS = Decimal(50)
MAX_SLOWER = Decimal(1000)


@dataclass(frozen=True, slots=True)
class AskedEvidence:
    """The requested evidence. `synthetic_calls` are calls per minute of an alias, with smoke test payloads.

    `errors_as_before` is true if the request names no tolerated errors. Then a target tolerates at least the
    failure rate of its traffic profile. `is_asked` is true if the request names the field.
    """

    mode: EvidenceMode = EvidenceMode.ON
    settings: EvidenceSettings = DEFAULT_SETTINGS
    synthetic_calls: int = 0
    errors_as_before: bool = True
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
        error_burst_size=fields.take(
            "errorBurstSize", whole(1, MAX_IN_A_BURST), DEFAULT_SETTINGS.error_burst_size
        ),
    )
    tolerate = fields.get("tolerate")
    return AskedEvidence(
        mode=fields.take("mode", _mode, EvidenceMode.ON),
        settings=settings,
        synthetic_calls=fields.take("syntheticCalls", whole(0, MAX_SYNTHETIC_CALLS), 0),
        errors_as_before=not (isinstance(tolerate, Mapping) and "errors" in tolerate),
        is_asked=True,
    )


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
