"""One DynamoDB table: who may move which target, and what became of every deployment.

| pk | sk | what |
|---|---|---|
| `claim` | `orders:live` | the exclusive right to move a target |
| `deployment#<name>` | `line#<key>` | one transition; `at` orders the timeline |
| `target#orders:live` | `<time>#<deployment>` | one closed deployment of a target |
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from hotplug.aws.errors import code, translated
from hotplug.core.errors import TryAgainError
from hotplug.core.plan import Json, Plan
from hotplug.core.report import Transition
from hotplug.core.request import Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REFUSED = "ConditionalCheckFailedException"


@dataclass(frozen=True, slots=True)
class Holder:
    """The deployment that holds a target's claim, and its execution's ARN."""

    target: str
    deployment: str
    execution: str
    since: str


class Ledger(Protocol):
    """What hotplug asks of the ledger."""

    def claim(self, plan: Plan, now: datetime, over: Collection[str] = ()) -> Sequence[Holder]:
        """Claim all targets or none; the holders that were in the way, none on success.

        Claims of the deployments named in `over` are taken from them. Claiming twice is claiming once.
        """

    def holder(self, target: Target) -> Holder | None:
        """Who holds a target now."""

    def release(self, plan: Plan) -> None:
        """Free this deployment's claims; those that somebody else holds by now stay."""

    def append(self, transition: Transition) -> None:
        """Add a line to the timeline; a line with the same key stays as it was first written."""

    def timeline(self, deployment: str) -> Sequence[Json]:
        """The lines of a deployment, in no particular order."""

    def remember(self, plan: Plan, closing: Transition) -> None:
        """Add the outcome to the history of each target."""


class AwsLedger:
    """The table itself."""

    def __init__(self, client: "DynamoDBClient", table: str, keep_days: int) -> None:
        self._client, self._table, self._keep = client, table, timedelta(days=keep_days)

    def claim(self, plan: Plan, now: datetime, over: Collection[str] = ()) -> Sequence[Holder]:
        """TransactWriteItems with a condition on each claim."""
        welcome = {":m": plan.deployment} | {f":o{at}": name for at, name in enumerate(sorted(over))}
        condition = f"attribute_not_exists(pk) OR deployment IN ({', '.join(welcome)})"
        puts = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": _encode(_claim(str(planned.target), plan, now)),
                    "ConditionExpression": condition,
                    "ExpressionAttributeValues": _encode(welcome),
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
            return self._in_the_way(plan, over, error)
        return ()

    def _in_the_way(self, plan: Plan, over: Collection[str], error: ClientError) -> Sequence[Holder]:
        held = [holder for planned in plan.targets if (holder := self.holder(planned.target))]
        others = [holder for holder in held if holder.deployment not in {plan.deployment, *over}]
        if not others:
            raise TryAgainError(f"the claims changed while they were being made: {error}") from error
        return others

    def holder(self, target: Target) -> Holder | None:
        """GetItem, consistent."""
        with translated():
            found = self._client.get_item(
                TableName=self._table, Key=_encode({"pk": "claim", "sk": str(target)}), ConsistentRead=True
            )
        if "Item" not in found:
            return None
        item = _decode(found["Item"])
        return Holder(item["sk"], item["deployment"], item["execution"], item["at"])

    def release(self, plan: Plan) -> None:
        """DeleteItem where the claim is still this deployment's."""
        for planned in plan.targets:
            try:
                with translated():
                    self._client.delete_item(
                        TableName=self._table,
                        Key=_encode({"pk": "claim", "sk": str(planned.target)}),
                        ConditionExpression="deployment = :m",
                        ExpressionAttributeValues=_encode({":m": plan.deployment}),
                    )
            except ClientError as error:
                if code(error) != REFUSED:
                    raise

    def append(self, transition: Transition) -> None:
        """PutItem if it is not there."""
        key = {"pk": f"deployment#{transition.deployment}", "sk": f"line#{transition.key}"}
        self._put_once(key | transition.to_json(), transition.at)

    def timeline(self, deployment: str) -> Sequence[Json]:
        """Query; a deployment has at most a few hundred short lines."""
        lines: list[Json] = []
        start: dict[str, Any] = {}
        while True:
            with translated():
                page = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :p AND begins_with(sk, :l)",
                    ExpressionAttributeValues=_encode({":p": f"deployment#{deployment}", ":l": "line#"}),
                    ConsistentRead=True,
                    **start,
                )
            lines.extend(_decode(item) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return lines
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def remember(self, plan: Plan, closing: Transition) -> None:
        """PutItem for each target."""
        for planned, line in zip(plan.targets, closing.targets, strict=True):
            key = {"pk": f"target#{planned.target}", "sk": f"{plan.created_at}#{plan.deployment}"}
            what = line.to_json() | {"outcome": str(closing.outcome), "reason": closing.reason}
            self._put_once(key | what | {"codeSha256": planned.code_sha256, "at": closing.at}, closing.at)

    def _put_once(self, item: Json, at: str) -> None:
        expires = datetime.fromisoformat(at) + self._keep
        try:
            with translated():
                self._client.put_item(
                    TableName=self._table,
                    Item=_encode(item | {"expires": int(expires.timestamp())}),
                    ConditionExpression="attribute_not_exists(pk)",
                )
        except ClientError as error:
            if code(error) != REFUSED:
                raise


def _claim(target: str, plan: Plan, now: datetime) -> Json:
    return {
        "pk": "claim",
        "sk": target,
        "deployment": plan.deployment,
        "execution": plan.execution,
        "at": now.isoformat(),
        "requestedBy": plan.requested_by,
        "reason": plan.reason,
    }


def _encode(item: Mapping[str, Any]) -> dict[str, Any]:
    exact = json.loads(json.dumps(item), parse_float=Decimal)
    return {key: TypeSerializer().serialize(value) for key, value in exact.items()}


def _decode(item: Mapping[str, Any]) -> Json:
    return {key: _plain(TypeDeserializer().deserialize(value)) for key, value in item.items()}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral() else float(value)
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case _:
            return value
