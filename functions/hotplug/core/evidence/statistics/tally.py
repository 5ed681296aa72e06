"""Counts of one metric, as they are shown."""

from dataclasses import dataclass, field

from hotplug.core.evidence.statistics.model import Minute


@dataclass(slots=True)
class Counts:
    """Calls and failures of the candidate in some minutes.

    `expected` is the number of failures that it would have had at the stable version's failure rate in each
    of these minutes. Sums of both versions' calls cannot be compared where the weight changed: a minute in
    which many calls of both failed counts differently for each.
    """

    calls: int = 0
    failures: int = 0
    expected: float = 0.0
    excused: int = 0
    minutes: int = 0

    def add(self, minute: Minute, rate: float, excused: int) -> None:
        """Add one minute with the stable version's failure rate."""
        self.calls += minute.candidate_calls
        self.failures += minute.candidate_failures
        self.expected += minute.candidate_calls * rate
        self.excused += excused
        self.minutes += 1

    @property
    def excess(self) -> float:
        """Return the failure rate beyond the expected one, at least 0."""
        return max(0.0, self.failures - self.expected) / self.calls if self.calls else 0.0

    @property
    def is_worse(self) -> bool:
        """Return whether more calls failed than expected, without the excused ones."""
        return self.failures - self.excused > self.expected


@dataclass(slots=True)
class Tally:
    """Counts of all minutes with calls of the candidate.

    Minutes in which both versions were in trouble are counted apart: they say little of the candidate.
    `turned` are those since the evidence against it was lowest: a candidate that broke late may have been
    the better one before.
    """

    calm: Counts = field(default_factory=Counts)
    troubled: Counts = field(default_factory=Counts)
    turned: Counts = field(default_factory=Counts)
    lowest: float = 0.0

    @property
    def minutes(self) -> int:
        """Return the number of minutes with calls of the candidate."""
        return self.calm.minutes + self.troubled.minutes

    def add(self, minute: Minute, rate: float, excused: int = 0, *, shared_trouble: bool = False) -> None:
        """Add one minute. A minute without calls of the candidate compares nothing."""
        if not minute.candidate_calls:
            return
        if shared_trouble:
            self.troubled.add(minute, rate, excused)
            return
        self.calm.add(minute, rate, excused)
        self.turned.add(minute, rate, excused)

    def turn(self, log_evidence: float) -> None:
        """Count `turned` anew if the evidence is lower than ever."""
        if log_evidence <= self.lowest:
            self.lowest, self.turned = log_evidence, Counts()

    def of_all(self) -> Counts:
        """Return the counts of the calm minutes, or of those in trouble if there are no others."""
        return self.calm if self.calm.minutes else self.troubled

    def against(self) -> Counts:
        """Return counts that speak against the candidate, if there are any."""
        return next((each for each in (self.of_all(), self.turned) if each.is_worse), self.of_all())
