"""The ledger in memory: one transaction is one call."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import OVER, DeploymentRecord, Holder, Phase
from hotplug.core.deployment.transition import Outcome, State, Transition
from hotplug.core.errors import TrippedError
from hotplug.core.plan.plan import Json, Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.concurrency import RAISED, RaisedConcurrency
from hotplug.core.resources.configuration import Configuration
from hotplug.core.resources.target import Target
from hotplug.core.rollout.commands import ACCEPTED_COMMAND, AcceptedCommand
from tests.fakes.faults import Surprising, refusal, verb

MAX_ITEM_BYTES = 409_600


class InMemoryLedger(Surprising):
    """The `Ledger` of a test.

    `held` by target, `standings` and what is `decided` by deployment, `lines` by deployment and key,
    `history` by target and sort key, `ordered` by deployment and key, `ordered_for` by target and key; all as
    JSON. `blamed` says why, by target and hashes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, Holder] = {}
        self.line: dict[tuple[str, str, str], Holder] = {}
        self.standings: dict[str, DeploymentRecord] = {}
        self.decided: dict[str, Outcome] = {}
        self.ordered: dict[str, dict[str, Json]] = {}
        self.ordered_for: dict[str, dict[str, Json]] = {}
        self.blamed: dict[tuple[str, str], str] = {}
        self.lines: dict[str, dict[str, Json]] = {}
        self.history: dict[str, dict[str, Json]] = {}
        self.notes: dict[tuple[str, str], Json] = {}

    @verb
    def claim(self, plan: Plan, now: datetime) -> Sequence[Holder]:
        names = [str(planned.target) for planned in plan.targets]
        held = [self.held[name] for name in names if name in self.held]
        others = [holder for holder in held if holder.deployment != plan.deployment]
        if not others:
            since = now.isoformat()
            self.held |= {name: Holder(name, plan.deployment, plan.execution, since) for name in names}
        return others

    @verb
    def claims(self) -> Sequence[Holder]:
        return list(self.held.values())

    @verb
    def holder(self, target: Target) -> Holder | None:
        return self.held.get(str(target))

    @verb
    def release(self, deployment: str, targets: Sequence[Target]) -> None:
        holders = [self.held.get(str(target)) for target in targets]
        if any(holder and holder.deployment != deployment for holder in holders):
            return
        for target in targets:
            self.held.pop(str(target), None)

    @verb
    def free(self, holder: Holder) -> bool:
        if self.held.get(holder.target) != holder:
            return False
        del self.held[holder.target]
        return True

    @verb
    def queue(self, plan: Plan) -> None:
        for planned in plan.targets:
            waits = Holder(str(planned.target), plan.deployment, plan.execution, plan.created_at)
            self.line[str(planned.target), plan.created_at, plan.deployment] = waits

    @verb
    def next_queued(self, target: Target) -> Holder | None:
        return next((self.line[key] for key in sorted(self.line) if key[0] == str(target)), None)

    @verb
    def waiting(self) -> Sequence[Holder]:
        return [self.line[key] for key in sorted(self.line)]

    @verb
    def leave(self, deployment: str, targets: Sequence[Target]) -> None:
        names = {str(target) for target in targets}
        self.line = {key: it for key, it in self.line.items() if key[0] not in names or key[2] != deployment}

    @verb
    def save(self, progress: Progress, phase: Phase) -> None:
        deployment = progress.plan.deployment
        saved = self.standings.get(deployment)
        if (saved and saved.tripped) or deployment in self.decided:
            raise TrippedError((saved and saved.tripped) or OVER)
        self.standings[deployment] = DeploymentRecord(progress, phase, None)

    @verb
    def load(self, deployment: str) -> DeploymentRecord | None:
        return self.standings.get(deployment)

    @verb
    def tripped(self, deployment: str) -> str | None:
        saved = self.standings.get(deployment)
        return saved.tripped if saved else None

    @verb
    def note_raised(self, raised: RaisedConcurrency) -> None:
        self.notes[raised.function, raised.qualifier] = _stored(RAISED.write(raised))

    @verb
    def raised(self, function: str = "") -> Sequence[RaisedConcurrency]:
        return [RAISED(self.notes[key]) for key in sorted(self.notes) if function in {"", key[0]}]

    @verb
    def forget_raised(self, function: str, qualifier: str) -> None:
        self.notes.pop((function, qualifier), None)

    @verb
    def trip(self, deployment: str, reason: str) -> bool:
        saved = self.standings.get(deployment)
        if saved is None or deployment in self.decided or saved.phase is not Phase.MOVING:
            return False
        self.standings[deployment] = replace(saved, tripped=saved.tripped or reason)
        return True

    @verb
    def decide(self, deployment: str, outcome: Outcome) -> Outcome:
        decided = self.decided.setdefault(deployment, outcome)
        if deployment in self.standings:
            self.standings[deployment] = replace(self.standings[deployment], outcome=decided)
        return decided

    @verb
    def close(self, deployment: str) -> None:
        if deployment in self.standings:
            self.standings[deployment] = replace(self.standings[deployment], phase=Phase.CLOSED)

    @verb
    def accept(self, deployment: str, accepted: AcceptedCommand) -> bool:
        there = self.ordered.setdefault(deployment, {})
        is_new = accepted.key not in there
        there.setdefault(accepted.key, _stored(ACCEPTED_COMMAND.write(accepted)))
        return is_new

    @verb
    def commands(self, deployment: str) -> Sequence[AcceptedCommand]:
        there = self.ordered.get(deployment, {})
        return [ACCEPTED_COMMAND(there[key]) for key in sorted(there)]

    @verb
    def accept_for(self, target: Target, accepted: AcceptedCommand) -> bool:
        there = self.ordered_for.setdefault(str(target), {})
        is_new = accepted.key not in there
        there.setdefault(accepted.key, _stored(ACCEPTED_COMMAND.write(accepted)))
        return is_new

    @verb
    def commands_of(self, target: Target) -> Sequence[AcceptedCommand]:
        there = self.ordered_for.get(str(target), {})
        return [ACCEPTED_COMMAND(there[key]) for key in sorted(there)]

    @verb
    def quarantine(self, planned: PlannedTarget, closing: Transition) -> None:
        why = f"deployment {closing.deployment} rolled it back at {closing.at}: {closing.reason}"
        hashed = planned.config_sha256 or planned.config_sha256_before
        hashes = f"{planned.code_sha256}#{hashed}".removesuffix("#")
        self.blamed.setdefault((str(planned.target), hashes), why)

    @verb
    def quarantined(self, target: Target, code_sha256: str, configuration: Configuration) -> str | None:
        """As if no release before had written that reads only its own hash."""
        hashes = (configuration.sha256, configuration.before)
        known = [*(f"{code_sha256}#{it}" for it in hashes), code_sha256]
        return next((self.blamed[str(target), it] for it in known if (str(target), it) in self.blamed), None)

    @verb
    def append(self, transition: Transition) -> bool:
        line = {"key": transition.key} | transition.to_line()
        lines = self.lines.setdefault(transition.deployment, {})
        is_new = transition.key not in lines
        lines.setdefault(transition.key, _stored(line))
        return is_new

    @verb
    def timeline(self, deployment: str, state: State | None = None) -> Sequence[Json]:
        """In the order of their keys, which is not the order of their time: as a Query answers."""
        lines = self.lines.get(deployment, {})
        return [dict(lines[key]) for key in sorted(lines) if key.startswith(f"{state}#" if state else "")]

    @verb
    def remember(self, plan: Plan, closing: Transition) -> None:
        for planned, line in zip(plan.targets, closing.targets, strict=True):
            what = line.to_json() | {"outcome": str(closing.outcome), "reason": closing.reason}
            what |= {"codeSha256": planned.code_sha256, "at": closing.at, "deployment": plan.deployment}
            past = self.history.setdefault(str(planned.target), {})
            past.setdefault(f"{plan.created_at}#{plan.deployment}", _stored(what))

    @verb
    def closed_deployments(self, target: Target) -> Iterable[Json]:
        past = self.history.get(str(target), {})
        return [past[key] for key in sorted(past, reverse=True)]


def _stored(item: Mapping[str, Any]) -> Json:
    text = json.dumps(item)
    if len(text.encode()) > MAX_ITEM_BYTES:
        raise refusal("ValidationException", "PutItem", "Item size has exceeded the maximum allowed size")
    stored: Json = json.loads(text)
    return stored
