"""Calls of functions at the same time, in memory and on the local AWS alike, and what goes over the wire."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Lock, Thread
from typing import Any

import boto3
import pytest

from hotplug.aws.cloud import TOGETHER
from hotplug.aws.parallel_invocations import AwsParallelInvocations
from hotplug.core.resources.invocation import (
    Called,
    CallFailure,
    Invocation,
    NotAnsweredError,
    Timed,
    most_at_once,
)
from hotplug.core.spec.warm_up import MAX_ENVIRONMENTS, MAX_WARM_SECONDS
from tests.contract.surroundings import Surroundings

CODE = """
import time
def handler(event, context):
    if "fails" in event:
        raise ValueError(event["fails"])
    time.sleep(event.get("seconds", 0))
    return event
"""
TOGETHER_SECONDS = 1.0
"""Longer than the emulator takes to begin with a few calls."""


@cache
def served(cloud: Surroundings) -> str:
    """A function with a version 1, made once in each cloud."""
    function = f"warmed-{uuid.uuid4().hex[:12]}"
    cloud.has_function(function, "")
    assert cloud.publishes(function, CODE) == "1"
    return function


@pytest.fixture
def orders(cloud: Surroundings) -> str:
    return served(cloud)


def call(function: str, event: Any, version: str = "1") -> Invocation:
    return Invocation(function, version, json.dumps(event).encode())


def answer(timed: Timed) -> Called:
    assert isinstance(timed.answer, Called), timed.answer
    return timed.answer


def test_calls_are_in_progress_at_the_same_time(cloud: Surroundings, orders: str) -> None:
    found = cloud.parallel_calls.invoke_all([call(orders, {"seconds": TOGETHER_SECONDS})] * 4)
    assert most_at_once(found) == 4
    assert {answer(each).version for each in found} == {"1"}


def test_answers_come_in_the_order_of_the_calls(cloud: Surroundings, orders: str) -> None:
    events: list[Any] = [{"n": 0, "seconds": 0.2}, {"n": 1}, {"fails": "no such order"}, {"n": 3}]
    found = cloud.parallel_calls.invoke_all([call(orders, event) for event in events])
    assert [answer(each).failed for each in found] == [False, False, True, False]
    assert [json.loads(answer(found[at]).payload)["n"] for at in (0, 1, 3)] == [0, 1, 3]
    assert all(each.began <= each.ended for each in found)


def test_one_without_an_answer_keeps_the_others_from_nothing(cloud: Surroundings, orders: str) -> None:
    found = cloud.parallel_calls.invoke_all([call(orders, {}, "7"), call(orders, {"n": 1})])
    assert isinstance(found[0].answer, NotAnsweredError)
    assert found[0].answer.failure is CallFailure.MISSING
    assert json.loads(answer(found[1]).payload) == {"n": 1}


def test_no_call_is_no_answer(cloud: Surroundings) -> None:
    assert cloud.parallel_calls.invoke_all([]) == []


# What goes over the wire


class Wire(ThreadingHTTPServer):
    """A Lambda that answers when all its callers are there, and counts connections and requests."""

    request_queue_size = MAX_ENVIRONMENTS

    def __init__(self, callers: int) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.all_there, self.lock = Barrier(callers, timeout=30), Lock()
        self.asked: Counter[tuple[str, str]] = Counter()
        self.connections: dict[str, set[Any]] = {"DryRun": set(), "RequestResponse": set()}


class Answering(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        assert isinstance(self.server, Wire)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        with self.server.lock:
            self.server.asked[kind, self.headers.get("X-Amz-Tenant-Id") or ""] += 1
            self.server.connections[kind].add(self.client_address)
        self.server.all_there.wait()
        self.send_response(204 if kind == "DryRun" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def wire() -> Iterator[Wire]:
    server = Wire(callers=20)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_call_is_one_request_over_a_connection_that_a_dry_run_opened(wire: Wire) -> None:
    """The server answers only when all 20 are there: one after the other they would never be."""
    client = boto3.client(
        "lambda",
        endpoint_url=f"http://127.0.0.1:{wire.server_port}",
        region_name="us-east-1",
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
        config=TOGETHER,
    )
    calls = [Invocation("orders", "42", b"{}", "t-1", {"a": 1})] * 20
    found = AwsParallelInvocations(client).invoke_all(calls)
    client.close()
    assert [answer(each).failed for each in found] == [False] * 20
    assert wire.asked == {("DryRun", ""): 20, ("RequestResponse", "t-1"): 20}
    assert wire.connections["RequestResponse"] == wire.connections["DryRun"]
    assert len(wire.connections["DryRun"]) == 20


def test_there_is_a_connection_for_each_of_the_most_calls_and_no_second_try() -> None:
    config: Any = TOGETHER
    assert config.max_pool_connections == MAX_ENVIRONMENTS
    assert config.retries["total_max_attempts"] == 1
    assert config.read_timeout == MAX_WARM_SECONDS
