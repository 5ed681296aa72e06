"""A live version that can't answer calls is left at once, by a new version or by going back to a good one."""

from typing import Any

import pytest

from hotplug.core.deployment.transition import Outcome
from hotplug.core.errors import RevisionStaleError, TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.target import Target
from tests.fakes import RED, InMemoryCloud, split
from tests.support.guarding import SWEEP, turned_red, wake
from tests.support.machine.execution import Execution

type Json = dict[str, Any]

DEAD = ("Failed", "Deactivated", "Deactivating", "ActiveNonInvocable", "Deleting", "OfAYearToCome", "gone")
REQUESTS: dict[str, Json] = {
    "all at once": {"strategy": "AllAtOnce"},
    "by force": {"strategy": "AllAtOnce", "force": True, "reason": "its image is gone"},
    "in steps": {},
    "adaptive": {"strategy": "Adaptive"},
    "by its number": {"source": {"version": "40"}},
    "to the previous one": {"source": "previous"},
}
NO_WAY_BACK = "and there is no way back to a version that answers"


@pytest.fixture
def shop(cloud: InMemoryCloud) -> InMemoryCloud:
    """Orders went from 40 to 41 by a deployment; $LATEST has the fix."""
    cloud.has_function("orders", versions=("40",))
    cloud.somebody_saves("orders", "the bad one")
    cloud.alarm("errors")
    assert Execution(cloud, {"function": "orders", "strategy": "AllAtOnce"}, "d-41").run() == "Deployed"
    cloud.somebody_saves("orders", "the fix")
    return cloud


def dies(cloud: InMemoryCloud, state: str, version: str = "41") -> None:
    """The version can't answer calls any more."""
    if state == "gone":
        del cloud.functions.functions["orders"].versions[version]
    else:
        cloud.functions.dies("orders", version, state)


def deployment(cloud: InMemoryCloud, **request: Any) -> Execution:
    return Execution(cloud, {"function": "orders"} | request, "d-fix")


@pytest.mark.parametrize("asked", REQUESTS)
@pytest.mark.parametrize("state", DEAD)
def test_it_is_left_at_once_and_the_lack_of_a_way_back_is_said(
    shop: InMemoryCloud, state: str, asked: str
) -> None:
    dies(shop, state)
    fix = deployment(shop, **REQUESTS[asked])
    assert fix.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("40" if "source" in REQUESTS[asked] else "42")
    assert "Shift" not in fix.entered
    dead = "version 41 does not exist any more" if state == "gone" else f"version 41 is {state}"
    assert f"{dead}" in shop.ledger.lines["d-fix"]["planned#00000"]["reason"]
    assert NO_WAY_BACK in shop.ledger.lines["d-fix"]["planned#00000"]["reason"]
    assert f"orders:live has no way back: {dead}" in fix.variables["summary"]["reason"]


@pytest.mark.parametrize("state", DEAD)
def test_a_dry_run_says_so_too(shop: InMemoryCloud, state: str) -> None:
    dies(shop, state)
    dry = deployment(shop, dryRun=True)
    assert dry.run() == "Dry run"
    said = {warned["field"]: warned["warning"] for warned in dry.output["warnings"]}
    assert said["alias"].endswith(NO_WAY_BACK)
    assert said["strategy"] == (
        "its steps are left out, all calls move at once: a live version can't answer calls"
    )
    assert any(NO_WAY_BACK in line for line in dry.output["lines"])
    assert dry.output["reason"].startswith("all at once")


@pytest.mark.parametrize("state", ["Inactive", "Pending"])
def test_a_version_that_wakes_is_not_dead(shop: InMemoryCloud, state: str) -> None:
    shop.functions.falls_asleep("orders", "41")
    shop.functions.functions["orders"].versions["41"].state = state
    assert deployment(shop).shifted().variables["plan"]["targets"][0]["stable"] == "41"
    assert shop.routing("orders:live") == split("41", "42", 10)


def test_another_role_is_no_obstacle_as_the_versions_never_share_the_alias(shop: InMemoryCloud) -> None:
    shop.somebody_changes("orders", role="another", dead_letters="another")
    dies(shop, "Failed")
    assert deployment(shop).run() == "Deployed"


def test_one_dead_version_of_two_takes_both_at_once(shop: InMemoryCloud) -> None:
    shop.has_function("billing")
    shop.somebody_saves("billing")
    dies(shop, "Failed")
    both = Execution(shop, {"functions": ["orders", "billing"]}, "d-fix")
    assert both.run() == "Deployed"
    assert (shop.routing("orders:live"), shop.routing("billing:live")) == (Routing("42"), Routing("42"))
    assert "strategy: its steps are left out" in shop.ledger.lines["d-fix"]["planned#00000"]["reason"]


def test_a_split_that_is_taken_over_never_sends_more_calls_to_the_dead_version(shop: InMemoryCloud) -> None:
    shop.somebody_moves("orders:live", split("41", "40", 30))
    dies(shop, "Failed")
    fix = deployment(shop, strategy="AllAtOnce", force=True).published()
    assert shop.routing("orders:live") == split("41", "40", 30)
    assert fix.run() == "Deployed"
    assert shop.routing("orders:live") == Routing("42")


def test_such_a_split_is_its_own_while_the_deployment_is_held_before_it_leaves(shop: InMemoryCloud) -> None:
    shop.somebody_moves("orders:live", split("41", "40", 30))
    dies(shop, "Failed")
    windows = [{"days": ["tue"], "from": "12:00", "to": "13:00"}]
    fix = deployment(shop, force=True, windows=windows)
    assert fix.run() == "Deployed"
    assert "Watch" in fix.entered
    assert shop.routing("orders:live") == Routing("42")


def test_one_that_fails_on_its_way_leaves_such_a_split(shop: InMemoryCloud) -> None:
    shop.somebody_moves("orders:live", split("41", "40", 30))
    dies(shop, "Failed")
    fix = deployment(shop, force=True).run_to("Promote")
    shop.functions.fails_next("point", TryAgainError("busy"), times=7)
    assert fix.run() == "Rolled back"
    assert shop.routing("orders:live") == split("41", "40", 30)
    assert shop.ledger.held == {}


def test_an_alarm_of_the_dead_version_does_not_stop_its_cure(shop: InMemoryCloud) -> None:
    dies(shop, "Failed")
    fix = deployment(shop, alarms=["errors"]).published()
    shop.alarm("errors").goes(RED)
    assert wake(shop, turned_red())["restored"] == []
    assert fix.run() == "Deployed"
    assert "errors (which do not stop" in shop.ledger.lines["d-fix"]["planned#00000"]["reason"]


# What goes wrong on the way


@pytest.mark.parametrize("state", DEAD)
def test_a_promotion_that_fails_leaves_the_alias_as_it_was_and_the_target_free(
    shop: InMemoryCloud, state: str
) -> None:
    dies(shop, state)
    fix = deployment(shop).run_to("Promote")
    shop.functions.fails_next("point", TryAgainError("busy"), times=7)
    assert fix.run() == "Rolled back"
    assert shop.routing("orders:live") == Routing("41")
    assert shop.ledger.held == {}
    assert "orders:live stays on version 41" in str(fix.cause)


def test_a_late_write_of_a_promotion_that_failed_is_refused(shop: InMemoryCloud) -> None:
    dies(shop, "Failed")
    fix = deployment(shop).run_to("Promote")
    (revision,) = fix.variables["revisions"]
    shop.functions.fails_next("point", TryAgainError("busy"), times=7)
    assert fix.run() == "Rolled back"
    with pytest.raises(RevisionStaleError):
        shop.functions.point(Target("orders", "live"), Routing("42"), revision)


def test_a_lost_promotion_stays_where_the_way_back_is_gone(shop: InMemoryCloud) -> None:
    dies(shop, "gone")
    fix = deployment(shop).run_to("Promote")
    fix.promote()
    fix.ends("ABORTED")
    shop.ledger.decide("d-fix", Outcome.ROLLED_BACK)
    assert wake(shop, SWEEP)["restored"] == ["d-fix"]
    assert shop.routing("orders:live") == Routing("42")
    assert shop.ledger.held == {}
    assert "orders:live stays on version 42" in shop.ledger.lines["d-fix"]["closed"]["reason"]


@pytest.mark.parametrize(
    ("strategy", "end"), [("AllAtOnce", "Deployed"), ("Canary10Percent5Minutes", "Rolled back")]
)
def test_a_sleeping_version_that_does_not_start_again_is_left_at_once(
    shop: InMemoryCloud, strategy: str, end: str
) -> None:
    dies(shop, "Inactive")
    fix = deployment(shop, strategy=strategy).run_to("Publish")
    dies(shop, "Failed")
    assert fix.run() == end
    said = fix.cause if end == "Rolled back" else shop.ledger.lines["d-fix"]["published#00000"]["reason"]
    cure = "deploy again: a version that can't answer calls is left at once"
    assert (cure if end == "Rolled back" else "has no way back: version 41 is Failed") in said
