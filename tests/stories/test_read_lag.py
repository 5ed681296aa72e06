"""Reads that are older than the last write: of aliases, of new versions and of executions.

No read that lags makes a deployment end, stay split, or be settled while it runs.
"""

from typing import Any

import pytest

from hotplug.core.resources.alias import Routing
from tests.fakes import RED, InMemoryCloud, a_zip
from tests.support.guarding import SWEEP, ended, turned_red, wake
from tests.support.machine.execution import Execution

REQUEST: dict[str, Any] = {
    "functions": ["orders", "billing"],
    "strategy": "Linear40PercentEvery1Minute",
    "evidence": "off",
    "alarms": ["errors"],
}
LAGS = [1, 2, 3]


@pytest.fixture(params=LAGS)
def shop(cloud: InMemoryCloud, request: pytest.FixtureRequest) -> InMemoryCloud:
    """Two functions with new code, and so many reads that lag."""
    for name in ("orders", "billing"):
        cloud.has_function(name, versions=("40", "41"))
        cloud.somebody_saves(name)
    cloud.alarm("errors")
    cloud.functions.reads_lag(request.param)
    cloud.executions.reads_lag(request.param)
    return cloud


def routings(cloud: InMemoryCloud) -> list[Routing | None]:
    return [cloud.routing("orders:live"), cloud.routing("billing:live")]


def closed(cloud: InMemoryCloud, name: str = "d-1") -> dict[str, Any]:
    line: dict[str, Any] = cloud.ledger.lines[name]["closed"]
    return line


@pytest.mark.parametrize("strategy", ["AllAtOnce", "Linear40PercentEvery1Minute", "Adaptive"])
def test_a_good_version_is_deployed_and_read_to_be(shop: InMemoryCloud, strategy: str) -> None:
    execution = Execution(
        shop, REQUEST | {"strategy": strategy, "evidence": "off" if strategy[0] != "A" else "on"}
    )
    assert execution.run() == "Deployed", execution.cause
    assert routings(shop) == [Routing("42")] * 2
    assert [target["routing"]["version"] for target in closed(shop)["targets"]] == ["42", "42"]


def test_a_first_deployment_is_deployed(shop: InMemoryCloud) -> None:
    shop.has_function("fresh", versions=(), alias=None)
    shop.has_object("artifacts", "fresh.zip", a_zip())
    execution = Execution(shop, {"function": "fresh", "source": {"bucket": "artifacts", "key": "fresh.zip"}})
    assert execution.run() == "Deployed", execution.cause
    assert shop.routing("fresh:live") == Routing("1")


def test_a_bad_version_goes_back_and_is_read_to_be(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST)
    assert execution.run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"
    assert "somebody else" not in execution.cause
    assert routings(shop) == [Routing("41")] * 2
    assert [target["routing"]["version"] for target in closed(shop)["targets"]] == ["41", "41"]


@pytest.mark.parametrize("event", [SWEEP, ended()], ids=["sweep", "a late event"])
@pytest.mark.parametrize("state", ["Claim", "Publish", "Shift", "Bake", "Watch", "Promote", "Close"])
def test_a_live_deployment_is_never_settled(shop: InMemoryCloud, state: str, event: dict[str, Any]) -> None:
    execution = Execution(shop, REQUEST).run_to(state)
    wake(shop, event)
    assert execution.run() == "Deployed", execution.cause


def test_a_redriven_deployment_is_never_settled(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).run_to("Bake")
    execution.ends("FAILED")
    execution.is_redriven()
    wake(shop, ended())
    assert execution.run() == "Deployed", execution.cause


@pytest.mark.parametrize("state", ["Shift", "Bake", "Promote", "Close"])
def test_a_stopped_deployment_is_settled_as_its_aliases_are(shop: InMemoryCloud, state: str) -> None:
    execution = Execution(shop, REQUEST).run_to(state)
    execution.ends("ABORTED")
    for _ in range(4):
        wake(shop, SWEEP)
        shop.passes(120)
    promoted = state == "Close"
    assert closed(shop)["outcome"] == ("deployed" if promoted else "rolled_back")
    assert routings(shop) == [Routing("42" if promoted else "41")] * 2
    assert shop.ledger.held == {}


def test_the_guard_puts_back_what_it_hears_of(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    shop.alarm("errors").goes(RED)
    wake(shop, turned_red())
    assert routings(shop) == [Routing("41")] * 2
    assert execution.run() == "Rolled back"


def test_two_deployments_one_after_the_other_do_not_take_each_other_for_strangers(
    shop: InMemoryCloud,
) -> None:
    assert Execution(shop, REQUEST).run() == "Deployed"
    for name in ("orders", "billing"):
        shop.somebody_saves(name, "the next")
    second = Execution(shop, REQUEST | {"onBusy": "wait"}, "d-2")
    assert second.run() == "Deployed", second.cause
    assert routings(shop) == [Routing("43")] * 2


def test_what_somebody_moved_is_still_seen(shop: InMemoryCloud) -> None:
    execution = Execution(shop, REQUEST).shifted()
    moved = shop.somebody_moves("orders:live", Routing("40"))
    assert execution.run() == "Rolled back"
    assert shop.alias("orders:live") == moved
    assert shop.routing("billing:live") == Routing("41")
