"""Published versions: which there are, what uses them, and how one goes away."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from hotplug.aws.errors import code, translated
from hotplug.aws.rate_limit import UNLIMITED, RateLimit
from hotplug.core.resources.target import VERSION
from hotplug.core.resources.versions import PublishedVersion

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class Archive(Protocol):
    """What hotplug asks of Lambda about old versions."""

    def versions(self, function: str) -> Sequence[PublishedVersion]:
        """Every version, but not $LATEST."""

    def aliases(self, function: str) -> dict[str, tuple[str, ...]]:
        """Every alias, and the versions that it leads to."""

    def is_fed(self, version: PublishedVersion) -> bool:
        """Whether an event source calls this version by its number."""

    def delete(self, function: str, version: str) -> bool:
        """Remove one version, never more; False where Lambda keeps it because something uses it."""


class AwsArchive:
    """Lambda itself, asked no faster than others can bear."""

    def __init__(self, client: "LambdaClient", limit: RateLimit = UNLIMITED) -> None:
        self._client, self._limit = client, limit

    def versions(self, function: str) -> Sequence[PublishedVersion]:
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
        """ListEventSourceMappings by the version's ARN: by the function's name come those of $LATEST."""

        def page(**at: Any) -> Any:
            return self._client.list_event_source_mappings(FunctionName=version.arn, **at)

        return any(self._all(page, "EventSourceMappings"))

    def delete(self, function: str, version: str) -> bool:
        """DeleteFunction with a qualifier: without one the function and all that it has would go."""
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
