"""Code that was rolled back for what it did is refused for that target, until somebody says why not."""

from collections.abc import Callable
from typing import Any

import pytest

from hotplug.core.errors import ForbiddenError
from hotplug.core.resources.alias import Routing
from tests.fakes import GREEN, RED, InMemoryCloud, a_zip
from tests.support.guarding import SWEEP, turned_red, wake
from tests.support.machine.execution import Execution

UPLOAD = {"bucket": "artifacts", "key": "orders/app.zip"}
ORDERS = {"function": "orders", "source": UPLOAD, "alarms": ["errors"]}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders and billing on version 41, a package for either, and a green alarm."""
    cloud.has_function("orders")
    cloud.has_function("billing")
    cloud.has_object("artifacts", "orders/app.zip", a_zip("bad"))
    cloud.alarm("errors")
    return cloud


def goes_bad(cloud: InMemoryCloud, request: dict[str, Any] = ORDERS, name: str = "d-bad") -> None:
    """It is rolled back for a red alarm, which clears afterwards."""
    bad = Execution(cloud, request, name)
    assert bad.run(lambda: cloud.alarm("errors").goes(RED, "9 errors")) == "Rolled back"
    cloud.alarm("errors").goes(GREEN)


def refusal(cloud: InMemoryCloud, **more: Any) -> str:
    """Why it is refused; empty where it is not."""
    answer = Execution(cloud, ORDERS | more, "d-next").plan()
    return str(answer["reason"]) if answer["outcome"] == "refused" else ""


def test_what_an_alarm_has_put_back_is_refused_the_next_time(shop: InMemoryCloud) -> None:
    goes_bad(shop)
    again = Execution(shop, ORDERS, "d-next")
    assert again.run() == "Invalid request"
    assert "deployment d-bad rolled it back at 2026-11-24T09:" in again.variables["reason"]
    assert "alarm errors went into ALARM (9 errors)" in again.variables["reason"]
    assert '"force": true with a "reason"' in again.variables["reason"]
    assert shop.routing("orders:live") == Routing("41")


def test_what_the_guard_has_put_back_is_refused_the_next_time(shop: InMemoryCloud) -> None:
    def red_and_heard() -> None:
        shop.alarm("errors").goes(RED, "9 errors")
        wake(shop, turned_red())
        shop.alarm("errors").goes(GREEN)

    bad = Execution(shop, ORDERS, "d-bad")
    assert bad.run(red_and_heard) == "Rolled back"
    assert "deployment d-bad rolled it back" in refusal(shop)


def test_what_the_guard_has_put_back_and_closed_is_refused_the_next_time(shop: InMemoryCloud) -> None:
    Execution(shop, ORDERS, "d-bad").shifted()
    shop.alarm("errors").goes(RED, "9 errors")
    wake(shop, turned_red())
    shop.alarm("errors").goes(GREEN)
    shop.executions.ends("d-bad")
    wake(shop, SWEEP)
    assert "deployment d-bad rolled it back" in refusal(shop)


def modified_externally(cloud: InMemoryCloud) -> None:
    Execution(cloud, ORDERS, "d-bad").run(lambda: cloud.somebody_moves("orders:live", Routing("41")))


def stopped(cloud: InMemoryCloud) -> None:
    Execution(cloud, ORDERS, "d-bad").shifted()
    cloud.executions.ends("d-bad")
    wake(cloud, SWEEP)


def failed(cloud: InMemoryCloud) -> None:
    cloud.functions.fails_next("point", ForbiddenError("AccessDenied"), calls_before=1)
    assert Execution(cloud, ORDERS, "d-bad").run() == "Rolled back"


def went_well(cloud: InMemoryCloud) -> None:
    assert Execution(cloud, ORDERS, "d-bad").run() == "Deployed"
    cloud.somebody_moves("orders:live", Routing("41"))


BLAMELESS: list[tuple[str, Callable[[InMemoryCloud], None]]] = [
    ("somebody moved the alias", modified_externally),
    ("somebody stopped it", stopped),
    ("AWS refused a call", failed),
    ("it went well", went_well),
]


@pytest.mark.parametrize("happens", [entry[1] for entry in BLAMELESS], ids=[entry[0] for entry in BLAMELESS])
def test_what_is_not_to_blame_may_come_again(
    shop: InMemoryCloud, happens: Callable[[InMemoryCloud], None]
) -> None:
    happens(shop)
    assert shop.ledger.blamed == {}
    assert refusal(shop) == ""


@pytest.mark.parametrize(
    ("more", "passes"),
    [
        pytest.param({"force": True, "reason": "the database was down"}, True, id="force and a reason"),
        pytest.param({"force": True}, False, id="force alone"),
        pytest.param({"reason": "the database was down"}, False, id="a reason alone"),
    ],
)
def test_it_takes_force_and_a_reason_to_try_it_again(
    shop: InMemoryCloud, more: dict[str, Any], passes: bool
) -> None:
    goes_bad(shop)
    ended = Execution(shop, ORDERS | more, "d-next").run()
    assert ended == ("Deployed" if passes else "Invalid request")
    assert shop.routing("orders:live") == Routing("42" if passes else "41")


def test_other_code_is_not_affected(shop: InMemoryCloud) -> None:
    goes_bad(shop)
    shop.has_object("artifacts", "orders/app.zip", a_zip("fixed"))
    assert Execution(shop, ORDERS, "d-next").run() == "Deployed"


def test_another_target_is_not_affected(shop: InMemoryCloud) -> None:
    goes_bad(shop)
    assert refusal(shop, function="billing") == ""
    shop.somebody_moves("orders:test", Routing("41"))
    assert refusal(shop, alias="test") == ""


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({"source": {"version": "42"}}, id="the version that was made of it"),
        pytest.param({"source": None}, id="what $LATEST still holds"),
        pytest.param(
            {"source": {"bucket": "artifacts", "key": "orders/copy.zip"}}, id="a copy of the package"
        ),
    ],
)
def test_the_same_code_is_known_wherever_it_comes_from(shop: InMemoryCloud, again: dict[str, Any]) -> None:
    goes_bad(shop)
    shop.has_object("artifacts", "orders/copy.zip", a_zip("bad"))
    request = {key: value for key, value in (ORDERS | again).items() if value}
    answer = Execution(shop, request, "d-next").plan()
    assert answer["outcome"] == "refused"
    assert "deployment d-bad rolled it back" in answer["reason"]


def test_of_several_targets_all_that_were_brought_in_are_blamed_and_those_that_stayed_are_not(
    shop: InMemoryCloud,
) -> None:
    shop.has_function("mail")
    shop.somebody_saves("billing")
    functions = [{"name": "orders", "source": UPLOAD}, "billing", "mail"]
    goes_bad(shop, {"functions": functions, "alarms": ["errors"]})
    assert {target for target, _ in shop.ledger.blamed} == {"orders:live", "billing:live"}


def test_a_first_version_that_went_back_is_refused_the_next_time(shop: InMemoryCloud) -> None:
    shop.has_function("new", versions=[], alias=None)
    functions = [{"name": "orders", "source": UPLOAD}, "new"]
    goes_bad(shop, {"functions": functions, "alarms": ["errors"]})
    answer = Execution(shop, {"function": "new"}, "d-next").plan()
    assert "deployment d-bad rolled it back" in answer["reason"]
