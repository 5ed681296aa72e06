"""Weight changes of a deployment, from its timeline."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hotplug.core.deployment.transition import State
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.parsing.stored import mapping, stored_value, timestamp
from hotplug.core.parsing.units import percent, share


def changes_in(timeline: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Return one change for each shift, in order. Raise UnreadableError."""
    shifts = [line for line in timeline if line.get("state") == State.SHIFTED]
    return tuple(sorted(map(_change, shifts), key=lambda change: change.ended))


def _change(line: Mapping[str, Any]) -> Change:
    percents = [
        stored_value(mapping(target), "percent", percent(lowest=Decimal(0))) for target in line["targets"]
    ]
    ended = stored_value(line, "at", timestamp)
    began = stored_value(line, "began", timestamp) if "began" in line else ended
    return Change(began, ended, share(max(percents)))
