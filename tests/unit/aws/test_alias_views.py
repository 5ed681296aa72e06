"""What routers do with a shared view that is not as they write it, and how long one is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotplug.aws.alias_views import KEPT_DAYS, AwsAliasViews, Known
from hotplug.aws.dynamodb_json import encode
from hotplug.core.resources.alias import Routing
from hotplug.core.router.selection import AliasView, StickySplit
from tests.fakes import a_target, split

LIVE = a_target("orders:live")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
BEFORE = StickySplit(split("41", "42", 5), "d-1")
VIEW = AliasView(split("41", "42", 25), "d-1", ("41", "40"), NOW, ((BEFORE, NOW + timedelta(seconds=10)),))
PAST = {"version": "41", "weights": {"42": 0.05}, "deployment": "d-1", "until": "2026-11-24T00:00:10+00:00"}


class Table:
    """A client of DynamoDB with one view, and what was asked of it."""

    def __init__(self, item: dict[str, Any] | None = None) -> None:
        self.item, self.asked = item, list[dict[str, Any]]()

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        key = {"pk": {"S": "target#orders:live"}, "sk": {"S": "view"}}
        return {"Responses": {"table": [self.item | key] if self.item else []}, "UnprocessedKeys": {}}

    def update_item(self, **request: Any) -> None:
        self.asked.append(request)
        self.item = {"shown": request["ExpressionAttributeValues"].get(":shown", {"S": ""})}


def known(item: dict[str, Any] | None) -> Known:
    client: Any = Table(item)
    return AwsAliasViews(client, "table", KEPT_DAYS).known(LIVE)


def written() -> dict[str, Any]:
    """The view as it is written, without types."""
    table: Any = Table()
    AwsAliasViews(table, "table", KEPT_DAYS).share(LIVE, VIEW)
    assert known(table.item).view == VIEW
    sides = {"version": "41", "weights": {"42": 0.25}, "deployment": "d-1"}
    return {
        "sides": sides,
        "good": ["41", "40"],
        "at": NOW.isoformat(),
        "past": [
            sides | {"weights": {"42": 0.05}, "until": (NOW + timedelta(seconds=10)).isoformat()},
        ],
    }


def test_what_is_written_is_this() -> None:
    table: Any = Table()
    AwsAliasViews(table, "table", KEPT_DAYS).share(LIVE, VIEW)
    assert table.item["shown"] == encode({"shown": written()})["shown"]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"sides": None}, id="no sides"),
        pytest.param({"sides": "41"}, id="sides that are a text"),
        pytest.param({"sides": {"version": "41"}}, id="half of the sides"),
        pytest.param(
            {"sides": {"version": "41", "weights": ["42"], "deployment": ""}}, id="weights as a list"
        ),
        pytest.param(
            {"sides": {"version": "41", "weights": {"42": "heavy"}, "deployment": ""}}, id="a weight in words"
        ),
        pytest.param(
            {"sides": {"version": "41", "weights": {"42": "nan"}, "deployment": ""}},
            id="no number as a weight",
        ),
        pytest.param(
            {"sides": {"version": "41", "weights": {"42": "inf"}, "deployment": ""}}, id="an endless weight"
        ),
        pytest.param(
            {"sides": {"version": "41", "weights": {"42": 0.1, "43": 0.1}, "deployment": ""}},
            id="two candidates",
        ),
        pytest.param({"past": [PAST | {"weights": {"42": 7}}]}, id="700 %"),
        pytest.param({"good": None}, id="no good versions"),
        pytest.param({"good": 7}, id="good versions as a number"),
        pytest.param({"at": None}, id="no time"),
        pytest.param({"at": "yesterday"}, id="a time in words"),
        pytest.param({"at": 1_764_000_000}, id="a time in seconds"),
        pytest.param({"past": "41"}, id="what was before as a text"),
        pytest.param({"past": [PAST | {"until": "soon"}]}, id="a moment in words"),
    ],
)
def test_a_view_that_cannot_be_read_is_none(broken: dict[str, Any]) -> None:
    assert known(encode({"shown": written() | broken})).view is None


@pytest.mark.parametrize("key", ["sides", "good", "at", "past"])
def test_neither_is_one_that_lacks_something(key: str) -> None:
    less = {each: value for each, value in written().items() if each != key}
    assert known(encode({"shown": less})).view is None


@pytest.mark.parametrize("shown", [None, "view", 7, [], {}])
def test_neither_is_one_of_another_shape(shown: object) -> None:
    assert known(encode({"shown": shown})).view is None


def test_a_time_that_does_not_say_where_can_be_compared_all_the_same() -> None:
    local = written() | {
        "at": "2026-11-24T00:00:00",
        "past": [PAST | {"until": "2026-11-24T00:00:10"}],
    }
    view = known(encode({"shown": local})).view
    assert view
    assert view.is_current("d-1", view.at)
    assert view.sticky_split(NOW + timedelta(days=2)) == StickySplit(VIEW.routing, "d-1")


def test_a_claim_and_a_view_are_read_in_one_request_that_is_up_to_date() -> None:
    table: Any = Table()
    AwsAliasViews(table, "table", KEPT_DAYS).known(LIVE)
    (request,) = table.asked
    asked = request["RequestItems"]["table"]
    assert asked["ConsistentRead"]
    assert asked["Keys"] == [
        encode({"pk": "target#orders:live", "sk": "view"}),
        encode({"pk": "claim", "sk": "orders:live"}),
    ]


def test_a_view_that_nobody_looks_at_any_more_goes_away_by_itself() -> None:
    table: Any = Table()
    routes = AwsAliasViews(table, "table", KEPT_DAYS)
    routes.take_turn(LIVE, NOW)
    routes.share(LIVE, AliasView(Routing("41"), "", (), NOW))
    expected = str(int((NOW + timedelta(days=KEPT_DAYS)).timestamp()))
    said = [request["ExpressionAttributeValues"][":expires"] for request in table.asked]
    assert said == [{"N": expected}, {"N": expected}]
