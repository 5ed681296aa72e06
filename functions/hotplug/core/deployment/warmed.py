"""Result of a warm-up, in words: environments of a candidate, and the calls that made none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hotplug.core.parsing.problem import as_utf_8, cut
from hotplug.core.resources.invocation import NOT_NOW, Called, NotAnsweredError, Timed, most_at_once

MAX_WHY = 200
"""Characters of an error, of which the first one is reported."""


@dataclass(frozen=True, slots=True)
class Warmed:
    """The calls of one candidate, of which `asked` were made at the same time, and how long that took.

    The calls are those of the best try. They are empty if there was no time for any.
    """

    function: str
    version: str
    asked: int
    calls: Sequence[Timed] = ()
    seconds: float = 0.0

    @property
    def environments(self) -> int:
        """Number of environments: one for each call that was in progress at the same moment as the others."""
        there = [
            call
            for call in self.calls
            if isinstance(call.answer, Called) and not call.answer.lost_its_environment
        ]
        return min(self.asked, most_at_once(there))

    @property
    def is_not_taken(self) -> bool:
        """Whether Lambda did not take a call that it may take later, and environments are missing."""
        is_refused = any(error.failure in NOT_NOW for error in self._unanswered)
        return is_refused and self.environments < self.asked

    @property
    def retry_after_seconds(self) -> int:
        """The longest wait that Lambda asks for."""
        return max((error.retry_after_seconds for error in self._unanswered), default=0)

    @property
    def is_cold(self) -> bool:
        """Whether certainly no environment is there. After a call without an answer there may be one."""
        may_be_there = any(error.may_have_run for error in self._unanswered)
        return bool(self.calls) and not self.environments and not may_be_there

    @property
    def _answered(self) -> Sequence[Called]:
        return [call.answer for call in self.calls if isinstance(call.answer, Called)]

    @property
    def _unanswered(self) -> Sequence[NotAnsweredError]:
        return [call.answer for call in self.calls if isinstance(call.answer, NotAnsweredError)]

    def __str__(self) -> str:
        there, asked = self.environments, self.asked
        many = f"{there}" if there == asked else f"{there} of {asked}"
        what = "environment" if asked == 1 else "environments"
        said = f"{many} {what} of version {self.version} of {self.function} in {self.seconds:.1f} s"
        return "; ".join([said, *self._troubles()])

    def _troubles(self) -> Iterator[str]:
        if not self.calls:
            yield "there was no time left for a call"
            return
        of_all = f"of {self.asked} calls"
        if failed := [answer for answer in self._answered if answer.failed]:
            yield f"{len(failed)} {of_all} failed: {_shortened(failed[0].payload.decode(errors='replace'))}"
        if self._unanswered:
            yield f"{len(self._unanswered)} {of_all} had no answer: {_shortened(str(self._unanswered[0]))}"
        lost = sum(answer.lost_its_environment for answer in self._answered)
        if free := len(self._answered) - lost - self.environments:
            yield f"{free} {of_all} came to one that was free again"


def _shortened(text: str) -> str:
    return cut(as_utf_8(text), MAX_WHY)
