"""The adaptive strategy: the evidence raises or lowers the weight on a ladder of weights."""

from decimal import Decimal

from hotplug.core.evidence import EvidenceSettings, OnTimeLimit, Probe
from hotplug.core.evidence.policy import DEFAULT_SETTINGS
from hotplug.core.parsing.fields import Fields, one_of, whole
from hotplug.core.parsing.units import HUNDRED, minutes, percent, percentage, share
from hotplug.core.spec.steps import Step, Steps, growing

GROWTH = Decimal("1.25")
"""Ratio of neighbouring rungs: fine enough to stay close to the error budget, few enough to fit in the plan.
"""
HALF = Decimal(50)
MAX_WEIGHT = Decimal(99)
MAX_MINUTES = 24 * 60
MAX_MINUTES_IN_ALL = 7 * MAX_MINUTES
"""The longest `maxTime`. With it, polls are 20 minutes apart, so that the execution's history is enough."""
KEYS = (
    "maxBadRequests",
    "minWeight",
    "maxWeight",
    "probe",
    "minTime",
    "maxTime",
    "onTimeLimit",
    "bake",
    "resplit",
)


def read_progression(fields: Fields) -> EvidenceSettings:
    """Return the settings of an object of type "adaptive". Absent keys have defaults."""
    lightest, heaviest, resplit = _weights(fields)
    shortest, longest = _times(fields)
    return EvidenceSettings(
        error_budget=fields.take("maxBadRequests", whole(1, 1_000_000), DEFAULT_SETTINGS.error_budget),
        weight_min=share(lightest),
        weight_max=share(heaviest),
        probe=Probe(fields.take("probe", one_of(*Probe), str(DEFAULT_SETTINGS.probe))),
        min_minutes=shortest,
        max_minutes=longest,
        on_time_limit=OnTimeLimit(
            fields.take("onTimeLimit", one_of(*OnTimeLimit), str(DEFAULT_SETTINGS.on_time_limit))
        ),
        bake_minutes=fields.take("bake", minutes(0, MAX_MINUTES), DEFAULT_SETTINGS.bake_minutes),
        resplit_weight=share(resplit),
    )


def _weights(fields: Fields) -> tuple[Decimal, Decimal, Decimal]:
    """Return the lightest weight, the heaviest, and that of the second split, in percent."""
    lightest = fields.take("minWeight", percent(highest=HALF), percentage(DEFAULT_SETTINGS.weight_min))
    heaviest = fields.take("maxWeight", percent(highest=MAX_WEIGHT), percentage(DEFAULT_SETTINGS.weight_max))
    if heaviest < lightest:
        fields.fail("maxWeight", str(heaviest), f"at least minWeight ({lightest})")
        heaviest = MAX_WEIGHT
    default = min(max(percentage(DEFAULT_SETTINGS.resplit_weight), lightest), heaviest)
    return lightest, heaviest, fields.take("resplit", percent(lowest=lightest, highest=heaviest), default)


def _times(fields: Fields) -> tuple[int, int]:
    """Return the shortest and the longest time, in minutes."""
    shortest = fields.take("minTime", minutes(1, MAX_MINUTES), DEFAULT_SETTINGS.min_minutes)
    otherwise = MAX_MINUTES_IN_ALL if fields.has("maxTime") else DEFAULT_SETTINGS.max_minutes
    longest = fields.take("maxTime", minutes(1, MAX_MINUTES_IN_ALL), otherwise)
    if longest < shortest:
        fields.fail("maxTime", f"{longest} minutes", f"at least minTime ({shortest} minutes)")
    return shortest, longest


def ladder(settings: EvidenceSettings) -> Steps:
    """Return the weights to choose from: none (between two pulses), the climb, and 100 % if that is watched.

    Each rung below 100 % has the time limit of all these rungs together as its bake.
    """
    together = settings.max_minutes * 60
    climb = growing(percentage(settings.weight_min), GROWTH, percentage(settings.weight_max))
    weights = {percentage(settings.weight_max), percentage(settings.resplit_weight), *climb}
    rungs = tuple(Step(weight, together) for weight in (Decimal(0), *sorted(weights)))
    return (*rungs, Step(HUNDRED, settings.bake_minutes * 60)) if settings.bake_minutes else rungs
