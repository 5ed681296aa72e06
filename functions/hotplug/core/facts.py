"""What AWS said when it was asked: the facts that decisions are made from."""

from dataclasses import dataclass, field
from enum import StrEnum

LATEST = "$LATEST"
TIMEOUT_SECONDS = 3
"""Lambda's own, of a function of which nobody said another."""


@dataclass(frozen=True, slots=True)
class FunctionState:
    """The configuration of $LATEST or of one version, as GetFunction reports it.

    `state` and `update` are Lambda's State and LastUpdateStatus; words that Lambda may add later mean "not
    ready". `revision` goes stale by itself, also when an update of $LATEST ends. `code_sha256` is base64 of a
    zip, and of an image the digits of its digest. `config_sha256` is hotplug's own hash of all that makes two
    versions of the same code behave differently. `is_extended`: layers or file systems bring more files.
    `snapshot` is SnapStart's OptimizationStatus, empty without SnapStart.
    """

    version: str
    state: str
    update: str
    why: str
    code_sha256: str
    revision: str
    role: str
    dead_letters: str
    package_type: str
    timeout_seconds: int = TIMEOUT_SECONDS
    log_group: str = ""
    code_bytes: int = 0
    config_sha256: str = ""
    architecture: str = "x86_64"
    runtime: str = ""
    handler: str = ""
    is_extended: bool = False
    snapshot: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether a version can take calls, from its snapshot where it has one."""
        return self.state == "Active" and self.snapshot in {"", "On"}


@dataclass(frozen=True, slots=True)
class Contents:
    """What can be seen in a package: its files and folders, and what its native libraries are for.

    `stems` are their names, each up to its first dot.
    """

    stems: frozenset[str] = frozenset()
    architectures: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Artifact:
    """A package that was read whole: its base64 SHA-256, which Lambda must report back, and its bytes.

    `release` is the text of the file in it by which releases of hotplug say what they need; else empty.
    """

    version_id: str | None
    sha256: str
    size_bytes: int
    release: str = ""
    contents: Contents = field(default=Contents(), compare=False)


@dataclass(frozen=True, slots=True)
class ResolvedImage:
    """The image that a tag means now; `architecture` is Lambda's word, empty where it could not be seen."""

    digest: str
    architecture: str = ""

    @property
    def sha256(self) -> str:
        """What Lambda reports as the CodeSha256 of a function that runs it."""
        return self.digest.removeprefix("sha256:")


@dataclass(frozen=True, slots=True)
class Storage:
    """The code that an account keeps in a Region, in versions and layers, and how much it may."""

    used_bytes: int
    limit_bytes: int

    def __str__(self) -> str:
        return f"{self.used_bytes:,} of {self.limit_bytes:,} bytes"


class AlarmColour(StrEnum):
    """The three states of a CloudWatch alarm."""

    GREEN = "OK"
    RED = "ALARM"
    NO_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class AlarmState:
    """An alarm now; `since` is when it last changed its state (ISO 8601), not when it was last evaluated."""

    name: str
    arn: str
    colour: AlarmColour
    since: str
    why: str


@dataclass(frozen=True, slots=True)
class Usual:
    """How a target was in the days before a deployment, by the metrics of its alias.

    Calls a minute: the mean of all hours, and of the busiest of the last hours. `failure_rate` is that of a
    typical hour, 0 to 1. `slow_ms` are the p50, p90 and p99 of the duration in milliseconds, empty where
    nobody called.
    """

    calls_per_minute: float
    recent_calls_per_minute: float
    failure_rate: float
    slow_ms: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class HookState:
    """A hook that is there: where a function writes, and whether a state machine is of type EXPRESS."""

    log_group: str = ""
    is_express: bool = False
