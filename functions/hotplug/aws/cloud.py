"""AWS as use cases receive it: one bundle of services, created once per execution environment."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from time import sleep
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config

from hotplug.aws.alarms import Alarms, AwsAlarms
from hotplug.aws.executions import AwsExecutions, Executions
from hotplug.aws.functions import AwsFunctions, Functions
from hotplug.aws.ledger import AwsLedger, Ledger
from hotplug.aws.notifications import AwsNotifications, Notifications
from hotplug.aws.rate_limit import RateLimit
from hotplug.core.resources.function import LAMBDA_CALLS_A_SECOND
from hotplug.core.spec.hooks import MAX_CALL_SECONDS
from hotplug.core.spec.smoke_test import MAX_SECONDS
from hotplug.core.spec.warm_up import MAX_ENVIRONMENTS, MAX_WARM_SECONDS

if TYPE_CHECKING:
    from hotplug.aws.artifacts import Artifacts
    from hotplug.aws.concurrency import Concurrency
    from hotplug.aws.evidence_store import EvidenceStore
    from hotplug.aws.images import Images
    from hotplug.aws.invocations import Calls
    from hotplug.aws.metrics import Metrics
    from hotplug.aws.parallel_invocations import ParallelCalls
    from hotplug.aws.versions import Versions

RETRIES = Config(retries={"mode": "standard", "max_attempts": 6}, connect_timeout=3, read_timeout=20)
"""Standard mode backs off exponentially with jitter."""
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=MAX_SECONDS)
"""Calls of candidates: one attempt, which must answer within the timeout."""
TOGETHER = Config(
    retries={"total_max_attempts": 1},
    connect_timeout=3,
    read_timeout=MAX_WARM_SECONDS,
    max_pool_connections=MAX_ENVIRONMENTS,
)
"""Calls that warm candidates: one attempt, and a connection for each of those at the same time."""
PATIENT = Config(
    retries={"total_max_attempts": 1},
    connect_timeout=3,
    read_timeout=MAX_CALL_SECONDS,
    tcp_keepalive=True,
)
"""Calls of hooks: one attempt, which may take nearly as long as a Lambda function can run."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a function, from the template's environment variables.

    `targets` and `hooks` are patterns separated by commas; `machine` is an ARN. `routable_versions` is how
    many good versions the router serves. The settings from `stack` to `has_router` are about releases of
    hotplug itself; `stack` is the name of its own stack.
    """

    targets: str
    machine: str
    ledger: str
    topic: str
    keep_days: int
    routable_versions: int = 0
    stack: str = ""
    self_strategy: str = ""
    self_alarms: tuple[str, ...] = ()
    has_router: bool = False
    hooks: str = ""

    @staticmethod
    def from_environment() -> "Settings":
        """Read the environment; each function has only the variables it needs."""
        return Settings(
            targets=os.environ.get("HOTPLUG_TARGETS", ""),
            machine=os.environ.get("HOTPLUG_MACHINE", ""),
            ledger=os.environ["HOTPLUG_LEDGER"],
            topic=os.environ["HOTPLUG_TOPIC"],
            keep_days=int(os.environ["HOTPLUG_KEEP_DAYS"]),
            stack=os.environ.get("HOTPLUG_STACK", ""),
            self_strategy=os.environ.get("HOTPLUG_SELF_STRATEGY", ""),
            self_alarms=tuple(filter(None, os.environ.get("HOTPLUG_SELF_ALARMS", "").split(","))),
            routable_versions=int(os.environ.get("HOTPLUG_ROUTABLE_VERSIONS", "0")),
            has_router=os.environ.get("HOTPLUG_SELF_ROUTER") == "on",
            hooks=os.environ.get("HOTPLUG_HOOKS", ""),
        )


class Cloud(Protocol):
    """AWS services of a use case."""

    @property
    def settings(self) -> Settings: ...
    @property
    def functions(self) -> Functions: ...
    @property
    def trials(self) -> "Calls": ...
    @property
    def parallel_trials(self) -> "ParallelCalls": ...
    @property
    def hooks(self) -> "Calls": ...
    @property
    def concurrency(self) -> "Concurrency": ...
    @property
    def versions(self) -> "Versions": ...
    @property
    def alarms(self) -> Alarms: ...
    @property
    def metrics(self) -> "Metrics": ...
    @property
    def artifacts(self) -> "Artifacts": ...
    @property
    def images(self) -> "Images": ...
    @property
    def executions(self) -> Executions: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def evidence_store(self) -> "EvidenceStore": ...
    @property
    def notifications(self) -> Notifications: ...

    def now(self) -> datetime:
        """The time in UTC."""

    def pause(self, seconds: float) -> None:
        """Wait before a read or write is tried again."""


class LiveCloud:
    """AWS services as clients, each created on first use: a function needs only a few."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._limit = RateLimit(LAMBDA_CALLS_A_SECOND)

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    def pause(self, seconds: float) -> None:
        """Sleep."""
        sleep(seconds)

    @cached_property
    def functions(self) -> Functions:
        """Lambda."""
        return AwsFunctions(_client("lambda"), self._limit)

    @cached_property
    def trials(self) -> "Calls":
        """Lambda's data plane, for calls of candidates. Imported late: few functions make them."""
        from hotplug.aws.invocations import AwsInvocations

        return AwsInvocations(boto3.client("lambda", config=ONCE))

    @cached_property
    def parallel_trials(self) -> "ParallelCalls":
        """Lambda's data plane, for calls of candidates at the same time. Imported late: few need it."""
        from hotplug.aws.parallel_invocations import AwsParallelInvocations

        return AwsParallelInvocations(boto3.client("lambda", config=TOGETHER))

    @cached_property
    def hooks(self) -> "Calls":
        """Lambda's data plane, for calls of hooks, which may be long."""
        from hotplug.aws.invocations import AwsInvocations

        return AwsInvocations(boto3.client("lambda", config=PATIENT))

    @cached_property
    def concurrency(self) -> "Concurrency":
        """Provisioned concurrency. Imported late: few Lambda functions have any."""
        from hotplug.aws.concurrency import AwsConcurrency

        return AwsConcurrency(_client("lambda"), self._limit)

    @cached_property
    def versions(self) -> "Versions":
        """Published versions. Imported late: only Prune deletes them."""
        from hotplug.aws.versions import AwsVersions

        return AwsVersions(_client("lambda"), self._limit)

    @cached_property
    def alarms(self) -> Alarms:
        """CloudWatch."""
        return AwsAlarms(_client("cloudwatch"))

    @cached_property
    def metrics(self) -> "Metrics":
        """CloudWatch metrics. Imported late: only two functions read them."""
        from hotplug.aws.metrics import AwsMetrics

        return AwsMetrics(_client("cloudwatch"))

    @cached_property
    def artifacts(self) -> "Artifacts":
        """S3. Imported late: only functions that read packages need zipfile."""
        from hotplug.aws.artifacts import AwsArtifacts

        return AwsArtifacts(_client("s3"))

    @cached_property
    def images(self) -> "Images":
        """ECR. Imported late: only deployments of images need it."""
        from hotplug.aws.images import AwsImages

        return AwsImages(_client("ecr"))

    @cached_property
    def executions(self) -> Executions:
        """Step Functions."""
        return AwsExecutions(_client("stepfunctions"))

    @cached_property
    def ledger(self) -> Ledger:
        """DynamoDB."""
        return AwsLedger(_client("dynamodb"), self.settings.ledger, self.settings.keep_days)

    @cached_property
    def evidence_store(self) -> "EvidenceStore":
        """DynamoDB. Imported late: only functions that judge need it."""
        from hotplug.aws.evidence_store import AwsEvidenceStore

        client = _client("dynamodb")
        return AwsEvidenceStore(client, self.settings.ledger, self.settings.keep_days)

    @cached_property
    def notifications(self) -> Notifications:
        """EventBridge and SNS."""
        return AwsNotifications(_client("events"), _client("sns"), self.settings.topic)


def _client(service: Any) -> Any:
    return boto3.client(service, config=RETRIES)
