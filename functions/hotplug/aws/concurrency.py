"""Provisioned concurrency of versions and aliases."""

from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from hotplug.aws.errors import code, translated
from hotplug.aws.rate_limit import UNLIMITED, RateLimit
from hotplug.core.resources.concurrency import ConcurrencyState

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

NONE = frozenset({"ProvisionedConcurrencyConfigNotFoundException", "ResourceNotFoundException"})


class Concurrency(Protocol):
    """Provisioned concurrency, as hotplug uses it. A qualifier is a version or an alias."""

    def found(self, function: str) -> dict[str, int]:
        """All of a function's provisioned concurrency, by qualifier."""

    def state(self, function: str, qualifier: str) -> ConcurrencyState | None:
        """Requested value and status; None if there is none."""

    def put(self, function: str, qualifier: str, executions: int) -> None:
        """Request a value. Lambda applies it after the call."""

    def remove(self, function: str, qualifier: str) -> None:
        """Remove the provisioned concurrency; succeeds if there is none."""

    def aliases_on(self, function: str, version: str) -> list[str]:
        """The aliases that route to a version, also those that only give it a weight."""


class AwsConcurrency:
    """Provisioned concurrency in Lambda."""

    def __init__(self, client: "LambdaClient", limit: RateLimit = UNLIMITED) -> None:
        self._client, self._limit = client, limit

    def found(self, function: str) -> dict[str, int]:
        """ListProvisionedConcurrencyConfigs, all pages."""
        configs: dict[str, int] = {}
        at: dict[str, Any] = {}
        while True:
            self._limit.wait()
            with translated():
                page = self._client.list_provisioned_concurrency_configs(FunctionName=function, **at)
            for config in page.get("ProvisionedConcurrencyConfigs", ()):
                qualifier = config["FunctionArn"].rpartition(":")[2]
                configs[qualifier] = config["RequestedProvisionedConcurrentExecutions"]
            if not page.get("NextMarker"):
                return configs
            at = {"Marker": page["NextMarker"]}

    def state(self, function: str, qualifier: str) -> ConcurrencyState | None:
        """GetProvisionedConcurrencyConfig."""
        self._limit.wait()
        try:
            with translated():
                found = self._client.get_provisioned_concurrency_config(
                    FunctionName=function, Qualifier=qualifier
                )
        except ClientError as error:
            if code(error) in NONE:
                return None
            raise
        return ConcurrencyState(
            found["RequestedProvisionedConcurrentExecutions"], found["Status"], found.get("StatusReason", "")
        )

    def put(self, function: str, qualifier: str, executions: int) -> None:
        """PutProvisionedConcurrencyConfig."""
        self._limit.wait()
        with translated():
            self._client.put_provisioned_concurrency_config(
                FunctionName=function, Qualifier=qualifier, ProvisionedConcurrentExecutions=executions
            )

    def remove(self, function: str, qualifier: str) -> None:
        """DeleteProvisionedConcurrencyConfig."""
        self._limit.wait()
        with translated():
            try:
                self._client.delete_provisioned_concurrency_config(FunctionName=function, Qualifier=qualifier)
            except ClientError as error:
                if code(error) not in NONE:
                    raise

    def aliases_on(self, function: str, version: str) -> list[str]:
        """ListAliases of one version."""
        self._limit.wait()
        with translated():
            found = self._client.list_aliases(FunctionName=function, FunctionVersion=version)
        return [alias["Name"] for alias in found.get("Aliases", ())]
