"""What AWS said when it was asked: the facts that decisions are made from."""

from dataclasses import dataclass

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
class Storage:
    """The code that an account keeps in a Region, in versions and layers, and how much it may."""

    used_bytes: int
    limit_bytes: int

    def __str__(self) -> str:
        return f"{self.used_bytes:,} of {self.limit_bytes:,} bytes"


LAMBDA_CALLS_A_SECOND = 6
"""Of the 15 that Lambda's control plane takes from a whole account in a Region, all APIs together.

So the machine's task and the guard, which put the same aliases back at the same time, stay below it together.
GetFunction, with 100 a second of its own, and Invoke are not among them.
"""
