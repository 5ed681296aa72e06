"""What becomes of Lambda's answers to a call, the rare ones too."""

import io
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
    SSLError,
)
from botocore.response import StreamingBody
from botocore.stub import Stubber

from hotplug.aws.invocations import AwsInvocations
from hotplug.core.resources.invocation import INVOKE_ERRORS, Called, CallFailure, NotAnsweredError
from tests.unit.aws.clients import a_client


@pytest.fixture
def client() -> Any:
    return a_client("lambda")


def called(client: Any, **answer: Any) -> Called:
    body = StreamingBody(io.BytesIO(b'"hello"'), 7)
    asked = {"FunctionName": "orders", "Qualifier": "live", "Payload": b"{}"}
    with Stubber(client) as stubber:
        stubber.add_response("invoke", {"StatusCode": 200, "Payload": body, **answer}, asked)
        return AwsInvocations(client).invoke("orders", "live", b"{}")


def test_an_answer_comes_with_the_version_that_gave_it(client: Any) -> None:
    assert called(client, ExecutedVersion="41") == Called(b'"hello"', "41", failed=False)


@pytest.mark.parametrize("kind", ["Unhandled", "Handled"])
def test_a_failure_is_told_from_an_answer(client: Any, kind: str) -> None:
    assert called(client, ExecutedVersion="41", FunctionError=kind).failed


def test_an_answer_that_does_not_say_its_version_has_none(client: Any) -> None:
    assert called(client).version == ""


@pytest.mark.parametrize(("code", "failure"), INVOKE_ERRORS.items(), ids=INVOKE_ERRORS)
def test_every_error_of_invoke_is_the_obstacle_that_was_decided(
    client: Any, code: str, failure: CallFailure
) -> None:
    assert hindered(client, code).failure is failure


@pytest.mark.parametrize(
    ("code", "status", "failure"),
    [
        ("AccessDeniedException", 403, CallFailure.BROKEN),
        ("ThrottlingException", 400, CallFailure.THROTTLED),
        ("RequestLimitExceeded", 400, CallFailure.THROTTLED),
        ("SomethingNew", 400, CallFailure.BROKEN),
        ("SomethingNewException", 502, CallFailure.BROKEN),
        ("SomethingNewException", 503, CallFailure.NOT_READY),
        ("InternalFailure", 500, CallFailure.NOT_READY),
        ("SomethingNewException", 429, CallFailure.THROTTLED),
        ("", 503, CallFailure.NOT_READY),
        ("503", 503, CallFailure.NOT_READY),
        ("", 502, CallFailure.LOST),
        ("504", 504, CallFailure.LOST),
    ],
)
def test_an_error_of_no_model_is_judged_by_its_status(
    client: Any, code: str, status: int, failure: CallFailure
) -> None:
    stubber = Stubber(client)
    stubber.add_client_error("invoke", code, "a text of AWS", http_status_code=status)
    with stubber, pytest.raises(NotAnsweredError) as caught:
        AwsInvocations(client).invoke("orders", "live", b"{}")
    assert caught.value.failure is failure


def hindered(client: Any, code: str, **headers: str) -> NotAnsweredError:
    stubber = Stubber(client)
    stubber.add_client_error("invoke", code, "a text of AWS", response_meta={"HTTPHeaders": headers})
    with stubber, pytest.raises(NotAnsweredError, match=code) as caught:
        AwsInvocations(client).invoke("orders", "live", b"{}")
    return caught.value


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "7"}, 7, id="whole seconds"),
        pytest.param({"retry-after": "0"}, 1, id="at once, which is never wise"),
        pytest.param({}, 1, id="nothing"),
        pytest.param({"retry-after": ""}, 1, id="an empty one"),
        pytest.param({"retry-after": "Wed, 25 Nov 2026 09:00:00 GMT"}, 1, id="a date"),
        pytest.param({"retry-after": "-7"}, 1, id="a negative one"),
        pytest.param({"retry-after": "1.5"}, 1, id="a fraction"),
    ],
)
def test_a_throttle_says_how_long_to_wait(client: Any, headers: dict[str, str], seconds: int) -> None:
    assert hindered(client, "TooManyRequestsException", **headers).retry_after_seconds == seconds


class Broken:
    """A client whose connection breaks."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def invoke(self, **_: Any) -> Any:
        raise self._error


CONNECTION: dict[str, tuple[Exception, CallFailure]] = {
    "refused": (EndpointConnectionError(endpoint_url="x"), CallFailure.NOT_READY),
    "not made in time": (ConnectTimeoutError(endpoint_url="x"), CallFailure.NOT_READY),
    "closed": (ConnectionClosedError(endpoint_url="x"), CallFailure.LOST),
    "not trusted": (SSLError(endpoint_url="x", error=OSError()), CallFailure.LOST),
    "half read": (IncompleteReadError(actual_bytes=1, expected_bytes=2), CallFailure.LOST),
    "of no kind": (HTTPClientError(error="x"), CallFailure.LOST),
    "silent": (ReadTimeoutError(endpoint_url="x"), CallFailure.TIMED_OUT),
}


@pytest.mark.parametrize(("error", "failure"), CONNECTION.values(), ids=CONNECTION)
def test_every_connection_that_breaks_is_an_obstacle(error: Exception, failure: CallFailure) -> None:
    broken: Any = Broken(error)
    with pytest.raises(NotAnsweredError) as caught:
        AwsInvocations(broken).invoke("orders", "live", b"{}")
    assert caught.value.failure is failure


class Silent(io.BytesIO):
    """The rest of an answer that never comes."""

    def read(self, _: int | None = -1, /) -> bytes:
        raise ReadTimeoutError(endpoint_url="x")


def test_an_answer_that_stops_half_way_is_too_slow() -> None:
    class HalfWay:
        def invoke(self, **_: Any) -> Any:
            return {"Payload": StreamingBody(Silent(), 9)}

    half_way: Any = HalfWay()
    with pytest.raises(NotAnsweredError) as caught:
        AwsInvocations(half_way).invoke("orders", "live", b"{}")
    assert caught.value.failure is CallFailure.TIMED_OUT
