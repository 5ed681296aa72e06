"""A plan in words: what is going to happen, and what would be noticed."""

from dataclasses import replace

import pytest

from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.plan.plan import Plan, WatchedAlarm
from hotplug.core.planning.summary import plan_summary
from hotplug.core.spec.approval import Approval
from hotplug.core.spec.windows import Window
from tests.support.plans import a_plan, a_planned, an_adaptive_plan, judged, steps_of

KNOWN = a_planned(profile=TrafficProfile(1000, 1000, 0))
ASSUMED = "orders:live: new environments are warm within 100 calls, any first call may fail (assumed)"
NEW = a_planned("mail:live", stable=None, revision=None)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        pytest.param(
            a_plan(steps=steps_of((10, 300), ("12.5", 60)), alarms=[WatchedAlarm("a"), WatchedAlarm("b")]),
            "10 % for 300 s, 12.5 % for 60 s, then all; watched by a, b; asked for because: ticket 7",
            id="in steps",
        ),
        pytest.param(a_plan(steps=(), reason=""), "all at once; watched by nothing", id="at once"),
        pytest.param(
            a_plan(steps=(), alarms=[WatchedAlarm("a")], reason="", evidence=judged()),
            "all at once; watched by a until all calls move",
            id="at once there is nothing to compare",
        ),
        pytest.param(
            a_plan(KNOWN, steps=steps_of((10, 300)), alarms=[WatchedAlarm("a")], evidence=judged()),
            "10 % for 300 s, then all; watched by a, evidence; asked for because: ticket 7. "
            "orders:live: 10 % for 5 minutes sees about 340 calls of the candidate: "
            f"it can notice failure rates above 2.3 %. {ASSUMED}. "
            "Steps are held for up to 15 minutes in all while slow calls may still be warm-up",
            id="by evidence",
        ),
        pytest.param(
            a_plan(NEW, KNOWN, steps=steps_of((10, 300)), reason="", evidence=judged(EvidenceMode.OBSERVE)),
            "10 % for 300 s, then all; watched by evidence (observed only). "
            "orders:live: 10 % for 5 minutes sees about 340 calls of the candidate: "
            f"it can notice failure rates above 2.3 %. {ASSUMED}",
            id="by evidence that is only observed",
        ),
        pytest.param(
            replace(an_adaptive_plan(KNOWN), reason=""),
            "1 to 50 % by evidence for at most 1800 s, 100 % for 1200 s, then all; watched by evidence. "
            "orders:live: 30 minutes at up to 50 % see about 14,000 calls of the candidate at most: "
            f"they can rule out an excess of 0.021 points, of 0.5 points tolerated. {ASSUMED}",
            id="adaptive",
        ),
        pytest.param(
            replace(an_adaptive_plan(NEW, bake_minutes=0), reason=""),
            "1 to 50 % by evidence for at most 1800 s, then all; watched by evidence",
            id="adaptive without a bake",
        ),
    ],
)
def test_what_is_going_to_happen_is_one_sentence_and_what_would_be_noticed_another(
    plan: Plan, words: str
) -> None:
    assert plan_summary(plan) == words


def test_the_outline_tells_of_windows_and_approvals() -> None:
    (step,) = steps_of((10, 300))
    window = Window((0, 1), 9 * 60, 17 * 60, "Europe/Berlin")
    plan = replace(a_plan(steps=(replace(step, approval=Approval()),)), windows=(window,))
    assert plan_summary(plan) == (
        "10 % for 300 s and an approval, then all; watched by nothing; "
        "moves on only within mon/tue 09:00-17:00 Europe/Berlin; asked for because: ticket 7"
    )
