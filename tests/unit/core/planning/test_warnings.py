"""Warnings about what the last day of a target has taught."""

from dataclasses import replace
from typing import Any

import pytest

from hotplug.core.evidence.policy import EvidenceMode, Learned
from hotplug.core.plan.plan import Plan
from hotplug.core.planning.facts import TargetFacts
from hotplug.core.planning.warnings import Warned, warnings
from hotplug.core.request.request import Request, read_request
from tests.support.plans import a_plan, a_planned, judged


def warned(plan: Plan, learned: Learned | None) -> list[Warned]:
    """Of evidence alone."""
    request = read_request({"function": "orders"})
    assert isinstance(request, Request)
    facts = {"orders:live": TargetFacts(None, learned=learned)}
    return [it for it in warnings(plan, request, facts, {}, None) if it.field.startswith("evidence")]


def planned(learned: Learned | None, mode: EvidenceMode = EvidenceMode.ON, **settings: Any) -> Plan:
    return a_plan(replace(a_planned(), learned=learned), evidence=judged(mode, **settings))


PLAIN = Learned(20.0, 3.0, 0.1, 1.2, True)


@pytest.mark.parametrize(
    "learned", [pytest.param(None, id="nothing"), pytest.param(PLAIN, id="nothing special")]
)
def test_what_is_usual_is_no_warning(learned: Learned | None) -> None:
    assert warned(planned(learned), learned) == []


@pytest.mark.parametrize(
    ("learned", "field", "said"),
    [
        pytest.param(
            replace(PLAIN, warmup_calls=300.0),
            "evidence.warmupCalls",
            "still slower after 300 calls",
            id="a warm-up longer than is learned",
        ),
        pytest.param(
            replace(PLAIN, error_burst_size=9.7),
            "evidence.errorBurstSize",
            "in clumps, of about 9.7 from one cause",
            id="clumps",
        ),
        pytest.param(
            Learned(trusts_environments=False),
            "evidence",
            "ConcurrentExecutions of orders:live does not fit its load",
            id="a concurrency that can't be right",
        ),
    ],
)
def test_what_makes_the_evidence_weaker_is_a_warning(learned: Learned, field: str, said: str) -> None:
    (warning,) = warned(planned(learned), learned)
    assert warning.field == field
    assert said in warning.said
    assert "orders:live" in warning.said
    assert warned(planned(learned, EvidenceMode.OFF), learned) == []


@pytest.mark.parametrize(
    ("calls", "warns"), [(0, True), (50, True), (110, False), (300, False), (400, False)]
)
def test_a_warm_up_that_is_named_shorter_than_it_was_is_a_warning(calls: int, warns: bool) -> None:
    learned, plan = replace(PLAIN, warmup_calls=110.0), planned(None, warmup_calls=calls)
    found = [it.said for it in warned(plan, learned)]
    assert bool(found) is warns
    assert all(f"were warm within 110 calls on the last day: {calls} may roll back" in it for it in found)


def test_a_length_that_is_named_is_not_asked_for() -> None:
    assert warned(planned(None, warmup_calls=300), replace(PLAIN, warmup_calls=300.0)) == []
