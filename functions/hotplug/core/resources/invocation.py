"""Calls of functions, answers of functions and state machines, and reasons for a missing answer."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotplug.core.errors import HotplugError


class CallFailure(StrEnum):
    """Reason for a missing answer of Lambda. After `lost`, it is unknown whether the function ran."""

    MISSING = "missing"
    THROTTLED = "throttled"
    NOT_READY = "not_ready"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    BROKEN = "broken"


NOT_NOW = frozenset({CallFailure.THROTTLED, CallFailure.NOT_READY})
"""The function did not run, and the same call may succeed later."""

_NOT_READY, _BROKEN, _THROTTLED = CallFailure.NOT_READY, CallFailure.BROKEN, CallFailure.THROTTLED
INVOKE_ERRORS: Mapping[str, CallFailure] = {
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
    "RequestTooLargeException": CallFailure.TOO_LARGE,
    "ResourceConflictException": _NOT_READY,  # the function is Pending, or another operation is in progress
    "ResourceNotFoundException": CallFailure.MISSING,
    "ResourceNotReadyException": _NOT_READY,
    "RuntimeAliasDeletedException": _BROKEN,
    "RuntimeVersionDeletedException": _BROKEN,
    "S3FilesMountConnectivityException": _NOT_READY,
    "S3FilesMountFailureException": _BROKEN,  # a permission or a setting
    "S3FilesMountTimeoutException": _NOT_READY,
    "SerializedRequestEntityTooLargeException": CallFailure.TOO_LARGE,
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

    def __init__(self, failure: CallFailure, why: str, retry_after_seconds: int = 1) -> None:
        super().__init__(why)
        self.failure, self.retry_after_seconds = failure, retry_after_seconds

    @property
    def passes(self) -> bool:
        """Whether the same call may succeed later, if it does no harm to make it twice."""
        return self.failure in NOT_NOW or self.failure is CallFailure.LOST

    @property
    def may_have_run(self) -> bool:
        """Whether it is unknown if the function ran, or still runs."""
        return self.failure in {CallFailure.LOST, CallFailure.TIMED_OUT}


_LOSES_ITS_ENVIRONMENT = ("Runtime.", "Sandbox.", "Extension.")
_KEEPS_ITS_ENVIRONMENT = frozenset({"Runtime.MarshalError", "Runtime.UnmarshalError"})
_TIMED_OUT = "Task timed out after "
"""Lambda's message of a call that was ended; older runtimes give no type of the error."""


@dataclass(frozen=True, slots=True)
class Called:
    """A function's raw answer and version; `failed` means that the payload is its error output."""

    payload: bytes
    version: str
    failed: bool

    @property
    def lost_its_environment(self) -> bool:
        """Whether the environment could not start, or ended with the call.

        One whose handler raised an error takes the next call. Lambda's own types of errors tell the others
        (AWS Lambda developer guide, "Understanding the Lambda execution environment lifecycle").
        """
        try:
            error = json.loads(self.payload) if self.failed else None
        except (ValueError, RecursionError):
            return False
        if not isinstance(error, dict):
            return False
        kind = str(error.get("errorType", ""))
        is_ended = kind.startswith(_LOSES_ITS_ENVIRONMENT) and kind not in _KEEPS_ITS_ENVIRONMENT
        return is_ended or _TIMED_OUT in str(error.get("errorMessage", ""))


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call to make: `tenant` and `context` go with it as TenantId and ClientContext."""

    function: str
    qualifier: str
    payload: bytes
    tenant: str | None = None
    context: Any = None


@dataclass(frozen=True, slots=True)
class Timed:
    """The answer to one of several calls at the same time; its begin and end in seconds of one clock."""

    answer: Called | NotAnsweredError
    began: float
    ended: float


def most_at_once(calls: Sequence[Timed]) -> int:
    """Return the greatest number of calls that were in progress at the same moment."""
    changes = sorted([(call.ended, -1) for call in calls] + [(call.began, 1) for call in calls])
    now = at_once = 0
    for _, change in changes:
        now += change
        at_once = max(at_once, now)
    return at_once


@dataclass(frozen=True, slots=True)
class Ended:
    """An ended execution of a state machine: its status, and its output or its error and cause."""

    status: str
    said: str
