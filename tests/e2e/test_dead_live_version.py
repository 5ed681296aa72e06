"""A live version that can't answer calls is left at once, forwards and backwards."""

from typing import Any

import pytest

from tests.e2e.story import FAILED, LONG_BAKE, Given, Then, When, steps

pytestmark = pytest.mark.emulator


def test_a_dead_live_version_is_left_at_once_by_its_fix_and_by_going_back(
    given: Given, when: When, then: Then
) -> None:
    orders, alarm = given.a_function(), given.an_alarm()
    orders.is_tagged(FAILED, "1")
    asked: dict[str, Any] = {"strategy": steps(25, bake=LONG_BAKE), "alarms": [alarm.name]}

    dry = then.it_succeeds(when.deploying(orders, dryRun=True, **asked), "dry_run")
    warned = {each["field"]: each["warning"] for each in dry["warnings"]}
    assert warned["alias"].endswith("and there is no way back to a version that answers")
    assert "its steps are left out" in warned["strategy"]
    assert orders.routing() == "1"

    fix = when.deploying(orders, **asked)
    output = then.it_succeeds(fix)
    assert f"{orders.name}:live has no way back: version 1 is Failed" in output["reason"]
    assert ("Shift" in fix.entered(), orders.routing(), orders.edition()) == (False, "2", "fresh")

    orders.is_tagged(FAILED, "2")
    back = when.deploying(orders, source="previous", **asked)
    [target] = then.it_succeeds(back)["targets"]
    assert (target["from"], target["to"], orders.routing(), orders.edition()) == ("2", "1", "1", "1")
    then.the_claim_is_free(orders)
