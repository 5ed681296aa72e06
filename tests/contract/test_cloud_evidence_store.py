"""The kept evidence, in memory and on the local AWS alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotplug.core.deployment.record import Phase
from hotplug.core.deployment.transition import State, Transition
from hotplug.core.evidence import EvidenceSettings, Minute
from hotplug.core.evidence.comparison import Comparison, Latency, history
from hotplug.core.evidence.measurement import HOUR, LATE, MINUTE, Measurement
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import EvidenceMode
from tests.contract.surroundings import Surroundings
from tests.fakes import a_target
from tests.support.plans import a_plan, at_step

NOW = datetime(2026, 11, 24, 9, 0, 30, 5, tzinfo=UTC)
ROWS = 7
"""Of a minute in which latency is judged."""
OPEN_MINUTES = int((HOUR + LATE) / MINUTE)
"""The minutes of a page: what came before is in closed hours."""
TARGETS = 50


def measured(target: str, minutes: int = 3) -> Measurement:
    row = Minute("errors", 123_456, 1_234, 1_234_567, 12_345, 0.1, 0.125, 1_234.0, 12_345.678)
    settings = EvidenceSettings(false_rollback_risk=0.01 / 3, tolerate_slower=1e-9)
    return Measurement(
        Comparison(a_target(target), "41", "42", settings),
        latency=Latency.COUNTS,
        begin=NOW,
        until=NOW + timedelta(minutes=minutes),
        before=history(TrafficProfile(10, 10, 0.01)),
        minutes=(row,) * minutes * ROWS,
    )


def page_of(one: Measurement) -> dict[str, Any]:
    return one.to_json(EvidenceMode.ON, one.assess())


def save_evidence(cloud: Surroundings, deployment: str, *reasons: tuple[str, str]) -> None:
    """Pages in short: pairs of a target and a reason."""
    for target, reason in reasons:
        cloud.evidence_store.save(deployment, target, {"target": target, "reason": reason}, NOW)


def kept(cloud: Surroundings, deployment: str) -> list[tuple[str, str]]:
    return [(page["target"], page["reason"]) for page in cloud.evidence_store.saved(deployment)]


def test_what_is_kept_comes_back_as_it_was(cloud: Surroundings, name: str) -> None:
    one = measured(f"{name}:live")
    page = page_of(one)
    cloud.evidence_store.save(name, f"{name}:live", page, NOW)
    (found,) = cloud.evidence_store.saved(name)
    assert found == page
    assert Measurement.from_json(found) == one


@pytest.mark.parametrize(
    "page",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"verdict": None, "reason": None}, id="null"),
        pytest.param({"reason": 'ä 漢 🔥 "quoted" \\ \''}, id="any text"),
        pytest.param({"minutes": [[0.1 + 0.2, 1e-300, 10**17, 1.0, 0]]}, id="numbers of any size"),
        pytest.param({"pk": "mine", "expires": 1}, id="names that the table has as well"),
    ],
)
def test_whatever_is_in_it_is_kept_exactly(cloud: Surroundings, name: str, page: dict[str, Any]) -> None:
    cloud.evidence_store.save(name, "orders:live", page, NOW)
    assert list(cloud.evidence_store.saved(name)) == [page]


def test_what_is_kept_last_counts(cloud: Surroundings, name: str) -> None:
    for reason in ("first", "second", "first", "first"):
        save_evidence(cloud, name, ("orders:live", reason))
        assert kept(cloud, name) == [("orders:live", reason)]


def test_every_target_has_a_page_and_they_are_in_order(cloud: Surroundings, name: str) -> None:
    pages = [("orders:live", "c"), ("billing:live", "a"), ("orders-2:live", "b"), ("orders:lively", "d")]
    save_evidence(cloud, name, *pages)
    assert kept(cloud, name) == sorted(pages)


def test_deployments_whose_names_begin_alike_are_not_mixed_up(cloud: Surroundings, name: str) -> None:
    save_evidence(cloud, f"{name}-1", ("orders:live", "the first"))
    save_evidence(cloud, f"{name}-10", ("orders:live", "the tenth"))
    assert kept(cloud, f"{name}-1") == [("orders:live", "the first")]
    assert list(cloud.evidence_store.saved(name)) == []


def test_evidence_is_no_line_of_the_timeline_and_lines_are_no_evidence(
    cloud: Surroundings, name: str
) -> None:
    save_evidence(cloud, name, ("orders:live", "because"))
    assert list(cloud.ledger.timeline(name)) == []
    assert cloud.ledger.load(name) is None
    cloud.ledger.append(Transition(name, "arn", State.PLANNED, "planned#00000", NOW.isoformat(), (), "why"))
    cloud.ledger.save(at_step(a_plan(deployment=name), 0, "42"), Phase.MOVING)
    assert kept(cloud, name) == [("orders:live", "because")]


def test_as_much_as_there_can_be_of_one_target_is_kept(cloud: Surroundings, name: str) -> None:
    """DynamoDB takes no item over 400 kB."""
    page = page_of(measured(f"{name}:live", OPEN_MINUTES))
    cloud.evidence_store.save(name, f"{name}:live", page, NOW)
    assert list(cloud.evidence_store.saved(name)) == [page]


def test_as_much_as_there_can_be_of_all_targets_is_read_again(cloud: Surroundings, name: str) -> None:
    """DynamoDB answers a query with no more than 1 MB at a time."""
    targets = [f"f{at:02d}:live" for at in range(TARGETS)]
    page = page_of(measured("orders:live", OPEN_MINUTES))
    pages = {target: page | {"target": target} for target in targets}
    for target, page in pages.items():
        cloud.evidence_store.save(name, target, page, NOW)
    assert list(cloud.evidence_store.saved(name)) == list(pages.values())


# Closed hours, and what the judge remembers of them

BEGINS = "2026-11-24T09:00:00+00:00", "2026-11-24T10:00:00+00:00"


def close(cloud: Surroundings, deployment: str, target: str, begin: str, told: str) -> dict[str, Any]:
    hour = {"target": target, "begin": begin, "told": told}
    return cloud.evidence_store.close_hour(deployment, target, hour, NOW)


def test_an_hour_is_closed_once_and_whoever_is_late_is_told_what_it_holds(
    cloud: Surroundings, name: str
) -> None:
    first = close(cloud, name, "orders:live", BEGINS[0], "first")
    assert first == {"target": "orders:live", "begin": BEGINS[0], "told": "first"}
    assert close(cloud, name, "orders:live", BEGINS[0], "late data") == first
    assert list(cloud.evidence_store.hours(name)) == [first]


def test_hours_are_in_order_and_each_targets_own(cloud: Surroundings, name: str) -> None:
    closed = [(target, begin) for target in ("billing:live", "orders:live") for begin in BEGINS]
    for target, begin in reversed(closed):
        close(cloud, name, target, begin, "said")
    assert [(each["target"], each["begin"]) for each in cloud.evidence_store.hours(name)] == closed


def test_what_is_remembered_last_counts(cloud: Surroundings, name: str) -> None:
    assert cloud.evidence_store.memories(name) == {}
    for target, sure in (("orders:live", 0.1), ("billing:live", 1e-300), ("orders:live", 0.1 + 0.2)):
        cloud.evidence_store.remember(name, target, {"state": {"log": sure}}, NOW)
    assert cloud.evidence_store.memories(name) == {
        "billing:live": {"state": {"log": 1e-300}},
        "orders:live": {"state": {"log": 0.1 + 0.2}},
    }


def test_hours_and_memories_are_no_pages(cloud: Surroundings, name: str) -> None:
    close(cloud, name, "orders:live", BEGINS[0], "said")
    cloud.evidence_store.remember(name, "orders:live", {}, NOW)
    assert list(cloud.evidence_store.saved(name)) == []
    assert list(cloud.ledger.timeline(name)) == []
