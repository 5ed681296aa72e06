"""AWS as the router receives it. Separate from `cloud`, because each import delays a first request."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import boto3
from botocore.config import Config

from hotplug.aws.invocations import AwsInvocations, Calls

if TYPE_CHECKING:
    from hotplug.aws.alias_views import AliasViews
    from hotplug.aws.functions import Functions

ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=29, tcp_keepalive=True)
"""One attempt. API Gateway waits 29 seconds for an integration, unless its quota was raised."""
IN_PASSING = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=2)
"""Short timeouts: a caller may be waiting. The alias' own answer now is better than the right side later."""


@dataclass(frozen=True, slots=True)
class RouterSettings:
    """Settings of the router, from the template's environment variables.

    `targets` has IAM's wildcards. `allowed_principals` are patterns of the callers that may name a version.
    `affinity_header` and `affinity_cookie` are empty if unused; `issues_affinity` gives a cookie to callers
    without a key.
    """

    targets: str
    alias: str
    ledger: str
    routable_versions: int
    routable_aliases: tuple[str, ...] = ()
    allowed_principals: tuple[str, ...] = ("*",)
    parameter: str = "version"
    affinity_header: str = ""
    affinity_cookie: str = ""
    issues_affinity: bool = False

    @staticmethod
    def from_environment() -> "RouterSettings":
        """Read the environment; the template sets every variable."""
        return RouterSettings(
            targets=os.environ["HOTPLUG_TARGETS"],
            alias=os.environ["HOTPLUG_ROUTER_ALIAS"],
            ledger=os.environ["HOTPLUG_LEDGER"],
            routable_versions=int(os.environ["HOTPLUG_ROUTABLE_VERSIONS"]),
            routable_aliases=_names("HOTPLUG_ROUTABLE_ALIASES"),
            allowed_principals=_names("HOTPLUG_VERSION_NAMERS"),
            parameter=os.environ["HOTPLUG_VERSION_PARAMETER"],
            affinity_header=os.environ["HOTPLUG_AFFINITY_HEADER"],
            affinity_cookie=os.environ["HOTPLUG_AFFINITY_COOKIE"],
            issues_affinity=os.environ["HOTPLUG_ISSUE_AFFINITY"] == "true",
        )


class RouterCloud(Protocol):
    """AWS services of the router."""

    @property
    def settings(self) -> RouterSettings: ...
    @property
    def calls(self) -> Calls: ...
    @property
    def functions(self) -> "Functions": ...
    @property
    def alias_views(self) -> "AliasViews": ...

    def now(self) -> datetime:
        """The time in UTC."""


class LiveRouterCloud:
    """AWS services as clients. Every request needs `calls`, and most need nothing else."""

    def __init__(self, settings: RouterSettings) -> None:
        self.settings = settings

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)

    @cached_property
    def calls(self) -> Calls:
        """Lambda's data plane."""
        return AwsInvocations(boto3.client("lambda", config=ONCE))

    @cached_property
    def functions(self) -> "Functions":
        """Lambda's control plane."""
        from hotplug.aws.functions import AwsFunctions

        return AwsFunctions(boto3.client("lambda", config=IN_PASSING))

    @cached_property
    def alias_views(self) -> "AliasViews":
        """DynamoDB."""
        from hotplug.aws.alias_views import KEPT_DAYS, AwsAliasViews

        return AwsAliasViews(boto3.client("dynamodb", config=IN_PASSING), self.settings.ledger, KEPT_DAYS)


def _names(variable: str) -> tuple[str, ...]:
    """Split at commas; blank names are dropped."""
    return tuple(name for part in os.environ[variable].split(",") if (name := part.strip()))
