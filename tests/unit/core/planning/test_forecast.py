"""What a plan says about what would be noticed."""

from dataclasses import replace
from typing import Any

import pytest

from hotplug.core.evidence import OnTimeLimit
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import EvidenceMode, Learned
from hotplug.core.plan.plan import Plan
from hotplug.core.planning.forecast import power_forecast
from hotplug.core.spec.steps import AdvanceOn, Steps
from tests.support.plans import a_plan, a_planned, an_adaptive_plan, judged, steps_of

CANARY = steps_of((10, 300))
TENTHS = steps_of(*((percent, 60) for percent in range(10, 100, 10)))


def told(calls: float, steps: Steps = CANARY, failure_rate: float = 0.001, **settings: Any) -> str:
    profile = TrafficProfile(calls, calls, failure_rate)
    return power_forecast(a_plan(a_planned(profile=profile), steps=steps, evidence=judged(**settings)))


def adaptive(calls: float, **settings: Any) -> str:
    return power_forecast(
        an_adaptive_plan(a_planned(profile=TrafficProfile(calls, calls, 0.001)), **settings)
    )


@pytest.mark.parametrize(
    ("calls", "steps", "said"),
    [
        pytest.param(
            1000,
            CANARY,
            "10 % for 5 minutes sees about 340 calls of the candidate: "
            "it can notice failure rates above 3.1 %",
            id="enough",
        ),
        pytest.param(
            100,
            CANARY,
            "10 % for 5 minutes sees about 34 calls of the candidate: "
            "it can notice failure rates above 23 %; 10 % for 30 minutes would notice 3.5 %",
            id="a longer bake would do",
        ),
        pytest.param(
            100,
            steps_of((1, 600)),
            "1 % for 10 minutes sees about 8 calls of the candidate: it can notice failure rates above 57 %; "
            '"Adaptive" could notice 2.1 %, with up to 50 % for 30 minutes',
            id="more weight would do",
        ),
        pytest.param(
            10,
            CANARY,
            "10 % for 5 minutes sees about 3 calls of the candidate, "
            "too few to notice even that all of them fail; 10 % for 4 hours would notice 4.3 %",
            id="only hours would do",
        ),
        pytest.param(
            0.01,
            CANARY,
            "10 % for 5 minutes sees no call of the candidate, too few to notice even that all of them fail; "
            "not even 10 % for 24 hours would notice 5 %",
            id="nothing would do",
        ),
        pytest.param(
            10_000,
            steps_of((10, 60)),
            "10 % for 1 minute sees no call of the candidate, too few to notice even that all of them fail; "
            "10 % for 5 minutes would notice 0.62 %",
            id="over before anything is known",
        ),
        pytest.param(
            1000,
            TENTHS,
            "9 steps up to 90 % see about 3,200 calls of the candidate: "
            "it can notice failure rates above 1.2 %",
            id="in steps",
        ),
        pytest.param(
            100,
            steps_of((10, 300), (100, 300)),
            "10 % for 5 minutes sees about 50 calls of the candidate: "
            "it can notice failure rates above 17 %; 10 % for 30 minutes would notice 3.5 %",
            id="the newest minutes are read while all is watched",
        ),
        pytest.param(
            1000,
            steps_of((0, 300), (100, 300)),
            "no step has calls of both versions, so there is nothing to compare",
            id="none, then all",
        ),
    ],
)
def test_a_target_is_told_what_would_be_noticed_at_its_traffic(calls: float, steps: Steps, said: str) -> None:
    assert told(calls, steps) == f"orders:live: {said}"


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        pytest.param(None, "its traffic could not be read, so what can be noticed is not known", id="unread"),
        pytest.param(
            TrafficProfile(0, 0, 0),
            "no calls in the last 3 days: without any there is nothing to notice",
            id="unused",
        ),
        pytest.param(
            TrafficProfile(9, 9, 1),
            "100 % of its calls fail as it is: that more do can hardly be noticed",
            id="broken",
        ),
    ],
)
@pytest.mark.parametrize("plan", [a_plan(evidence=judged()), an_adaptive_plan()], ids=["fixed", "adaptive"])
def test_what_is_not_known_is_not_promised(plan: Plan, profile: TrafficProfile | None, said: str) -> None:
    assert power_forecast(replace(plan, targets=(a_planned(profile=profile),))) == f"orders:live: {said}"


def test_the_traffic_of_late_counts_and_that_of_days_if_there_was_none() -> None:
    def of(profile: TrafficProfile) -> str:
        return power_forecast(a_plan(a_planned(profile=profile), evidence=judged()))

    assert of(TrafficProfile(1, 1000, 0)) == of(TrafficProfile(5, 1000, 0)) == of(TrafficProfile(1000, 0, 0))
    assert of(TrafficProfile(1000, 1, 0)) != of(TrafficProfile(1000, 0, 0))


def test_calls_that_are_made_for_the_evidence_count() -> None:
    evidence = replace(judged(), synthetic_calls=60)
    quiet = a_plan(a_planned(profile=TrafficProfile(40, 40, 0.001)), steps=CANARY, evidence=evidence)
    assert power_forecast(quiet) == told(100)


@pytest.mark.parametrize(
    ("settings", "timeout", "said"),
    [
        pytest.param({}, 3, "about 340 calls of the candidate: it can notice", id="by default"),
        pytest.param({}, 30, "about 300 calls of the candidate: it can notice", id="a longer timeout"),
        pytest.param({}, 150, "about 100 calls of the candidate, too few", id="too short to be confirmed"),
        pytest.param({"confirm_minutes": 4}, 3, "about 340 calls of the candidate, too few", id="confirmed"),
        pytest.param({"error_burst_size": 3}, 3, "above 7.3 %", id="bursts"),
        pytest.param({"false_rollback_risk": 0.1}, 3, "above 2 %", id="more risk"),
    ],
)
def test_what_is_noticed_depends_on_how_it_is_judged(
    settings: dict[str, Any], timeout: int, said: str
) -> None:
    planned = a_planned(profile=TrafficProfile(1000, 1000, 0.001), timeout_seconds=timeout)
    assert said in power_forecast(a_plan(planned, steps=CANARY, evidence=judged(**settings)))


def test_where_slowness_is_judged_too_failures_are_less_of_the_evidence() -> None:
    planned = a_planned(profile=TrafficProfile(1000, 1000, 0.001, (10, 20, 30)))
    assert "above 3.6 %" in power_forecast(a_plan(planned, steps=CANARY, evidence=judged()))


SLOW_CALLS = TrafficProfile(300, 300, 0.001, (1850, 3000, 4500))
"""Of 2 seconds in the mean."""


@pytest.mark.parametrize(
    ("settings", "learned", "said"),
    [
        pytest.param({"cold_failures": 0}, None, "above 8.3 %", id="none is excused"),
        pytest.param(
            {}, None, "above 13 %; 10 % for 15 minutes would notice 3.5 %", id="any first call may fail"
        ),
        pytest.param({}, Learned(cold_failures=0.1), "above 8.8 %", id="few of them do"),
        pytest.param(
            {},
            Learned(trusts_environments=False),
            "above 13 %; 10 % for 15 minutes would notice 4.2 %",
            id="nobody knows when they came",
        ),
        pytest.param({}, Learned(cold_failures=0.1, error_burst_size=3), "above 23 %", id="in clumps"),
    ],
)
def test_failures_that_are_excused_are_not_noticed(
    settings: dict[str, Any], learned: Learned | None, said: str
) -> None:
    planned = replace(a_planned(profile=SLOW_CALLS), learned=learned)
    assert said in power_forecast(a_plan(planned, steps=CANARY, evidence=judged(**settings)))


@pytest.mark.parametrize(
    ("calls", "settings", "said"),
    [
        pytest.param(
            1000,
            {},
            "30 minutes at up to 50 % see about 14,000 calls of the candidate at most: "
            "they can rule out an excess of 0.08 points, of 0.5 points tolerated",
            id="a proof is possible",
        ),
        pytest.param(
            10,
            {},
            "30 minutes at up to 50 % see about 140 calls of the candidate at most: they can rule out no "
            "less than 2.4 points, of 0.5 points tolerated; without a proof it goes on then unless something "
            "speaks against it",
            id="none is",
        ),
        pytest.param(
            10,
            {"on_time_limit": OnTimeLimit.HOLD},
            "without a proof it is held there",
            id="held at the limit",
        ),
        pytest.param(
            10,
            {"on_time_limit": OnTimeLimit.ROLL_BACK},
            "it is rolled back then",
            id="rolled back at the limit",
        ),
        pytest.param(0.1, {}, "they can rule out nothing; without a proof", id="hardly a call"),
        pytest.param(
            100,
            {"weight_max": 0.2, "max_minutes": 120},
            "2 hours at up to 20 % see about 2,400 calls",
            id="slower",
        ),
    ],
)
def test_at_the_adaptive_pace_it_is_told_what_can_be_ruled_out(
    calls: float, settings: dict[str, Any], said: str
) -> None:
    assert said in adaptive(calls, **settings)


def test_a_timetable_that_waits_for_a_proof_is_told_whether_it_can_come() -> None:
    planned = a_planned(profile=TrafficProfile(100, 100, 0.001))
    plan = a_plan(planned, steps=CANARY, evidence=judged(), advance_on=AdvanceOn.EVIDENCE)
    assert power_forecast(plan).endswith(
        "; about 330 calls in 35 minutes can rule out no less than 1.1 points, of 0.5 points tolerated; "
        "without a proof it goes on then unless something speaks against it"
    )


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(a_plan(), id="without evidence"),
        pytest.param(a_plan(steps=(), evidence=judged()), id="all at once"),
        pytest.param(
            a_plan(a_planned(stable=None, revision=None), evidence=judged()), id="a first deployment"
        ),
    ],
)
def test_where_nothing_is_compared_nothing_is_said(plan: Plan) -> None:
    assert power_forecast(plan) == ""


def test_what_is_only_observed_is_told_as_well() -> None:
    profile = TrafficProfile(1000, 1000, 0.001)
    plan = a_plan(a_planned(profile=profile), steps=CANARY, evidence=judged(EvidenceMode.OBSERVE))
    assert power_forecast(plan) == told(1000)


def test_all_targets_share_the_risk_so_each_notices_less() -> None:
    planned = [a_planned(f"f{at}:live", profile=TrafficProfile(1000, 1000, 0.001)) for at in range(2)]
    assert power_forecast(a_plan(*planned, steps=CANARY, evidence=judged())).count("above 3.4 %") == 2


def test_of_many_targets_the_worst_are_told() -> None:
    profile = [TrafficProfile(calls, calls, 0) for calls in (900, 1, 800, 10_000, 700, 600, 1000)]
    planned = [a_planned(f"f{at}:live", profile=each) for at, each in enumerate(profile)]
    plan = a_plan(*planned, a_planned("mail:live"), steps=CANARY, evidence=judged())
    sentences = power_forecast(plan).split(". ")
    assert [sentence.partition(":")[0] for sentence in sentences] == [
        "f1", "mail", "f5", "f4", "f2", "And 3 more",
    ]  # fmt: skip
