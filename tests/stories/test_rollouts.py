"""Whole deployments on the AWS in memory: what people see at the end, and what serves."""

from datetime import datetime
from decimal import Decimal

import pytest

from hotplug.core.errors import ForbiddenError, TryAgainError
from hotplug.core.resources.alias import Routing
from tests.fakes import RED, InMemoryCloud, a_zip, sha_of, split
from tests.support.machine.execution import Execution

UPLOAD = {"bucket": "artifacts", "key": "orders/app.zip"}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders and billing on version 41, an alarm that watches, and a package that arrived."""
    cloud.has_function("orders")
    cloud.has_function("billing")
    cloud.alarm("errors")
    cloud.has_object("artifacts", "orders/app.zip", a_zip("better"))
    return cloud


def shares_seen(cloud: InMemoryCloud, seen: list[Decimal], target: str = "orders:live") -> None:
    routing = cloud.routing(target)
    seen += [percent for _, percent in routing.others] if routing else []


def test_a_good_swap_goes_up_in_steps_and_stays(shop: InMemoryCloud) -> None:
    seen: list[Decimal] = []
    execution = Execution(
        shop,
        {
            "function": "orders",
            "source": UPLOAD,
            "strategy": "Linear25PercentEvery1Minute",
            "alarms": ["errors"],
        },
    )
    assert execution.run(lambda: shares_seen(shop, seen)) == "Deployed"
    assert sorted(set(seen)) == [25, 50, 75]
    assert shop.routing("orders:live") == Routing("42")
    assert shop.functions.functions["orders"].versions["42"].config.code_sha256 == sha_of(a_zip("better"))
    assert shop.ledger.held == {}
    assert shop.notifications.messages[-1].subject == "hotplug: deployed: orders:live 41 -> 42 at 100 %"
    assert "alarms quiet: errors" in "\n".join(execution.variables["summary"]["timeline"])


def test_a_bad_swap_is_back_within_one_poll(shop: InMemoryCloud) -> None:
    execution = Execution(
        shop, {"function": "orders", "source": UPLOAD, "alarms": ["errors"], "pollSeconds": 10}
    )
    red_at: list[datetime] = []

    def goes_red() -> None:
        if not red_at:
            shop.alarm("errors").goes(RED, "9 errors in 1 minute")
            red_at.append(shop.now())

    assert execution.run(goes_red) == "Rolled back"
    assert (shop.now() - red_at[0]).total_seconds() <= 10.01
    assert shop.routing("orders:live") == Routing("41")
    assert shop.ledger.held == {}
    reason = execution.variables["reason"]
    assert "alarm errors went into ALARM (9 errors in 1 minute); the candidate had 10 % of calls" in reason
    assert "$LATEST of orders still holds the code of version 42" in reason


def test_what_somebody_else_moves_stays_moved(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"functions": ["orders", "billing"]})
    shop.somebody_saves("orders")
    shop.somebody_saves("billing")
    moved = split("41", "42", 99)
    assert execution.run(lambda: shop.somebody_moves("orders:live", moved)) == "Rolled back"
    assert shop.routing("orders:live") == moved
    assert shop.routing("billing:live") == Routing("41")
    assert shop.ledger.held == {}


def test_all_targets_go_or_none(shop: InMemoryCloud) -> None:
    shop.somebody_saves("billing")
    shop.functions.fails_next("point", ForbiddenError("AccessDenied"), of="billing")
    functions = [{"name": "orders", "source": UPLOAD}, "billing"]
    assert Execution(shop, {"functions": functions}).run() == "Rolled back"
    assert shop.routing("orders:live") == shop.routing("billing:live") == Routing("41")


def test_moments_of_trouble_everywhere_change_nothing_in_the_end(shop: InMemoryCloud) -> None:
    trouble = TryAgainError("Rate exceeded")
    for adapter, verb in [
        (shop.ledger, "claim"),
        (shop.functions, "update_code"),
        (shop.functions, "publish"),
        (shop.functions, "point"),
        (shop.alarms, "states"),
        (shop.ledger, "append"),
        (shop.ledger, "release"),
    ]:
        adapter.fails_next(verb, trouble, after_effect=verb != "states")
    execution = Execution(shop, {"function": "orders", "source": UPLOAD, "alarms": ["errors"]})
    assert execution.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("42")
    assert shop.versions_of("orders") == ["41", "42"]
    states = [line["state"] for line in shop.ledger.timeline("d-1")]
    assert len(states) == len(set(states))


def test_a_first_deployment_makes_the_alias_at_once(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", versions=[], alias=None)
    assert Execution(cloud, {"function": "orders"}).run() == "Deployed"
    assert cloud.routing("orders:live") == Routing("1")


def test_nothing_new_is_nothing_to_do(shop: InMemoryCloud) -> None:
    execution = Execution(shop, {"function": "orders"})
    assert execution.run() == "Deployed"
    assert execution.variables["outcome"] == "unchanged"
    assert shop.routing("orders:live") == Routing("41")
    assert "published#00000" in shop.ledger.lines["d-1"]
    assert "shifted#00000" not in shop.ledger.lines["d-1"]


def test_going_back_on_purpose_is_a_deployment_too(cloud: InMemoryCloud) -> None:
    cloud.has_function("orders", versions=["40", "41"])
    execution = Execution(cloud, {"function": "orders", "source": {"version": "40"}, "strategy": "AllAtOnce"})
    assert execution.run() == "Deployed"
    assert cloud.routing("orders:live") == Routing("40")


def test_after_a_rollback_the_next_deployment_finds_a_free_target(shop: InMemoryCloud) -> None:
    bad = Execution(shop, {"function": "orders", "source": UPLOAD, "alarms": ["errors"]}, "d-bad")
    assert bad.run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"
    shop.has_object("artifacts", "orders/app.zip", a_zip("fixed"))
    good = Execution(shop, {"function": "orders", "source": UPLOAD, "alarms": ["errors"]}, "d-good")
    assert good.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("43")
    assert "red since before the start: errors" in "\n".join(good.variables["summary"]["timeline"])


def test_a_busy_target_is_said_at_once(shop: InMemoryCloud) -> None:
    Execution(shop, {"function": "orders", "source": UPLOAD}, "d-0").shifted()
    second = Execution(shop, {"functions": ["billing", "orders"]}, "d-2")
    assert second.run() == "Target busy"
    assert shop.routing("orders:live") == split("41", "42", 10)


def test_a_bad_request_is_said_at_once(cloud: InMemoryCloud) -> None:
    execution = Execution(cloud, {"function": "orders", "strategy": "Cannary"})
    assert execution.run() == "Invalid request"
    assert "strategy" in execution.variables["reason"]


def test_code_that_fails_to_start_never_gets_a_call(shop: InMemoryCloud) -> None:
    shop.functions.versions_fail("Runtime.ImportModuleError")
    execution = Execution(shop, {"function": "orders", "source": UPLOAD})
    assert execution.run() == "Rolled back"
    assert shop.routing("orders:live") == Routing("41")
    assert "shifted#00000" not in shop.ledger.lines["d-1"]
    assert "Runtime.ImportModuleError" in execution.variables["reason"]
