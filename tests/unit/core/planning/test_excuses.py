"""What a plan says about the start of new environments."""

from dataclasses import replace
from typing import Any

import pytest

from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import EvidenceMode, Learned
from hotplug.core.plan.plan import Plan
from hotplug.core.planning.excuses import MAX_SENTENCES, excuses_in_words
from tests.support.plans import a_plan, a_planned, an_adaptive_plan, judged, steps_of

BUSY = a_planned(profile=TrafficProfile(1000, 1000, 0))
UNUSED = a_planned("mail:live", profile=TrafficProfile(0, 0, 0))
HELD = "Steps are held for up to 15 minutes in all while slow calls may still be warm-up"
ASSUMED = "new environments are warm within 100 calls, any first call may fail (assumed)"


def told(learned: Learned | None = None, **settings: Any) -> str:
    return excuses_in_words(a_plan(replace(BUSY, learned=learned), evidence=judged(**settings)))


@pytest.mark.parametrize(
    ("learned", "settings", "said"),
    [
        pytest.param(None, {}, ASSUMED, id="nothing"),
        pytest.param(Learned(trusts_environments=True), {}, ASSUMED, id="nothing but trust"),
        pytest.param(
            Learned(110.0, 3.0, 0.3),
            {},
            "new environments are warm within 110 calls, up to 30 % of first calls fail "
            "(learned from the last day)",
            id="learned",
        ),
        pytest.param(
            Learned(110.0, 3.0, None, 9.5),
            {},
            "new environments are warm within 110 calls (learned from the last day); "
            "any first call may fail (assumed); "
            "about 9.5 failures have one cause (learned from the last day)",
            id="some of it learned",
        ),
        pytest.param(
            None,
            {"warmup_calls": 0, "cold_failures": 0, "error_burst_size": 3},
            "nothing slow is excused as warm-up, no failure of a first call is excused, "
            "about 3 failures have one cause (as asked for)",
            id="switched off",
        ),
        pytest.param(
            Learned(cold_failures=1.0),
            {"warmup_calls": 40},
            "new environments are warm within 40 calls (as asked for); "
            "any first call may fail (learned from the last day)",
            id="a length that is named",
        ),
    ],
)
def test_it_is_told_what_is_excused_and_how_that_is_known(
    learned: Learned | None, settings: dict[str, Any], said: str
) -> None:
    assert told(learned, **settings) == f"orders:live: {said}. {HELD}"


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, None), (1, "up to 1 minute in all"), (90, "up to 90 minutes in all")]
)
def test_it_is_told_for_how_long_steps_are_held(minutes: int, said: str | None) -> None:
    words = told(warmup_hold_minutes=minutes)
    assert ("Steps are held" in words) == (said is not None)
    assert (said or "") in words


def test_where_nothing_is_held_that_is_not_told() -> None:
    assert excuses_in_words(an_adaptive_plan(BUSY)) == f"orders:live: {ASSUMED}"
    observed = a_plan(BUSY, evidence=judged(EvidenceMode.OBSERVE))
    assert excuses_in_words(observed) == f"orders:live: {ASSUMED}"


def test_targets_alike_share_a_sentence() -> None:
    other = replace(a_planned("billing:live"), learned=Learned(20.0, 3.0, 0.1))
    plan = a_plan(BUSY, other, a_planned("cart:live"), UNUSED, evidence=judged())
    assert excuses_in_words(plan) == (
        f"orders:live, cart:live: {ASSUMED}. "
        "billing:live: new environments are warm within 20 calls, up to 10 % of first calls fail "
        f"(learned from the last day). {HELD}"
    )


def test_of_many_targets_the_first_are_told() -> None:
    many = [replace(a_planned(f"f{at}:live"), learned=Learned(20.0 + at)) for at in range(MAX_SENTENCES + 2)]
    words = excuses_in_words(a_plan(*many, evidence=judged()))
    assert words.count("are warm within") == MAX_SENTENCES
    assert words.endswith(f"And 2 more. {HELD}")


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(a_plan(BUSY), id="without evidence"),
        pytest.param(a_plan(BUSY, steps=(), evidence=judged()), id="all at once"),
        pytest.param(a_plan(BUSY, steps=steps_of((100, 300)), evidence=judged()), id="with all calls"),
        pytest.param(a_plan(UNUSED, evidence=judged()), id="without calls"),
        pytest.param(a_plan(a_planned(stable=None), evidence=judged()), id="a first deployment"),
    ],
)
def test_where_nothing_is_compared_nothing_is_said(plan: Plan) -> None:
    assert excuses_in_words(plan) == ""
