"""Functions and code storage, as the Lambda API reports them."""

from dataclasses import dataclass

from hotplug.core.resources.configuration import UNCONFIGURED, Configuration

LATEST = "$LATEST"
TIMEOUT_SECONDS = 3
"""Lambda's default timeout."""
MEMORY_MB = 128
"""Lambda's default memory."""


@dataclass(frozen=True, slots=True)
class FunctionState:
    """The configuration of $LATEST or of one version, as GetFunction reports it.

    `state` and `update` are Lambda's State and LastUpdateStatus; values that Lambda may add later mean "not
    ready". `revision` also changes without a write of ours, for example when an update of $LATEST ends.
    `code_sha256` is base64 for a zip, and the hex digest for an image. `is_extended` is true if
    layers or file systems add files, `has_own_paths` if variables of the environment may have the runtime
    look for code elsewhere, or can't be read. `snapshot` is SnapStart's OptimizationStatus, empty without
    SnapStart. `reserved` is the function's reserved concurrency, None without one. `memory_mb` is its memory
    in MB.
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
    configuration: Configuration = UNCONFIGURED
    architecture: str = "x86_64"
    runtime: str = ""
    handler: str = ""
    is_extended: bool = False
    has_own_paths: bool = False
    snapshot: str = ""
    reserved: int | None = None
    memory_mb: int = MEMORY_MB

    @property
    def config_sha256(self) -> str:
        """Hash of the configuration, by which two versions of the same code are distinguished."""
        return self.configuration.sha256

    @property
    def is_ready(self) -> bool:
        """Whether a version can take calls, with its snapshot if it has one."""
        return self.state == "Active" and self.snapshot in {"", "On"}


@dataclass(frozen=True, slots=True)
class Storage:
    """Code storage of an account in a Region, for versions and layers: used bytes and quota."""

    used_bytes: int
    limit_bytes: int

    def __str__(self) -> str:
        return f"{self.used_bytes:,} of {self.limit_bytes:,} bytes"


LAMBDA_CALLS_A_SECOND = 6
"""Share of the 15 calls a second that Lambda's control plane accepts from an account in a Region.

The quota is for all APIs together. The machine's task and the guard may restore the same aliases at the same
time: together they stay below the quota. GetFunction, with a quota of 100 requests a second, and Invoke are
not counted.
"""
