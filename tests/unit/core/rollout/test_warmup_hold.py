"""A timetable's step is held while slow calls may be warm-up: when, for how long, and with what words."""

from datetime import timedelta
from math import log

import pytest

from hotplug.core.deployment.verdict import Judgement, Verdict
from hotplug.core.evidence import Assessment, Finding
from hotplug.core.evidence.comparison import Comparison, Latency
from hotplug.core.evidence.measurement import Evidence, Measurement
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.rollout.decision import judge
from hotplug.core.rollout.signals import Signals
from tests.fakes import a_target
from tests.fakes.clock import MORNING
from tests.support.plans import a_plan, judged, steps_of

BAKE = 300
STEPS = steps_of((10, BAKE), (50, BAKE))
LOUD, QUIET = log(11), log(9)


def found(
    doubt: float = LOUD, *, settled: bool = False, log_evidence: float = 0.0, settles_in: int | None = 6
) -> Assessment:
    return Assessment(
        Finding.UNDECIDED, log_evidence, {}, "as is said", doubt, is_settled=settled, settles_in=settles_in
    )


def looked(
    *assessments: Assessment,
    over: float = 0,
    mode: EvidenceMode = EvidenceMode.ON,
    step: int = 0,
    changes: tuple[Change, ...] = (),
    hold: int = 15,
) -> Judgement:
    """What is decided `over` seconds after the end of the step's bake."""
    plan = a_plan(steps=STEPS, evidence=judged(mode, warmup_hold_minutes=hold))
    now = MORNING + timedelta(seconds=BAKE + over)
    comparison = Comparison(a_target("orders:live"), "41", "42")
    measured = Measurement(comparison, Latency.COUNTS, MORNING, MORNING, (), ())
    evidence = Evidence((measured,) * len(assessments), assessments, changes)
    return judge(plan, step, Signals(None, [], {}, now, MORNING, evidence))


@pytest.mark.parametrize(
    ("assessment", "over", "held"),
    [
        pytest.param(found(), 0, True, id="slow, and perhaps by warm-up"),
        pytest.param(found(QUIET), 0, False, id="hardly slow"),
        pytest.param(found(settled=True), 0, False, id="slow, but it is known what warm-up was"),
        pytest.param(found(settled=True, log_evidence=LOUD), 0, False, id="under suspicion as ever"),
        pytest.param(found(settled=True, log_evidence=LOUD), 120, True, id="held, and still under suspicion"),
        pytest.param(found(settled=True, log_evidence=QUIET), 120, False, id="held, and cleared"),
        pytest.param(found(), 15 * 60 - 1, True, id="nearly for as long as may be"),
        pytest.param(found(), 15 * 60, False, id="for as long as may be"),
    ],
)
def test_when_a_step_is_held(assessment: Assessment, over: float, held: bool) -> None:
    judgement = looked(assessment, over=over)
    assert judgement.verdict is (Verdict.HOLD if held else Verdict.ADVANCE)
    assert judgement.reason.startswith("held: ") == held


def test_it_says_how_long_it_takes_to_know() -> None:
    two = looked(found(settles_in=1), found(settles_in=6))
    held = "held: slow calls may be warm-up of new environments, known in about 6 minutes"
    assert two.reason.startswith(f"{held}; the candidate had 10 % of calls; evidence: ")
    assert "known in about 1 minute;" in looked(found(settles_in=1)).reason
    assert "environments, known soon;" in looked(found(settles_in=None)).reason


def test_one_target_of_two_holds_both() -> None:
    assert looked(found(0.0, settled=True), found()).verdict is Verdict.HOLD


@pytest.mark.parametrize(
    ("mode", "hold"),
    [
        pytest.param(EvidenceMode.OBSERVE, 15, id="only observed"),
        pytest.param(EvidenceMode.ON, 0, id="no hold wanted"),
    ],
)
def test_where_evidence_does_not_decide_or_no_hold_is_wanted_none_comes(
    mode: EvidenceMode, hold: int
) -> None:
    assert looked(found(), mode=mode, hold=hold).verdict is Verdict.ADVANCE


@pytest.mark.parametrize(
    ("first_step", "over", "held"),
    [
        pytest.param(BAKE + 30, 14 * 60, True, id="the step before was on time"),
        pytest.param(BAKE + 600, 4 * 60, True, id="it was held for ten minutes, so five are left"),
        pytest.param(BAKE + 600, 5 * 60, False, id="and not more"),
        pytest.param(BAKE + 1200, 0, False, id="it was held for longer than both may"),
    ],
)
def test_all_steps_are_held_for_as_long_as_may_be_together(
    first_step: float,
    over: float,
    held: bool,
) -> None:
    shifted = MORNING - timedelta(seconds=first_step)
    changes = (Change(shifted, shifted, 0.1), Change(MORNING, MORNING, 0.5))
    judgement = looked(found(), over=over, step=1, changes=changes)
    assert judgement.verdict is (Verdict.HOLD if held else Verdict.PROMOTE)


def test_evidence_enough_rolls_back_a_step_that_is_held() -> None:
    bad = Assessment(Finding.ROLL_BACK, 5.0, {}, "as is said", LOUD, is_settled=False)
    assert looked(bad).verdict is Verdict.ROLL_BACK
