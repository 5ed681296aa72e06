"""Claims of targets and the queue for them; part of the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from botocore.exceptions import ClientError

from hotplug.aws.dynamodb_json import encode
from hotplug.aws.errors import code, translated
from hotplug.aws.table import Json, Table
from hotplug.core.deployment.record import Holder
from hotplug.core.errors import TryAgainError
from hotplug.core.plan.plan import Plan
from hotplug.core.resources.target import Target

REFUSED_ONE = "ConditionalCheckFailed"
FREE_OR_MINE = "attribute_not_exists(pk) OR deployment = :m"


class Claims(Protocol):
    """Claims and queue, as hotplug uses them."""

    def claim(self, plan: Plan, now: datetime) -> Sequence[Holder]:
        """Claim all targets or none. Return the holders that block it, none on success.

        Repeating it is safe.
        """

    def claims(self) -> Sequence[Holder]:
        """Every claim that is held now."""

    def holder(self, target: Target) -> Holder | None:
        """The holder of a target's claim now."""

    def release(self, deployment: str, targets: Sequence[Target]) -> None:
        """Release a deployment's claims in one transaction."""

    def free(self, holder: Holder) -> bool:
        """Delete a claim that is as it was read; False if it is not."""

    def queue(self, plan: Plan) -> None:
        """Queue for every target, ordered by the time of the request. Repeating it is safe."""

    def next_queued(self, target: Target) -> Holder | None:
        """The deployment that has waited longest for a target."""

    def waiting(self) -> Sequence[Holder]:
        """Every queued deployment, once for each target."""

    def leave(self, deployment: str, targets: Sequence[Target]) -> None:
        """Leave the queue of each target."""


class AwsClaims(Table):
    """Claims and queue as items of the ledger's table."""

    def claim(self, plan: Plan, now: datetime) -> Sequence[Holder]:
        """TransactWriteItems with a condition on each claim."""
        puts = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": encode(_claim(str(planned.target), plan, now.isoformat())),
                    "ConditionExpression": FREE_OR_MINE,
                    "ExpressionAttributeValues": encode({":m": plan.deployment}),
                }
            }
            for planned in plan.targets
        ]
        try:
            with translated():
                self._client.transact_write_items(TransactItems=puts)  # type: ignore[arg-type]
        except ClientError as error:
            if code(error) != "TransactionCanceledException":
                raise
            return self._in_the_way(plan, error)
        return ()

    def _in_the_way(self, plan: Plan, error: ClientError) -> Sequence[Holder]:
        held = [holder for planned in plan.targets if (holder := self.holder(planned.target))]
        others = [holder for holder in held if holder.deployment != plan.deployment]
        if not others:
            raise TryAgainError(f"the claims changed while they were being made: {error}") from error
        return others

    def claims(self) -> Sequence[Holder]:
        """Query of the partition of all claims."""
        return [_claim_holder(item) for item in self._query("claim", "")]

    def holder(self, target: Target) -> Holder | None:
        """GetItem, consistent."""
        item = self._item("claim", str(target))
        return _claim_holder(item) if item else None

    def release(self, deployment: str, targets: Sequence[Target]) -> None:
        """TransactWriteItems.

        If another deployment holds one of the claims, this one holds none: nothing is released.
        """
        deletes = [
            {
                "Delete": {
                    "TableName": self._table,
                    "Key": encode({"pk": "claim", "sk": str(target)}),
                    "ConditionExpression": FREE_OR_MINE,
                    "ExpressionAttributeValues": encode({":m": deployment}),
                }
            }
            for target in targets
        ]
        try:
            with translated():
                self._client.transact_write_items(TransactItems=deletes)  # type: ignore[arg-type]
        except ClientError as error:
            if code(error) != "TransactionCanceledException":
                raise
            if REFUSED_ONE not in _reasons(error):
                raise TryAgainError(f"the claims changed while they were being freed: {error}") from error

    def free(self, holder: Holder) -> bool:
        """GetItem, and DeleteItem while the claim names the same deployment, or none."""
        item = self._item("claim", holder.target)
        if item is None or _claim_holder(item) != holder:
            return False
        key = {"pk": "claim", "sk": holder.target}
        if "deployment" not in item:
            return self._delete(key, "attribute_not_exists(deployment)")
        return self._delete(key, "deployment = :m", {":m": item["deployment"]})

    def queue(self, plan: Plan) -> None:
        """PutItem for each target."""
        for planned in plan.targets:
            name = str(planned.target)
            sk = f"{name}#{plan.created_at}#{plan.deployment}"
            self._put_once(_claim(name, plan, plan.created_at) | {"pk": "queue", "sk": sk}, plan.created_at)

    def next_queued(self, target: Target) -> Holder | None:
        """Query. Times in UTC sort in the same order as texts."""
        items = self._query("queue", f"{target}#")
        return _holder(items[0]) if items else None

    def waiting(self) -> Sequence[Holder]:
        """Query."""
        return [_holder(item) for item in self._query("queue", "")]

    def leave(self, deployment: str, targets: Sequence[Target]) -> None:
        """Query, and DeleteItem of the deployment's items."""
        for target in targets:
            for item in self._query("queue", f"{target}#"):
                if item["deployment"] == deployment:
                    key = encode({"pk": "queue", "sk": item["sk"]})
                    with translated():
                        self._client.delete_item(TableName=self._table, Key=key)


def _reasons(error: ClientError) -> set[str]:
    """Cancellation codes of a transaction, one for each item."""
    return {reason["Code"] for reason in error.response.get("CancellationReasons", ())}


def _holder(item: Json) -> Holder:
    """Decode a holder. An unreadable claim still locks its target. An operator must remove it."""
    deployment, execution, since = (str(item.get(key, "")) for key in ("deployment", "execution", "at"))
    return Holder(str(item.get("target", item["sk"])), deployment, execution, since)


def _claim_holder(item: Json) -> Holder:
    """Decode a holder by the key of its claim, which is the target."""
    return _holder(item | {"target": item["sk"]})


def _claim(target: str, plan: Plan, at: str) -> Json:
    return {
        "pk": "claim",
        "sk": target,
        "target": target,
        "deployment": plan.deployment,
        "execution": plan.execution,
        "at": at,
        "requestedBy": plan.requested_by,
        "reason": plan.reason,
    }
