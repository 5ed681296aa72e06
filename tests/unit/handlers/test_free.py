"""Claims of a deployment whose record can't be read are freed by a command, once its aliases were seen."""

from typing import Any

import pytest

from hotplug.aws.dynamodb_json import encode
from hotplug.aws.ledger import AwsLedger
from hotplug.core.errors import NotRestoredError, TrippedError
from hotplug.core.resources.alias import Routing
from hotplug.handlers.command import command
from tests.fakes import InMemoryCloud, split
from tests.fakes.table import Table
from tests.support.guarding import SWEEP, wake
from tests.support.machine.execution import Execution

type Json = dict[str, Any]

SEEN = {
    "orders:live": "version 41 with 10 % to version 42",
    "billing:live": "version 41 with 10 % to version 42",
}


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def shop(table: Table) -> InMemoryCloud:
    """Two functions on their first step; their execution was stopped, and nobody has looked yet."""
    client: Any = table
    cloud = InMemoryCloud()
    cloud.ledger = AwsLedger(client, "ledger", 365)  # type: ignore[assignment]
    for function in ("orders", "billing"):
        cloud.has_function(function)
        cloud.somebody_saves(function)
    Execution(cloud, {"functions": ["orders", "billing"]}, "d-1").shifted().ends("ABORTED")
    return cloud


def spoil(table: Table, **values: Any) -> None:
    """Somebody has written into the record."""
    table.items["deployment#d-1", "standing"] |= encode(values)


def free(cloud: InMemoryCloud, **more: Any) -> Json:
    about = {} if "target" in more else {"deployment": "d-1"}
    return command({"command": "free", "by": "ann", "why": "ticket 7"} | about | more, cloud)


def claims(cloud: InMemoryCloud) -> list[str]:
    return [holder.target for holder in cloud.ledger.claims()]


def makes_unreadable(table: Table) -> None:
    spoil(table, step="one")


def has_no_record(table: Table) -> None:
    del table.items["deployment#d-1", "standing"]


def is_another_deployments(table: Table) -> None:
    spoil(table, phase="paused")


def claims_name_another_execution(table: Table) -> None:
    for target in SEEN:
        table.items["claim", target] |= encode({"execution": "arn:aws:states:::execution:hotplug:d-0"})


@pytest.mark.parametrize(
    "spoils",
    [makes_unreadable, has_no_record, is_another_deployments, claims_name_another_execution],
    ids=lambda it: it.__name__,
)
def test_its_aliases_are_shown_and_then_its_claims_are_freed(
    shop: InMemoryCloud, table: Table, spoils: Any
) -> None:
    spoils(table)
    shop.passes(86_400)
    with pytest.raises(
        NotRestoredError, match=r'free its claims: \{"command": "free", "deployment": "d-1"\}'
    ):
        wake(shop, SWEEP)
    first = free(shop)
    assert (first["outcome"], first["now"]["aliases"]) == ("shown", SEEN)
    assert len(claims(shop)) == 2
    answer = free(shop, seen=SEEN)
    assert answer["outcome"] == "accepted"
    assert claims(shop) == []
    assert shop.routing("orders:live") == split("41", "42", 10)
    assert wake(shop, SWEEP)["restored"] == []


def test_who_freed_it_and_why_is_in_the_timeline_and_people_are_told(
    shop: InMemoryCloud, table: Table
) -> None:
    makes_unreadable(table)
    free(shop, seen=SEEN)
    [line] = [line for line in shop.ledger.timeline("d-1") if line["state"] == "commanded"]
    assert line["reason"].startswith("free by ann at 2026-11-24 09:")
    assert "because ticket 7; its record can't be read: step is " in line["reason"]
    assert line["reason"].endswith("orders:live: version 41 with 10 % to version 42")
    assert shop.notifications.events[-1]["reason"] == line["reason"]


def test_a_late_task_of_it_moves_nothing_any_more(shop: InMemoryCloud, table: Table) -> None:
    shop.has_function("mail")
    shop.somebody_saves("mail")
    late = Execution(shop, {"function": "mail"}, "d-2").run_to("Shift")
    late.ends("ABORTED")
    table.items["deployment#d-2", "standing"] |= encode({"step": "one"})
    answer = free(shop, deployment="d-2", seen={"mail:live": "version 41"})
    assert answer["outcome"] == "accepted"
    with pytest.raises(TrippedError):
        late.shift()
    assert shop.routing("mail:live") == Routing("41")


def test_the_next_deployment_can_begin(shop: InMemoryCloud, table: Table) -> None:
    makes_unreadable(table)
    assert Execution(shop, {"function": "orders", "force": True}, "d-2").run() != "Deployed"
    shop.somebody_moves("orders:live", Routing("41"))
    shop.somebody_moves("billing:live", Routing("41"))
    answer = free(shop, seen=dict.fromkeys(SEEN, "version 41"))
    assert answer["outcome"] == "accepted"
    assert Execution(shop, {"function": "orders", "strategy": "AllAtOnce"}, "d-3").run() == "Deployed"


@pytest.mark.parametrize("seen", [SEEN | {"orders:live": "version 41"}, {"orders:live": SEEN["orders:live"]}])
def test_what_was_not_seen_as_it_is_is_shown_again(shop: InMemoryCloud, table: Table, seen: Json) -> None:
    makes_unreadable(table)
    answer = free(shop, seen=seen)
    assert (answer["outcome"], answer["now"]["aliases"]) == ("shown", SEEN)
    assert answer["reason"].startswith("they say something else by now")
    assert len(claims(shop)) == 2


# What it refuses


def test_a_record_that_can_be_read_is_left_to_the_guard(shop: InMemoryCloud) -> None:
    answer = free(shop, seen=SEEN)
    assert answer == {
        "outcome": "refused",
        "reason": "its record can be read: the guard settles it, within minutes of its end",
        "now": {"aliases": {}},
    }
    assert len(claims(shop)) == 2


def test_the_record_of_a_later_release_is_left_to_it(shop: InMemoryCloud, table: Table) -> None:
    plan = table.items["deployment#d-1", "standing"]["plan"]
    plan["M"]["schema"] = {"N": "99"}
    answer = free(shop, seen=SEEN)
    assert answer["outcome"] == "refused"
    assert "put that one in place again" in answer["reason"]


def test_an_execution_that_runs_is_left_alone(shop: InMemoryCloud, table: Table) -> None:
    makes_unreadable(table)
    shop.executions.runs("d-1")
    answer = free(shop, seen=SEEN)
    assert (answer["outcome"], answer["reason"]) == ("refused", "its execution still runs: stop it first")
    assert len(claims(shop)) == 2


def test_a_deployment_without_a_claim_has_nothing_to_free(shop: InMemoryCloud) -> None:
    assert free(shop, deployment="d-9")["reason"] == "it has no claim"


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"deployment": "d-1", "target": "orders:live"}, "deployment: got both"),
        ({"deployment": None}, "deployment: got null"),
        ({"seen": ["orders:live"]}, "seen: got "),
        ({"why": ""}, "why: got "),
        ({"step": 1}, "step: got an unknown key"),
    ],
)
def test_what_is_wrong_with_it_is_said(shop: InMemoryCloud, said: Json, fields: str) -> None:
    answer = command({"command": "free", "deployment": "d-1", "by": "ann", "why": "ticket 7"} | said, shop)
    assert answer["outcome"] == "refused"
    assert fields in answer["reason"]


# Claims that can't be read themselves


def test_a_claim_that_names_no_deployment_is_freed_by_its_target(shop: InMemoryCloud, table: Table) -> None:
    for key in ("deployment", "execution", "target"):
        del table.items["claim", "orders:live"][key]
    seen = {"orders:live": SEEN["orders:live"]}
    assert free(shop, target="orders:live")["now"]["aliases"] == seen
    assert free(shop, target="orders:live", seen=seen)["outcome"] == "accepted"
    assert claims(shop) == ["billing:live"]


def test_a_claim_of_no_target_can_be_freed_too(shop: InMemoryCloud, table: Table) -> None:
    table.items["claim", "nonsense"] = encode({"pk": "claim", "sk": "nonsense", "at": "today"})
    seen = {"nonsense": "no name of an alias"}
    assert free(shop, target="nonsense", seen=seen)["outcome"] == "accepted"
    assert "nonsense" not in claims(shop)


def test_a_claim_that_changes_hands_meanwhile_stays(shop: InMemoryCloud, table: Table) -> None:
    makes_unreadable(table)
    [holder] = [holder for holder in shop.ledger.claims() if holder.target == "orders:live"]
    table.items["claim", "orders:live"] |= encode({"deployment": "d-2"})
    assert not shop.ledger.free(holder)
    assert len(claims(shop)) == 2
