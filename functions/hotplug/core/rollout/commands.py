"""Accepted commands of operators: who gave them, when and why."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.stored import TIMESTAMP, Key, member_of, optional, record, text

EVERYWHERE = "*"
"""Stands for all deployments in commands. No deployment may have this name."""
MAX_STEPS = 10_000


class Command(StrEnum):
    """Commands of an operator.

    `freeze` and `unfreeze` are for the whole installation, `hold` and `release` for one target.
    `free` is for claims that nothing else can free.
    """

    APPROVE = "approve"
    PAUSE = "pause"
    RESUME = "resume"
    PROMOTE = "promote"
    SKIP = "skip"
    ABORT = "abort"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    HOLD = "hold"
    RELEASE = "release"
    FREE = "free"


ENDED_BY = {
    Command.PAUSE: Command.RESUME,
    Command.FREEZE: Command.UNFREEZE,
    Command.HOLD: Command.RELEASE,
}
"""Commands that last, and what ends them."""
OF_ONE_STEP = (Command.APPROVE, Command.PROMOTE, Command.SKIP)
"""Commands that are for one step only."""


@dataclass(frozen=True, slots=True)
class AcceptedCommand:
    """One accepted command. `step` is the step that the operator saw, or None if any was meant."""

    command: Command
    by: str
    why: str
    at: datetime
    step: int | None = None

    @property
    def key(self) -> str:
        """The key. It is the same where repeating the command changes nothing."""
        if self.command in OF_ONE_STEP:
            return f"{self.command}#{self.step or 0:05d}"
        return self.command if self.command is Command.ABORT else f"{self.command}#{self.at.isoformat()}"

    def __str__(self) -> str:
        when = (
            f"{'since' if self.command in ENDED_BY else 'at'} {self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        )
        return f"by {self.by} {when} because {self.why}"


ACCEPTED_COMMAND = record(
    AcceptedCommand,
    Key("command", "command", member_of(Command)),
    Key("by", "by", text),
    Key("why", "why", text),
    Key("at", "at", TIMESTAMP),
    Key("step", "step", optional(whole(0, MAX_STEPS))),
)


@dataclass(frozen=True, slots=True)
class CommandLog:
    """All accepted commands for one deployment and for all deployments, or those for one target."""

    given: tuple[AcceptedCommand, ...] = ()

    @property
    def abort(self) -> AcceptedCommand | None:
        return self.last(Command.ABORT)

    @property
    def pause(self) -> AcceptedCommand | None:
        """The pause that is in force now."""
        return self.unless_ended(Command.PAUSE)

    @property
    def freeze(self) -> AcceptedCommand | None:
        """The freeze of the installation that is in force now."""
        return self.unless_ended(Command.FREEZE)

    @property
    def hold(self) -> AcceptedCommand | None:
        """The hold of the target that is in force now."""
        return self.unless_ended(Command.HOLD)

    @property
    def aborted(self) -> str | None:
        """Reason of the abort, or None."""
        return f"aborted {self.abort}" if self.abort else None

    def last(self, command: Command) -> AcceptedCommand | None:
        """Return the newest command of this kind, for any step."""
        return max((it for it in self.given if it.command is command), key=lambda it: it.at, default=None)

    def at(self, command: Command, step: int) -> AcceptedCommand | None:
        """Return the command for exactly this step."""
        return next((it for it in self.given if it.command is command and it.step == step), None)

    def unless_ended(self, begin: Command) -> AcceptedCommand | None:
        """Return the newest command of a kind that lasts, unless it was ended since."""
        begun, ended = self.last(begin), self.last(ENDED_BY[begin])
        return None if begun and ended and ended.at >= begun.at else begun


NO_COMMANDS = CommandLog()
