"""What a function is told and what its callers are told: the same through the router as without it."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.contract.analysis.template import ROOT
from tests.e2e.api import Answer, Api
from tests.e2e.cast import ALIAS, Function
from tests.e2e.story import Given
from tests.e2e.world import World, eventually

pytestmark = pytest.mark.emulator

SOURCE = """
import base64, json

def handler(event, context):
    "Answers as the request wishes; without a wish, with the event itself."
    headers = {key.lower(): value for key, value in (event.get("headers") or {}).items()}
    if "x-fail" in headers:
        raise ValueError(headers["x-fail"])
    if "x-wish" in headers:
        return json.loads(base64.b64decode(headers["x-wish"]))
    return {"statusCode": 200, "body": json.dumps(event)}
"""
OF_THE_CALL = {
    "requestContext": {
        "apiId",
        "deploymentId",
        "extendedRequestId",
        "requestId",
        "requestTime",
        "requestTimeEpoch",
        "resourceId",
    },
    "headers": {"X-Amzn-Trace-Id"},
    "multiValueHeaders": {"X-Amzn-Trace-Id"},
}
"""What is another for each request and each API."""
OF_THE_GATEWAY = {"x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "date"}


@dataclass(frozen=True)
class Ways:
    """Two APIs in front of one function, with and without the router, each at its root."""

    routed: Api
    direct: Api
    function: Function


@pytest.fixture(scope="module")
def ways(aws: Any, hotplug_stack: Mapping[str, str]) -> Iterator[Ways]:
    """The two examples of the docs, deployed as they are."""
    with ExitStack() as afterwards:
        world = World(aws, hotplug_stack)
        function = Given(world, afterwards).a_function(published=1, latest=None, code=package())
        router = {"RouterFunctionArn": hotplug_stack["RouterFunctionArn"], "FunctionName": function.name}
        routed = example(world, afterwards, "router-at-root", function, router)
        direct = example(
            world,
            afterwards,
            "live-without-router",
            function,
            {"FunctionName": function.name, "Alias": ALIAS},
        )
        yield Ways(routed, direct, function)


def package() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", SOURCE)
    return content.getvalue()


def example(
    world: World, afterwards: ExitStack, name: str, function: Function, parameters: Mapping[str, str]
) -> Api:
    stacks, stack = world.aws.client("cloudformation"), f"{name}-{function.name}"
    stacks.create_stack(
        StackName=stack,
        TemplateBody=(ROOT / "docs" / "examples" / f"{name}.yaml").read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_AUTO_EXPAND"],
    )
    afterwards.callback(stacks.delete_stack, StackName=stack)

    def outputs() -> dict[str, str] | None:
        found = stacks.describe_stacks(StackName=stack)["Stacks"][0]
        assert found["StackStatus"] in {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"}, found
        if found["StackStatus"] == "CREATE_IN_PROGRESS":
            return None
        return {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}

    api = eventually(outputs, f"{stack} is there")["ApiId"]
    return afterwards.enter_context(Api.at(world.aws.api_url(api, "api")))


def comparable(event: Mapping[str, Any]) -> str:
    """The event as the function got it, in its own order, without what differs from call to call."""
    kept = {}
    for key, value in event.items():
        if key in OF_THE_CALL and isinstance(value, Mapping):
            kept[key] = {name: each for name, each in value.items() if name not in OF_THE_CALL[key]}
        elif key != "stageVariables":
            kept[key] = value
    return json.dumps(kept)


@dataclass(frozen=True)
class Sent:
    """A request."""

    method: str = "GET"
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    def to(self, api: Api, *more: tuple[str, str]) -> Answer:
        return api.call(self.path, method=self.method, headers=[*self.headers, *more], body=self.body)


JSON = ("Content-Type", "application/json")
BINARY = ("Content-Type", "application/octet-stream")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(Sent(), id="the root"),
        pytest.param(Sent(path="a/b%20c/%C3%A9?x=1"), id="an encoded path"),
        pytest.param(Sent(path="a//b/?x=1"), id="double and trailing slashes"),
        pytest.param(Sent("HEAD", "a"), id="HEAD"),
        pytest.param(Sent("DELETE", "a/1"), id="DELETE"),
        pytest.param(Sent("OPTIONS", "a"), id="OPTIONS"),
        pytest.param(Sent("PATCH", "a", (JSON,), b'{"a": [1, 2.50, "\xc3\xa9"]}'), id="PATCH with JSON"),
        pytest.param(Sent("PUT", "a", (("Content-Type", "text/plain"),), b"plain\r\ntext"), id="PUT text"),
        pytest.param(Sent("POST", "a", (BINARY,), bytes(range(256))), id="every byte"),
        pytest.param(Sent("POST", "a", (JSON,), b"x" * 1_000_000), id="a megabyte"),
        pytest.param(Sent("POST", "a", (JSON,), b""), id="an empty body"),
        pytest.param(Sent(path="a?x=1&x=2&y=&z=a%26b&q=%C3%A9+e"), id="a query with repetitions"),
        pytest.param(Sent(path="a", headers=(("X-One", "1"), ("X-One", "2"))), id="a header twice"),
        pytest.param(Sent(path="a", headers=(("Cookie", "a=1; b=2"),)), id="cookies"),
        pytest.param(Sent(path="a", headers=(("Authorization", "Bearer x.y.z"),)), id="an authorization"),
    ],
)
def test_the_function_is_told_the_same(ways: Ways, sent: Sent) -> None:
    routed, direct = sent.to(ways.routed), sent.to(ways.direct)

    assert routed.status == direct.status == 200
    if sent.method != "HEAD":
        assert comparable(json.loads(routed.body)) == comparable(json.loads(direct.body))


@pytest.mark.parametrize(
    ("naming", "plain"),
    [
        pytest.param(Sent(path="a?version=1&x=1"), Sent(path="a?x=1"), id="in the query"),
        pytest.param(Sent(path="a?version=1"), Sent(path="a"), id="alone in the query"),
        pytest.param(Sent(path="a", headers=(("X-Hotplug-Version", "1"),)), Sent(path="a"), id="in a header"),
        pytest.param(
            Sent(path="a", headers=(("Cookie", "a=1; hotplug-version=1; b=2"),)),
            Sent(path="a", headers=(("Cookie", "a=1; b=2"),)),
            id="in a cookie",
        ),
    ],
)
def test_the_function_does_not_hear_that_a_version_was_named(ways: Ways, naming: Sent, plain: Sent) -> None:
    routed, direct = naming.to(ways.routed), plain.to(ways.direct)

    assert routed.version == "1"
    assert comparable(json.loads(routed.body)) == comparable(json.loads(direct.body))


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param({"statusCode": 200, "body": "h\u00e9llo \U0001f600"}, id="text"),
        pytest.param({"statusCode": 204}, id="nothing"),
        pytest.param({"statusCode": "201", "body": ""}, id="a status as text"),
        pytest.param({"statusCode": 302, "headers": {"Location": "/elsewhere"}}, id="a redirect"),
        pytest.param({"statusCode": 418, "headers": {"X-A": "b"}, "body": "tea"}, id="another status"),
        pytest.param({"statusCode": 503, "body": "closed"}, id="its own 503"),
        pytest.param(
            {"statusCode": 200, "multiValueHeaders": {"X-A": ["1", "2"]}, "headers": {"X-B": "3"}},
            id="a header twice",
        ),
        pytest.param(
            {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2; Path=/"]}}, id="cookies"
        ),
        pytest.param(
            {
                "statusCode": 200,
                "headers": {"Content-Type": "application/octet-stream"},
                "body": base64.b64encode(bytes(range(256))).decode(),
                "isBase64Encoded": True,
            },
            id="every byte",
        ),
        pytest.param(
            {"statusCode": 200, "body": json.dumps({"a": [1, 2.50]}), "headers": None}, id="no headers"
        ),
    ],
)
def test_the_caller_is_told_the_same(ways: Ways, wish: dict[str, Any]) -> None:
    wishing = ("X-Wish", base64.b64encode(json.dumps(wish).encode()).decode())
    accepting = ("Accept", "application/octet-stream")
    key = ("X-User", "somebody")

    routed = Sent(path="a").to(ways.routed, wishing, accepting, key)
    direct = Sent(path="a").to(ways.direct, wishing, accepting, key)

    assert (routed.status, routed.body) == (direct.status, direct.body)
    added = {"x-hotplug-version": "1"}
    assert told(routed) == told(direct) | added


def told(answer: Answer) -> dict[str, str]:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return {name: value for name, value in headers.items() if name not in OF_THE_GATEWAY}


def test_a_failure_is_a_bad_gateway_as_without_the_router(ways: Ways) -> None:
    failing = ("X-Fail", "a secret")
    routed, direct = Sent(path="a").to(ways.routed, failing), Sent(path="a").to(ways.direct, failing)

    assert (routed.status, direct.status) == (502, 502)
    assert json.loads(routed.body)["title"] == "The function failed"
    assert b"secret" not in routed.body


def test_an_answer_that_aws_would_not_take_is_a_bad_gateway(ways: Ways) -> None:
    """Not compared: API Gateway answers 502 to it, the embedded one takes it."""
    routed = Sent(path="a").to(ways.routed, ("X-Wish", base64.b64encode(b'{"body": "?"}').decode()))

    assert routed.status == 502
    assert "no statusCode" in json.loads(routed.body)["detail"]


V2 = {
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": "/a/b c",
    "rawQueryString": "x=1&x=2&y=%C3%A9",
    "cookies": ["a=1", "b=2"],
    "headers": {"accept": "*/*", "x-one": "1,2", "x-user": "somebody"},
    "queryStringParameters": {"x": "1,2", "y": "\u00e9"},
    "requestContext": {
        "accountId": "111122223333",
        "apiId": "api",
        "http": {"method": "POST", "path": "/a/b c", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
        "requestId": "id",
        "stage": "$default",
        "timeEpoch": 1583348638390,
    },
    "pathParameters": {"proxy": "a/b c"},
    "body": "aGVsbG8=",
    "isBase64Encoded": True,
}
"""Payload format 2.0, as the developer guide shows it; no HTTP API can be had where this runs."""


@pytest.mark.parametrize(
    "naming",
    [
        pytest.param({}, id="no version"),
        pytest.param({"rawQueryString": f"version=1&{V2['rawQueryString']}"}, id="in the query"),
        pytest.param({"cookies": ["a=1", "hotplug-version=1", "b=2"]}, id="in a cookie"),
    ],
)
def test_in_payload_format_2_the_function_is_told_the_same(
    ways: Ways, world: World, naming: dict[str, Any]
) -> None:
    event = V2 | {"stageVariables": {"hotplugFunction": ways.function.name}}
    routed = invoked(world, world.part("RouterFunction"), event | naming)
    direct = invoked(world, f"{ways.function.name}:{ALIAS}", event)

    assert routed["body"] == direct["body"]
    assert json.loads(routed["body"]) == event
    assert routed["headers"] == {"x-hotplug-version": "1"}


def invoked(world: World, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
    answer = world.functions.invoke(FunctionName=function, Payload=json.dumps(event))
    assert "FunctionError" not in answer
    told: dict[str, Any] = json.load(answer["Payload"])
    return told
