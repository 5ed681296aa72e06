"""Whole deployments that meet "not now": it is tried again, a bounded number of times."""

from typing import Any

import pytest

from hotplug.core.resources.alias import Routing
from hotplug.core.resources.invocation import CallFailure
from tests.contract.test_passing_errors import INVOKE_PASSING, PASSING
from tests.fakes import InMemoryCloud, a_zip
from tests.support.machine.execution import Execution
from tests.support.machine.tasks import carried_out
from tests.support.machine.values import StateFailedError

REQUEST = {
    "function": "orders",
    "source": {"bucket": "artifacts", "key": "app.zip"},
    "strategy": {"type": "steps", "steps": [{"percent": 10, "bake": "30s"}]},
    "smoke": [{"payload": {"order": 7}}],
    "hooks": {"beforeTraffic": {"function": "check", "timeout": "5m"}},
}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    cloud.has_function("orders", versions=["40", "41"])
    cloud.has_function("check", alias=None)
    cloud.hooks.answers("check", {"status": "SUCCEEDED"})
    cloud.has_object("artifacts", "app.zip", a_zip("better"))
    return cloud


def deployed(cloud: InMemoryCloud, execution: Execution) -> bool:
    execution.run()
    return (execution.status, cloud.routing("orders:live")) == ("SUCCEEDED", Routing("42"))


@pytest.mark.parametrize("code", INVOKE_PASSING)
def test_two_refusals_of_a_smoke_test_are_no_reason_to_roll_back(shop: InMemoryCloud, code: str) -> None:
    shop.trials.refuses("orders", code, times=2, version="42")
    assert deployed(shop, Execution(shop, REQUEST))
    assert len(shop.trials.made) == 3


@pytest.mark.parametrize("code", INVOKE_PASSING)
def test_a_minute_of_refusals_of_a_hook_is_no_reason_to_roll_back(shop: InMemoryCloud, code: str) -> None:
    shop.hooks.refuses("check", code, times=10)
    assert deployed(shop, Execution(shop, REQUEST))
    assert len(shop.hooks.made) == 11


@pytest.mark.parametrize("calls", ["trials", "hooks"])
def test_refusals_without_end_are_rolled_back_and_said(shop: InMemoryCloud, calls: str) -> None:
    called = "orders" if calls == "trials" else "check"
    getattr(shop, calls).hinders(called, CallFailure.THROTTLED)
    execution = Execution(shop, REQUEST)
    execution.run()
    assert (execution.error, shop.routing("orders:live")) == ("RolledBack", Routing("41"))
    assert "a text of AWS" in execution.cause
    assert shop.ledger.blamed == {}


@pytest.mark.parametrize("error", sorted(PASSING))
def test_a_task_that_lambda_does_not_run_at_once_is_run_again(shop: InMemoryCloud, error: str) -> None:
    refused: set[str] = set()

    def performs(state: str, resource: str, arguments: Any) -> Any:
        if state not in refused:
            refused.add(state)
            raise StateFailedError(error, "a text of AWS")
        return carried_out(resource, arguments, shop)

    assert deployed(shop, Execution(shop, REQUEST, perform=performs))
    assert {"Plan", "Claim", "Publish", "Before traffic", "Hook", "Shift", "Watch", "Close"} <= refused
