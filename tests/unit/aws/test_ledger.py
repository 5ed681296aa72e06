"""What the ledger does with DynamoDB's answers that a small local table never gives."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from hotplug.aws.ledger import AwsLedger
from hotplug.core.deployment.transition import State, Transition, lines_before
from hotplug.core.errors import TryAgainError
from tests.support.plans import a_plan
from tests.unit.aws.clients import a_client

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def client() -> Any:
    return a_client("dynamodb")


def test_a_timeline_of_several_pages_is_read_to_its_end(client: Any) -> None:
    pages: list[dict[str, Any]] = [
        {"Items": [{"sk": {"S": "line#a"}}], "LastEvaluatedKey": {"sk": {"S": "line#a"}}},
        {"Items": [{"sk": {"S": "line#b"}}]},
    ]
    asked = {
        "TableName": "table",
        "KeyConditionExpression": ANY,
        "ExpressionAttributeValues": ANY,
        "ConsistentRead": True,
    }
    with Stubber(client) as stubber:
        stubber.add_response("query", pages[0], asked)
        stubber.add_response("query", pages[1], asked | {"ExclusiveStartKey": {"sk": {"S": "line#a"}}})
        assert AwsLedger(client, "table", 365).timeline("d-1") == [{"sk": "line#a"}, {"sk": "line#b"}]


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ConditionalCheckFailed"])
def test_claims_that_changed_while_they_were_made_may_be_tried_again(client: Any, reason: str) -> None:
    with Stubber(client) as stubber:
        stubber.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            f"Transaction cancelled, please refer cancellation reasons for specific reasons [{reason}]",
        )
        stubber.add_response("get_item", {})
        with pytest.raises(TryAgainError, match=reason):
            AwsLedger(client, "table", 365).claim(a_plan(), NOW)


def freed(client: Any, *reasons: str) -> None:
    """A release that DynamoDB cancels, with its word for each of the items."""
    codes = [{"Code": reason} for reason in reasons]
    with Stubber(client) as stubber:
        stubber.add_client_error(
            "transact_write_items",
            "TransactionCanceledException",
            f"Transaction cancelled, please refer cancellation reasons for specific reasons {list(reasons)}",
            modeled_fields={"CancellationReasons": codes},
        )
        targets = [planned.target for planned in a_plan().targets]
        AwsLedger(client, "table", 365).release("d-1", targets)


def test_claims_that_are_somebody_elses_by_now_are_left_to_them(client: Any) -> None:
    freed(client, "None", "ConditionalCheckFailed")


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError"])
def test_claims_that_changed_while_they_were_freed_may_be_tried_again(client: Any, reason: str) -> None:
    with pytest.raises(TryAgainError, match="changed while they were being freed"):
        freed(client, "None", reason)


class Table:
    """A client of DynamoDB that keeps what is put."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def put_item(self, **request: Any) -> None:
        self.items.append(request["Item"])


def test_what_is_written_goes_away_by_itself_after_the_days_it_is_kept() -> None:
    table: Any = Table()
    plan = a_plan()
    told = Transition("d-1", "arn", State.CLOSED, "closed#00000", NOW.isoformat(), lines_before(plan), "why")
    ledger = AwsLedger(table, "table", keep_days=30)
    ledger.append(told)
    ledger.remember(plan, told)
    expected = str(int((NOW + timedelta(days=30)).timestamp()))
    assert [item["expires"] for item in table.items] == [{"N": expected}, {"N": expected}]


def test_the_release_before_finds_what_is_put_in_quarantine_now() -> None:
    """It asks with its own hash of the configuration, and passes over the key that it does not know."""
    table: Any = Table()
    plan = a_plan()
    closing = Transition("d-1", "arn", State.CLOSED, "closed", NOW.isoformat(), lines_before(plan), "why")
    planned = replace(plan.targets[0], code_sha256="new", config_sha256="all", config_sha256_before="some")
    AwsLedger(table, "table", keep_days=30).quarantine(planned, closing)
    assert [item["sk"]["S"] for item in table.items] == ["quarantine#new#all", "quarantine#new#some"]
    assert [item["configuration"]["S"] for item in table.items] == ["all", "all"]
