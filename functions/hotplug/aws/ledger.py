"""One DynamoDB table: who may move which target, and what became of every deployment.

| pk | sk | what |
|---|---|---|
| `claim` | `orders:live` | the exclusive right to move a target (claims.py) |
| `queue` | `orders:live#<time>#<name>` | a deployment that waits for a target, oldest first (claims.py) |
| `deployment#<name>` | `line#<key>` | one transition; `at` orders the timeline |
| `deployment#<name>` | `standing` | what it was about to do, for the guard |
| `deployment#<name>` | `order#<key>` | a command that was taken; those of `deployment#*` hold for all |
| `deployment#<name>` | `evidence#orders:live` | how it was judged (evidence_book.py) |
| `target#orders:live` | `<time>#<deployment>` | one closed deployment of a target |
| `target#orders:live` | `quarantine#<code>#<configuration>` | rolled back for what it did; by its hashes |
"""

from collections.abc import Sequence
from typing import Protocol

from hotplug.aws.claims import AwsClaims, Claims
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import OVER, Phase, Standing
from hotplug.core.deployment.transition import Outcome, Transition
from hotplug.core.errors import TrippedError, TryAgainError, UnreadableError
from hotplug.core.parsing.fields import one_of
from hotplug.core.parsing.stored import written
from hotplug.core.plan.plan import Json, Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.resources.target import Target
from hotplug.core.resources.versions import good_versions
from hotplug.core.rollout.commands import EVERYWHERE, ORDER, Order


class Ledger(Claims, Protocol):
    """What hotplug asks of the ledger."""

    def save(self, progress: Progress, phase: Phase) -> None:
        """Write down what is about to be done; raises TrippedError after a trip or a decision."""

    def standing(self, deployment: str) -> Standing | None:
        """What was saved last; None before the first save."""

    def tripped(self, deployment: str) -> str | None:
        """Why the guard stopped a deployment, if it did."""

    def trip(self, deployment: str, reason: str) -> bool:
        """Forbid a deployment that is moving to move on; False where it has its verdict already."""

    def decide(self, deployment: str, outcome: Outcome) -> Outcome:
        """How it ends: who decides first decides, and all get that answer. No save passes any more."""

    def close(self, deployment: str) -> None:
        """From now on the guard cannot trip it."""

    def order(self, deployment: str, order: Order) -> bool:
        """Write down what was ordered; False where the same was ordered before, which stays."""

    def orders(self, deployment: str) -> Sequence[Order]:
        """All that was ordered about a deployment, or EVERYWHERE."""

    def quarantine(self, planned: PlannedTarget, closing: Transition) -> None:
        """Remember the code and configuration of a candidate that was rolled back for what it did."""

    def quarantined(self, target: Target, code_sha256: str, config_sha256: str) -> str | None:
        """Why this code in this configuration is in quarantine for this target, if it is."""

    def append(self, transition: Transition) -> bool:
        """Add a line to the timeline; a line with the same key stays as it was first written (False)."""

    def timeline(self, deployment: str) -> Sequence[Json]:
        """The lines of a deployment, in no particular order."""

    def remember(self, plan: Plan, closing: Transition) -> None:
        """Add the outcome to the history of each target."""

    def good(self, target: Target, most: int) -> tuple[str, ...]:
        """The last versions that served well, newest first."""


class AwsLedger(AwsClaims):
    """The table itself."""

    def save(self, progress: Progress, phase: Phase) -> None:
        """UpdateItem unless it is tripped."""
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
        if not self._update_standing(plan.deployment, update, undecided, values):
            raise TrippedError(self.tripped(plan.deployment) or OVER)

    def standing(self, deployment: str) -> Standing | None:
        """GetItem, consistent."""
        item = self._item(f"deployment#{deployment}", "standing")
        if item is None or "plan" not in item:
            return None
        progress, phase = Progress.from_event(item), Phase(written(item, "phase", one_of(*Phase)))
        if progress.plan.deployment != deployment:
            raise UnreadableError(f"the standing of {deployment} is that of {progress.plan.deployment}")
        return Standing(progress, phase, _tripped(item), _outcome(item))

    def tripped(self, deployment: str) -> str | None:
        """From the standing, be the rest of it readable or not."""
        item = self._item(f"deployment#{deployment}", "standing")
        return _tripped(item) if item else None

    def trip(self, deployment: str, reason: str) -> bool:
        """UpdateItem while it is moving; the first reason stays."""
        values = {":reason": reason, ":moving": str(Phase.MOVING)}
        update = "SET tripped = if_not_exists(tripped, :reason)"
        undecided = "phase = :moving AND attribute_not_exists(outcome)"
        return self._update_standing(deployment, update, undecided, values)

    def decide(self, deployment: str, outcome: Outcome) -> Outcome:
        """UpdateItem if it has none yet, even where nothing was saved."""
        undecided = "attribute_not_exists(outcome)"
        if self._update_standing(deployment, "SET outcome = :o", undecided, {":o": str(outcome)}):
            return outcome
        decided = _outcome(self._item(f"deployment#{deployment}", "standing") or {})
        if decided is None:
            raise TryAgainError(f"the standing of {deployment} changed while it was being decided")
        return decided

    def close(self, deployment: str) -> None:
        """UpdateItem of a standing that is there."""
        self._update_standing(deployment, "SET phase = :p", "attribute_exists(pk)", {":p": str(Phase.CLOSED)})

    def _update_standing(self, deployment: str, update: str, condition: str, values: Json) -> bool:
        key = {"pk": f"deployment#{deployment}", "sk": "standing"}
        return self._update(key, update, condition, values)

    def order(self, deployment: str, order: Order) -> bool:
        """PutItem if it is not there. It goes with the deployment's story; what holds for all stays."""
        item = {"pk": f"deployment#{deployment}", "sk": f"order#{order.key}"} | ORDER.write(order)
        return self._put_once(item, None if deployment == EVERYWHERE else order.at.isoformat())

    def orders(self, deployment: str) -> Sequence[Order]:
        """Query."""
        return [ORDER(item) for item in self._query(f"deployment#{deployment}", "order#")]

    def quarantine(self, planned: PlannedTarget, closing: Transition) -> None:
        """PutItem; it expires with the history."""
        key = {
            "pk": f"target#{planned.target}",
            "sk": f"quarantine#{planned.code_sha256}#{planned.config_sha256}".removesuffix("#"),
        }
        why = f"deployment {closing.deployment} rolled it back at {closing.at}: {closing.reason}"
        self._put_once(key | {"reason": why}, closing.at)

    def quarantined(self, target: Target, code_sha256: str, config_sha256: str) -> str | None:
        """GetItem, also of what an older release wrote, which knew no configurations."""
        for sk in (f"quarantine#{code_sha256}#{config_sha256}", f"quarantine#{code_sha256}"):
            if item := self._item(f"target#{target}", sk):
                return str(item.get("reason") or "it was put in quarantine")
        return None

    def append(self, transition: Transition) -> bool:
        """PutItem if it is not there."""
        key = {"pk": f"deployment#{transition.deployment}", "sk": f"line#{transition.key}"}
        return self._put_once(key | transition.to_line(), transition.at)

    def timeline(self, deployment: str) -> Sequence[Json]:
        """Query; a deployment has at most a few hundred short lines."""
        return self._query(f"deployment#{deployment}", "line#")

    def remember(self, plan: Plan, closing: Transition) -> None:
        """PutItem for each target."""
        for planned, line in zip(plan.targets, closing.targets, strict=True):
            key = {"pk": f"target#{planned.target}", "sk": f"{plan.created_at}#{plan.deployment}"}
            what = line.to_json() | {"outcome": str(closing.outcome), "reason": closing.reason}
            self._put_once(key | what | {"codeSha256": planned.code_sha256, "at": closing.at}, closing.at)

    def good(self, target: Target, most: int) -> tuple[str, ...]:
        """From the history, as far back as it takes."""
        return good_versions(self._closed(target), most)


def _tripped(item: Json) -> str | None:
    return str(item["tripped"]) if "tripped" in item else None


def _outcome(item: Json) -> Outcome | None:
    return Outcome(written(item, "outcome", one_of(*Outcome))) if "outcome" in item else None
