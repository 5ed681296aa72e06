"""Plans as releases have written them: each stays readable, means the same, and is written as it was."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hotplug.core.errors import UnreadableError
from hotplug.core.evidence import EvidenceSettings, OnTimeLimit, Probe
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import NO_EVIDENCE, EvidenceMode, Learned, PlannedEvidence
from hotplug.core.plan.plan import SCHEMA, Plan, WatchedAlarm
from hotplug.core.planning.release import read_release
from hotplug.core.resources.package import FILE
from hotplug.core.spec.approval import Approval, OnTimeout
from hotplug.core.spec.hooks import Hook, HookPoint
from hotplug.core.spec.on_busy import OnBusy
from hotplug.core.spec.smoke_test import Smoke
from hotplug.core.spec.source import Existing, Latest, Package
from hotplug.core.spec.steps import AdvanceOn, Progression
from hotplug.core.spec.warm_up import Before, WarmUp
from hotplug.core.spec.windows import Window
from tests.contract.analysis.template import ROOT
from tests.support.plans import a_plan, a_planned, steps_of
from tests.support.unknown_keys import Steps, objects_in, value_at, with_unknown_key

GOLDEN = Path(__file__).parents[3] / "golden"
FILES = sorted(GOLDEN.glob("plan-*.json"))
WITH_SMOKE = GOLDEN / "plan-1-smoke.json"


def written(file: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(file.read_text())
    return value


def as_written_now(file: Path) -> str:
    """As it was, but for the warnings of a target, which only the release that planned it reads."""
    plan = written(file)
    for target in plan["targets"]:
        target.pop("warnings", None)
    return json.dumps(plan)


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_plan_that_a_release_wrote_is_read_and_written_back_unchanged(file: Path) -> None:
    assert json.dumps(Plan.from_json(written(file)).to_json()) == as_written_now(file)


def test_the_warnings_of_a_plan_are_left_behind() -> None:
    found = {file.stem for file in FILES if as_written_now(file) != json.dumps(written(file))}
    assert found == {"plan-1-sources"}


PLACES = [
    (file, path)
    for file in FILES
    for path in objects_in(written(file))
    if value_at(written(file), path)  # the empty source is $LATEST
]


@pytest.mark.parametrize(
    ("file", "path"), [pytest.param(*it, id=f"{it[0].stem} {'/'.join(map(str, it[1]))}") for it in PLACES]
)
def test_a_key_that_a_later_release_added_anywhere_changes_nothing(file: Path, path: Steps) -> None:
    plan = Plan.from_json(with_unknown_key(written(file), path))
    assert plan == Plan.from_json(written(file))
    assert json.dumps(plan.to_json()) == as_written_now(file)


def test_an_empty_source_with_a_key_is_another_kind_and_not_latest() -> None:
    plan = written(GOLDEN / "plan-1.json")
    assert plan["targets"][2]["source"] == {}
    with pytest.raises(UnreadableError, match=r"targets\.source\.bucket is missing"):
        Plan.from_json(with_unknown_key(plan, ("targets", 2, "source")))


def test_every_schema_that_this_release_says_it_reads_has_a_plan_to_show() -> None:
    release = read_release((ROOT / "functions" / FILE).read_text())
    assert {written(file)["schema"] for file in FILES} == set(release.reads)


def test_the_plans_are_of_before_and_after_there_was_smoke() -> None:
    without, with_smoke = written(GOLDEN / "plan-1.json"), written(WITH_SMOKE)
    assert without["schema"] == with_smoke["schema"] == SCHEMA
    assert not any("smoke" in target for target in without["targets"])
    assert ["smoke" in target for target in with_smoke["targets"]] == [True, False, True]


def test_a_plan_with_smoke_still_means_the_same() -> None:
    orders = a_planned(
        "orders:live", source=Package("artifacts", "orders/app.zip", "v1"), code_sha256="aGFzaA=="
    )
    mail = a_planned("mail:live", stable=None, revision=None, source=Latest(), code_sha256="bmV3")
    get = {"httpMethod": "GET", "path": "/orders/7"}
    plain = {"headers": {"content-type": "text/plain"}}
    assert Plan.from_json(written(WITH_SMOKE)) == a_plan(
        replace(
            orders,
            smoke=(
                Smoke({"order": 7, "lines": [1, 2.5, "Grüße", None, True]}),
                Smoke(get, answer=plain, status=200, within_seconds=3),
            ),
        ),
        a_planned("billing:live", stable="7", revision="r7", source=Existing("6"), code_sha256="c2l4"),
        replace(
            mail,
            smoke=(
                Smoke(None, error="UnreadableError", within_seconds=1),
                Smoke("ping", answer="pong"),
                Smoke([], answer=False),
            ),
        ),
        steps=steps_of((1, 90)),
        alarms=[WatchedAlarm("quiet")],
    )


def test_the_plans_are_of_before_and_after_there_were_warm_ups() -> None:
    found = [file.stem for file in FILES if any("warm" in target for target in written(file)["targets"])]
    assert found == ["plan-1-warm"]
    assert {target.warm for target in Plan.from_json(written(WITH_SMOKE)).targets} == {None}


def test_a_plan_with_warm_ups_still_means_the_same() -> None:
    ping = {"ping": [1, None, "Grüße"]}
    assert Plan.from_json(written(GOLDEN / "plan-1-warm.json")) == a_plan(
        replace(
            a_planned("orders:live", code_sha256="aGFzaA=="),
            smoke=(Smoke({"order": 7}),),
            warm=WarmUp(30, memory_mb=512),
        ),
        replace(
            a_planned("billing:live", stable="7", revision="r7", code_sha256="c2l4"),
            warm=WarmUp(5, Before.INCREASES, (ping,), 1024),
        ),
        replace(
            a_planned("mail:live", stable=None, revision=None, code_sha256="bmV3"),
            warm=WarmUp(1, own=(None,)),
        ),
        steps=steps_of((1, 90), (50, 300)),
        alarms=[WatchedAlarm("quiet")],
    )


def test_the_plans_are_of_before_and_after_there_was_evidence() -> None:
    said = {"evidence", "pace", "advanceOn"}
    found = {file.stem: said & written(file).keys() for file in FILES}
    assert found == {
        "plan-1": set(),
        "plan-1-smoke": set(),
        "plan-1-evidence": {"evidence", "advanceOn"},
        "plan-1-adaptive": {"evidence", "pace"},
        "plan-1-held": set(),
        "plan-1-hooks": set(),
        "plan-1-learned": {"evidence"},
        "plan-1-sources": set(),
        "plan-1-warm": set(),
    }


def test_a_plan_of_before_there_was_evidence_goes_by_time_and_judges_nothing() -> None:
    plan = Plan.from_json(written(GOLDEN / "plan-1.json"))
    assert (plan.evidence, plan.progression, plan.advance_on) == (
        NO_EVIDENCE,
        Progression.STEPPED,
        AdvanceOn.TIME,
    )
    assert {(target.profile, target.timeout_seconds, target.tolerate_errors) for target in plan.targets} == {
        (None, 3, 0.005)
    }


ORDERS = a_planned(
    "orders:live",
    source=Package("artifacts", "orders/app.zip", "v1"),
    code_sha256="aGFzaA==",
    profile=TrafficProfile(1200, 900.5, 0.0125, (12.25, 80, 240.5)),
    timeout_seconds=30,
    tolerate_errors=0.0125,
)


def test_a_plan_with_evidence_still_means_the_same() -> None:
    assert Plan.from_json(written(GOLDEN / "plan-1-evidence.json")) == a_plan(
        ORDERS,
        a_planned("mail:live", stable=None, revision=None, source=Latest(), code_sha256="bmV3"),
        steps=steps_of((5, 600), (50, 600)),
        evidence=PlannedEvidence(EvidenceMode.ON, EvidenceSettings(), synthetic_calls=6),
        advance_on=AdvanceOn.EVIDENCE,
    )


def test_an_adaptive_plan_still_means_the_same() -> None:
    settings = EvidenceSettings(
        false_rollback_risk=0.05,
        false_promote_risk=0.1,
        tolerate_errors=0.01,
        tolerate_slower=0.2,
        never_slower=0.5,
        error_budget=5,
        confirm_minutes=1,
        error_burst_size=3,
        weight_min=0.1,
        weight_max=0.2,
        probe=Probe.OFF,
        min_minutes=2,
        max_minutes=20,
        on_time_limit=OnTimeLimit.HOLD,
        bake_minutes=5,
        resplit_weight=0.15,
    )
    together = [(percent, 1200) for percent in (0, 10, "12.5", 15, "15.63", "19.54", 20)]
    assert Plan.from_json(written(GOLDEN / "plan-1-adaptive.json")) == a_plan(
        replace(ORDERS, profile=TrafficProfile(1200, 900.5, 0.0125), tolerate_errors=0.01),
        steps=steps_of(*together, (100, 300)),
        evidence=PlannedEvidence(EvidenceMode.ON, settings),
        progression=Progression.ADAPTIVE,
    )


def test_the_plans_are_of_before_and_after_there_were_windows_and_approvals() -> None:
    assert [file.stem for file in FILES if "windows" in written(file)] == ["plan-1-held"]
    before = Plan.from_json(written(GOLDEN / "plan-1.json"))
    assert before.windows == ()
    assert {step.approval for step in before.steps} == {None}


def test_a_plan_with_windows_and_approvals_still_means_the_same() -> None:
    first, last = steps_of((1, 90), (50, 300))
    planned = a_plan(
        a_planned("mail:live", stable=None, revision=None, source=Latest(), code_sha256="bmV3"),
        steps=(first, replace(last, approval=Approval(7200, OnTimeout.HOLD))),
    )
    windows = (
        Window((0, 4), 9 * 60 + 30, 24 * 60, "Europe/Berlin"),
        Window((6,), 22 * 60, 2 * 60, "-03:30"),
    )
    assert Plan.from_json(written(GOLDEN / "plan-1-held.json")) == replace(
        planned, windows=windows, on_busy=OnBusy.REPLACE
    )


def test_a_plan_with_hooks_still_means_the_same() -> None:
    trial = Smoke(
        {"order": 7},
        answer={"statusCode": 200},
        status=200,
        within_seconds=5,
        tenant="blue",
        context={"client": {"installation_id": "i-1"}},
    )
    orders = replace(ORDERS, profile=None, timeout_seconds=3, tolerate_errors=0.005)
    assert Plan.from_json(written(GOLDEN / "plan-1-hooks.json")) == a_plan(
        replace(orders, config_sha256_before="c0ffee", smoke=(trial,)),
        steps=steps_of((10, 300)),
        hooks=[
            Hook(HookPoint.BEFORE_TRAFFIC, "check:live", 60, "/aws/lambda/check"),
            Hook(HookPoint.AFTER_STEP, "arn:aws:states:us-east-1:111122223333:stateMachine:soak"),
        ],
    )


def test_the_plans_are_of_before_and_after_a_day_was_learned_from() -> None:
    found = [file.stem for file in FILES if any("learned" in target for target in written(file)["targets"])]
    assert found == ["plan-1-learned"]
    before = Plan.from_json(written(GOLDEN / "plan-1-evidence.json"))
    (orders, _) = before.targets
    settings = before.settings_for(orders)
    assert orders.learned is None
    assert (settings.warmup_calls, settings.warmup_slowdown, settings.cold_failures) == (100, 2, 1)
    assert (settings.warmup_hold_minutes, settings.usual_ms) == (15, (12.25, 80, 240.5))


def test_a_plan_that_learned_from_a_day_still_means_the_same() -> None:
    plan = Plan.from_json(written(GOLDEN / "plan-1-learned.json"))
    named = EvidenceSettings(warmup_calls=400, warmup_slowdown=5, cold_failures=0, warmup_hold_minutes=60)
    assert plan == a_plan(
        replace(ORDERS, learned=Learned(110, 3, 0.3, 9.5, trusts_environments=True)),
        replace(a_planned("billing:live"), learned=Learned(trusts_environments=False)),
        a_planned("cart:live"),
        steps=steps_of((5, 600)),
        evidence=PlannedEvidence(EvidenceMode.ON, named),
    )
    learned, *others = (plan.settings_for(planned) for planned in plan.targets)
    assert learned == replace(
        named,
        false_rollback_risk=0.01 / 3,
        tolerate_errors=0.0125,
        warmup_calls=110,
        warmup_slowdown=3,
        cold_failures=0.3,
        error_burst_size=9.5,
        usual_ms=(12.25, 80, 240.5),
    )
    assert others == [replace(named, false_rollback_risk=0.01 / 3)] * 2
