"""The ledger in memory: one transaction is one call."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from hotplug.aws.ledger import Holder
from hotplug.core.plan import Json, Plan
from hotplug.core.report import Transition
from hotplug.core.request import Target
from tests.fakes.faults import Surprising, refusal, verb

LARGEST_ITEM_BYTES = 409_600


class InMemoryLedger(Surprising):
    """The `Ledger` of a test.

    `claims` by target, `lines` by deployment and key, `history` by target and sort key, all as JSON.
    """

    def __init__(self) -> None:
        super().__init__()
        self.claims: dict[str, Holder] = {}
        self.lines: dict[str, dict[str, Json]] = {}
        self.history: dict[str, dict[str, Json]] = {}

    @verb
    def claim(self, plan: Plan, now: datetime, over: Collection[str] = ()) -> Sequence[Holder]:
        names = [str(planned.target) for planned in plan.targets]
        held = [self.claims[name] for name in names if name in self.claims]
        others = [holder for holder in held if holder.deployment not in {plan.deployment, *over}]
        if not others:
            since = now.isoformat()
            self.claims |= {name: Holder(name, plan.deployment, plan.execution, since) for name in names}
        return others

    @verb
    def holder(self, target: Target) -> Holder | None:
        return self.claims.get(str(target))

    @verb
    def release(self, plan: Plan) -> None:
        for planned in plan.targets:
            holder = self.claims.get(str(planned.target))
            if holder and holder.deployment == plan.deployment:
                del self.claims[str(planned.target)]

    @verb
    def append(self, transition: Transition) -> None:
        line = {"key": transition.key} | transition.to_json()
        self.lines.setdefault(transition.deployment, {}).setdefault(transition.key, _stored(line))

    @verb
    def timeline(self, deployment: str) -> Sequence[Json]:
        """In the order of their keys, which is not the order of their time: as a Query answers."""
        lines = self.lines.get(deployment, {})
        return [dict(lines[key]) for key in sorted(lines)]

    @verb
    def remember(self, plan: Plan, closing: Transition) -> None:
        for planned, line in zip(plan.targets, closing.targets, strict=True):
            what = line.to_json() | {"outcome": str(closing.outcome), "reason": closing.reason}
            what |= {"codeSha256": planned.code_sha256, "at": closing.at, "deployment": plan.deployment}
            past = self.history.setdefault(str(planned.target), {})
            past.setdefault(f"{plan.created_at}#{plan.deployment}", _stored(what))


def _stored(item: Mapping[str, Any]) -> Json:
    text = json.dumps(item)
    if len(text.encode()) > LARGEST_ITEM_BYTES:
        raise refusal("ValidationException", "PutItem", "Item size has exceeded the maximum allowed size")
    stored: Json = json.loads(text)
    return stored
