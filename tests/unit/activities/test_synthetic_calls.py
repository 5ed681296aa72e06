"""Calls that are made where there are too few to judge by."""

from typing import Any

import pytest

from hotplug.core.resources.invocation import CallFailure
from tests.fakes import InMemoryCloud, a_zip
from tests.fakes.invocations import Made
from tests.support.machine.execution import Execution

SMOKE = [{"payload": {"order": 7}}, {"payload": {"order": 8}}]


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    cloud.has_function("orders", versions=["40", "41"])
    cloud.has_object("artifacts", "app.zip", a_zip("other"))
    return cloud


def deploying(cloud: InMemoryCloud, calls_a_minute: int, **more: Any) -> Execution:
    asked = {
        "function": "orders",
        "source": {"bucket": "artifacts", "key": "app.zip"},
        "strategy": {"type": "canary", "percent": 10, "bake": "10m"},
        "smoke": SMOKE,
        "evidence": {"syntheticCalls": calls_a_minute},
    }
    return Execution(cloud, asked | more)


def called(cloud: InMemoryCloud) -> list[Any]:
    """What the alias was called with."""
    return [made.event for made in cloud.trials.made if made.qualifier == "live"]


def test_a_look_that_holds_on_makes_its_part_of_the_calls_of_a_minute(shop: InMemoryCloud) -> None:
    execution = deploying(shop, 6)
    execution.shifted()
    execution.watch()
    assert execution.variables["wait"] == 30
    assert called(shop) == [{"order": 7}, {"order": 8}, {"order": 7}]


def test_they_go_through_the_alias_so_that_both_versions_get_some(shop: InMemoryCloud) -> None:
    execution = deploying(shop, 60)
    execution.shifted()
    seen = []
    shop.trials.does("orders", lambda event: seen.append("41"), "41")
    shop.trials.does("orders", lambda event: seen.append("42"), "42")
    execution.watch()
    assert (seen.count("41"), seen.count("42")) == (27, 3)


def test_they_are_made_as_the_trials_were(shop: InMemoryCloud) -> None:
    smoke = [{"payload": {}, "tenantId": "t-1", "clientContext": {"custom": {"a": 1}}}]
    deploying(shop, 2, smoke=smoke).shifted().watch()
    assert [made for made in shop.trials.made if made.qualifier == "live"] == [
        Made("orders", "live", b"{}", "t-1", {"custom": {"a": 1}})
    ]


def test_what_is_to_fail_is_left_out_as_it_would_count_as_a_failure(shop: InMemoryCloud) -> None:
    def works(event: Any) -> Any:
        if event["order"] == 0:
            raise KeyError(0)
        return {"statusCode": 200}

    shop.trials.does("orders", works)
    bad = {"payload": {"order": 0}, "expect": {"error": "KeyError"}}
    deploying(shop, 6, smoke=[bad, *SMOKE]).shifted().watch()
    assert called(shop) == [{"order": 7}, {"order": 8}, {"order": 7}]


def test_nobody_asked_for_any(shop: InMemoryCloud) -> None:
    execution = deploying(shop, 0)
    execution.shifted()
    execution.watch()
    assert called(shop) == []


def test_a_look_that_ends_the_bake_makes_none(shop: InMemoryCloud) -> None:
    execution = deploying(shop, 6)
    execution.shifted()
    shop.passes(600)
    execution.watch()
    assert (execution.variables["verdict"], called(shop)) == ("promote", [])


@pytest.mark.parametrize("failure", list(CallFailure))
def test_a_call_that_is_not_answered_stops_nothing(shop: InMemoryCloud, failure: CallFailure) -> None:
    execution = deploying(shop, 6)
    execution.shifted()
    shop.trials.hinders("orders", failure)
    execution.watch()
    assert (execution.variables["verdict"], len(called(shop))) == ("hold", 3)


def test_slow_calls_do_not_make_the_look_late(shop: InMemoryCloud) -> None:
    execution = deploying(shop, 60)
    execution.shifted()
    shop.trials.does("orders", lambda event: shop.passes(6))
    execution.watch()
    assert len(called(shop)) == 3
