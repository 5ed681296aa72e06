"""Calls of functions, in memory and on the local AWS alike, and what goes over the wire for one."""

import json
import socket
import struct
import time
import uuid
from base64 import b64decode
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config

from hotplug.aws.invocations import AwsInvocations
from hotplug.aws.router_cloud import ONCE
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.function import LATEST
from hotplug.core.resources.invocation import Called, CallFailure, NotAnsweredError
from hotplug.core.resources.target import Target
from hotplug.core.router.event import MAX_BYTES
from tests.contract.surroundings import Surroundings
from tests.fakes import split

CODE = """
def handler(event, context):
    if "fails" in event:
        raise ValueError(event["fails"])
    return event.get("answer", {"edition": EDITION, "event": event})
"""


def edition(name: str) -> str:
    return f"EDITION = {name!r}\n{CODE}"


@cache
def served(cloud: Surroundings) -> str:
    """A function with versions 1 and 2, made once in each cloud."""
    function = f"called-{uuid.uuid4().hex[:12]}"
    cloud.has_function(function, edition("none"))
    assert [cloud.publishes(function, edition(name)) for name in ("one", "two")] == ["1", "2"]
    return function


@pytest.fixture
def orders(cloud: Surroundings) -> str:
    return served(cloud)


def called(cloud: Surroundings, function: str, qualifier: str, event: object = None) -> Called:
    return cloud.calls.invoke(function, qualifier, json.dumps(event or {}).encode())


def failure(call: Callable[[], object]) -> CallFailure:
    with pytest.raises(NotAnsweredError) as caught:
        call()
    return caught.value.failure


@pytest.mark.parametrize(("version", "name"), [("1", "one"), ("2", "two")])
def test_a_version_answers_and_says_which_it_is(
    cloud: Surroundings, orders: str, version: str, name: str
) -> None:
    answer = called(cloud, orders, version)
    assert (json.loads(answer.payload)["edition"], answer.version, answer.failed) == (name, version, False)


def test_an_event_arrives_as_it_was_sent(cloud: Surroundings, orders: str) -> None:
    event = {"body": "é😀\u0000\n", "headers": {"A": "1"}, "n": [1, 2.5, None, True]}
    assert json.loads(called(cloud, orders, "1", event).payload)["event"] == event


@pytest.mark.parametrize(
    ("routing", "version"),
    [
        pytest.param(Routing("1"), "1", id="one version"),
        pytest.param(split("1", "2", 0), "1", id="a candidate at 0 %"),
        pytest.param(split("1", "2", 100), "2", id="a candidate at 100 %"),
    ],
)
def test_an_alias_leads_to_its_version(
    cloud: Surroundings, orders: str, name: str, routing: Routing, version: str
) -> None:
    target = Target(orders, name)
    made = cloud.functions.create(target, Routing("1"))
    assert made
    cloud.functions.point(target, routing, made.revision)
    assert {called(cloud, orders, name).version for _ in range(5)} == {version}


def test_a_split_alias_leads_to_both(cloud: Surroundings, orders: str, name: str) -> None:
    target = Target(orders, name)
    made = cloud.functions.create(target, Routing("1"))
    assert made
    cloud.functions.point(target, split("1", "2", 50), made.revision)
    assert {called(cloud, orders, name).version for _ in range(60)} == {"1", "2"}


def test_a_failure_is_an_answer_with_its_tale(cloud: Surroundings, orders: str) -> None:
    answer = called(cloud, orders, "2", {"fails": "no such order"})
    tale = json.loads(answer.payload)
    assert (tale["errorMessage"], tale["errorType"]) == ("no such order", "ValueError")
    assert (answer.version, answer.failed) == ("2", True)


@pytest.mark.parametrize("answer", [{"statusCode": 200, "body": "ß"}, "text", 7, [1], {}])
def test_an_answer_comes_back_as_it_was(cloud: Surroundings, orders: str, answer: object) -> None:
    assert json.loads(called(cloud, orders, "1", {"answer": answer}).payload) == answer


@pytest.mark.parametrize("qualifier", ["7", "nothing", "stable"])
def test_what_is_not_there_is_missing(cloud: Surroundings, orders: str, qualifier: str) -> None:
    assert failure(lambda: called(cloud, orders, qualifier)) is CallFailure.MISSING
    assert failure(lambda: called(cloud, "nobody", qualifier)) is CallFailure.MISSING


def test_a_version_that_failed_says_so_and_is_not_called(cloud: Surroundings, name: str) -> None:
    cloud.has_function(name, edition("none"))
    cloud.publishes(name, edition("one"))
    cloud.fails(name, "1")
    found = cloud.functions.describe(name, "1")
    assert found is not None
    assert (found.state, found.is_ready, bool(found.why)) == ("Failed", False, True)
    assert failure(lambda: called(cloud, name, "1")) is CallFailure.NOT_READY


def test_unpublished_code_would_answer_so_that_it_is_for_others_to_keep_it_out(
    cloud: Surroundings, orders: str
) -> None:
    assert called(cloud, orders, LATEST).version == LATEST


def test_a_large_event_arrives(cloud: Surroundings, orders: str) -> None:
    body = "x" * 3_000_000
    answer = called(cloud, orders, "1", {"body": body, "answer": 7})
    assert answer.payload == b"7"


# What goes over the wire

PATIENCE_SECONDS = 0.5


class Wire(ThreadingHTTPServer):
    """A Lambda that does the same with every request, and counts them."""

    def __init__(self, does: "Callable[[Answering], None]") -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.does, self.requests = does, 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is what was wanted."""


class Answering(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert isinstance(self.server, Wire)
        self.server.requests += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.does(self)

    def says(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def _answers(wire: Answering) -> None:
    wire.says(200, b'"hello"', X_Amz_Executed_Version="41")


def _refuses(status: int, code: str, **headers: str) -> Callable[[Answering], None]:
    return lambda wire: wire.says(status, b'{"message": "No."}', X_Amzn_ErrorType=code, **headers)


def _resets(wire: Answering) -> None:
    """With a lingering time of nothing a socket ends with a reset."""
    wire.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.connection.close()
    wire.close_connection = True


def _closes(wire: Answering) -> None:
    wire.connection.shutdown(socket.SHUT_RDWR)
    wire.close_connection = True


def _breaks_off(wire: Answering) -> None:
    wire.send_response(200)
    wire.send_header("Content-Length", "9")
    wire.end_headers()
    wire.wfile.write(b'"he')
    wire.close_connection = True


def _is_silent(wire: Answering) -> None:
    time.sleep(3 * PATIENCE_SECONDS)
    wire.close_connection = True


@pytest.fixture
def wire(request: pytest.FixtureRequest) -> Iterator[Wire]:
    server = Wire(request.param)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def over(port: int) -> AwsInvocations:
    """As the router makes it, but for its patience."""
    client = boto3.client(
        "lambda",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
        config=ONCE.merge(Config(read_timeout=PATIENCE_SECONDS)),
    )
    return AwsInvocations(client)


@pytest.mark.parametrize("wire", [_answers], indirect=True, ids=["an answer"])
def test_a_call_is_one_request(wire: Wire) -> None:
    calls = over(wire.server_port)
    assert calls.invoke("orders", "live", b"{}") == Called(b'"hello"', "41", failed=False)
    assert wire.requests == 1
    calls.invoke("orders", "live", b"{}")
    assert wire.requests == 2


def _tells_its_headers(wire: Answering) -> None:
    told = {name: wire.headers[name] for name in ("X-Amz-Tenant-Id", "X-Amz-Client-Context")}
    wire.says(200, json.dumps(told).encode())


@pytest.mark.parametrize("wire", [_tells_its_headers], indirect=True, ids=["its headers"])
def test_a_tenant_and_a_client_context_are_sent_where_they_are_named(wire: Wire) -> None:
    calls = over(wire.server_port)
    named = json.loads(calls.invoke("orders", "live", b"{}", tenant="t-1", context={"a": "é"}).payload)
    assert named["X-Amz-Tenant-Id"] == "t-1"
    assert json.loads(b64decode(named["X-Amz-Client-Context"])) == {"a": "é"}
    unnamed = json.loads(calls.invoke("orders", "live", b"{}").payload)
    assert unnamed == {"X-Amz-Tenant-Id": None, "X-Amz-Client-Context": None}


@pytest.mark.parametrize(
    ("wire", "expected", "retry_after_seconds"),
    [
        pytest.param(
            _refuses(429, "TooManyRequestsException", Retry_After="7"),
            CallFailure.THROTTLED,
            7,
            id="throttled",
        ),
        pytest.param(_refuses(500, "ServiceException"), CallFailure.NOT_READY, 1, id="a fault of Lambda"),
        pytest.param(_refuses(502, "EC2UnexpectedException"), CallFailure.NOT_READY, 1, id="a fault of EC2"),
        pytest.param(_refuses(502, ""), CallFailure.LOST, 1, id="a bad gateway"),
        pytest.param(_refuses(503, ""), CallFailure.NOT_READY, 1, id="no service"),
        pytest.param(_refuses(404, "ResourceNotFoundException"), CallFailure.MISSING, 1, id="missing"),
        pytest.param(_refuses(413, "RequestTooLargeException"), CallFailure.TOO_LARGE, 1, id="too large"),
        pytest.param(_resets, CallFailure.LOST, 1, id="a reset"),
        pytest.param(_closes, CallFailure.LOST, 1, id="closed without a word"),
        pytest.param(_breaks_off, CallFailure.LOST, 1, id="half an answer"),
        pytest.param(_is_silent, CallFailure.TIMED_OUT, 1, id="silence"),
    ],
    indirect=["wire"],
)
def test_whatever_happens_there_is_no_second_request(
    wire: Wire, expected: CallFailure, retry_after_seconds: int
) -> None:
    with pytest.raises(NotAnsweredError) as caught:
        over(wire.server_port).invoke("orders", "live", b"{}")
    assert (caught.value.failure, caught.value.retry_after_seconds) == (expected, retry_after_seconds)
    assert wire.requests == 1


def test_nobody_there_is_an_obstacle_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert failure(lambda: over(port).invoke("orders", "live", b"{}")) is CallFailure.NOT_READY


def test_the_largest_request_is_that_of_lambda() -> None:
    assert MAX_BYTES == 6_291_456
