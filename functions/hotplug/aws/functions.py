"""Lambda's control plane: functions, versions and aliases."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from hotplug.aws.errors import code, translated
from hotplug.aws.rate_limit import UNLIMITED, RateLimit
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.resources.configuration import CodeStorage, StorageMode, configuration_of
from hotplug.core.resources.function import LATEST, MEMORY_MB, TIMEOUT_SECONDS, FunctionState, Storage
from hotplug.core.resources.image import Image
from hotplug.core.resources.target import Target
from hotplug.core.spec.source import Package

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import AliasConfigurationResponseTypeDef, FunctionConfigurationTypeDef

    from hotplug.core.resources.callers import EventSource

MISSING = "ResourceNotFoundException"
OWN_PATHS = frozenset(
    {
        "AWS_LAMBDA_EXEC_WRAPPER",
        "GEM_PATH",
        "JAVA_TOOL_OPTIONS",
        "NODE_OPTIONS",
        "NODE_PATH",
        "PYTHONHOME",
        "PYTHONPATH",
        "RUBYLIB",
    }
)
"""Variables by which a runtime finds code elsewhere than in /var/task, or is started by other code."""


class Functions(Protocol):
    """Lambda's control plane, as hotplug uses it.

    Writes name the revision they expect, and raise RevisionStaleError.
    """

    def describe(self, function: str, qualifier: str = LATEST) -> FunctionState | None:
        """The configuration of $LATEST or of a version; None if it does not exist."""

    def alias(self, target: Target) -> AliasState | None:
        """The alias as read now; None if it does not exist."""

    def update_code(
        self, function: str, source: Package | Image, revision: str, storage: CodeStorage
    ) -> None:
        """Update $LATEST to a zip or an image. Lambda continues the update after the call.

        `storage` is what the function has: a zip stays stored like that, unless it asks for another mode.
        """

    def publish(self, function: str, code_sha256: str, revision: str) -> str:
        """Publish $LATEST and return the version; unchanged code returns its existing version."""

    def point(self, target: Target, routing: Routing, revision: str) -> AliasState:
        """Point an alias to exactly this routing, weights included."""

    def create(self, target: Target, routing: Routing) -> AliasState | None:
        """Create an alias; None if it exists by now."""

    def delete(self, target: Target) -> None:
        """Delete an alias."""

    def event_sources(self, function: str) -> "Sequence[EventSource]":
        """Event sources of the function and of all its aliases and versions."""

    def policy(self, function: str) -> str:
        """The resource policy of the unqualified function as JSON, empty without one."""

    def storage(self) -> Storage:
        """The account's code storage."""

    def unreserved(self) -> int | None:
        """The account's concurrency that no function has reserved; None if Lambda does not say it."""


class AwsFunctions:
    """Functions in Lambda. `limit` covers all calls but GetFunction, which has a quota of its own."""

    def __init__(self, client: "LambdaClient", limit: RateLimit = UNLIMITED) -> None:
        self._client, self._limit = client, limit

    def describe(self, function: str, qualifier: str = LATEST) -> FunctionState | None:
        """GetFunction, not GetFunctionConfiguration: it has a quota of its own, 100 requests a second."""
        try:
            with translated():
                found = self._client.get_function(FunctionName=function, Qualifier=qualifier)
        except ClientError as error:
            if code(error) == MISSING:
                return None
            raise
        reserved = found.get("Concurrency", {}).get("ReservedConcurrentExecutions")
        return replace(_function_state(found["Configuration"], found.get("Code", {})), reserved=reserved)

    def alias(self, target: Target) -> AliasState | None:
        """GetAlias."""
        self._limit.wait()
        try:
            with translated():
                return _alias_state(self._client.get_alias(FunctionName=target.function, Name=target.alias))
        except ClientError as error:
            if code(error) == MISSING:
                return None
            raise

    def update_code(
        self, function: str, source: Package | Image, revision: str, storage: CodeStorage
    ) -> None:
        """UpdateFunctionCode without Publish: the version is published after the update."""
        self._limit.wait()
        place: dict[str, Any]
        if isinstance(source, Image):
            place = {"ImageUri": source.pinned}
        else:
            place = {"S3Bucket": source.bucket, "S3Key": source.key}
            place |= {"S3ObjectVersion": source.version_id} if source.version_id else {}
            place |= _kept(source.storage_mode, storage)
        with translated():
            self._client.update_function_code(FunctionName=function, RevisionId=revision, **place)

    def publish(self, function: str, code_sha256: str, revision: str) -> str:
        """PublishVersion; Lambda rejects it if $LATEST holds other code by now."""
        self._limit.wait()
        with translated():
            published = self._client.publish_version(
                FunctionName=function,
                CodeSha256=code_sha256,
                RevisionId=revision,
            )
        return published["Version"]

    def point(self, target: Target, routing: Routing, revision: str) -> AliasState:
        """UpdateAlias, always with RoutingConfig: without it, Lambda keeps the old weights."""
        self._limit.wait()
        with translated():
            return _alias_state(
                self._client.update_alias(
                    FunctionName=target.function,
                    Name=target.alias,
                    FunctionVersion=routing.version,
                    RoutingConfig={"AdditionalVersionWeights": routing.weights},
                    RevisionId=revision,
                )
            )

    def create(self, target: Target, routing: Routing) -> AliasState | None:
        """CreateAlias."""
        self._limit.wait()
        with translated():
            try:
                return _alias_state(
                    self._client.create_alias(
                        FunctionName=target.function, Name=target.alias, FunctionVersion=routing.version
                    )
                )
            except ClientError as error:
                if code(error) == "ResourceConflictException":
                    return None
                raise

    def delete(self, target: Target) -> None:
        """DeleteAlias, which succeeds if the alias is already gone."""
        self._limit.wait()
        with translated():
            self._client.delete_alias(FunctionName=target.function, Name=target.alias)

    def event_sources(self, function: str) -> "Sequence[EventSource]":
        """ListEventSourceMappings, one page: a function has few."""
        from hotplug.core.resources.callers import EventSource

        self._limit.wait()
        with translated():
            page = self._client.list_event_source_mappings(FunctionName=function, MaxItems=100)
        return [
            EventSource(
                found.get("FunctionArn", ""),
                found.get("EventSourceArn") or "an event source outside of AWS",
                found.get("State", ""),
            )
            for found in page["EventSourceMappings"]
        ]

    def policy(self, function: str) -> str:
        """GetPolicy, which has a quota of its own, 15 requests a second."""
        self._limit.wait()
        try:
            with translated():
                return self._client.get_policy(FunctionName=function)["Policy"]
        except ClientError as error:
            if code(error) == MISSING:
                return ""
            raise

    def storage(self) -> Storage:
        """GetAccountSettings."""
        self._limit.wait()
        with translated():
            found = self._client.get_account_settings()
        return Storage(found["AccountUsage"]["TotalCodeSize"], found["AccountLimit"]["TotalCodeSize"])

    def unreserved(self) -> int | None:
        """GetAccountSettings."""
        self._limit.wait()
        with translated():
            found = self._client.get_account_settings()
        return found["AccountLimit"].get("UnreservedConcurrentExecutions")


def _kept(asked: StorageMode | None, storage: CodeStorage) -> dict[str, Any]:
    """Return what UpdateFunctionCode would reset without it. Lambda's default, COPY, is not sent unasked."""
    mode = asked or storage.mode
    named = {"S3ObjectStorageMode": mode} if asked or mode is StorageMode.REFERENCE else {}
    return named | ({"SourceKMSKeyArn": storage.key} if storage.key else {})


def _function_state(found: "FunctionConfigurationTypeDef", code: Mapping[str, Any]) -> FunctionState:
    return FunctionState(
        version=found["Version"],
        state=found.get("State", "Active"),
        update=found.get("LastUpdateStatus", "Successful"),
        why=found.get("StateReason") or found.get("LastUpdateStatusReason") or "",
        code_sha256=found["CodeSha256"],
        revision=found["RevisionId"],
        role=found["Role"],
        dead_letters=found.get("DeadLetterConfig", {}).get("TargetArn", ""),
        package_type=found.get("PackageType", "Zip"),
        timeout_seconds=found.get("Timeout", TIMEOUT_SECONDS),
        memory_mb=found.get("MemorySize", MEMORY_MB),
        log_group=found.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{found['FunctionName']}",
        code_bytes=found.get("CodeSize", 0),
        configuration=configuration_of(found, code),
        architecture=next(iter(found.get("Architectures", ())), "x86_64"),
        runtime=found.get("Runtime", ""),
        handler=found.get("Handler", ""),
        snapshot=_snapshot(found.get("SnapStart", {})),
        is_extended=bool(found.get("Layers") or found.get("FileSystemConfigs")),
        has_own_paths=_has_own_paths(found.get("Environment", {})),
    )


def _has_own_paths(environment: Mapping[str, Any]) -> bool:
    """Return whether a variable may lead to other code. Without its key, Lambda answers an error instead."""
    return "Error" in environment or not OWN_PATHS.isdisjoint(environment.get("Variables", {}))


def _snapshot(found: Mapping[str, Any]) -> str:
    return str(found.get("OptimizationStatus", "Off")) if found.get("ApplyOn") == "PublishedVersions" else ""


def _alias_state(found: "AliasConfigurationResponseTypeDef") -> AliasState:
    weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    return AliasState(Routing.of(found["FunctionVersion"], weights), found["RevisionId"])
