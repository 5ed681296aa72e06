"""The plan travels as JSON through a machine that may be upgraded while it runs."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.errors import PlanTooNewError
from hotplug.core.plan import SCHEMA, Plan, PlannedTarget, WatchedAlarm
from hotplug.core.request import Existing, Latest, Package
from hotplug.core.strategy import Step
from hotplug.core.target import Target
from tests.unit.plans import a_plan, a_planned, steps_of

GOLDEN = Path(__file__).parent.parent / "golden" / "plan-1.json"
LARGEST_STATE_BYTES = 262_144
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
    ),
)
targets = any_.builds(
    PlannedTarget,
    target=any_.builds(Target, texts, texts),
    stable=any_.none() | texts,
    revision=any_.none() | texts,
    source=sources,
    code_sha256=texts,
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
)


@given(plans)
def test_any_plan_survives_the_journey_as_json(plan: Plan) -> None:
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


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
    written["targets"][0]["source"] = {"imageUri": "registry/orders:7"}
    with pytest.raises(ValueError, match="a source in the plan cannot be read"):
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
            a_planned("f" * 60 + f"{at:04d}:" + "a" * 128, source=sources[0], code_sha256="s" * 44)
            for at in range(50)
        ),
        steps=steps_of(*((f"{at / 2}", 2_000_000) for at in range(1, 201))),
        alarms=[WatchedAlarm("a" * 255, "2026-11-24T08:59:00+00:00")] * 100,
        reason="r" * 500,
    )
    assert len(json.dumps(largest.to_json()).encode()) < LARGEST_STATE_BYTES / 2
