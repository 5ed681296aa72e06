"""Provisioned concurrency, asked of Lambda's own model."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from hotplug.aws.concurrency import AwsConcurrency
from hotplug.core.resources.concurrency import ConcurrencyState
from tests.unit.aws.clients import a_client

ARN = "arn:aws:lambda:us-east-1:111122223333:function:orders"
VERSION_7 = {"FunctionName": "orders", "Qualifier": "7"}
GONE = "ProvisionedConcurrencyConfigNotFoundException"


class Lambda:
    """A client whose answers are checked against Lambda's model."""

    def __init__(self) -> None:
        self.client = a_client("lambda")
        self.stub = Stubber(self.client)
        self.stub.activate()
        self.concurrency = AwsConcurrency(self.client)

    def lists(self, answer: dict[str, Any], **asked: str) -> None:
        asked |= {"FunctionName": "orders"}
        self.stub.add_response("list_provisioned_concurrency_configs", answer, asked)


@pytest.fixture
def aws() -> Lambda:
    return Lambda()


def a_config(qualifier: str, executions: int) -> dict[str, Any]:
    return {"FunctionArn": f"{ARN}:{qualifier}", "RequestedProvisionedConcurrentExecutions": executions}


def test_all_that_a_function_has_is_found_by_qualifier(aws: Lambda) -> None:
    aws.lists({"ProvisionedConcurrencyConfigs": [a_config("7", 5)], "NextMarker": "more"})
    aws.lists({"ProvisionedConcurrencyConfigs": [a_config("live", 9)]}, Marker="more")
    assert aws.concurrency.found("orders") == {"7": 5, "live": 9}


def test_how_far_it_is_comes_with_the_reason(aws: Lambda) -> None:
    answer = {"RequestedProvisionedConcurrentExecutions": 5, "Status": "FAILED", "StatusReason": "init"}
    aws.stub.add_response("get_provisioned_concurrency_config", answer, VERSION_7)
    assert aws.concurrency.state("orders", "7") == ConcurrencyState(5, "FAILED", "init")


def test_where_there_is_none_there_is_none(aws: Lambda) -> None:
    aws.stub.add_client_error("get_provisioned_concurrency_config", GONE)
    assert aws.concurrency.state("orders", "7") is None
    aws.stub.add_client_error("delete_provisioned_concurrency_config", GONE)
    aws.concurrency.remove("orders", "7")


def test_it_is_put_and_removed_by_qualifier(aws: Lambda) -> None:
    wanted = VERSION_7 | {"ProvisionedConcurrentExecutions": 5}
    aws.stub.add_response("put_provisioned_concurrency_config", {"Status": "IN_PROGRESS"}, wanted)
    aws.concurrency.put("orders", "7", 5)
    aws.stub.add_response("delete_provisioned_concurrency_config", {}, VERSION_7)
    aws.concurrency.remove("orders", "7")


def test_what_lambda_does_not_give_is_an_error(aws: Lambda) -> None:
    text = "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution"
    aws.stub.add_client_error("put_provisioned_concurrency_config", "InvalidParameterValueException", text)
    with pytest.raises(ClientError, match="decreases account's Unreserved"):
        aws.concurrency.put("orders", "7", 5)


def test_aliases_are_asked_for_by_their_version(aws: Lambda) -> None:
    aliases = {"Aliases": [{"Name": "live"}, {"Name": "test"}]}
    aws.stub.add_response("list_aliases", aliases, {"FunctionName": "orders", "FunctionVersion": "7"})
    assert aws.concurrency.aliases_on("orders", "7") == ["live", "test"]
