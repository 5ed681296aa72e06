"""An emulator for each file of tests that asks for one, and the function `orders` in it.

The emulator's plug-in is installed elsewhere; its parts without LocalEmu are tested here as they lie.
"""

import json
import sys
from collections.abc import Iterator

import pytest

from local.aws import places
from local.aws.embedded import EmbeddedAws
from local.aws.tests.orders import archive, move

sys.path.insert(0, str(places.ROOT / "local" / "aws" / "emulator"))

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
        }
    ],
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with EmbeddedAws(tmp_path_factory.mktemp("aws")) as aws:
        yield aws


@pytest.fixture(scope="module")
def role(aws: EmbeddedAws) -> str:
    created = aws.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument=json.dumps(TRUST))
    return str(created["Role"]["Arn"])


@pytest.fixture(scope="module")
def orders(aws: EmbeddedAws, role: str) -> str:
    """A function with versions 1 and 2 and the alias `live` on version 1."""
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName="orders",
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": archive(1)},
        Timeout=5,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="orders")
    functions.publish_version(FunctionName="orders")
    functions.update_function_code(FunctionName="orders", ZipFile=archive(2))
    functions.get_waiter("function_updated_v2").wait(FunctionName="orders")
    functions.publish_version(FunctionName="orders")
    functions.create_alias(FunctionName="orders", Name="live", FunctionVersion="1", Description="kept")
    return "orders"


@pytest.fixture
def live_on_version_1(aws: EmbeddedAws, orders: str) -> None:
    move(aws, {}, FunctionVersion="1")
