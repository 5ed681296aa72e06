"""Each of hotplug's functions answers its own trial as expected, and changes nothing by it."""

import json
from collections.abc import Callable
from copy import deepcopy
from importlib import import_module
from typing import Any

import pytest

from hotplug.activities.alias_views import AliasCache
from hotplug.core.request.self_release import TRIALS
from hotplug.core.resources.invocation import Called
from hotplug.core.spec.smoke_test import Smoke, read_smoke
from hotplug.handlers import router as router_room
from tests.contract.analysis.source import use_case
from tests.fakes import RED, InMemoryCloud, InMemoryRouterCloud
from tests.support.machine.execution import Execution
from tests.support.plans import a_plan, a_planned

type Json = dict[str, Any]

IN_TIME = 0.1


@pytest.fixture
def at_work(cloud: InMemoryCloud) -> InMemoryCloud:
    """One deployment on its first step, one that is over and not settled, one that waits; an alarm is red."""
    for name in ("orders", "billing"):
        cloud.has_function(name)
        cloud.somebody_saves(name)
    cloud.alarm("errors")
    Execution(cloud, {"function": "orders", "alarms": ["errors"]}, "d-1").shifted()
    Execution(cloud, {"function": "billing", "alarms": ["errors"]}, "d-2").shifted()
    waits = Execution(cloud, {"function": "orders", "onBusy": "wait"}, "d-3")
    waits.plan()
    waits.claim()
    cloud.executions.ends("d-2")
    cloud.alarm("errors").goes(RED)
    return cloud


def everything(cloud: InMemoryCloud) -> Json:
    """What a call could have changed."""
    ledger, kept = cloud.ledger, ("held", "line", "standings", "decided", "blamed", "lines", "history")
    state = {name: getattr(ledger, name) for name in kept}
    state |= {"functions": cloud.functions.functions, "started": cloud.executions.started}
    state |= {"events": cloud.notifications.events, "messages": cloud.notifications.messages}
    return deepcopy(state | {"called": cloud.trials.made})


def called(handler: str, cloud: object) -> Called:
    """The use case behind a handler, as a Lambda answers; in and out is JSON."""
    work: Callable[..., Any] = getattr(import_module(f"hotplug.handlers.{handler}"), str(use_case(handler)))
    try:
        answer = work(json.loads(json.dumps(TRIALS[handler]["payload"])), cloud)
    except Exception as error:  # noqa: BLE001 - as a runtime catches everything
        answer = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []}
        return Called(json.dumps(answer).encode(), "42", failed=True)
    return Called(json.dumps(getattr(answer, "answer", answer)).encode(), "42", failed=False)


def trial(handler: str) -> Smoke:
    (smoke,) = read_smoke([TRIALS[handler]], "smoke", [])
    return smoke


@pytest.mark.parametrize("handler", [handler for handler in TRIALS if handler != "router"])
def test_a_function_answers_as_its_trial_expects_and_changes_nothing(
    at_work: InMemoryCloud, handler: str
) -> None:
    before = everything(at_work)
    assert trial(handler).unmet(called(handler, at_work), IN_TIME) is None
    assert everything(at_work) == before


@pytest.mark.parametrize("handler", [handler for handler in TRIALS if handler != "router"])
def test_so_it_does_where_nothing_was_ever_deployed(cloud: InMemoryCloud, handler: str) -> None:
    before = everything(cloud)
    assert trial(handler).unmet(called(handler, cloud), IN_TIME) is None
    assert everything(cloud) == before


def test_the_router_answers_as_its_trial_expects_and_calls_nothing(
    at_work: InMemoryCloud, router: InMemoryRouterCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router_room, "views", AliasCache())
    before = everything(at_work)
    assert trial("router").unmet(called("router", router), IN_TIME) is None
    assert everything(at_work) == before
    assert (router.calls.made, router.alias_views.views, router.alias_views.turns) == ([], {}, {})


def test_the_guard_restores_nothing_while_others_hold_claims_and_says_so(at_work: InMemoryCloud) -> None:
    assert json.loads(called("guard", at_work).payload) == {"looked": 2, "restored": []}
    assert sorted(at_work.ledger.held) == ["billing:live", "orders:live"]


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        pytest.param(handler, expected["expect"]["error"], id=handler)
        for handler, expected in TRIALS.items()
        if "error" in expected["expect"]
    ],
)
def test_a_function_that_does_not_refuse_fails_its_trial(handler: str, kind: str) -> None:
    """One that answers, one that can't be imported, and one that is out of memory."""
    broken = {"errorMessage": "Unable to import module", "errorType": "Runtime.ImportModuleError"}
    for answer, fails in (
        ({"outcome": "claimed"}, False),
        (broken, True),
        ({"errorMessage": "killed"}, True),
    ):
        said = trial(handler).unmet(Called(json.dumps(answer).encode(), "42", fails), IN_TIME)
        assert said
        assert kind in said or fails


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"looked": 1, "restored": ["d-1"]}, id="a guard that restores what is well"),
        pytest.param({"nonsense": [1, None, "?"]}, id="nonsense"),
        pytest.param(None, id="nothing"),
    ],
)
def test_a_guard_that_does_anything_fails_its_trial(answer: object) -> None:
    said = trial("guard").unmet(Called(json.dumps(answer).encode(), "42", failed=False), IN_TIME)
    assert said


def test_a_guard_that_can_not_read_a_standing_fails_its_trial(cloud: InMemoryCloud) -> None:
    """So does the one in place: no release can be tried before a person has seen to that claim."""
    plan = a_plan(a_planned("orders:live"))
    cloud.ledger.claim(plan, cloud.now())
    cloud.ledger.fails_next("load", ValueError("half a standing"))
    assert "NotRestoredError" in str(trial("guard").unmet(called("guard", cloud), IN_TIME))
