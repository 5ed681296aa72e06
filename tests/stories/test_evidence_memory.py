"""Long deployments: what the judge remembers of them, and what is read again at each look."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import log
from typing import Any

import pytest

from cli.judge import judged_again
from hotplug.core.evidence.measurement import HOUR, LATE
from hotplug.core.evidence.metrics.queries import MINUTE_SECONDS, MetricQuery
from hotplug.core.resources.alias import Routing
from hotplug.core.rollout.weight_changes import changes_in
from tests.fakes import InMemoryCloud, a_zip
from tests.fakes.clock import MORNING
from tests.support.machine.execution import Execution
from tests.support.traffic import Callers, between

UPLOAD = {"bucket": "artifacts", "key": "app.zip"}
OLD, NEW = Routing("41"), Routing("42")
A_POLL = timedelta(minutes=25)
"""Between two looks of the longest deployment."""
POLL_SECONDS = 300
MAX_STATE_BYTES = 12_000
WEIGHT_MIN = 30


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders on version 41, and a package that arrived."""
    cloud.has_function("orders", versions=["41"])
    cloud.has_object("artifacts", "app.zip", a_zip("other"))
    return cloud


@pytest.fixture
def read(shop: InMemoryCloud, monkeypatch: pytest.MonkeyPatch) -> list[timedelta]:
    """How much of the metrics by the minute was read at each look."""
    spans: list[timedelta] = []
    really = shop.metrics.read

    def reading(
        series: Sequence[MetricQuery], begin: datetime, end: datetime
    ) -> Mapping[MetricQuery, Mapping[int, float]]:
        if any(one.version and one.period_seconds == MINUTE_SECONDS for one in series):
            spans.append(end - begin)
        return really(series, begin, end)

    monkeypatch.setattr(shop.metrics, "read", reading)
    return spans


def deploying(cloud: InMemoryCloud, longest: str, **more: Any) -> Execution:
    """Of a candidate that can't be proven safe with few calls: by time alone."""
    strategy = {"type": "adaptive", "bake": 0, "minWeight": WEIGHT_MIN, "maxTime": longest}
    asked = {"functions": ["orders"], "source": UPLOAD, "strategy": strategy, "pollSeconds": POLL_SECONDS}
    return Execution(cloud, asked | more)


def suspicious(cloud: InMemoryCloud) -> None:
    """Some calls of the candidate fail in its first half hour: too few for a verdict, and none later."""
    Callers(cloud, "d-1", 3, failing={"42": between(MORNING + timedelta(minutes=8), 9, 0.4)})


def shares(cloud: InMemoryCloud) -> list[float]:
    return [round(100 * change.share, 2) for change in changes_in(list(cloud.ledger.lines["d-1"].values()))]


def page_of(cloud: InMemoryCloud) -> Mapping[str, Any]:
    (page,) = cloud.evidence_store.saved("d-1")
    return page


def reason(execution: Execution) -> str:
    return str(execution.variables["summary"]["reason"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "longest", ["6h", *(pytest.param(each, marks=pytest.mark.long) for each in ("12h", "24h", "168h"))]
)
def test_a_candidate_under_suspicion_is_not_promoted_because_hours_went_by(
    shop: InMemoryCloud, read: list[timedelta], longest: str
) -> None:
    """All hours judged again say the same, to the last digit. No week has the calls for a proof."""
    suspicious(shop)
    execution = deploying(shop, longest, evidence={"tolerate": {"errors": 0.01}})
    assert execution.run() == "Rolled back"
    assert "time limit of " in reason(execution)
    assert log(10) <= page_of(shop)["logEvidence"] < log(100)
    assert shop.routing("orders:live") == OLD
    assert max(read) <= HOUR + LATE + A_POLL
    hours = shop.evidence_store.hours("d-1")
    assert len(hours) >= 3
    ((page, assessment),) = judged_again([page_of(shop)], hours)
    assert (str(assessment.verdict), assessment.reason) == (page["verdict"], page["reason"])
    assert assessment.log_evidence == page["logEvidence"]


@pytest.mark.slow
def test_what_is_remembered_is_small_and_can_be_made_again_from_the_hours(shop: InMemoryCloud) -> None:
    """The release that wrote it may be another one, and an hour may be closed later than it could be."""
    suspicious(shop)
    away = RuntimeError("the table is away")
    shop.evidence_store.fails_next("close_hour", away, times=3)
    shop.evidence_store.fails_next("remember", away, times=2)
    execution = deploying(shop, "4h")
    looks = 0

    def spoil() -> None:
        nonlocal looks
        looks += 1
        for target, text in shop.evidence_store.remembered.get("d-1", {}).items():
            assert len(text) <= MAX_STATE_BYTES
            if looks % 7 == 0:
                spoilt = json.loads(text) | {"state": {"schema": "of a later release"}}
                shop.evidence_store.remembered["d-1"][target] = json.dumps(spoilt)

    assert execution.run(at_bake=spoil) == "Rolled back"
    hours = shop.evidence_store.hours("d-1")
    begins = [hour["begin"] for hour in hours]
    assert len(begins) == len(set(begins)) >= 2
    ((page, assessment),) = judged_again([page_of(shop)], hours)
    assert assessment.log_evidence == page["logEvidence"]


@pytest.mark.slow
def test_a_release_that_remembers_nothing_is_followed_by_one_that_does(shop: InMemoryCloud) -> None:
    """The first look of the new release reads all, and closes the hours at once."""
    suspicious(shop)
    execution = deploying(shop, "5h")

    def forget() -> None:
        if shop.now() < MORNING + timedelta(hours=4, minutes=30):
            shop.evidence_store.remembered.clear()
            shop.evidence_store.closed.clear()

    assert execution.run(at_bake=forget) == "Rolled back"
    hours = shop.evidence_store.hours("d-1")
    assert len(hours) >= 3
    ((page, assessment),) = judged_again([page_of(shop)], hours)
    assert assessment.log_evidence == page["logEvidence"]


@pytest.mark.slow
def test_metrics_that_cannot_be_read_at_the_limit_do_not_clear_a_suspicion(
    shop: InMemoryCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspicious(shop)
    execution = deploying(shop, "1h")

    def away() -> None:
        if shop.now() > MORNING + timedelta(minutes=50):
            monkeypatch.setattr(shop.metrics, "read", lambda *_: 1 / 0)

    assert execution.run(at_bake=away) == "Rolled back"
    assert "it was under suspicion when they were read last" in reason(execution)


@pytest.mark.long
def test_the_weight_of_a_good_candidate_never_falls_in_a_day(
    shop: InMemoryCloud, read: list[timedelta]
) -> None:
    Callers(shop, "d-1", 3)
    assert deploying(shop, "24h").run() == "Deployed"
    assert shares(shop) == sorted(shares(shop))
    assert max(read[len(read) // 2 :]) <= HOUR + LATE + A_POLL


@pytest.mark.long
def test_a_candidate_that_breaks_on_the_second_day_is_found(shop: InMemoryCloud) -> None:
    Callers(shop, "d-1", 300, failing={"42": between(MORNING + timedelta(hours=30), 600, 0.5)})
    strategy = {"type": "canary", "percent": 10, "bake": "48h"}
    asked = {"functions": ["orders"], "source": UPLOAD, "strategy": strategy, "pollSeconds": POLL_SECONDS}
    assert Execution(shop, asked).run() == "Rolled back"
    assert shop.now() - MORNING < timedelta(hours=31)
