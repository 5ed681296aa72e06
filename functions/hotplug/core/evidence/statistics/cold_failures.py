"""Failures that may be the first calls of new environments."""

from dataclasses import dataclass
from math import floor, log1p, sqrt

CAUTION, FEW = 0.5, 3.0
"""One standard deviation is allowed for, and this part of it more for each e times as many failures as a few:
a long deployment has many minutes in which chance may be at its worst. Chosen on simulated deployments: one
alone rolls back 2 % at the adaptive pace where 30 % of first calls fail.
"""


@dataclass(slots=True)
class ColdFailures:
    """The failures that are excused, minute by minute.

    `share` is the share of new environments whose first call may fail. Where their number is counted, it
    excuses failures of the same minute and the next. Where it is estimated, it is not known in which minute
    they came, and what is left is kept.
    """

    share: float
    fresh: float = 0.0
    """Left from the last minute."""
    kept: float = 0.0
    """Left from before; a fraction of a failure or one, so that fractions add up."""
    estimated: float = 0.0
    spent: int = 0

    def excuse(self, failures: int, new: float, came: float, *, counted: bool) -> int:
        """Return how many failures of a minute with so many new environments are excused.

        `came` is the number of environments so far, with those.
        """
        return self._by_count(failures, new, came) if counted else self._by_estimate(failures, new)

    def _by_count(self, failures: int, new: float, came: float) -> int:
        room = self.share * new + self._chance(came) - self._chance(max(0.0, came - new))
        total = self.kept + self.fresh + room
        excused = min(failures, floor(total))
        left = total - excused
        self.fresh = min(left, room)
        self.kept = min(1.0, left - self.fresh) if self.share < 1 else 0.0
        return excused

    def _chance(self, came: float) -> float:
        """Return how many more of so many environments may fail by chance.

        Chance is allowed for over the whole deployment. If each minute had its own, many minutes with few new
        environments would excuse twice what they may.
        """
        deviation = sqrt(self.share * (1 - self.share) * came)
        return deviation * (1 + CAUTION * log1p(self.share * came / FEW))

    def _by_estimate(self, failures: int, new: float) -> int:
        self.estimated += self.share * new
        room = floor(self.estimated + sqrt(self.estimated) + 0.5) - self.spent
        excused = min(failures, max(0, room))
        self.spent += excused
        return excused
