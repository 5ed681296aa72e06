"""What must hold when a task is handed what its machine would not hand it: another release's, or a hand's."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from hotplug.aws.cloud import Cloud
from hotplug.core.errors import HotplugError, PlanTooNewError, UnreadableError
from hotplug.handlers.before_traffic import before_traffic
from hotplug.handlers.claim import claim
from hotplug.handlers.close import close
from hotplug.handlers.entrypoint import Event, deployment_of
from hotplug.handlers.hook import hook
from hotplug.handlers.plan import plan
from hotplug.handlers.promote import promote
from hotplug.handlers.publish import publish
from hotplug.handlers.roll_back import roll_back
from hotplug.handlers.shift import shift
from hotplug.handlers.watch import watch
from tests.fakes import InMemoryCloud, execution_arn
from tests.fuzz.mutation import mutate
from tests.fuzz.trial import AliasMovedByNobodyError, Verdict
from tests.fuzz.world import a_company, aliases, check_answer, check_told
from tests.support.execution import Execution

type Json = dict[str, Any]
type Task = Callable[[Event, Cloud], Json]

POSITION = ("plan", "candidates", "revisions", "step")
REQUEST = {
    "functions": [{"name": "orders", "source": {"bucket": "artifacts", "key": "orders/app.zip"}}, "billing"],
    "smoke": [
        {"payload": {"order": 7}, "expect": {"answer": {"statusCode": 200}, "within": "5s"}},
        {"payload": [1, None], "expect": {"status": 200}},
    ],
    "hooks": {"beforeTraffic": "mail", "beforeStep": {"function": "billing:7", "timeout": "5m"}},
    "alarms": ["errors", "loud"],
    "strategy": "Linear25PercentEvery1Minute",
    "reason": "ticket 7",
}
BYSTANDERS = ("search:live",)


def _planned(execution: Execution) -> None:
    """Where the machine begins."""


def _claimed(execution: Execution) -> None:
    execution.plan()


def _publishing(execution: Execution) -> None:
    execution.plan()
    execution.claim()


def _published(execution: Execution) -> None:
    execution.published()


def _hooked(execution: Execution) -> None:
    """Its first hook is at work."""
    execution.published().hook()


def _shifted(execution: Execution) -> None:
    execution.shifted()


def _baked(execution: Execution) -> None:
    execution.baked()


TASKS: dict[str, tuple[Task, Callable[[Execution], None], tuple[str, ...]]] = {
    "plan": (plan, _planned, ()),
    "claim": (claim, _claimed, ("turn",)),
    "publish": (publish, _publishing, ("look",)),
    "before_traffic": (before_traffic, _published, ()),
    "hook": (hook, _hooked, ("moment", "hook")),
    "shift": (shift, _published, ()),
    "watch": (watch, _shifted, ("since",)),
    "promote": (promote, _baked, ()),
    "roll_back": (roll_back, _shifted, ("reason", "fault")),
    "close": (close, _baked, ("outcome", "reason", "fault", "blame", "direct")),
}
"""Each task, how far its machine has come before it, and what it is handed beside the position."""


def a_task_acts_on_what_it_can_read_or_on_nothing(random: Random) -> Verdict:
    """AWS's own refusals are let through to the machine, which goes back on each of them."""
    cloud = a_company()
    name = random.choice(list(TASKS))
    task = TASKS[name][0]
    event = _handed(cloud, name)
    for _ in range(random.randint(1, 3)):
        mutate(random, event)
    deployment_of(event)
    before, others = aliases(cloud), _bystanders(cloud)
    try:
        answer = task(event, cloud)
    except (UnreadableError, PlanTooNewError):
        if aliases(cloud) != before:
            raise AliasMovedByNobodyError(f"{name}: {before} became {aliases(cloud)}") from None
        return Verdict.REFUSED
    except (HotplugError, ClientError):
        _check_bystanders(cloud, others)
        return Verdict.REFUSED
    _check_bystanders(cloud, others)
    check_answer(answer)
    check_told(cloud)
    return Verdict.ACCEPTED


def _handed(cloud: InMemoryCloud, name: str) -> Json:
    _, come_so_far, more = TASKS[name]
    execution = Execution(cloud, REQUEST)
    cloud.hooks.answers("mail", {"status": "IN_PROGRESS", "details": {"run": 7}})
    come_so_far(execution)
    if name == "plan":
        event: Json = {"request": REQUEST, "execution": {"id": execution_arn("d-1"), "name": "d-1"}}
    else:
        execution.variables |= {
            "fault": {"Error": "E", "Cause": '{"errorMessage": "m"}'},
            "outcome": "deployed",
        }
        event = {key: execution.variables[key] for key in (*POSITION, *more)}
    copied: Json = json.loads(json.dumps(event))
    return copied


def _bystanders(cloud: InMemoryCloud) -> Json:
    return {target: cloud.alias(target) for target in BYSTANDERS}


def _check_bystanders(cloud: InMemoryCloud, before: Json) -> None:
    if _bystanders(cloud) != before:
        raise AliasMovedByNobodyError(f"{before} became {_bystanders(cloud)}")
