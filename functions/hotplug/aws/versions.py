"""Published versions: listing, users and deletion."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from hotplug.aws.errors import code, translated
from hotplug.aws.rate_limit import UNLIMITED, RateLimit
from hotplug.core.resources.target import VERSION
from hotplug.core.resources.versions import PublishedVersion

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class Versions(Protocol):
    """Published versions, as hotplug uses them."""

    def published(self, function: str) -> Sequence[PublishedVersion]:
        """Every version except $LATEST."""

    def aliases(self, function: str) -> dict[str, tuple[str, ...]]:
        """Every alias, with the versions that it routes to."""

    def is_fed(self, version: PublishedVersion) -> bool:
        """Whether an event source calls this version directly."""

    def delete(self, function: str, version: str) -> bool:
        """Delete exactly one version; False if Lambda keeps it because it is in use."""


class AwsVersions:
    """Versions in Lambda, with a rate limit that leaves quota for others."""

    def __init__(self, client: "LambdaClient", limit: RateLimit = UNLIMITED) -> None:
        self._client, self._limit = client, limit

    def published(self, function: str) -> Sequence[PublishedVersion]:
        """ListVersionsByFunction."""

        def page(**at: Any) -> Any:
            return self._client.list_versions_by_function(FunctionName=function, **at)

        return [
            PublishedVersion(found["Version"], found["FunctionArn"], "DurableConfig" in found)
            for found in self._all(page, "Versions")
            if VERSION.fullmatch(found["Version"])
        ]

    def aliases(self, function: str) -> dict[str, tuple[str, ...]]:
        """ListAliases."""

        def page(**at: Any) -> Any:
            return self._client.list_aliases(FunctionName=function, **at)

        return {
            found["Name"]: (
                found["FunctionVersion"],
                *found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}),
            )
            for found in self._all(page, "Aliases")
        }

    def is_fed(self, version: PublishedVersion) -> bool:
        """ListEventSourceMappings by the version's ARN; the function's name returns those of $LATEST."""

        def page(**at: Any) -> Any:
            return self._client.list_event_source_mappings(FunctionName=version.arn, **at)

        return any(self._all(page, "EventSourceMappings"))

    def delete(self, function: str, version: str) -> bool:
        """DeleteFunction with a qualifier: without one, it would delete the whole function."""
        if not VERSION.fullmatch(version):
            raise ValueError(f"{version} is no published version")
        self._limit.wait()
        with translated():
            try:
                self._client.delete_function(FunctionName=function, Qualifier=version)
            except ClientError as error:
                if code(error) == "ResourceConflictException":
                    return False
                if code(error) != "ResourceNotFoundException":
                    raise
        return True

    def _all(self, page: Callable[..., Any], key: str) -> Iterator[dict[str, Any]]:
        at: dict[str, Any] = {}
        while True:
            self._limit.wait()
            with translated():
                found = page(**at)
            yield from found.get(key, ())
            if not found.get("NextMarker"):
                return
            at = {"Marker": found["NextMarker"]}
