"""The summary that an execution returns."""

from collections.abc import Mapping, Sequence
from typing import Any

from hotplug.core.deployment.transition import TargetLine, Transition
from hotplug.core.parsing.problem import cut
from hotplug.core.plan.plan import Json

MAX_LINE = 1_000
"""Characters of one transition in the summary, which must fit into a state."""

MAX_TIMELINE = 100_000
"""Characters of all transitions together."""


def summary(transition: Transition, timeline: Sequence[Mapping[str, Any]]) -> Json:
    """Return the output of an execution: outcome, from and to of each target, and the timeline in short.

    `to` is the version that the alias was read to be on. It is null if the alias is split, gone or could not
    be read; `routing` then says which.
    """
    return {
        "deployment": transition.deployment,
        "outcome": str(transition.outcome),
        "reason": transition.reason,
        "targets": [
            {
                "function": target.function,
                "alias": target.alias,
                "from": target.stable,
                "to": target.version,
                "candidate": target.candidate,
            }
            | _split(target)
            for target in transition.targets
        ],
        "timeline": [
            _line(line, min(MAX_LINE, MAX_TIMELINE // len(timeline)))
            for line in sorted(timeline, key=lambda line: str(line.get("at")))
        ],
    }


def _split(target: TargetLine) -> Json:
    if target.version:
        return {}
    return {"routing": str(target.routing or "gone") if target.is_read else "could not be read"}


def _line(line: Mapping[str, Any], longest: int) -> str:
    """Return as much of a line as can be read: another release or a person may have written it."""
    targets = line.get("targets")
    readable = (
        [target for target in targets if isinstance(target, Mapping)] if isinstance(targets, list) else []
    )
    weights = {
        f"{target['percent']} %"
        for target in readable
        if target.get("candidate") and target.get("percent") is not None
    }
    parts = [str(line.get("at")), str(line.get("state")), *sorted(weights), str(line.get("verdict") or "")]
    return cut(f"{' '.join(part for part in parts if part)}: {line.get('reason')}", longest)
