"""Everything a use case may touch, in one bundle that is built once per execution environment."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config

from hotplug.aws.alarms import Alarms, AwsAlarms
from hotplug.aws.bulletins import AwsBulletins, Bulletins
from hotplug.aws.executions import AwsExecutions, Executions
from hotplug.aws.lambdas import AwsLambdas, Lambdas
from hotplug.aws.ledger import AwsLedger, Ledger

if TYPE_CHECKING:
    from hotplug.aws.artifacts import Artifacts

RETRIES = Config(retries={"mode": "standard", "max_attempts": 6}, connect_timeout=3, read_timeout=20)
"""Standard mode backs off exponentially with jitter. Lambda's control plane allows 15 requests a second."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the template tells a function. `targets` has IAM's wildcards; `machine` is an ARN."""

    targets: str
    machine: str
    ledger: str
    topic: str
    keep_days: int

    @staticmethod
    def from_environment() -> "Settings":
        """Variables that a function does not need are absent from its environment."""
        return Settings(
            targets=os.environ.get("HOTPLUG_TARGETS", ""),
            machine=os.environ.get("HOTPLUG_MACHINE", ""),
            ledger=os.environ["HOTPLUG_LEDGER"],
            topic=os.environ["HOTPLUG_TOPIC"],
            keep_days=int(os.environ["HOTPLUG_KEEP_DAYS"]),
        )


class Cloud(Protocol):
    """What a use case receives."""

    @property
    def settings(self) -> Settings: ...
    @property
    def lambdas(self) -> Lambdas: ...
    @property
    def alarms(self) -> Alarms: ...
    @property
    def artifacts(self) -> "Artifacts": ...
    @property
    def executions(self) -> Executions: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def bulletins(self) -> Bulletins: ...

    def now(self) -> datetime:
        """The time in UTC."""


class LiveCloud:
    """AWS. Each client is made when it is first used, since a function needs only a few of them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    @cached_property
    def lambdas(self) -> Lambdas:
        """Lambda."""
        return AwsLambdas(_client("lambda"))

    @cached_property
    def alarms(self) -> Alarms:
        """CloudWatch."""
        return AwsAlarms(_client("cloudwatch"))

    @cached_property
    def artifacts(self) -> "Artifacts":
        """S3; imported late, since only the functions that read packages pay for zipfile."""
        from hotplug.aws.artifacts import AwsArtifacts

        return AwsArtifacts(_client("s3"))

    @cached_property
    def executions(self) -> Executions:
        """Step Functions."""
        return AwsExecutions(_client("stepfunctions"))

    @cached_property
    def ledger(self) -> Ledger:
        """DynamoDB."""
        return AwsLedger(_client("dynamodb"), self.settings.ledger, self.settings.keep_days)

    @cached_property
    def bulletins(self) -> Bulletins:
        """EventBridge and SNS."""
        return AwsBulletins(_client("events"), _client("sns"), self.settings.topic)


def _client(service: Any) -> Any:
    return boto3.client(service, config=RETRIES)
