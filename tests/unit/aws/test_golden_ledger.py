"""Items that release 0.1.0 wrote into the ledger: each is still read, and written as it was."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hotplug.aws.dynamodb_json import decode, encode
from hotplug.aws.ledger import AwsLedger
from hotplug.core.deployment.record import DeploymentRecord, Phase
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.parsing.stored import timestamp
from hotplug.core.resources.configuration import Configuration
from hotplug.core.resources.versions import good_versions
from hotplug.core.rollout.commands import EVERYWHERE, AcceptedCommand, Command
from hotplug.core.rollout.weight_changes import changes_in
from tests.fakes import a_target
from tests.support.unknown_keys import Steps, objects_in, with_unknown_key

GOLDEN = Path(__file__).parents[2] / "golden" / "ledger-1.json"
ITEMS: list[dict[str, Any]] = json.loads(GOLDEN.read_text())
PLACES = list(objects_in(ITEMS))
ORDERS = a_target("orders:live")


class Table:
    """A client of DynamoDB that answers these items, and keeps what is written."""

    def __init__(self, items: Sequence[dict[str, Any]]) -> None:
        self.items, self.written = items, list[dict[str, Any]]()

    def get_item(self, **request: Any) -> dict[str, Any]:
        key = decode(request["Key"])
        found = [item for item in self.items if key.items() <= item.items()]
        return {"Item": encode(found[0])} if found else {}

    def query(self, **request: Any) -> dict[str, Any]:
        """By sort key, what begins with a prefix, or the closed deployments of a target."""
        values = decode(request["ExpressionAttributeValues"])
        found = sorted((it for it in self.items if it["pk"] == values[":p"]), key=lambda it: it["sk"])
        sort_keys = (values[":s"], values[":s"] + "~") if ":s" in values else (values[":from"], values[":to"])
        return {"Items": [encode(item) for item in found if sort_keys[0] <= item["sk"] < sort_keys[1]]}

    def put_item(self, **request: Any) -> None:
        self.written.append(decode(request["Item"]))

    def update_item(self, **request: Any) -> None:
        values = decode(request["ExpressionAttributeValues"])
        self.written.append(decode(request["Key"]) | {key[1:]: value for key, value in values.items()})


def ledger_of(table: Any) -> AwsLedger:
    return AwsLedger(table, "table", keep_days=30)


def read(items: Sequence[dict[str, Any]]) -> list[object]:
    """All that a ledger can be asked about its one deployment."""
    ledger = ledger_of(Table(items))
    return [
        ledger.holder(ORDERS),
        ledger.load("d-1"),
        list(ledger.commands("d-1")),
        list(ledger.commands(EVERYWHERE)),
        changes_in(ledger.timeline("d-1")),
        good_versions(ledger.closed_deployments(ORDERS), 2),
        ledger.quarantined(ORDERS, "aGFzaA==", Configuration(before="c0ffee")),
    ]


def test_it_still_means_the_same() -> None:
    holder, saved, orders, everywhere, changes, good, quarantine = read(ITEMS)
    assert (getattr(holder, "deployment", None), good) == ("d-1", ("41",))
    assert isinstance(saved, DeploymentRecord)
    assert (saved.progress.step, saved.progress.candidates, saved.phase) == (
        1,
        ("42",),
        Phase.MOVING,
    )
    assert orders == [
        AcceptedCommand(Command.APPROVE, "bob", "it looks well", timestamp("2026-11-24T09:09:00.000005Z"), 1),
        AcceptedCommand(Command.PAUSE, "ann", "the fair has begun", timestamp("2026-11-24T09:01Z")),
    ]
    assert everywhere == [AcceptedCommand(Command.FREEZE, "ann", "Grüße", timestamp("2026-11-24T09:02Z"))]
    assert changes == (
        Change(timestamp("2026-11-24T09:00:55Z"), timestamp("2026-11-24T09:01Z"), 0.1),
        Change(timestamp("2026-11-24T09:06Z"), timestamp("2026-11-24T09:06Z"), 0.125),
    )
    assert quarantine == "deployment d-1 rolled it back at 2026-11-24T09:20:00+00:00: because"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: "/".join(map(str, place)) or "all")
def test_a_key_that_a_later_release_added_changes_nothing(place: Steps) -> None:
    assert read(with_unknown_key(ITEMS, place)) == read(ITEMS)


def test_a_standing_is_written_as_it_was() -> None:
    table = Table(ITEMS)
    ledger = ledger_of(table)
    saved = ledger.load("d-1")
    assert saved
    ledger.save(saved.progress, saved.phase)
    assert json.dumps(table.written) == json.dumps([item for item in ITEMS if item["sk"] == "standing"])


@pytest.mark.parametrize("deployment", ["d-1", EVERYWHERE])
def test_commands_are_written_as_they_were(deployment: str) -> None:
    table = Table(ITEMS)
    ledger = ledger_of(table)
    for order in ledger.commands(deployment):
        ledger.accept(deployment, order)
    expected = [item for item in ITEMS if item["pk"] == f"deployment#{deployment}" and "command" in item]
    assert json.dumps(table.written) == json.dumps(sorted(expected, key=lambda item: str(item["sk"])))
