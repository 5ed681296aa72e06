"""What is written of the evidence, and how often."""

from typing import Any

import pytest

from hotplug.aws.evidence_store import AwsEvidenceStore
from hotplug.core.errors import TryAgainError
from tests.fakes import refusal
from tests.fakes.clock import MORNING

PAGE = {"verdict": "undecided", "reason": "few calls", "minutes": [["errors", 1, 0, 9, 0, 0.1, 0.1]]}


class Table:
    """A client of DynamoDB that keeps every write; it throttles some first."""

    def __init__(self, throttles: int = 0) -> None:
        self.throttles, self.written = throttles, list[dict[str, Any]]()

    def put_item(self, **request: Any) -> None:
        if self.throttles:
            self.throttles -= 1
            raise refusal("ThrottlingException", "PutItem", "Rate exceeded")
        self.written.append(request["Item"])


def book(client: Any) -> AwsEvidenceStore:
    return AwsEvidenceStore(client, "table", keep_days=1)


def test_a_page_says_its_verdict_in_the_open_and_goes_away_by_itself() -> None:
    table = Table()
    book(table).save("d-1", "orders:live", PAGE, MORNING)
    (item,) = table.written
    assert {key: item[key] for key in ("pk", "sk", "verdict", "reason", "expires")} == {
        "pk": {"S": "deployment#d-1"},
        "sk": {"S": "evidence#orders:live"},
        "verdict": {"S": "undecided"},
        "reason": {"S": "few calls"},
        "expires": {"N": str(int(MORNING.timestamp()) + 24 * 3600)},
    }


def test_what_was_written_last_is_not_written_again() -> None:
    table = Table()
    pages = book(table)
    for look in range(5):
        pages.save("d-1", "orders:live", PAGE | {"until": look // 2}, MORNING)
    assert len(table.written) == 3


@pytest.mark.parametrize(
    ("deployment", "target"),
    [
        pytest.param("d-1", "billing:live", id="another target"),
        pytest.param("d-2", "orders:live", id="later"),
    ],
)
def test_the_same_page_of_something_else_is_written(deployment: str, target: str) -> None:
    table = Table()
    pages = book(table)
    pages.save("d-1", "orders:live", PAGE, MORNING)
    pages.save(deployment, target, PAGE, MORNING)
    assert len(table.written) == 2


def test_what_could_not_be_written_is_written_at_the_next_look() -> None:
    table = Table(throttles=1)
    pages = book(table)
    with pytest.raises(TryAgainError):
        pages.save("d-1", "orders:live", PAGE, MORNING)
    pages.save("d-1", "orders:live", PAGE, MORNING)
    assert len(table.written) == 1
