"""A clock that is turned by hand."""

from datetime import UTC, datetime, timedelta

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Clock:
    """It stands still until somebody turns it."""

    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
