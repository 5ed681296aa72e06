"""Latency and work that the version router adds to the call that it makes.

Latency: on the embedded AWS, in turn, an Invoke of a function by its alias and an Invoke of the router with
an API event, which makes the same Invoke. Work: processor time of one core for the same two, against a server
that answers at once. So only the router, the SDK and their JSON are measured.
"""

import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import boto3

from bench import initialisation, transitions
from hotplug.handlers import router
from local.aws.embedded import EmbeddedAws

CALLS = 1_000
ROUNDS = 9
CALLS_A_ROUND = 300
ANSWER = json.dumps({"statusCode": 200, "headers": {"x-a": "b"}, "body": "x" * 1_000}).encode()
PARAMETERS = {
    "Router": "on",
    "RouterAuth": "NONE",
    "RouterAffinityHeader": "x-user",
}
ENVIRONMENT = {
    "HOTPLUG_LEDGER": "ledger",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of `CALLS` direct calls and of as many through the router, which makes the same call."""

    way: str
    direct_median: float
    direct_99: float
    routed_median: float
    routed_99: float


@dataclass(frozen=True, slots=True)
class Work:
    """Calls per second of one core, medians of neighbouring rounds."""

    direct_a_second: float
    routed_a_second: float


def event(function: str, **more: Any) -> dict[str, Any]:
    """Return an event of a REST API, with the headers of a browser's request."""
    headers = {f"x-header-{at}": "some value of a usual length" for at in range(12)} | more.pop("headers", {})
    return {
        "resource": "/{function}/{proxy+}",
        "path": f"/{function}/orders/42",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"function": function, "proxy": "orders/42"},
        "stageVariables": None,
        "requestContext": {"stage": "api", "identity": {"sourceIp": "192.0.2.1", "userArn": None}},
        "body": None,
        "isBase64Encoded": False,
    } | more


def latencies() -> list[Latency]:
    """Measure the latencies, in a minute or two."""
    with transitions.embedded(PARAMETERS) as aws:
        function = transitions.make_function(aws, {"statusCode": 200, "body": "hello"})
        query = {"version": "1"}
        named = {"queryStringParameters": query, "multiValueQueryStringParameters": {"version": ["1"]}}
        ways = {
            "the live alias": event(function),
            "a version by name": event(function, **named),
            "a caller with a key": event(function, headers={"x-user": "somebody"}),
        }
        return [_latency(aws, function, way, sent) for way, sent in ways.items()]


def _latency(aws: EmbeddedAws, function: str, way: str, sent: dict[str, Any]) -> Latency:
    functions, arn = aws.client("lambda"), aws.outputs("hotplug")["RouterFunctionArn"]
    payload = json.dumps(sent)

    def direct() -> None:
        functions.invoke(FunctionName=function, Qualifier="live", Payload=payload)["Payload"].read()

    def routed() -> None:
        answer = json.load(functions.invoke(FunctionName=arn, Payload=payload)["Payload"])
        if answer["statusCode"] != HTTPStatus.OK:
            raise RuntimeError(answer)

    direct()
    routed()
    pairs = [(_took(direct), _took(routed)) for _ in range(CALLS)]
    plain, through = sorted(pair[0] for pair in pairs), sorted(pair[1] for pair in pairs)
    last = -(-99 * CALLS // 100) - 1
    return Latency(way, statistics.median(plain), plain[last], statistics.median(through), through[last])


def _took(call: Callable[[], None]) -> float:
    begun = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun)


def work() -> Work:
    """Measure the work, in some seconds."""
    payload = json.dumps(event("measured")).encode()
    with _server() as address, Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        os.environ |= initialisation.ROUTER | ENVIRONMENT | {"AWS_ENDPOINT_URL": address}
        client = boto3.client("lambda")

        def direct() -> None:
            client.invoke(FunctionName="measured", Qualifier="live", Payload=payload)["Payload"].read()

        def routed() -> None:
            if router.handler(json.loads(payload), None)["statusCode"] != HTTPStatus.OK:
                raise RuntimeError("the router did not pass it on")

        rounds = [(_rate(direct), _rate(routed)) for _ in range(ROUNDS + 1)][1:]
    return Work(*(statistics.median(each) for each in zip(*rounds, strict=True)))


def _rate(call: Callable[[], None]) -> float:
    begun = time.process_time()
    for _ in range(CALLS_A_ROUND):
        call()
    return CALLS_A_ROUND / (time.process_time() - begun)


@contextmanager
def _server() -> Iterator[str]:
    """Run the server in a process of its own, whose work is not counted."""
    ours, theirs = Pipe()
    process = Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


class _Lambda(BaseHTTPRequestHandler):
    """A server that answers any Invoke."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.send_header("X-Amz-Executed-Version", "1")
        self.end_headers()
        self.wfile.write(ANSWER)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _serve(there: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Lambda)
    there.send(server.server_port)
    server.serve_forever()
