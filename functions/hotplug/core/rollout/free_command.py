"""The command to free the claims of a deployment whose record can't be read, so that nothing settles it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hotplug.core.parsing.fields import Fields, text
from hotplug.core.parsing.problem import MisfitError, Problem
from hotplug.core.rollout.commands import AcceptedCommand, Command

KEYS = ("command", "deployment", "target", "seen", "by", "why")
_name = text(longest=256, what="a name")


@dataclass(frozen=True, slots=True)
class Free:
    """Free the claims of a deployment, or the claim of a target whose deployment is not known.

    `seen` is what the operator saw of each alias, empty at first.
    """

    accepted: AcceptedCommand
    deployment: str | None
    target: str | None
    seen: Mapping[str, str]


def is_free(value: object) -> bool:
    """Return whether this is such a command."""
    return isinstance(value, Mapping) and value.get("command") == Command.FREE


def read_free(value: object, now: datetime) -> Free | tuple[Problem, ...]:
    """Return the command, or every problem in it."""
    problems: list[Problem] = []
    fields = Fields(value, "", problems, KEYS)
    deployment, target = fields.take("deployment", _name), fields.take("target", _name)
    if fields.has("deployment") == fields.has("target"):
        given = "both" if fields.has("deployment") else "nothing"
        fields.fail("deployment", given, 'either "deployment", or the "target" of a claim that names none')
    seen = fields.take("seen", _seen)
    by, why = fields.need("by", text(longest=200)), fields.need("why", text(longest=500))
    if problems or not (by and why):
        return tuple(problems)
    return Free(AcceptedCommand(Command.FREE, by, why, now), deployment, target, seen or {})


def _seen(value: object) -> Mapping[str, str]:
    if isinstance(value, Mapping) and all(isinstance(it, str) for pair in value.items() for it in pair):
        return dict(value)
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    raise MisfitError('what each alias says, like {"orders:live": "version 41"}', schema)
