"""The AWS in which the stories happen, and what its ledger says."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from boto3.dynamodb.types import TypeDeserializer

LOOK_SECONDS = 0.4
PATIENCE_SECONDS = 300.0
"""More than anything that is waited for takes on a busy machine; a failing story takes this long."""


class Aws(Protocol):
    """Any AWS that has a hotplug in it."""

    def client(self, service: str) -> Any:
        """A boto3 client."""

    def api_url(self, api: str, stage: str) -> str:
        """Where a stage of a REST API answers."""


@dataclass(frozen=True)
class World:
    """An AWS, and the outputs of the stack in it."""

    aws: Aws
    outputs: Mapping[str, str]

    @cached_property
    def functions(self) -> Any:
        return self.aws.client("lambda")

    @cached_property
    def machines(self) -> Any:
        return self.aws.client("stepfunctions")

    @cached_property
    def alarms(self) -> Any:
        return self.aws.client("cloudwatch")

    @cached_property
    def table(self) -> Any:
        return self.aws.client("dynamodb")

    @cached_property
    def events(self) -> Any:
        return self.aws.client("events")

    @property
    def machine(self) -> str:
        return self.outputs["StateMachineArn"]

    @property
    def router(self) -> str:
        """Where the API of the router answers."""
        return self.aws.api_url(self.outputs["RouterApiId"], "api")

    def put(self, key: str, content: bytes) -> None:
        """An object in the artifact bucket."""
        bucket = self.outputs["ArtifactBucketName"]
        self.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=content)

    def part(self, logical_id: str) -> str:
        """The physical name of one of the stack's resources; its name is the first part of its machine's."""
        stack = self.machine.partition(":stateMachine:")[2].partition("-deploy")[0]
        found = self.aws.client("cloudformation").describe_stack_resource(
            StackName=stack, LogicalResourceId=logical_id
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])


def eventually[T](
    probe: Callable[[], T | None],
    what: str,
    *,
    often: bool = False,
    patience_seconds: float = PATIENCE_SECONDS,
) -> T:
    """The first answer that is true, asked for until patience ends; `often` for what is soon over."""
    give_up = time.monotonic() + patience_seconds
    while not (answer := probe()):
        assert time.monotonic() < give_up, f"after {patience_seconds} s still not: {what}"
        time.sleep(LOOK_SECONDS / 12 if often else LOOK_SECONDS)
    return answer


def ledger_lines(world: World, deployment: str) -> list[dict[str, Any]]:
    """The lines of a deployment's timeline, oldest first."""
    pages = world.table.get_paginator("query").paginate(
        TableName=world.outputs["LedgerTableName"],
        KeyConditionExpression="pk = :deployment AND begins_with(sk, :line)",
        ExpressionAttributeValues={":deployment": {"S": f"deployment#{deployment}"}, ":line": {"S": "line#"}},
        ConsistentRead=True,
    )
    decode = TypeDeserializer().deserialize
    lines = [decode({"M": item}) for page in pages for item in page["Items"]]
    return sorted(lines, key=lambda line: str(line["at"]))
