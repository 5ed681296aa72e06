"""Failures that may be the first calls of new environments."""

from dataclasses import dataclass
from math import floor, sqrt


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

    def excuse(self, failures: int, new: float, *, counted: bool) -> int:
        """Return how many failures of a minute with so many new environments are excused."""
        return self._by_count(failures, new) if counted else self._by_estimate(failures, new)

    def _by_count(self, failures: int, new: float) -> int:
        room = self.share * new + sqrt(self.share * (1 - self.share) * new)
        total = self.kept + self.fresh + room
        excused = min(failures, floor(total))
        left = total - excused
        self.fresh = min(left, room)
        self.kept = min(1.0, left - self.fresh) if self.share < 1 else 0.0
        return excused

    def _by_estimate(self, failures: int, new: float) -> int:
        self.estimated += self.share * new
        room = floor(self.estimated + sqrt(self.estimated) + 0.5) - self.spent
        excused = min(failures, max(0, room))
        self.spent += excused
        return excused
