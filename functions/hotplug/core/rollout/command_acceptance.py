"""Acceptance of commands: accepted, repeated, stale, or refused with every problem."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from hotplug.core.deployment.record import DeploymentRecord, Phase
from hotplug.core.parsing.fields import Fields, Reader, flag, one_of, text, whole
from hotplug.core.parsing.problem import MisfitError, Problem
from hotplug.core.resources.target import Target, target_of
from hotplug.core.rollout.commands import (
    ENDED_BY,
    EVERYWHERE,
    MAX_STEPS,
    OF_ONE_STEP,
    AcceptedCommand,
    Command,
    CommandLog,
)
from hotplug.core.spec.steps import Progression

ANY = "any"
KEYS = ("command", "deployment", "step", "by", "why")
OTHER_KEYS: Mapping[object, tuple[str, ...]] = {
    Command.FREEZE: ("command", "by", "why"),
    Command.UNFREEZE: ("command", "by", "why"),
    Command.HOLD: ("command", "target", "by", "why"),
    Command.RELEASE: ("command", "target", "by", "why"),
    Command.ABORT: (*KEYS, "hold"),
}
BEGINS = {Command.PAUSE: "paused", Command.FREEZE: "frozen", Command.HOLD: "held"}
ENDS = {end: begin for begin, end in ENDED_BY.items()}


class Reception(StrEnum):
    """Results of a command. Only `free` is answered with SHOWN, before it does anything."""

    ACCEPTED = "accepted"
    SHOWN = "shown"
    REPEATED = "repeated"
    STALE = "stale"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Received:
    """The result of a command, with its reason. `accepted` is the command that is in force now."""

    reception: Reception
    reason: str
    accepted: AcceptedCommand | None = None


@dataclass(frozen=True, slots=True)
class Addressed:
    """A command, and the deployment or the target that it is for.

    The deployment is EVERYWHERE for all, and for a target. An abort with `holds` also holds the targets.
    """

    deployment: str
    accepted: AcceptedCommand
    target: Target | None = None
    holds: bool = False


def read_command(value: object, now: datetime) -> Addressed | tuple[Problem, ...]:
    """Return the command, or every problem in it."""
    problems: list[Problem] = []
    word = value.get("command") if isinstance(value, Mapping) else None
    keys = OTHER_KEYS.get(word, KEYS) if isinstance(word, str) else KEYS
    fields = Fields(value, "", problems, keys)
    if not isinstance(value, Mapping):
        return tuple(problems)
    command = fields.need("command", one_of(*Command))
    deployment = fields.need("deployment", _name) if "deployment" in keys else EVERYWHERE
    step = fields.need("step", _step_for(word)) if "step" in keys else None
    target = fields.need("target", target_of) if "target" in keys else None
    holds = "hold" in keys and fields.take("hold", flag, True)
    by, why = fields.need("by", text(longest=200)), fields.need("why", text(longest=500))
    if problems or not (command and deployment and by and why):
        return tuple(problems)
    seen = step if isinstance(step, int) else None
    return Addressed(deployment, AcceptedCommand(Command(command), by, why, now, seen), target, holds)


def received(accepted: AcceptedCommand, saved: DeploymentRecord | None, commands: CommandLog) -> Received:
    """Return the result of a command to one deployment, by its deployment record."""
    if saved is None:
        return Received(Reception.REFUSED, "there is no deployment of this name")
    if over := _over(saved):
        return Received(Reception.STALE, over)
    step = saved.progress.step
    if accepted.step not in (None, step):
        return Received(Reception.STALE, f"it is on step {step} now, not on step {accepted.step}")
    if unfit := _unfit(accepted.command, saved):
        return Received(Reception.REFUSED, unfit)
    return known(accepted, commands, step) or Received(
        Reception.ACCEPTED, "obeyed at the next poll", accepted
    )


def known(accepted: AcceptedCommand, commands: CommandLog, step: int = 0) -> Received | None:
    """Return the result of a command that adds nothing new, or None."""
    match accepted.command:
        case Command.PAUSE | Command.FREEZE | Command.HOLD:
            return _repeated(commands.unless_ended(accepted.command))
        case Command.RESUME | Command.UNFREEZE | Command.RELEASE:
            begun = ENDS[accepted.command]
            if commands.unless_ended(begun):
                return None
            return Received(Reception.REPEATED, f"it is not {BEGINS[begun]}", commands.last(accepted.command))
        case Command.ABORT:
            return _repeated(commands.abort)
        case Command.FREE:
            return None
        case Command.APPROVE | Command.PROMOTE | Command.SKIP:
            return _repeated(commands.at(accepted.command, step))
        case _:
            assert_never(accepted.command)


def _repeated(before: AcceptedCommand | None) -> Received | None:
    if before is None:
        return None
    return Received(Reception.REPEATED, f"ordered already {before}", before)


def _over(saved: DeploymentRecord) -> str | None:
    """Return why the deployment accepts no more commands, or None."""
    if saved.outcome or saved.phase is Phase.CLOSED:
        return f"it is over: {saved.outcome or 'closed'}"
    if saved.tripped:
        return f"it is going back: {saved.tripped}"
    return "it is being promoted" if saved.phase is Phase.PROMOTING else None


def _unfit(command: Command, saved: DeploymentRecord) -> str | None:
    plan, step = saved.progress.plan, saved.progress.step
    asked = plan.steps[step].approval if step < len(plan.steps) else plan.approval
    if command is Command.APPROVE and not asked:
        return f"step {step} asks for no approval"
    if command is Command.SKIP and (plan.progression is Progression.ADAPTIVE or not plan.steps):
        return "it has no bakes to skip; promote takes it to its end"
    return None


def _step_for(command: object) -> Reader[int | str]:
    """Return a reader for the number of a step. It accepts "any" too where that does no harm."""
    any_too = command not in OF_ONE_STEP

    def read(value: object) -> int | str:
        if any_too and value == ANY:
            return ANY
        try:
            return whole(0, MAX_STEPS)(value)
        except MisfitError as misfit:
            more = f' or "{ANY}"' if any_too else ""
            raise MisfitError(f"{misfit}, as events count them{more}") from None

    return read


def _name(value: object) -> str:
    name = text(longest=80, what="the name of a deployment's execution,")(value)
    if name == EVERYWHERE:
        raise MisfitError("the name of one deployment; freeze holds all")
    return name
