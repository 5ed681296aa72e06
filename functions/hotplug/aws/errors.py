"""botocore's errors in hotplug's words."""

from collections.abc import Iterator
from contextlib import contextmanager

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
"""DynamoDB's code where the condition of a write does not hold."""
PASSING = frozenset(
    {
        "InternalError",
        "InternalException",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "InternalServiceFault",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ResourceConflictException",
        "ServiceException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Codes after which the same call may work later; Lambda says ResourceConflictException during an update.

CloudWatch calls one error by two names, by its code in one protocol and by its shape in another.
"""
UNSIGNED = frozenset({"CodeVerificationFailedException", "InvalidCodeSignatureException"})
"""The first from a code signing configuration that says ENFORCE, the second from any."""
FORBIDDEN = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "403", "Forbidden"})


@contextmanager
def translated() -> Iterator[None]:
    """Raise hotplug's own errors for those of botocore that have a meaning here; let the others through."""
    try:
        yield
    except ClientError as error:
        raise _translation(error) or error from error
    except (NoConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise TryAgainError(str(error)) from error


def code(error: ClientError) -> str:
    """AWS's error code."""
    return error.response.get("Error", {}).get("Code", "")


def status(error: ClientError) -> int:
    """The HTTP status that it came with."""
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _translation(error: ClientError) -> HotplugError | None:
    if code(error) == "PreconditionFailedException":
        return RevisionStaleError(str(error))
    if code(error) in PASSING:
        return TryAgainError(str(error))
    if code(error) in UNSIGNED:
        return SignatureRefusedError(f"the function's code signing configuration refuses the code: {error}")
    return ForbiddenError(str(error)) if code(error) in FORBIDDEN else None
