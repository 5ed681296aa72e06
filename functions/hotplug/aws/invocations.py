"""Lambda's data plane: single invocations of a version or an alias."""

import json
import re
from base64 import b64encode
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
)
from botocore.exceptions import (
    ConnectionError as NoConnectionError,
)

from hotplug.aws.errors import TRANSIENT, code, status
from hotplug.core.resources.invocation import INVOKE_ERRORS, Called, CallFailure, NotAnsweredError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

NO_NAME = re.compile(r"\d*")
"""The code of an error whose body names none is empty, or its HTTP status."""


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
            raise NotAnsweredError(failure_of(error), str(error), _retry_after(error.response)) from error
        except ReadTimeoutError as error:
            raise NotAnsweredError(CallFailure.TIMED_OUT, str(error)) from error
        except (ConnectTimeoutError, EndpointConnectionError) as error:
            raise NotAnsweredError(CallFailure.NOT_READY, str(error)) from error
        except (NoConnectionError, HTTPClientError, IncompleteReadError) as error:
            raise NotAnsweredError(CallFailure.LOST, str(error)) from error
        return Called(body, answer.get("ExecutedVersion", ""), "FunctionError" in answer)


def failure_of(error: ClientError) -> CallFailure:
    """Return what an error means for the call.

    Errors that every API of AWS may return are in no model. A gateway's 502 or 504 without a name may come
    after the call.
    """
    if named := INVOKE_ERRORS.get(code(error)):
        return named
    match status(error):
        case HTTPStatus.TOO_MANY_REQUESTS:
            return CallFailure.THROTTLED
        case HTTPStatus.INTERNAL_SERVER_ERROR | HTTPStatus.SERVICE_UNAVAILABLE:
            return CallFailure.NOT_READY
        case HTTPStatus.BAD_GATEWAY | HTTPStatus.GATEWAY_TIMEOUT if NO_NAME.fullmatch(code(error)):
            return CallFailure.LOST
    return CallFailure.THROTTLED if code(error) in TRANSIENT else CallFailure.BROKEN


def _retry_after(response: Any) -> int:
    """Return whole seconds from the retry-after header of a throttled call; 1 without one."""
    seconds = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("retry-after", "")
    return max(1, int(seconds)) if seconds.isdecimal() else 1
