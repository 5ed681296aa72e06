"""botocore errors as hotplug's own errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from botocore.exceptions import (
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import (
    ConnectionError as NoConnectionError,
)

from hotplug.core.errors import (
    ForbiddenError,
    HotplugError,
    RevisionStaleError,
    SignatureRefusedError,
    TryAgainError,
)

REFUSED = "ConditionalCheckFailedException"
"""DynamoDB's code for a write whose condition failed."""
TRANSIENT = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "ExecutionLimitExceeded",
        "InternalError",
        "InternalException",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "InternalServiceFault",
        "KMSThrottling",
        "KMSThrottlingException",
        "KmsThrottlingException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ResourceConflictException",
        "ServerException",
        "ServiceException",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Codes after which the same call may succeed later. So it may after any answer with status 429 or 5xx.

Lambda returns ResourceConflictException during an update. CloudWatch and SNS have two names for one error:
its code in one protocol, the shape in another. The errors of Invoke are in `core/resources/invocation.py`.
"""
UNSIGNED = frozenset({"CodeVerificationFailedException", "InvalidCodeSignatureException"})
"""The first comes from a code signing configuration with ENFORCE, the second from any."""
FORBIDDEN = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "403", "Forbidden"})


@contextmanager
def translated() -> Iterator[None]:
    """Raise hotplug's own errors for the botocore errors that it handles; other errors pass."""
    try:
        yield
    except ClientError as error:
        raise _translation(error) or error from error
    except (NoConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise TryAgainError(str(error)) from error


def code(error: ClientError) -> str:
    """Return AWS's error code."""
    return error.response.get("Error", {}).get("Code", "")


def status(error: ClientError) -> int:
    """Return the HTTP status of the error."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _translation(error: ClientError) -> HotplugError | None:
    if code(error) == "PreconditionFailedException":
        return RevisionStaleError(str(error))
    too_many, failed = HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR
    if code(error) in TRANSIENT or status(error) == too_many or status(error) >= failed:
        return TryAgainError(str(error))
    if code(error) in UNSIGNED:
        return SignatureRefusedError(f"the function's code signing configuration refuses the code: {error}")
    return ForbiddenError(str(error)) if code(error) in FORBIDDEN else None
