"""Weights that may have been in force in a minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

PROPAGATION_SECONDS = 5
"""Seconds for which a replaced weight may still be in force somewhere. AWS gives no figure for it."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a candidate's share of calls, 0 to 1: its first write began, its last had ended."""

    began: datetime
    ended: datetime
    share: float


ALWAYS, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
NONE_YET = Change(ALWAYS, ALWAYS, 0.0)


def weights_in(minute: datetime, changes: Sequence[Change]) -> tuple[float, float]:
    """Return the lowest and the highest share that may have been in force during the minute.

    A share may be in force from before its first write until the next one has propagated. Before all changes
    it is 0.
    """
    ordered = sorted(changes, key=lambda change: (change.began, change.ended))
    replaced = [change.ended + timedelta(seconds=PROPAGATION_SECONDS) for change in ordered]
    possible = [
        change.share
        for change, until in zip([NONE_YET, *ordered], [*replaced, NEVER], strict=True)
        if change.began < minute + MINUTE and minute < until
    ]
    return min(possible), max(possible)
