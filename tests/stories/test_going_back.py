"""Going back to an older version: by its number, or to the last good one; nothing that is red stops it."""

from typing import Any

import pytest

from hotplug.core.plan.plan import Plan
from hotplug.core.resources.alias import Routing
from hotplug.core.spec.source import Existing
from tests.fakes import GREEN, RED, InMemoryCloud, Traffic, a_zip
from tests.support.guarding import turned_red, wake
from tests.support.machine.execution import Execution

UPLOAD = {"bucket": "artifacts", "key": "orders/app.zip"}
BACK: dict[str, Any] = {"function": "orders", "source": "previous"}
GRADUALLY = {"type": "steps", "steps": [{"percent": 10, "bake": "5m"}, {"percent": 50, "bake": "5m"}]}


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders went from version 41 to 42 by a deployment."""
    cloud.has_function("orders", versions=("40", "41"))
    cloud.alarm("errors")
    deploys(cloud, "42")
    return cloud


def deploys(cloud: InMemoryCloud, version: str) -> None:
    """New code, all at once; its version."""
    cloud.has_object("artifacts", "orders/app.zip", a_zip(f"code of {version}"))
    request = {"function": "orders", "source": UPLOAD, "strategy": "AllAtOnce"}
    assert Execution(cloud, request, f"d-{version}").run() == "Deployed"
    assert cloud.routing("orders:live") == Routing(version)


def planned(cloud: InMemoryCloud, request: dict[str, Any], name: str = "d-back") -> Plan | str:
    """The plan, or why there is none."""
    execution = Execution(cloud, request, name)
    answer = execution.plan()
    return Plan.from_json(answer["plan"]) if answer["outcome"] == "planned" else str(answer["reason"])


def test_previous_is_the_last_good_version_before_the_live_one(shop: InMemoryCloud) -> None:
    back = Execution(shop, BACK, "d-back")
    assert back.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("41")
    assert (
        "orders:live back to version 41: 10 % for 300 s"
        in shop.ledger.lines["d-back"]["planned#00000"]["reason"]
    )


def test_a_plan_names_the_version_so_that_it_means_the_same_when_it_is_read_again(
    shop: InMemoryCloud,
) -> None:
    plan = planned(shop, BACK)
    assert isinstance(plan, Plan)
    assert plan.targets[0].source == Existing("41")
    assert plan.is_going_back


def test_a_version_that_was_rolled_back_is_not_the_previous_one(shop: InMemoryCloud) -> None:
    shop.has_object("artifacts", "orders/app.zip", a_zip("bad"))
    bad = Execution(shop, {"function": "orders", "source": UPLOAD, "alarms": ["errors"]}, "d-bad")
    assert bad.run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"
    deploys(shop, "44")
    plan = planned(shop, BACK)
    assert isinstance(plan, Plan)
    assert plan.targets[0].source == Existing("42")


def test_going_back_twice_never_brings_the_version_that_was_left(shop: InMemoryCloud) -> None:
    assert Execution(shop, BACK | {"strategy": "AllAtOnce"}, "d-back").run() == "Deployed"
    reason = planned(shop, BACK, "d-again")
    assert 'source: got "previous", but no version of orders:live older than 41 is remembered' in str(reason)


@pytest.mark.parametrize(
    ("function", "alias", "words"),
    [
        pytest.param("mail", "live", "no version of mail:live older than 41 is remembered", id="no history"),
        pytest.param("mail", "beta", "mail:beta does not exist yet", id="no alias"),
        pytest.param("nobody", "live", "function: got nobody", id="no function"),
    ],
)
def test_where_nothing_is_remembered_it_is_said(
    shop: InMemoryCloud, function: str, alias: str, words: str
) -> None:
    shop.has_function("mail", versions=("40", "41"))
    assert words in str(planned(shop, {"function": function, "alias": alias, "source": "previous"}))


def test_a_good_version_that_was_deleted_is_named(shop: InMemoryCloud) -> None:
    shop.functions.delete_version("orders", "41")
    assert "version 41 of orders, which does not exist any more" in str(planned(shop, BACK))


def test_several_go_back_together_each_to_its_own(shop: InMemoryCloud) -> None:
    shop.has_function("billing", versions=("7",))
    shop.somebody_saves("billing")
    assert Execution(shop, {"function": "billing", "strategy": "AllAtOnce"}, "d-8").run() == "Deployed"
    both = {"functions": ["orders", "billing"], "source": "previous", "strategy": "AllAtOnce"}
    assert Execution(shop, both, "d-back").run() == "Deployed"
    assert (shop.routing("orders:live"), shop.routing("billing:live")) == (Routing("41"), Routing("7"))


# What doesn't stop it

ON_PURPOSE = [
    pytest.param("previous", id="to the previous version"),
    pytest.param({"version": "41"}, id="to one that is named"),
]


@pytest.mark.parametrize("source", ON_PURPOSE)
@pytest.mark.parametrize("red_before", [True, False], ids=["red before", "turns red while going back"])
def test_no_red_alarm_stops_it_and_the_guard_leaves_it_alone(
    shop: InMemoryCloud, source: Any, red_before: bool
) -> None:
    if red_before:
        shop.alarm("errors").goes(RED)

    def flaps() -> None:
        """The bad version still serves most of the calls."""
        shop.alarm("errors").goes(GREEN)
        shop.alarm("errors").goes(RED)
        assert wake(shop, turned_red())["restored"] == []

    request = {"function": "orders", "source": source, "strategy": GRADUALLY, "alarms": ["errors"]}
    back = Execution(shop, request, "d-back")
    assert back.run(flaps) == "Deployed"
    assert shop.routing("orders:live") == Routing("41")
    told = "\n".join(back.variables["summary"]["timeline"])
    assert "watched by errors (which do not stop going back), evidence" in told
    assert "red, which does not stop going back: errors" in told


def test_an_alarm_that_is_deleted_meanwhile_does_not_stop_it_either(shop: InMemoryCloud) -> None:
    back = Execution(shop, BACK | {"alarms": ["errors"]}, "d-back").shifted()
    shop.alarms.vanishes("errors")
    assert back.watch()["verdict"] == "hold"


def test_forwards_the_same_alarm_puts_everything_back(shop: InMemoryCloud) -> None:
    assert Execution(shop, BACK | {"strategy": "AllAtOnce"}, "d-back").run() == "Deployed"
    forward = {"function": "orders", "source": {"version": "42"}, "alarms": ["errors"], "hold": False}
    assert Execution(shop, forward, "d-again").run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"


def test_one_new_version_among_those_that_go_back_is_watched(shop: InMemoryCloud) -> None:
    shop.has_function("billing", versions=("7",))
    shop.somebody_saves("billing")
    functions = [{"name": "orders", "source": "previous"}, "billing"]
    mixed = Execution(shop, {"functions": functions, "alarms": ["errors"]}, "d-mixed")
    assert mixed.run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"
    assert (shop.routing("orders:live"), shop.routing("billing:live")) == (Routing("42"), Routing("7"))


def test_evidence_goes_by_the_difference_so_that_the_bad_version_beside_it_speaks_for_going_back(
    shop: InMemoryCloud,
) -> None:
    shop.passes(3600)
    shop.metrics.follows("orders:live", "42", lambda _: Traffic(400, 120))
    shop.metrics.follows("orders:live", "41", lambda _: Traffic(100, 1))
    back = Execution(shop, BACK | {"strategy": GRADUALLY}, "d-back")
    assert back.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("41")


def test_evidence_stops_it_where_the_older_version_is_the_worse_one(shop: InMemoryCloud) -> None:
    """Its table is gone, say: then the version that serves now is the lesser evil."""
    shop.passes(3600)
    shop.metrics.follows("orders:live", "42", lambda _: Traffic(400, 4))
    shop.metrics.follows("orders:live", "41", lambda _: Traffic(100, 90))
    assert Execution(shop, BACK | {"strategy": GRADUALLY}, "d-back").run() == "Rolled back"
    assert shop.routing("orders:live") == Routing("42")


def test_a_quarantine_of_its_code_does_not_stop_a_version_that_was_good(shop: InMemoryCloud) -> None:
    """The same bytes came once more, under another number, and were rolled back for a red alarm."""
    shop.has_object("artifacts", "orders/app.zip", a_zip("code of 42"))
    deploys(shop, "43")
    shop.has_object("artifacts", "orders/app.zip", a_zip("code of 42"))
    again = Execution(shop, {"function": "orders", "source": UPLOAD, "alarms": ["errors"]}, "d-bad")
    assert again.run(lambda: shop.alarm("errors").goes(RED)) == "Rolled back"
    assert "rolled it back" in str(planned(shop, {"function": "orders", "source": UPLOAD}, "d-same"))
    assert isinstance(planned(shop, BACK, "d-previous"), Plan)
    assert isinstance(planned(shop, BACK | {"source": {"version": "42"}}, "d-by-number"), Plan)
    assert "rolled it back" in str(planned(shop, BACK | {"source": {"version": "44"}}, "d-bad-number"))
