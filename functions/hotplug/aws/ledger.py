"""Ledger: one DynamoDB table with the claims, and with the records and outcomes of all deployments.

| pk | sk | item |
|---|---|---|
| `claim` | `orders:live` | the exclusive right to move a target (claims.py) |
| `queue` | `orders:live#<time>#<name>` | a deployment queued for a target, oldest first (claims.py) |
| `deployment#<name>` | `line#<key>` | one transition; `at` orders the timeline |
| `deployment#<name>` | `standing` | the deployment record, for the guard |
| `deployment#<name>` | `order#<key>` | an accepted command; those of `deployment#*` apply to all |
| `deployment#<name>` | `evidence#orders:live` | the evidence of its verdict (evidence_store.py) |
| `deployment#<name>` | `hour#orders:live#<time>` | an hour of evidence, for good (evidence_store.py) |
| `deployment#<name>` | `memory#orders:live` | what the judge knows of those hours (evidence_store.py) |
| `target#orders:live` | `<time>#<deployment>` | one closed deployment of a target |
| `target#orders:live` | `quarantine#<code>#<configuration>` | a candidate at fault, by its hashes |
| `provisioned` | `orders:live`, `orders:42` | provisioned concurrency to set back (raised_concurrency.py) |
| `target#orders:live` | `order#<key>` | an accepted command for a target: `hold`, `release` |
| `target#orders:live` | `view` | the routers' shared view of an alias (alias_views.py) |
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from hotplug.aws.claims import AwsClaims, Claims
from hotplug.aws.raised_concurrency import AwsRaisedConcurrencies, RaisedConcurrencies
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import OVER, DeploymentRecord, Phase
from hotplug.core.deployment.transition import Outcome, State, Transition
from hotplug.core.errors import TrippedError, TryAgainError, UnreadableError
from hotplug.core.parsing.fields import one_of
from hotplug.core.parsing.stored import stored_value
from hotplug.core.plan.plan import Json, Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.configuration import Configuration
from hotplug.core.resources.target import Target
from hotplug.core.rollout.commands import ACCEPTED_COMMAND, EVERYWHERE, AcceptedCommand


class Ledger(Claims, RaisedConcurrencies, Protocol):
    """The ledger, as hotplug uses it."""

    def save(self, progress: Progress, phase: Phase) -> None:
        """Save what the deployment does next; raises TrippedError after a trip or a decision."""

    def load(self, deployment: str) -> DeploymentRecord | None:
        """The record saved last; None before the first save."""

    def tripped(self, deployment: str) -> str | None:
        """Why the guard stopped a deployment, if it did."""

    def trip(self, deployment: str, reason: str) -> bool:
        """Stop a deployment that is moving; False if it already has its verdict."""

    def decide(self, deployment: str, outcome: Outcome) -> Outcome:
        """Decide the outcome. The first decision wins and is returned to every caller; later saves fail."""

    def close(self, deployment: str) -> None:
        """Close the record, so that the guard can't trip the deployment."""

    def accept(self, deployment: str, accepted: AcceptedCommand) -> bool:
        """Record an accepted command; False if the same command is recorded already, which stays."""

    def commands(self, deployment: str) -> Sequence[AcceptedCommand]:
        """All accepted commands for a deployment, or for EVERYWHERE."""

    def accept_for(self, target: Target, accepted: AcceptedCommand) -> bool:
        """Record an accepted command for a target, for good; False if the same is recorded already."""

    def commands_of(self, target: Target) -> Sequence[AcceptedCommand]:
        """All accepted commands for a target."""

    def quarantine(self, planned: PlannedTarget, closing: Transition) -> None:
        """Quarantine the code and configuration of a candidate at fault."""

    def quarantined(self, target: Target, code_sha256: str, configuration: Configuration) -> str | None:
        """Why this code with this configuration is quarantined for the target, if it is."""

    def append(self, transition: Transition) -> bool:
        """Append a line to the timeline; False if its key exists, whose line stays."""

    def timeline(self, deployment: str, state: State | None = None) -> Sequence[Json]:
        """The lines of a deployment, or those of one type of transition, unordered."""

    def remember(self, plan: Plan, closing: Transition) -> None:
        """Add the outcome to the history of each target."""

    def closed_deployments(self, target: Target) -> Iterable[Json]:
        """The history of a target, newest first; read only as far as it is consumed."""


class AwsLedger(AwsClaims, AwsRaisedConcurrencies):
    """The ledger in DynamoDB."""

    def save(self, progress: Progress, phase: Phase) -> None:
        """UpdateItem, unless the deployment is tripped or decided."""
        plan = progress.plan
        values = {
            ":plan": plan.to_json(),
            ":candidates": list(progress.candidates),
            ":revisions": list(progress.revisions),
            ":step": progress.step,
            ":phase": str(phase),
            ":expires": self._expires(plan.created_at),
        }
        # "plan" is a reserved word of DynamoDB.
        update = "SET #plan = :plan, candidates = :candidates, revisions = :revisions"
        update += ", step = :step, phase = :phase, expires = :expires"
        undecided = "attribute_not_exists(tripped) AND attribute_not_exists(outcome)"
        if not self._update_record(plan.deployment, update, undecided, values):
            raise TrippedError(self.tripped(plan.deployment) or OVER)

    def load(self, deployment: str) -> DeploymentRecord | None:
        """GetItem, consistent."""
        item = self._item(f"deployment#{deployment}", "standing")
        if item is None or "plan" not in item:
            return None
        progress, phase = Progress.from_event(item), Phase(stored_value(item, "phase", one_of(*Phase)))
        if progress.plan.deployment != deployment:
            raise UnreadableError(f"the standing of {deployment} is that of {progress.plan.deployment}")
        return DeploymentRecord(progress, phase, _tripped(item), _outcome(item))

    def tripped(self, deployment: str) -> str | None:
        """Read from the item itself, so that the rest of the record may be unreadable."""
        item = self._item(f"deployment#{deployment}", "standing")
        return _tripped(item) if item else None

    def trip(self, deployment: str, reason: str) -> bool:
        """UpdateItem while the deployment is moving; the first reason stays."""
        values = {":reason": reason, ":moving": str(Phase.MOVING)}
        update = "SET tripped = if_not_exists(tripped, :reason)"
        undecided = "phase = :moving AND attribute_not_exists(outcome)"
        return self._update_record(deployment, update, undecided, values)

    def decide(self, deployment: str, outcome: Outcome) -> Outcome:
        """UpdateItem if there is no outcome yet, even without a saved record."""
        undecided = "attribute_not_exists(outcome)"
        if self._update_record(deployment, "SET outcome = :o", undecided, {":o": str(outcome)}):
            return outcome
        decided = _outcome(self._item(f"deployment#{deployment}", "standing") or {})
        if decided is None:
            raise TryAgainError(f"the standing of {deployment} changed while it was being decided")
        return decided

    def close(self, deployment: str) -> None:
        """UpdateItem of an existing record."""
        self._update_record(deployment, "SET phase = :p", "attribute_exists(pk)", {":p": str(Phase.CLOSED)})

    def _update_record(self, deployment: str, update: str, condition: str, values: Json) -> bool:
        key = {"pk": f"deployment#{deployment}", "sk": "standing"}
        return self._update(key, update, condition, values)

    def accept(self, deployment: str, accepted: AcceptedCommand) -> bool:
        """PutItem if absent.

        It expires with the deployment's history; a command for all deployments never expires.
        """
        item = {"pk": f"deployment#{deployment}", "sk": f"order#{accepted.key}"} | ACCEPTED_COMMAND.write(
            accepted
        )
        return self._put_once(item, None if deployment == EVERYWHERE else accepted.at.isoformat())

    def commands(self, deployment: str) -> Sequence[AcceptedCommand]:
        """Query."""
        return [ACCEPTED_COMMAND(item) for item in self._query(f"deployment#{deployment}", "order#")]

    def accept_for(self, target: Target, accepted: AcceptedCommand) -> bool:
        """PutItem if absent. It never expires."""
        item = {"pk": f"target#{target}", "sk": f"order#{accepted.key}"} | ACCEPTED_COMMAND.write(accepted)
        return self._put_once(item, None)

    def commands_of(self, target: Target) -> Sequence[AcceptedCommand]:
        """Query."""
        return [ACCEPTED_COMMAND(item) for item in self._query(f"target#{target}", "order#")]

    def quarantine(self, planned: PlannedTarget, closing: Transition) -> None:
        """PutItem, twice: the release before finds it by the hash that it took. It expires with the history.

        The second item says which configuration it means, as the hash of its key leaves settings out.
        """
        why = f"deployment {closing.deployment} rolled it back at {closing.at}: {closing.reason}"
        before = planned.config_sha256_before
        hashes = dict.fromkeys((planned.config_sha256 or before, before))
        about = {"configuration": planned.config_sha256} if planned.config_sha256 else {}
        for config_sha256 in hashes:
            sk = f"quarantine#{planned.code_sha256}#{config_sha256}".removesuffix("#")
            self._put_once({"pk": f"target#{planned.target}", "sk": sk, "reason": why} | about, closing.at)

    def quarantined(self, target: Target, code_sha256: str, configuration: Configuration) -> str | None:
        """GetItem. An item of a release before has another hash of the configuration, or none, in its key."""
        for hashed in (f"#{configuration.sha256}", f"#{configuration.before}", ""):
            item = self._item(f"target#{target}", f"quarantine#{code_sha256}{hashed}")
            if item and item.get("configuration", configuration.sha256) == configuration.sha256:
                return str(item.get("reason") or "it was put in quarantine")
        return None

    def append(self, transition: Transition) -> bool:
        """PutItem if absent."""
        key = {"pk": f"deployment#{transition.deployment}", "sk": f"line#{transition.key}"}
        return self._put_once(key | transition.to_line(), transition.at)

    def timeline(self, deployment: str, state: State | None = None) -> Sequence[Json]:
        """Query; a deployment has at most a few hundred short lines. Their keys begin with the type."""
        return self._query(f"deployment#{deployment}", f"line#{state}#" if state else "line#")

    def remember(self, plan: Plan, closing: Transition) -> None:
        """PutItem for each target."""
        for planned, line in zip(plan.targets, closing.targets, strict=True):
            key = {"pk": f"target#{planned.target}", "sk": f"{plan.created_at}#{plan.deployment}"}
            what = line.to_json() | {"outcome": str(closing.outcome), "reason": closing.reason}
            self._put_once(key | what | {"codeSha256": planned.code_sha256, "at": closing.at}, closing.at)

    def closed_deployments(self, target: Target) -> Iterable[Json]:
        """Query, as many pages as needed."""
        return self._closed(target)


def _tripped(item: Json) -> str | None:
    return str(item["tripped"]) if "tripped" in item else None


def _outcome(item: Json) -> Outcome | None:
    return Outcome(stored_value(item, "outcome", one_of(*Outcome))) if "outcome" in item else None
