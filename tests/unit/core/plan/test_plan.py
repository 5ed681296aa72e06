"""The plan travels as JSON through a machine that may be upgraded while it runs."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.errors import PlanTooNewError, UnreadableError
from hotplug.core.evidence import EvidenceSettings, OnTimeLimit, Probe
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import EvidenceMode, Learned, PlannedEvidence
from hotplug.core.plan.plan import SCHEMA, Plan, WatchedAlarm
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.request.adaptive_strategy import ladder
from hotplug.core.resources.concurrency import ProvisionedConcurrency
from hotplug.core.resources.configuration import StorageMode
from hotplug.core.resources.image import image_uri
from hotplug.core.resources.target import Target
from hotplug.core.spec.source import Existing, Latest, Package
from hotplug.core.spec.steps import AdvanceOn, Progression, Step, Steps
from hotplug.core.spec.warm_up import Before, WarmUp
from tests.support.plans import a_plan, a_planned, an_adaptive_plan, judged, steps_of

GOLDEN = Path(__file__).parents[3] / "golden" / "plan-1.json"
MAX_STATE_BYTES = 262_144
"""What Step Functions carries from state to state: 256 KiB."""

texts = any_.text(max_size=20)
sources = any_.one_of(
    any_.builds(Latest),
    any_.builds(Existing, any_.integers(1, 10**9).map(str)),
    any_.builds(
        Package,
        any_.from_regex(r"[a-z0-9]{3,9}", fullmatch=True),
        any_.text(min_size=1, max_size=9),
        any_.none() | any_.text(min_size=1, max_size=9),
        any_.none() | any_.sampled_from(StorageMode),
    ),
    any_.just(image_uri("123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:v42")),
)
counts = any_.floats(0, 10**12)
targets = any_.builds(
    PlannedTarget,
    target=any_.builds(Target, texts, texts),
    stable=any_.none() | texts,
    revision=any_.none() | texts,
    source=sources,
    code_sha256=texts,
    config_sha256=texts,
    config_sha256_before=texts,
    concurrency=any_.none()
    | any_.builds(
        ProvisionedConcurrency, any_.integers(1, 10**12), any_.booleans(), any_.integers(0, 10**12)
    ),
    sleeps=any_.booleans(),
    warm=any_.none()
    | any_.builds(
        WarmUp,
        any_.integers(1, 10**12),
        any_.sampled_from(Before),
        any_.just(()) | any_.tuples(any_.none() | texts),
        any_.integers(1, 10**12),
    ),
    profile=any_.none()
    | any_.builds(
        TrafficProfile,
        counts,
        counts,
        any_.floats(0, 1),
        any_.lists(counts, min_size=3, max_size=3).map(tuple),
    ),
    timeout_seconds=any_.integers(0, 10**12),
    tolerate_errors=any_.floats(0.0001, 1),
    learned=any_.none()
    | any_.builds(
        Learned,
        warmup_calls=any_.none() | any_.floats(0, 300),
        warmup_slowdown=any_.none() | any_.floats(1, 10),
        cold_failures=any_.none() | any_.floats(0, 1),
        error_burst_size=any_.none() | any_.floats(1, 10),
        trusts_environments=any_.none() | any_.booleans(),
    ),
)
shares = any_.floats(0.0001, 0.99)
settings = any_.builds(
    EvidenceSettings,
    false_rollback_risk=shares,
    false_promote_risk=shares,
    tolerate_errors=shares,
    tolerate_slower=any_.floats(0, 10**6),
    never_slower=any_.floats(0, 10**6),
    error_budget=any_.integers(1, 10**6),
    confirm_minutes=any_.integers(1, 5),
    error_burst_size=any_.integers(1, 100),
    warmup_calls=any_.floats(0, 10**6),
    warmup_slowdown=any_.floats(1, 100),
    cold_failures=any_.floats(0, 1),
    warmup_hold_minutes=any_.integers(0, 1440),
    usual_ms=any_.lists(any_.floats(0, 10**6), max_size=3).map(tuple),
    weight_min=shares,
    weight_max=shares,
    probe=any_.sampled_from(Probe),
    min_minutes=any_.integers(1, 1440),
    max_minutes=any_.integers(1, 1440),
    on_time_limit=any_.sampled_from(OnTimeLimit),
    bake_minutes=any_.integers(0, 1440),
    resplit_weight=shares,
)
steps = any_.builds(
    Step, any_.integers(1, 10_000).map(lambda cents: Decimal(cents) / 100), any_.integers(0, 10**6)
)
plans = any_.builds(
    Plan,
    deployment=texts,
    execution=texts,
    created_at=texts,
    targets=any_.lists(targets, max_size=3).map(tuple),
    steps=any_.lists(steps, max_size=4).map(tuple),
    alarms=any_.lists(any_.builds(WatchedAlarm, texts, any_.none() | texts), max_size=2).map(tuple),
    poll_seconds=any_.integers(1, 3600),
    force=any_.booleans(),
    reason=texts,
    requested_by=texts,
    evidence=any_.builds(PlannedEvidence, any_.sampled_from(EvidenceMode), settings, any_.integers(0, 60)),
    advance_on=any_.sampled_from(AdvanceOn),
    keep_versions=any_.none() | any_.integers(1, 1_000),
)


@given(plans)
def test_any_plan_survives_the_journey_as_json(plan: Plan) -> None:
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@given(settings)
def test_any_adaptive_plan_survives_it_too(found: EvidenceSettings) -> None:
    plan = a_plan(
        steps=ladder(found), evidence=PlannedEvidence(settings=found), progression=Progression.ADAPTIVE
    )
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((), id="nothing"),
        pytest.param(steps_of((0, 60)), id="no climb"),
        pytest.param(steps_of((0, 60), (100, 60)), id="nothing between none and all"),
        pytest.param(steps_of((1, 60), (10, 60)), id="no pause"),
        pytest.param(steps_of((0, 60), (10, 60), (5, 60)), id="down"),
        pytest.param(steps_of((0, 60), (10, 60), (10, 60)), id="twice"),
    ],
)
def test_a_ladder_on_which_no_share_can_be_chosen_is_not_read(steps: Steps) -> None:
    plan = a_plan(steps=steps, evidence=judged(), progression=Progression.ADAPTIVE)
    with pytest.raises(UnreadableError, match="no ladder"):
        Plan.from_json(plan.to_json())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("falseRollbackRisk", 0, id="no risk"),
        pytest.param("maxBadRequests", 0, id="no budget"),
        pytest.param("weightMax", 2, id="more than all"),
        pytest.param("confirmMinutes", 1.5, id="half a minute"),
        pytest.param("mode", "maybe", id="another mode"),
        pytest.param("probe", None, id="null"),
    ],
)
def test_evidence_that_cannot_be_read_is_never_guessed_at(key: str, value: object) -> None:
    written = a_plan(evidence=judged()).to_json()
    written["evidence"][key] = value
    with pytest.raises(UnreadableError, match=key):
        Plan.from_json(written)
    del written["evidence"][key]
    with pytest.raises(UnreadableError, match=f"{key} is missing"):
        Plan.from_json(written)


@pytest.mark.parametrize(
    ("share", "percent"),
    [
        pytest.param(0, 0, id="none"),
        pytest.param(-1, 0, id="less than none"),
        pytest.param(1e-9, 20, id="hardly any"),
        pytest.param(0.1999, 20, id="less than the lightest"),
        pytest.param(0.2, 20, id="the lightest"),
        pytest.param(0.2499, 20, id="just below a rung"),
        pytest.param(0.25, 25, id="a rung"),
        pytest.param(0.1 + 0.15, 25, id="a rung that is no exact binary number"),
        pytest.param(0.249999999, 25, id="less than a hundredth of a percent below"),
        pytest.param(0.3, 25, id="between two"),
        pytest.param(0.5, 50, id="the heaviest"),
        pytest.param(0.9999, 50, id="nearly all"),
        pytest.param(1, 100, id="all"),
    ],
)
def test_a_share_gets_the_heaviest_rung_that_is_no_heavier(share: float, percent: int) -> None:
    plan = an_adaptive_plan(weight_min=0.2, resplit_weight=0.2)
    assert plan.steps[plan.rung(share)].percent == percent


def test_without_a_bake_there_is_no_rung_for_all() -> None:
    plan = an_adaptive_plan(bake_minutes=0)
    assert plan.rung(1) == len(plan.steps) - 1
    assert plan.steps[-1].percent == 50


def test_on_a_timetable_the_steps_are_rungs_as_well() -> None:
    assert [a_plan(steps=steps_of((10, 1), (50, 1))).rung(share) for share in (0.01, 0.1, 0.6)] == [0, 0, 1]


def test_all_targets_together_keep_the_risk_of_rolling_back_what_is_good() -> None:
    orders, billing = a_planned("orders:live"), a_planned("billing:live", tolerate_errors=0.02)
    plan = a_plan(orders, billing, evidence=judged(false_rollback_risk=0.01, tolerate_errors=0.005))
    assert plan.settings_for(orders) == EvidenceSettings(false_rollback_risk=0.005)
    assert plan.settings_for(billing) == EvidenceSettings(false_rollback_risk=0.005, tolerate_errors=0.02)


@pytest.mark.parametrize(
    ("stables", "risk"),
    [
        pytest.param(["41", None], 0.01, id="one of two"),
        pytest.param([None, "41", "7", None], 0.005, id="two of four"),
        pytest.param([None], 0.01, id="none"),
    ],
)
def test_first_deployments_are_not_judged_and_take_no_part_of_the_risk(
    stables: list[str | None], risk: float
) -> None:
    targets = [a_planned(f"f{at}:live", stable=stable) for at, stable in enumerate(stables)]
    plan = a_plan(*targets, evidence=judged(false_rollback_risk=0.01))
    assert {plan.settings_for(planned).false_rollback_risk for planned in targets} == {risk}


@pytest.mark.parametrize(
    ("plan", "seconds"),
    [
        pytest.param(a_plan(evidence=judged()), 900, id="by default"),
        pytest.param(a_plan(evidence=judged(warmup_hold_minutes=90)), 5400, id="longer"),
        pytest.param(a_plan(evidence=judged(warmup_hold_minutes=0)), 0, id="never"),
        pytest.param(a_plan(evidence=judged(EvidenceMode.OBSERVE)), 0, id="only observed"),
        pytest.param(a_plan(), 0, id="without evidence"),
        pytest.param(a_plan(steps=steps_of((100, 60)), evidence=judged()), 0, id="nothing is compared"),
        pytest.param(an_adaptive_plan(), 0, id="adaptive"),
    ],
)
def test_a_timetable_may_be_held_while_slowness_may_be_warm_up(plan: Plan, seconds: int) -> None:
    assert plan.warmup_hold_seconds == seconds


def test_a_plan_that_was_written_by_the_first_release_still_means_the_same() -> None:
    plan = Plan.from_json(json.loads(GOLDEN.read_text()))
    assert plan == a_plan(
        a_planned("orders:live", source=Package("artifacts", "orders/app.zip", "v1"), code_sha256="aGFzaA=="),
        a_planned("billing:live", stable="7", revision="r7", source=Existing("6"), code_sha256="c2l4"),
        a_planned("mail:live", stable=None, revision=None, source=Latest(), code_sha256="bmV3"),
        steps=steps_of((1, 90), ("12.5", 300), (100, 3600)),
        alarms=[WatchedAlarm("quiet"), WatchedAlarm("loud", "2026-11-24T08:59:00+00:00")],
    )


def test_what_is_written_today_is_what_the_first_release_wrote() -> None:
    golden = json.loads(GOLDEN.read_text())
    assert Plan.from_json(golden).to_json() == golden


@pytest.mark.parametrize("schema", [SCHEMA + 1, SCHEMA + 7])
def test_a_plan_from_the_future_is_refused(schema: int) -> None:
    future = a_plan().to_json() | {"schema": schema}
    with pytest.raises(PlanTooNewError, match=f"schema {schema}, this release understands up to {SCHEMA}"):
        Plan.from_json(future)


def test_a_source_that_this_release_cannot_read_is_never_taken_for_another() -> None:
    written = a_plan().to_json()
    written["targets"][0]["source"] = {"layer": "orders:7"}
    with pytest.raises(ValueError, match=r"targets\.source\.bucket is missing"):
        Plan.from_json(written)


def test_weights_travel_as_lambda_takes_them() -> None:
    written = a_plan(steps=steps_of(("0.01", 1), ("12.5", 1), (100, 1))).to_json()["steps"]
    assert written == [
        {"percent": 0.01, "weight": 0.0001, "bakeSeconds": 1},
        {"percent": 12.5, "weight": 0.125, "bakeSeconds": 1},
        {"percent": 100, "weight": 1.0, "bakeSeconds": 1},
    ]
    assert json.dumps(written[2]["percent"]) == "100"


def test_the_largest_plan_leaves_room_in_a_state() -> None:
    sources = [Package("b" * 63, "k" * 1024, "v" * 32)]
    largest = a_plan(
        *(
            replace(
                a_planned(
                    "f" * 60 + f"{at:04d}:" + "a" * 128,
                    source=sources[0],
                    code_sha256="s" * 44,
                    profile=TrafficProfile(
                        1234567.123456789, 1234567.123456789, 0.0123456789, (1234.123456789,) * 3
                    ),
                    timeout_seconds=900,
                    tolerate_errors=0.0123456789,
                ),
                config_sha256="s" * 64 + "+REFERENCE+" + "k" * 90,
                config_sha256_before="s" * 64,
            )
            for at in range(50)
        ),
        steps=steps_of(*((f"{at / 2}", 2_000_000) for at in range(1, 201))),
        alarms=[WatchedAlarm("a" * 255, "2026-11-24T08:59:00+00:00")] * 100,
        reason="r" * 500,
        evidence=judged(),
        advance_on=AdvanceOn.EVIDENCE,
    )
    assert len(json.dumps(largest.to_json()).encode()) < MAX_STATE_BYTES * 0.6
