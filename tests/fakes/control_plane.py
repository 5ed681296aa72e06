"""Lambda's control plane as boto3 shows it, over the one in memory: each call takes time and is counted."""

# ruff: noqa: N803 - boto3's names

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hotplug.aws.functions import AwsFunctions
from hotplug.aws.rate_limit import RateLimit
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.resources.callers import EventSource
from hotplug.core.resources.configuration import CodeStorage, StorageMode
from hotplug.core.resources.function import LATEST, FunctionState, Storage
from hotplug.core.resources.image import Image
from hotplug.core.resources.target import Target
from hotplug.core.spec.source import Package
from tests.fakes import InMemoryCloud, refusal
from tests.fakes.clock import Clock
from tests.fakes.functions import InMemoryFunctions

type Json = dict[str, Any]

OWN_QUOTA = "GetFunction"
"""It has 100 calls a second of its own; all the others share 15."""


@dataclass(frozen=True, slots=True)
class Call:
    """One that Lambda got: its operation, the function, and when."""

    operation: str
    function: str
    at: datetime


class ControlPlane:
    """A boto3 client. `takes_seconds` is how long an operation takes, if not 30 milliseconds."""

    def __init__(self, lambdas: InMemoryFunctions, clock: Clock, takes_seconds: Mapping[str, float]) -> None:
        self._lambdas, self._clock, self._takes = lambdas, clock, takes_seconds
        self.calls: list[Call] = []

    def limited(self, *operations: str) -> list[Call]:
        """Those that share the account's quota, or some of them."""
        return [
            call
            for call in self.calls
            if call.operation != OWN_QUOTA and (not operations or call.operation in operations)
        ]

    def busiest_second(self) -> int:
        """The most calls within any second, of those that share the account's quota."""
        times = [call.at for call in self.limited()]
        return max(sum(0 <= round((it - begin).total_seconds(), 3) < 1 for it in times) for begin in times)

    def counted(self) -> Counter[str]:
        return Counter(call.operation for call in self.calls)

    # What boto3 has

    def get_function(self, FunctionName: str, Qualifier: str) -> Json:
        self._comes("GetFunction", FunctionName)
        found = self._lambdas.describe(FunctionName, Qualifier)
        if found is None:
            raise refusal("ResourceNotFoundException", "GetFunction", f"Function not found: {FunctionName}")
        storage = found.configuration.storage
        code: Json = {"SourceKMSKeyArn": storage.key} if storage.key else {}
        if storage.mode is StorageMode.REFERENCE:
            code["ResolvedS3Object"] = {"S3Bucket": "artifacts", "S3Key": "app.zip"}
        return {"Configuration": _configuration(FunctionName, found), "Code": code}

    def get_alias(self, FunctionName: str, Name: str) -> Json:
        self._comes("GetAlias", FunctionName)
        found = self._lambdas.alias(Target(FunctionName, Name))
        if found is None:
            raise refusal("ResourceNotFoundException", "GetAlias", f"Cannot find alias arn: {Name}")
        return _alias(found)

    def update_function_code(
        self,
        FunctionName: str,
        S3Bucket: str,
        S3Key: str,
        RevisionId: str,
        S3ObjectVersion: str,
        S3ObjectStorageMode: str = "COPY",
        SourceKMSKeyArn: str = "",
    ) -> None:
        self._comes("UpdateFunctionCode", FunctionName)
        storage = CodeStorage(StorageMode(S3ObjectStorageMode), SourceKMSKeyArn)
        package = Package(S3Bucket, S3Key, S3ObjectVersion)
        self._lambdas.update_code(FunctionName, package, RevisionId, storage)

    def publish_version(self, FunctionName: str, CodeSha256: str, RevisionId: str) -> Json:
        self._comes("PublishVersion", FunctionName)
        return {"Version": self._lambdas.publish(FunctionName, CodeSha256, RevisionId)}

    def update_alias(
        self,
        FunctionName: str,
        Name: str,
        FunctionVersion: str,
        RoutingConfig: Json,
        RevisionId: str,
    ) -> Json:
        self._comes("UpdateAlias", FunctionName)
        routing = Routing.of(FunctionVersion, RoutingConfig["AdditionalVersionWeights"])
        return _alias(self._lambdas.point(Target(FunctionName, Name), routing, RevisionId))

    def create_alias(self, FunctionName: str, Name: str, FunctionVersion: str) -> Json:
        self._comes("CreateAlias", FunctionName)
        made = self._lambdas.create(Target(FunctionName, Name), Routing(FunctionVersion))
        if made is None:
            raise refusal("ResourceConflictException", "CreateAlias", f"Alias already exists: {Name}")
        return _alias(made)

    def delete_alias(self, FunctionName: str, Name: str) -> None:
        self._comes("DeleteAlias", FunctionName)
        self._lambdas.delete(Target(FunctionName, Name))

    def list_event_source_mappings(self, FunctionName: str, MaxItems: int) -> Json:
        self._comes("ListEventSourceMappings", FunctionName)
        found = self._lambdas.event_sources(FunctionName)[:MaxItems]
        return {
            "EventSourceMappings": [
                {"FunctionArn": each.function, "EventSourceArn": each.source, "State": each.state}
                for each in found
            ]
        }

    def get_policy(self, FunctionName: str) -> Json:
        self._comes("GetPolicy", FunctionName)
        return {"Policy": self._lambdas.policy(FunctionName)}

    def get_account_settings(self) -> Json:
        self._comes("GetAccountSettings", "")
        found = self._lambdas.storage()
        return {
            "AccountUsage": {"TotalCodeSize": found.used_bytes},
            "AccountLimit": {
                "TotalCodeSize": found.limit_bytes,
                "UnreservedConcurrentExecutions": self._lambdas.account_unreserved,
            },
        }

    def _comes(self, operation: str, function: str) -> None:
        self.calls.append(Call(operation, function, self._clock.now))
        self._clock.passes(self._takes.get(operation, 0.03))


class CountedCloud(InMemoryCloud):
    """An AWS in memory whose Lambda is reached through the real adapter, paced as it is on AWS."""

    def __init__(self, calls_a_second: float, **takes_seconds: float) -> None:
        super().__init__()
        self.plane = ControlPlane(self.functions, self.clock, takes_seconds)
        limit = RateLimit(calls_a_second, self._seconds, self.clock.passes)
        client: Any = self.plane
        self.functions = _ThroughTheAdapter(self.functions, AwsFunctions(client, limit))

    def _seconds(self) -> float:
        return self.clock.now.timestamp()


class _ThroughTheAdapter(InMemoryFunctions):
    """The same world; what hotplug asks goes the way that it goes on AWS."""

    def __init__(self, world: InMemoryFunctions, adapter: AwsFunctions) -> None:
        vars(self).update(vars(world))
        self._adapter = adapter

    def describe(self, function: str, qualifier: str = LATEST) -> FunctionState | None:
        return self._adapter.describe(function, qualifier)

    def alias(self, target: Target) -> AliasState | None:
        return self._adapter.alias(target)

    def update_code(
        self, function: str, source: Package | Image, revision: str, storage: CodeStorage
    ) -> None:
        self._adapter.update_code(function, source, revision, storage)

    def publish(self, function: str, code_sha256: str, revision: str) -> str:
        return self._adapter.publish(function, code_sha256, revision)

    def point(self, target: Target, routing: Routing, revision: str) -> AliasState:
        return self._adapter.point(target, routing, revision)

    def create(self, target: Target, routing: Routing) -> AliasState | None:
        return self._adapter.create(target, routing)

    def delete(self, target: Target) -> None:
        self._adapter.delete(target)

    def event_sources(self, function: str) -> Sequence[EventSource]:
        return self._adapter.event_sources(function)

    def policy(self, function: str) -> str:
        return self._adapter.policy(function)

    def storage(self) -> Storage:
        return self._adapter.storage()


def _configuration(function: str, found: FunctionState) -> Json:
    return {
        "FunctionName": function,
        "Version": found.version,
        "State": found.state,
        "LastUpdateStatus": found.update,
        "CodeSha256": found.code_sha256,
        "RevisionId": found.revision,
        "Role": found.role,
        "PackageType": found.package_type,
        "Timeout": found.timeout_seconds,
    }


def _alias(found: AliasState) -> Json:
    routing = {"AdditionalVersionWeights": found.routing.weights} if found.routing.is_split else None
    more = {"RoutingConfig": routing} if routing else {}
    return {"FunctionVersion": found.routing.version, "RevisionId": found.revision} | more
