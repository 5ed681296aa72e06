"""Whole deployments that are judged by the calls of both versions."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from hotplug.core.evidence.measurement import Measurement
from hotplug.core.resources.alias import Routing
from hotplug.core.rollout.weight_changes import changes_in
from tests.fakes import InMemoryCloud, a_zip
from tests.fakes.clock import MORNING
from tests.support.machine.execution import Execution
from tests.support.traffic import Callers, always, between

type Json = dict[str, Any]

UPLOAD = {"bucket": "artifacts", "key": "app.zip"}
TEN_PERCENT = {"type": "canary", "percent": 10, "bake": "30m"}
OLD, NEW = Routing("41"), Routing("42")


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders on version 41, an alarm that stays green, and a package that arrived."""
    cloud.has_function("orders", versions=["40", "41"])
    cloud.alarm("errors")
    cloud.has_object("artifacts", "app.zip", a_zip("other"))
    return cloud


def deploying(cloud: InMemoryCloud, *names: str, deployment: str = "d-1", **more: Any) -> Execution:
    asked = {
        "functions": list(names or ("orders",)),
        "source": UPLOAD,
        "strategy": TEN_PERCENT,
        "alarms": ["errors"],
    }
    return Execution(cloud, asked | more, deployment)


def shares(cloud: InMemoryCloud) -> list[float]:
    """The candidate's, in percent, in the order in which it got them."""
    return [round(100 * change.share, 2) for change in changes_in(list(cloud.ledger.lines["d-1"].values()))]


def minutes_taken(cloud: InMemoryCloud) -> float:
    return (cloud.now() - MORNING).total_seconds() / 60


def pulses(cloud: InMemoryCloud) -> list[float]:
    """When each began after a time without calls, in minutes from the start."""
    changes = changes_in(list(cloud.ledger.lines["d-1"].values()))
    return [
        (after.ended - MORNING).total_seconds() / 60
        for before, after in pairwise(changes)
        if after.share and not before.share
    ]


def told(execution: Execution) -> str:
    return str(execution.variables["summary"]["reason"])


class TestOnATimetable:
    def test_a_candidate_that_fails_a_little_is_put_back_while_the_alarm_stays_green(
        self, shop: InMemoryCloud
    ) -> None:
        Callers(shop, "d-1", 600, failing={"42": always(0.05)})
        execution = deploying(shop)
        assert execution.run() == "Rolled back"
        assert shop.routing("orders:live") == OLD
        assert minutes_taken(shop) < 10
        assert "version 42 against 41" in told(execution)
        assert "the candidate failed " in told(execution)
        assert "expected like the stable version in the same minutes: 0 (0 %)" in told(execution)

    def test_its_code_is_in_quarantine_then(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 600, failing={"42": always(0.05)})
        deploying(shop).run()
        again = deploying(shop, deployment="d-2")
        assert again.run() == "Invalid request"

    @pytest.mark.slow
    def test_trouble_that_both_versions_have_puts_nothing_back(self, shop: InMemoryCloud) -> None:
        outage = between(MORNING + timedelta(minutes=6, seconds=20), 5, 0.4)
        Callers(shop, "d-1", 600, outage=outage)
        execution = deploying(shop)
        assert execution.run() == "Deployed"
        assert shop.routing("orders:live") == NEW

    @pytest.mark.slow
    @pytest.mark.parametrize("asked", ["observe", {"mode": "observe"}])
    def test_evidence_that_is_only_observed_is_told_and_decides_nothing(
        self, shop: InMemoryCloud, asked: Any
    ) -> None:
        Callers(shop, "d-1", 600, failing={"42": always(0.05)})
        execution = deploying(shop, evidence=asked)
        assert execution.run() == "Deployed"
        (line,) = [line for line in shop.ledger.lines["d-1"].values() if line["state"] == "watched"]
        assert "only observed, would roll back" in line["reason"]

    def test_without_evidence_no_metric_is_read(self, shop: InMemoryCloud) -> None:
        callers = Callers(shop, "d-1", 600, failing={"42": always(0.05)})
        assert deploying(shop, evidence="off").run() == "Deployed"
        assert (callers.minutes, shop.evidence_store.pages) == ({}, {})

    def test_metrics_that_cannot_be_read_put_nothing_back(self, shop: InMemoryCloud) -> None:
        execution = deploying(shop)
        execution.shifted()
        shop.passes(300)
        shop.metrics.fails_next("read", RuntimeError("CloudWatch is away"))
        execution.watch()
        assert execution.variables["verdict"] == "hold"
        assert "could not be read: CloudWatch is away" in execution.variables["reason"]

    def test_rows_that_come_late_count_as_soon_as_they_are_there(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 600, failing={"42": always(0.05)})
        shop.metrics.arrive_seconds = 300
        execution = deploying(shop)
        assert execution.run() == "Rolled back"
        assert 6 < minutes_taken(shop) < 14

    def test_a_step_that_waits_for_a_proof_goes_on_with_it(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 2_000)
        quick = {"type": "canary", "percent": 10, "bake": "1m", "advanceOn": "evidence"}
        execution = deploying(shop, strategy=quick)
        assert execution.run() == "Deployed"
        assert 4 < minutes_taken(shop) < 20

    def test_one_bad_function_of_two_puts_both_back(self, shop: InMemoryCloud) -> None:
        shop.has_function("billing", versions=["40", "41"])
        Callers(shop, "d-1", 600)
        Callers(shop, "d-1", 600, failing={"42": always(0.08)}, target="billing:live")
        execution = deploying(shop, "orders", "billing")
        assert execution.run() == "Rolled back"
        assert "billing:live, version 42 against 41: roll_back" in told(execution)
        assert (shop.routing("orders:live"), shop.routing("billing:live")) == (OLD, OLD)


class TestAtTheAdaptivePace:
    def adaptive(self, cloud: InMemoryCloud, **progression: Any) -> Execution:
        return deploying(cloud, strategy={"type": "adaptive", "bake": 0} | progression)

    def test_a_good_candidate_is_given_more_and_more_and_then_all(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 1_000)
        execution = self.adaptive(shop)
        assert execution.run() == "Deployed"
        path = shares(shop)
        assert path == sorted(path)
        assert path[:2] == [0, 1]
        assert minutes_taken(shop) < 15

    def test_a_useless_candidate_spoils_hardly_more_than_the_budget(self, shop: InMemoryCloud) -> None:
        callers = Callers(shop, "d-1", 400, failing={"42": always(1.0)})
        assert self.adaptive(shop).run() == "Rolled back"
        assert callers.spoilt < 40
        assert shares(shop)[-1] <= 2

    def test_where_one_percent_is_too_much_the_candidate_is_tried_in_pulses(
        self, shop: InMemoryCloud
    ) -> None:
        callers = Callers(shop, "d-1", 10_000, failing={"42": always(1.0)})
        assert self.adaptive(shop).run() == "Rolled back"
        assert shares(shop)[:4] == [0, 1, 0, 1]
        assert callers.spoilt < 80

    def test_pulses_come_in_consecutive_minutes(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 10_000)
        assert self.adaptive(shop).run() == "Deployed"
        assert [int(minute) for minute in pulses(shop)] == [0, 1, 2]

    def test_after_a_bad_pulse_none_comes_before_it_is_known_what_the_last_one_did(
        self, shop: InMemoryCloud
    ) -> None:
        """Every call of the first one fails, and none later. The second one comes before that is known."""
        Callers(shop, "d-1", 10_000, failing={"42": between(MORNING, 1, 1.0)})
        execution = self.adaptive(shop, maxTime="10m")
        looks: list[str] = []
        assert (
            execution.run(at_bake=lambda: looks.append(execution.variables.get("reason", "")))
            == "Rolled back"
        )
        began = pulses(shop)
        assert int(began[1]) == int(began[0]) + 1
        assert len(began) > 3
        assert min(later - earlier for earlier, later in pairwise(began[1:])) > 1.9
        assert any("no calls until it is known what the last ones did; " in each for each in looks)
        assert "time limit of 10 minutes" in told(execution)

    def test_a_good_candidate_leaves_the_pulses_behind(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 10_000)
        assert self.adaptive(shop).run() == "Deployed"
        assert shares(shop)[:4] == [0, 1, 0, 1]
        assert max(shares(shop)) > 10
        assert minutes_taken(shop) < 20

    @pytest.mark.slow
    def test_with_few_calls_it_is_promoted_by_time_and_that_is_said(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 5)
        execution = self.adaptive(shop)
        assert execution.run() == "Deployed"
        assert minutes_taken(shop) == pytest.approx(30, abs=2)
        last = [line for line in shop.ledger.lines["d-1"].values() if line["verdict"] == "promote"]
        assert "by time, not by evidence" in last[0]["reason"]

    def test_with_no_calls_at_all_it_can_be_put_back_instead(self, shop: InMemoryCloud) -> None:
        execution = self.adaptive(shop, onTimeLimit="roll_back")
        assert execution.run() == "Rolled back"
        assert "without proof either way" in told(execution)
        again = deploying(shop, deployment="d-2")
        assert again.run() == "Deployed"

    @pytest.mark.slow
    def test_it_can_be_held_until_somebody_decides(self, shop: InMemoryCloud) -> None:
        execution = self.adaptive(shop, onTimeLimit="hold")
        assert execution.run() == "Rolled back"
        assert "held for 7 days" in told(execution)

    def test_metrics_that_cannot_be_read_leave_the_weight_as_it_is(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 1_000)
        shop.metrics.fails_next("read", RuntimeError("CloudWatch is away"), of="", calls_before=8, times=4)
        assert self.adaptive(shop).run() == "Deployed"
        assert shares(shop) == sorted(shares(shop))


class TestWithAllCalls:
    def baking(self, cloud: InMemoryCloud) -> Execution:
        return deploying(cloud, strategy={"type": "adaptive", "bake": "20m"})

    def got_all(self, cloud: InMemoryCloud) -> datetime:
        return next(
            change.ended
            for change in changes_in(list(cloud.ledger.lines["d-1"].values()))
            if change.share == 1
        )

    @pytest.mark.slow
    def test_a_quiet_bake_ends_in_the_promotion(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 2_000)
        assert self.baking(shop).run() == "Deployed"
        assert shares(shop)[-1] == 100
        assert (shop.now() - self.got_all(shop)).total_seconds() == pytest.approx(1200, abs=60)

    @pytest.mark.slow
    def test_trouble_is_compared_again_and_one_that_both_have_is_let_pass(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 2_000, outage=between(MORNING + timedelta(minutes=22), 3, 0.5))
        assert self.baking(shop).run() == "Deployed"
        path = shares(shop)
        assert path[path.index(100) :] == [100, 10, 100]

    @pytest.mark.slow
    def test_a_candidate_that_breaks_late_is_found_and_put_back(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 2_000, failing={"42": between(MORNING + timedelta(minutes=22), 600, 0.3)})
        execution = self.baking(shop)
        assert execution.run() == "Rolled back"
        assert shares(shop)[-2:] == [100, 10]
        assert shop.routing("orders:live") == OLD


class TestWhatIsKept:
    def test_judged_again_it_says_the_same(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 600, failing={"42": always(0.05)})
        deploying(shop).run()
        (page,) = shop.evidence_store.saved("d-1")
        assessment = Measurement.from_json(page).assess()
        assert page["verdict"] == "roll_back"
        assert (str(assessment.verdict), assessment.reason) == (page["verdict"], page["reason"])

    @pytest.mark.slow
    def test_it_says_what_it_was_judged_by(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 600)
        deploying(shop, evidence={"falseRollbackRisk": 0.02}).run()
        (page,) = shop.evidence_store.saved("d-1")
        assert page["settings"]["falseRollbackRisk"] == 0.02
        assert page["settings"]["mode"] == "on"
        assert len([row for row in page["minutes"] if row[0] == "errors"]) > 20

    @pytest.mark.slow
    def test_a_book_that_cannot_be_written_stops_nothing(self, shop: InMemoryCloud) -> None:
        Callers(shop, "d-1", 600)
        shop.evidence_store.fails_next("save", RuntimeError("the table is away"), times=3)
        assert deploying(shop).run() == "Deployed"
