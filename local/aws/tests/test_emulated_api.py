"""What the router relies on, asked of the emulator as it runs: each test is a behaviour of AWS."""

import contextlib
import http.client
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from local.aws import places
from local.aws.embedded import EmbeddedAws
from local.aws.tests.roles import ACCOUNT, client_of, role

pytestmark = pytest.mark.emulator

ORDERS = f"arn:aws:lambda:{places.REGION}:{ACCOUNT}:function:orders"
SOURCE = """
import json

def handler(event, context):
    if event["httpMethod"] == "DELETE":
        return {
            "statusCode": 200,
            "headers": {"content-type": "application/octet-stream"},
            "multiValueHeaders": {"Set-Cookie": ["a=1; Path=/", "b=2; Path=/"]},
            "isBase64Encoded": True,
            "body": "AAH/gA==",
        }
    return {"statusCode": 201, "body": json.dumps(event)}
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with EmbeddedAws(tmp_path_factory.mktemp("aws"), settings={"IAM_ENFORCEMENT": "1"}) as aws:
        yield aws


@pytest.fixture(scope="module")
def orders(aws: EmbeddedAws) -> str:
    """A function with a version 1 and an alias `live`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as into:
        into.writestr("app.py", SOURCE)
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName="orders",
        Runtime="python3.13",
        Role=role(aws, "lambda", "orders"),
        Handler="app.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=5,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="orders")
    functions.publish_version(FunctionName="orders")
    functions.create_alias(FunctionName="orders", Name="live", FunctionVersion="1")
    return "orders"


@pytest.fixture(scope="module")
def url(aws: EmbeddedAws, orders: str) -> str:
    """A stage whose API hands everything to the function's alias."""
    apis = aws.client("apigateway")
    invocations = (
        f"arn:aws:apigateway:{places.REGION}:lambda:path/2015-03-31/functions/{ORDERS}:live/invocations"
    )
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": invocations}
    anything = {
        "x-amazon-apigateway-any-method": {
            "responses": {},
            "x-amazon-apigateway-integration": integration,
        }
    }
    document = {
        "openapi": "3.0.1",
        "info": {"title": "orders", "version": "1"},
        "x-amazon-apigateway-binary-media-types": ["application/octet-stream"],
        "paths": {"/": anything, "/{proxy+}": anything},
    }
    api = apis.create_rest_api(name="orders")["id"]
    apis.put_rest_api(restApiId=api, body=json.dumps(document))
    apis.create_deployment(restApiId=api, stageName="api", variables={"hotplugFunction": "orders"})
    return aws.api_url(api, "api")


def call(
    url: str, method: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b""
) -> tuple[http.client.HTTPResponse, bytes]:
    parts = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(parts.netloc, timeout=30)) as connection:
        connection.putrequest(method, f"{parts.path}?{parts.query}", skip_accept_encoding=True)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer, answer.read()


def test_a_request_reaches_the_function_with_all_that_it_said(url: str) -> None:
    headers = [("X-Two", "1"), ("X-Two", "2"), ("Cookie", "a=1; b=2")]
    answer, body = call(f"{url}/orders/4%202?a=1&a=%C3%A9&b=", "POST", headers, b'{"n": 1}')
    event = json.loads(body)

    assert answer.status == 201
    assert (event["httpMethod"], event["path"]) == ("POST", "/orders/4%202")
    assert event["pathParameters"] == {"proxy": "orders/4%202"}
    assert event["stageVariables"] == {"hotplugFunction": "orders"}
    assert event["queryStringParameters"] == {"a": "é", "b": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "é"], "b": [""]}
    assert event["multiValueHeaders"]["X-Two"] == ["1", "2"]
    assert event["multiValueHeaders"]["Cookie"] == ["a=1; b=2"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"n": 1}', False)
    assert event["requestContext"]["stage"] == "api"


def test_bytes_travel_in_base64_both_ways(url: str) -> None:
    binary = "application/octet-stream"
    _, body = call(f"{url}/orders", "POST", [("Content-Type", binary)], b"\x00\xff\x80")
    event = json.loads(body)

    assert (event["body"], event["isBase64Encoded"]) == ("AP+A", True)
    assert call(f"{url}/orders", "DELETE", [("Accept", binary)])[1] == b"\x00\x01\xff\x80"
    assert call(f"{url}/orders", "DELETE")[1] == b"AAH/gA=="


def test_an_answer_may_set_several_cookies(url: str) -> None:
    answer, _ = call(f"{url}/orders", "DELETE")

    assert answer.msg.get_all("Set-Cookie") == ["a=1; Path=/", "b=2; Path=/"]


def test_a_document_may_have_methods_at_the_root(url: str) -> None:
    answer, body = call(f"{url}/", "GET")

    assert (answer.status, json.loads(body)["resource"]) == (201, "/")


def test_a_version_is_another_resource_than_its_function(aws: EmbeddedAws, orders: str) -> None:
    calls = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f"{ORDERS}:*"}
    but = {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": f"{ORDERS}:$LATEST"}
    lambdas = client_of(aws, role(aws, "lambda", "caller", calls, but), "lambda")
    payload = json.dumps({"httpMethod": "GET"})

    for qualifier in ("1", "live"):
        lambdas.invoke(FunctionName=orders, Qualifier=qualifier, Payload=payload)
    lambdas.invoke(FunctionName=f"{orders}:1", Payload=payload)
    for refused in ({"Qualifier": "$LATEST"}, {}):
        with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
            lambdas.invoke(FunctionName=orders, Payload=payload, **refused)


def test_a_batch_needs_the_permission_on_its_table(aws: EmbeddedAws) -> None:
    for name in ("ledger", "other"):
        aws.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
    table = f"arn:aws:dynamodb:{places.REGION}:{ACCOUNT}:table/ledger"
    reads = {"Effect": "Allow", "Action": "dynamodb:BatchGetItem", "Resource": table}
    tables = client_of(aws, role(aws, "lambda", "reader", reads), "dynamodb")
    keys = {"Keys": [{"pk": {"S": "1"}}]}

    assert tables.batch_get_item(RequestItems={"ledger": keys})["Responses"] == {"ledger": []}
    with pytest.raises(ClientError, match="not authorized to perform: dynamodb:BatchGetItem"):
        tables.batch_get_item(RequestItems={"other": keys})
