"""Percentages, exact to two decimals, and durations."""

import re
from collections.abc import Callable
from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal

from hotplug.core.parsing.problem import MisfitError, Schema, matching

HUNDRED = Decimal(100)
CENT = Decimal("0.01")


def plain(percentage: Decimal) -> Decimal:
    """Return the percentage rounded to 2 decimals, without trailing zeros: 5, not 5.00."""
    rounded = percentage.quantize(CENT, ROUND_HALF_UP)
    return Decimal(int(rounded)) if rounded == rounded.to_integral() else rounded.normalize()


MAX_NUMBER = 10**9
ANY_NUMBER = 10**15
"""The bound of numbers that AWS answers: far from any limit of AWS, and exact as a float."""


def number(share: Decimal) -> int | float:
    """Return the percentage as JSON shows it: 5, not 5.0."""
    return int(share) if share == share.to_integral() else float(share)


BELOW_HUNDRED = HUNDRED - CENT

MAX_BAKE_SECONDS = 30 * 24 * 3600

DURATION = re.compile(r"([0-9]{1,9})([smh])")

SECONDS = {"s": 1, "m": 60, "h": 3600}


def duration_schema(lowest: int, highest: int, **more: int) -> Schema:
    """Return the schema of a duration, with bounds in seconds.

    A schema can only bound a number of seconds, not a duration that is given as text.
    """
    return {"anyOf": [matching(DURATION), {"type": "integer", "minimum": lowest, "maximum": highest, **more}]}


def duration(value: object) -> int:
    """Return seconds, from whole seconds or a text like "90s", "5m" or "1h"."""
    match value:
        case bool():
            pass
        case int() | float() if 0 <= value <= MAX_BAKE_SECONDS and value == int(value):
            return int(value)
        case str() if found := DURATION.fullmatch(value):
            seconds = int(found[1]) * SECONDS[found[2]]
            if seconds <= MAX_BAKE_SECONDS:
                return seconds
        case _:
            pass
    allowed = 'a duration like "90s", "5m" or "1h", or whole seconds, at most 720 hours'
    raise MisfitError(allowed, duration_schema(0, MAX_BAKE_SECONDS))


def duration_between(lowest: int, highest: int, allowed: str) -> Callable[[object], int]:
    """Return a reader for a duration within bounds in seconds. `allowed` states the bounds in words."""

    def read(value: object) -> int:
        with suppress(MisfitError):
            seconds = duration(value)
            if lowest <= seconds <= highest:
                return seconds
        raise MisfitError(allowed, duration_schema(lowest, highest))

    return read


def minutes(lowest: int, highest: int) -> Callable[[object], int]:
    """Return a reader for a duration in whole minutes. The reader returns minutes."""

    def read(value: object) -> int:
        try:
            seconds = duration(value)
        except MisfitError:
            seconds = -1
        if seconds % 60 == 0 and lowest * 60 <= seconds <= highest * 60:
            return seconds // 60
        allowed = f'whole minutes from {lowest} to {highest}, like "5m", "1h" or seconds'
        raise MisfitError(allowed, duration_schema(lowest * 60, highest * 60, multipleOf=60))

    return read


def percent(*, lowest: Decimal = CENT, highest: Decimal = HUNDRED) -> Callable[[object], Decimal]:
    """Return a reader for a percentage with at most 2 decimals."""

    def read(value: object) -> Decimal:
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = Decimal(str(value))
            if number.is_finite() and lowest <= number <= highest and number == number.quantize(CENT):
                return number
        schema = {"type": "number", "minimum": float(lowest), "maximum": float(highest)}
        raise MisfitError(f"a number from {lowest} to {highest}, at most 2 decimals", schema)

    return read


def share(percentage: Decimal) -> float:
    """Return the share, 0 to 1, of a percentage."""
    return float(percentage / HUNDRED)


def percentage(weight: float) -> Decimal:
    """Return the percentage, 0 to 100, of a share from 0 to 1."""
    return plain(Decimal(str(weight)) * HUNDRED)
