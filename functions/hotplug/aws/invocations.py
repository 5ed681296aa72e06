"""Lambda's data plane: single invocations of a version or an alias."""

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import (
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
)
from botocore.exceptions import (
    ConnectionError as NoConnectionError,
)

from hotplug.aws.errors import code
from hotplug.core.resources.invocation import Called, NotAnsweredError, Obstacle

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

OBSTACLES = {
    "ResourceNotFoundException": Obstacle.MISSING,
    "TooManyRequestsException": Obstacle.THROTTLED,
    "EC2ThrottledException": Obstacle.THROTTLED,
    "RequestTooLargeException": Obstacle.TOO_LARGE,
    "ResourceConflictException": Obstacle.NOT_READY,
    "ResourceNotReadyException": Obstacle.NOT_READY,
    "ServiceException": Obstacle.NOT_READY,
    "SnapStartNotReadyException": Obstacle.NOT_READY,
    "SnapStartTimeoutException": Obstacle.NOT_READY,
}
"""Lambda's codes for a call that did not run (API reference of Invoke).

Any other code means that it can't run.
"""


class Calls(Protocol):
    """Invocations, as the router, smoke tests and hooks use them."""

    def invoke(
        self, function: str, qualifier: str, payload: bytes, *, tenant: str | None = None, context: Any = None
    ) -> Called:
        """Invoke a version or an alias and return its answer; raises NotAnsweredError without one.

        `tenant` is for functions with tenant isolation; `context` is the client context, JSON beside the
        event.
        """


class AwsInvocations:
    """Invocations in Lambda. The client must not retry: a repeated request may be charged twice."""

    def __init__(self, client: "LambdaClient") -> None:
        self._client = client

    def invoke(
        self, function: str, qualifier: str, payload: bytes, *, tenant: str | None = None, context: Any = None
    ) -> Called:
        """Invoke with RequestResponse, the default."""
        more: dict[str, Any] = {"TenantId": tenant} if tenant else {}
        if context is not None:
            more["ClientContext"] = b64encode(json.dumps(context).encode()).decode()
        try:
            answer = self._client.invoke(FunctionName=function, Qualifier=qualifier, Payload=payload, **more)
            body = answer["Payload"].read()
        except ClientError as error:
            obstacle = OBSTACLES.get(code(error), Obstacle.BROKEN)
            raise NotAnsweredError(obstacle, str(error), _retry_after(error.response)) from error
        except ReadTimeoutError as error:
            raise NotAnsweredError(Obstacle.TIMED_OUT, str(error)) from error
        except (NoConnectionError, HTTPClientError, IncompleteReadError) as error:
            raise NotAnsweredError(Obstacle.BROKEN, str(error)) from error
        return Called(body, answer.get("ExecutedVersion", ""), "FunctionError" in answer)


def _retry_after(response: Any) -> int:
    """Return whole seconds from the retry-after header of a throttled call; 1 without one."""
    told = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", "")
    return max(1, int(told)) if told.isdecimal() else 1
