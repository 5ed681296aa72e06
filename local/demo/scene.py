"""One view of the stage: weights, answered calls, the alarm, and the last line of the timeline."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hotplug.aws.alarms import AwsAlarms
from hotplug.aws.functions import AwsFunctions
from hotplug.aws.ledger import AwsLedger
from hotplug.core.parsing.units import HUNDRED
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.target import Target
from local.aws.embedded import EmbeddedAws

FUNCTION, ALIAS = "demo-orders", "live"
ALARM = f"{FUNCTION}-errors"


@dataclass(frozen=True, slots=True)
class Counted:
    """Calls that a version answered, and how many of them failed."""

    calls: int
    failed: int


@dataclass(frozen=True, slots=True)
class Scene:
    """State at one moment of an act: `routing` of its target, and the demo application's traffic.

    `counted` is since the traffic began, `recent` the last 10 s.
    """

    title: str
    seconds: float
    target: Target
    routing: Routing
    counted: Mapping[str, Counted]
    recent: Mapping[str, Counted]
    unanswered: int
    alarm: str
    lines: Sequence[Mapping[str, Any]]
    now: datetime

    @property
    def candidate(self) -> str | None:
        """The candidate's version, once it is known."""
        targets = [target for line in self.lines for target in line["targets"] if target["candidate"]]
        return str(targets[-1]["candidate"]) if targets else None

    @property
    def reason(self) -> str:
        """The reason of the deployment's last transition."""
        return str(self.lines[-1]["reason"]) if self.lines else "waiting for the upload's event"

    @property
    def headline(self) -> str:
        """The last transition, with its verdict and outcome."""
        if not self.lines:
            return "uploaded"
        last = self.lines[-1]
        return " ".join(str(last[key]) for key in ("state", "verdict", "outcome") if last[key])

    @property
    def closing(self) -> str | None:
        """The outcome, once there is one."""
        return str(self.lines[-1]["outcome"]) if self.lines and self.lines[-1]["outcome"] else None

    def share_set(self, version: str) -> Decimal:
        """A version's weight in the alias, in percent."""
        others = dict(self.routing.others)
        if version == self.routing.version:
            return HUNDRED - sum(others.values())
        return others.get(version, Decimal(0))

    def share_answered(self, version: str) -> float | None:
        """Percent of the recent calls that a version answered; None without calls."""
        calls = sum(counted.calls for counted in self.recent.values())
        return 100 * self.recent[version].calls / calls if calls and version in self.recent else None

    def next_change_seconds(self, bake_seconds: int) -> float | None:
        """Seconds until the end of this step's bake."""
        shifts = [line for line in self.lines if line["state"] == "shifted"]
        if not shifts or self.lines[-1]["state"] != "shifted":
            return None
        over = datetime.fromisoformat(shifts[-1]["at"]) + timedelta(seconds=bake_seconds)
        return max(0.0, (over - self.now).total_seconds())


class Eye:
    """Reader of the stage, with the product's own adapters."""

    def __init__(self, aws: EmbeddedAws, outputs: Mapping[str, str], counts: Path) -> None:
        self.objects, self.bucket = aws.client("s3"), outputs["ArtifactBucketName"]
        self._lambdas, self._alarms = AwsFunctions(aws.client("lambda")), AwsAlarms(aws.client("cloudwatch"))
        self._ledger = AwsLedger(aws.client("dynamodb"), outputs["LedgerTableName"], keep_days=1)
        self._counts = counts

    def look(self, title: str, target: Target, deployment: str | None, seconds: float) -> Scene:
        """Read all parts of a scene."""
        alias = self._lambdas.alias(target)
        if alias is None:
            raise RuntimeError(f"{target.function} has no alias {target.alias}")
        counts = json.loads(self._counts.read_text())
        lines = self._ledger.timeline(deployment) if deployment else []
        return Scene(
            title=title,
            seconds=seconds,
            target=target,
            routing=alias.routing,
            counted=_counted(counts["versions"]),
            recent=_counted(counts["recent"]),
            unanswered=counts["unanswered"],
            alarm=str(self._alarms.states([ALARM])[ALARM].colour),
            lines=sorted(lines, key=lambda line: str(line["at"])),
            now=datetime.now(UTC),
        )


def _counted(versions: Mapping[str, Mapping[str, int]]) -> dict[str, Counted]:
    return {version: Counted(found["calls"], found["errors"]) for version, found in versions.items()}
