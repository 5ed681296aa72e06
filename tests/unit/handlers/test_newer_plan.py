"""Every task refuses a plan of the next schema before it asks AWS for anything."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from hotplug.aws.cloud import Cloud
from hotplug.core.errors import PlanTooNewError
from hotplug.core.plan.plan import SCHEMA
from hotplug.core.request.self_release import TASKS
from hotplug.core.resources.alias import Routing
from tests.contract.analysis.source import use_case
from tests.fakes import InMemoryCloud
from tests.faults.moments import Tapped
from tests.support.machine.execution import attempt
from tests.support.plans import a_plan, at_step, event_at

type Json = dict[str, Any]
type Task = Callable[[Json, Cloud], Json]

POSITION = event_at(at_step(a_plan(), 0, "42"), look=0, turn=0, since="2026-11-24T09:00:00+00:00")
ENDING: Json = {"outcome": "rolled_back", "reason": "because", "fault": {}, "blame": True, "direct": False}
NEXT = a_plan().to_json() | {"schema": SCHEMA + 1}
OTHER_WORDS = {"schema": SCHEMA + 1, "moves": [{"lambda": "orders"}], "createdAt": 7, "steps": "none"}
"""A plan of the next schema may look like anything."""


def task(name: str) -> Task:
    found: Task = getattr(import_module(f"hotplug.handlers.{name}"), str(use_case(name)))
    return found


@pytest.mark.parametrize("plan", [NEXT, OTHER_WORDS], ids=["as it is today", "in other words"])
@pytest.mark.parametrize("name", TASKS)
def test_it_is_refused_before_anything_is_asked_or_done(cloud: InMemoryCloud, name: str, plan: Json) -> None:
    cloud.has_function("orders")
    cloud.ledger.claim(a_plan(), cloud.now())
    tapped: Any = Tapped(cloud)
    with pytest.raises(PlanTooNewError, match=f"the plan has schema {SCHEMA + 1}, this release understands"):
        task(name)(POSITION | ENDING | {"plan": plan}, tapped)
    assert tapped.calls == []
    assert cloud.routing("orders:live") == Routing("41")
    assert "orders:live" in cloud.ledger.held


@pytest.mark.parametrize("name", TASKS)
def test_it_is_refused_whatever_else_is_missing(cloud: InMemoryCloud, name: str) -> None:
    tapped: Any = Tapped(cloud)
    with pytest.raises(PlanTooNewError):
        task(name)({"plan": {"schema": SCHEMA + 1}}, tapped)
    assert tapped.calls == []


@pytest.mark.parametrize("name", TASKS)
def test_the_same_plan_of_this_schema_is_no_reason_to_refuse(cloud: InMemoryCloud, name: str) -> None:
    cloud.has_function("orders", versions=["41", "42"])
    answer = attempt(lambda: task(name)(POSITION | ENDING, cloud))
    assert not isinstance(answer, PlanTooNewError)
