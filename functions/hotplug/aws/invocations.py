"""Lambda's data plane: calling a version or an alias, once."""

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
"""Lambda's codes for a call that did not run (API reference of Invoke); any other means that it can't run."""


class Calls(Protocol):
    """What the router asks of functions."""

    def invoke(
        self, function: str, qualifier: str, payload: bytes, *, tenant: str | None = None, context: Any = None
    ) -> Called:
        """Call a version or an alias and wait for its answer; raises NotAnsweredError where none comes.

        `tenant` is for functions that keep tenants apart; `context` is JSON beside the event.
        """


class AwsCalls:
    """Lambda itself. The client must not retry: a request that is made twice may be paid for twice."""

    def __init__(self, client: "LambdaClient") -> None:
        self._client = client

    def invoke(
        self, function: str, qualifier: str, payload: bytes, *, tenant: str | None = None, context: Any = None
    ) -> Called:
        """Invoke, synchronously."""
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
    """Whole seconds; Lambda says them in a header of its throttles."""
    told = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", "")
    return max(1, int(told)) if told.isdecimal() else 1
