"""Everything a use case may touch, in one bundle that is built once per execution environment."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config

from hotplug.aws.alarms import Alarms, AwsAlarms
from hotplug.aws.executions import AwsExecutions, Executions
from hotplug.aws.functions import AwsLambdas, Lambdas
from hotplug.aws.ledger import AwsLedger, Ledger
from hotplug.aws.notifications import AwsBulletins, Bulletins
from hotplug.aws.rate_limit import RateLimit
from hotplug.core.resources.function import LAMBDA_CALLS_A_SECOND
from hotplug.core.spec.hooks import LONGEST_CALL_SECONDS
from hotplug.core.spec.smoke_test import LONGEST_SECONDS

if TYPE_CHECKING:
    from hotplug.aws.artifacts import Artifacts
    from hotplug.aws.concurrency import Capacities
    from hotplug.aws.evidence_store import EvidenceBook
    from hotplug.aws.images import Images
    from hotplug.aws.invocations import Calls
    from hotplug.aws.metrics import Metrics
    from hotplug.aws.versions import Archive

RETRIES = Config(retries={"mode": "standard", "max_attempts": 6}, connect_timeout=3, read_timeout=20)
"""Standard mode backs off exponentially with jitter."""
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=LONGEST_SECONDS)
"""For calls of candidates: one attempt, which answers in time or has failed."""
PATIENT = Config(
    retries={"total_max_attempts": 1},
    connect_timeout=3,
    read_timeout=LONGEST_CALL_SECONDS,
    tcp_keepalive=True,
)
"""For calls of hooks: one attempt, which may take nearly as long as a function can."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the template tells a function. `targets` and `hooks` are patterns between commas; `machine` is an
    ARN.

    `routable_versions` is how many good ones the router may be asked for. Those from `stack` to `has_router`
    are about releases of hotplug itself; `stack` is the name of its own.
    """

    targets: str
    machine: str
    ledger: str
    topic: str
    keep_days: int
    routable_versions: int = 0
    stack: str = ""
    own_strategy: str = ""
    own_alarms: tuple[str, ...] = ()
    has_router: bool = False
    hooks: str = ""

    @staticmethod
    def from_environment() -> "Settings":
        """Variables that a function does not need are absent from its environment."""
        return Settings(
            targets=os.environ.get("HOTPLUG_TARGETS", ""),
            machine=os.environ.get("HOTPLUG_MACHINE", ""),
            ledger=os.environ["HOTPLUG_LEDGER"],
            topic=os.environ["HOTPLUG_TOPIC"],
            keep_days=int(os.environ["HOTPLUG_KEEP_DAYS"]),
            stack=os.environ.get("HOTPLUG_STACK", ""),
            own_strategy=os.environ.get("HOTPLUG_SELF_STRATEGY", ""),
            own_alarms=tuple(filter(None, os.environ.get("HOTPLUG_SELF_ALARMS", "").split(","))),
            routable_versions=int(os.environ.get("HOTPLUG_ROUTABLE_VERSIONS", "0")),
            has_router=os.environ.get("HOTPLUG_SELF_ROUTER") == "on",
            hooks=os.environ.get("HOTPLUG_HOOKS", ""),
        )


class Cloud(Protocol):
    """What a use case receives."""

    @property
    def settings(self) -> Settings: ...
    @property
    def lambdas(self) -> Lambdas: ...
    @property
    def trials(self) -> "Calls": ...
    @property
    def hooks(self) -> "Calls": ...
    @property
    def capacities(self) -> "Capacities": ...
    @property
    def archive(self) -> "Archive": ...
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
    def book(self) -> "EvidenceBook": ...
    @property
    def bulletins(self) -> Bulletins: ...

    def now(self) -> datetime:
        """The time in UTC."""


class LiveCloud:
    """AWS. Each client is made when it is first used, since a function needs only a few of them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._limit = RateLimit(LAMBDA_CALLS_A_SECOND)

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    @cached_property
    def lambdas(self) -> Lambdas:
        """Lambda."""
        return AwsLambdas(_client("lambda"), self._limit)

    @cached_property
    def trials(self) -> "Calls":
        """Lambda's data plane; imported late, since only one function calls candidates."""
        from hotplug.aws.invocations import AwsCalls

        return AwsCalls(boto3.client("lambda", config=ONCE))

    @cached_property
    def hooks(self) -> "Calls":
        """Lambda's data plane, for calls that take their time."""
        from hotplug.aws.invocations import AwsCalls

        return AwsCalls(boto3.client("lambda", config=PATIENT))

    @cached_property
    def capacities(self) -> "Capacities":
        """Lambda's provisioned concurrency; imported late, since few functions have any."""
        from hotplug.aws.concurrency import AwsCapacities

        return AwsCapacities(_client("lambda"), self._limit)

    @cached_property
    def archive(self) -> "Archive":
        """Lambda's published versions; imported late, since only one function deletes them."""
        from hotplug.aws.versions import AwsArchive

        return AwsArchive(_client("lambda"), self._limit)

    @cached_property
    def alarms(self) -> Alarms:
        """CloudWatch."""
        return AwsAlarms(_client("cloudwatch"))

    @cached_property
    def metrics(self) -> "Metrics":
        """CloudWatch; imported late, since only two functions read what is measured."""
        from hotplug.aws.metrics import AwsMetrics

        return AwsMetrics(_client("cloudwatch"))

    @cached_property
    def artifacts(self) -> "Artifacts":
        """S3; imported late, since only the functions that read packages pay for zipfile."""
        from hotplug.aws.artifacts import AwsArtifacts

        return AwsArtifacts(_client("s3"))

    @cached_property
    def images(self) -> "Images":
        """ECR; imported late, since only deployments of images need it."""
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
    def book(self) -> "EvidenceBook":
        """DynamoDB; imported late, since only the functions that judge need it."""
        from hotplug.aws.evidence_store import AwsEvidenceBook

        client = _client("dynamodb")
        return AwsEvidenceBook(client, self.settings.ledger, self.settings.keep_days)

    @cached_property
    def bulletins(self) -> Bulletins:
        """EventBridge and SNS."""
        return AwsBulletins(_client("events"), _client("sns"), self.settings.topic)


def _client(service: Any) -> Any:
    return boto3.client(service, config=RETRIES)
