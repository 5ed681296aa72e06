"""What operators have ordered: commands that were taken, with who, when and why."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.stored import TIMESTAMP, Key, member_of, or_none, record, words

EVERYWHERE = "*"
"""In place of a deployment, none of which may have this name: what is ordered for all of them."""
MOST_STEPS = 10_000


class Command(StrEnum):
    """What an operator may say; the last two to the whole installation."""

    APPROVE = "approve"
    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    SKIP = "skip"
    ABORT = "abort"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"


OF_ONE_STEP = (Command.APPROVE, Command.PROMOTE, Command.SKIP)
"""They say nothing about any other step."""


@dataclass(frozen=True, slots=True)
class Order:
    """One command that was taken. `step` is what the operator saw, None where any was meant."""

    command: Command
    by: str
    why: str
    at: datetime
    step: int | None = None

    @property
    def key(self) -> str:
        """The same where repeating the command is ordering nothing new."""
        if self.command in OF_ONE_STEP:
            return f"{self.command}#{self.step or 0:05d}"
        return self.command if self.command is Command.ABORT else f"{self.command}#{self.at.isoformat()}"

    def __str__(self) -> str:
        lasts = self.command in (Command.PAUSE, Command.FREEZE)
        when = f"{'since' if lasts else 'at'} {self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        return f"by {self.by} {when} because {self.why}"


ORDER = record(
    Order,
    Key("command", "command", member_of(Command)),
    Key("by", "by", words),
    Key("why", "why", words),
    Key("at", "at", TIMESTAMP),
    Key("step", "step", or_none(whole(0, MOST_STEPS))),
)


@dataclass(frozen=True, slots=True)
class Orders:
    """All that was ordered about one deployment, and everywhere."""

    given: tuple[Order, ...] = ()

    @property
    def abort(self) -> Order | None:
        return self.last(Command.ABORT)

    @property
    def pause(self) -> Order | None:
        """The pause that holds now."""
        return self._unless_ended(Command.PAUSE, Command.RESUME)

    @property
    def freeze(self) -> Order | None:
        """The freeze of everything that holds now."""
        return self._unless_ended(Command.FREEZE, Command.UNFREEZE)

    @property
    def aborted(self) -> str | None:
        """Why it was called off, if it was."""
        return f"aborted {self.abort}" if self.abort else None

    def last(self, command: Command) -> Order | None:
        """The newest of its kind, for whatever step."""
        return max((it for it in self.given if it.command is command), key=lambda it: it.at, default=None)

    def at(self, command: Command, step: int) -> Order | None:
        """What was ordered for just this step."""
        return next((it for it in self.given if it.command is command and it.step == step), None)

    def _unless_ended(self, begin: Command, end: Command) -> Order | None:
        begun, ended = self.last(begin), self.last(end)
        return None if begun and ended and ended.at >= begun.at else begun


NO_ORDERS = Orders()
