"""Answers of functions and state machines, and reasons for a missing answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotplug.core.errors import HotplugError


class Obstacle(StrEnum):
    """Reason for a missing answer of Lambda. After `lost`, it is unknown whether the function ran."""

    MISSING = "missing"
    THROTTLED = "throttled"
    NOT_READY = "not_ready"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    BROKEN = "broken"


NOT_NOW = frozenset({Obstacle.THROTTLED, Obstacle.NOT_READY})
"""The function did not run, and the same call may succeed later."""

_NOT_READY, _BROKEN, _THROTTLED = Obstacle.NOT_READY, Obstacle.BROKEN, Obstacle.THROTTLED
INVOKE_ERRORS: Mapping[str, Obstacle] = {
    "CodeArtifactUserDeletedException": _NOT_READY,  # Lambda provisions a new user
    "CodeArtifactUserFailedException": _BROKEN,
    "CodeArtifactUserPendingException": _NOT_READY,
    "DurableExecutionAlreadyStartedException": _BROKEN,
    "EC2AccessDeniedException": _BROKEN,
    "EC2ThrottledException": _THROTTLED,
    "EC2UnexpectedException": _NOT_READY,
    "EFSIOException": _NOT_READY,
    "EFSMountConnectivityException": _NOT_READY,
    "EFSMountFailureException": _BROKEN,  # a permission or a setting
    "EFSMountTimeoutException": _NOT_READY,
    "ENILimitReachedException": _BROKEN,
    "ENINotReadyException": _NOT_READY,
    "InvalidParameterValueException": _BROKEN,
    "InvalidRequestContentException": _BROKEN,
    "InvalidRuntimeException": _BROKEN,
    "InvalidSecurityGroupIDException": _BROKEN,
    "InvalidSubnetIDException": _BROKEN,
    "InvalidZipFileException": _BROKEN,
    "KMSAccessDeniedException": _BROKEN,
    "KMSDisabledException": _BROKEN,
    "KMSInvalidStateException": _NOT_READY,  # a key also is Creating, Updating or Unavailable
    "KMSNotFoundException": _BROKEN,
    "ModeNotSupportedException": _BROKEN,
    "NoPublishedVersionException": _BROKEN,
    "RecursiveInvocationException": _BROKEN,
    "RequestTooLargeException": Obstacle.TOO_LARGE,
    "ResourceConflictException": _NOT_READY,  # the function is Pending, or another operation is in progress
    "ResourceNotFoundException": Obstacle.MISSING,
    "ResourceNotReadyException": _NOT_READY,
    "RuntimeAliasDeletedException": _BROKEN,
    "RuntimeVersionDeletedException": _BROKEN,
    "S3FilesMountConnectivityException": _NOT_READY,
    "S3FilesMountFailureException": _BROKEN,  # a permission or a setting
    "S3FilesMountTimeoutException": _NOT_READY,
    "SerializedRequestEntityTooLargeException": Obstacle.TOO_LARGE,
    "ServiceException": _NOT_READY,
    "ServiceQuotaExceededException": _BROKEN,
    "SnapStartException": _BROKEN,  # the function's own hook failed
    "SnapStartNotReadyException": _NOT_READY,
    "SnapStartRegenerationFailureException": _NOT_READY,  # Lambda tries again
    "SnapStartTimeoutException": _NOT_READY,
    "SubnetIPAddressLimitReachedException": _BROKEN,
    "TooManyRequestsException": _THROTTLED,
    "UnsupportedMediaTypeException": _BROKEN,
}
"""Every error of Lambda's Invoke, and what it means for the call.

The machine's Retry lists name those that pass, for its own tasks. A contract test compares both with the
service model: a new error needs a decision here.
"""


class NotAnsweredError(HotplugError):
    """Lambda did not answer a call. `retry_after_seconds` is the wait that Lambda asks for, 1 by default."""

    def __init__(self, obstacle: Obstacle, why: str, retry_after_seconds: int = 1) -> None:
        super().__init__(why)
        self.obstacle, self.retry_after_seconds = obstacle, retry_after_seconds

    @property
    def passes(self) -> bool:
        """Whether the same call may succeed later, if it does no harm to make it twice."""
        return self.obstacle in NOT_NOW or self.obstacle is Obstacle.LOST


@dataclass(frozen=True, slots=True)
class Called:
    """A function's raw answer and version; `failed` means that the payload is its error output."""

    payload: bytes
    version: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """An ended execution of a state machine: its status, and its output or its error and cause."""

    status: str
    said: str
