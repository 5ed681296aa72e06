"""Result of a conversion: requests, notes and problems."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotplug.core.parsing.problem import Problem
from hotplug.core.request.request import read_request

type Policy = dict[str, Any]

ANOTHER_WAY = (
    "a hook of CodeDeploy reports to CodeDeploy; hotplug takes what it returns: docs/migrate.md#hooks"
)


@dataclass(frozen=True, slots=True)
class Converted:
    """`notes` name settings that a request has no field for. With problems, `requests` are incomplete."""

    requests: tuple[Policy, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def a_request(
    function: str | None,
    alias: str | None,
    *,
    version: str | None = None,
    strategy: object = None,
    alarms: Sequence[str] = (),
    before: str | None = None,
    after: str | None = None,
) -> Policy:
    """Build a hotplug request without empty fields; without a version it is a policy."""
    hooks = {"beforeTraffic": before, "afterTraffic": after}
    fields = {
        "function": function,
        "alias": alias,
        "source": {"version": version} if version else None,
        "strategy": strategy,
        "alarms": list(alarms),
        "hooks": {name: hook for name, hook in hooks.items() if hook},
    }
    return {name: value for name, value in fields.items() if value}


def misfits(request: Policy, origin: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return what hotplug would reject.

    `origin` maps each field to its name in the source, for the messages.
    """
    read = read_request(request)
    problems = read if isinstance(read, tuple) else ()
    return tuple(
        Problem(_renamed(problem.field, origin), problem.given, problem.allowed) for problem in problems
    )


def _renamed(field: str, origin: Mapping[str, str]) -> str:
    known = [name for name in origin if field == name or field.startswith((f"{name}.", f"{name}["))]
    longest = max(known, key=len, default="")
    return origin[longest] + field.removeprefix(longest) if longest else field
