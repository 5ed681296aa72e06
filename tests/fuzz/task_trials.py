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
from tests.fakes import InMemoryCloud
from tests.fuzz.mutation import mutate
from tests.fuzz.trial import AliasMovedByNobodyError, Verdict
from tests.fuzz.world import a_company, aliases, check_answer, check_told
from tests.support.machine.execution import Execution

type Json = dict[str, Any]
type Task = Callable[[Event, Cloud], Json]

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


TASKS: dict[str, tuple[Task, str]] = {
    "Plan": (plan, "Plan"),
    "Claim": (claim, "Claim"),
    "Publish": (publish, "Publish"),
    "Before traffic": (before_traffic, "Before traffic"),
    "Hook": (hook, "Hook at work"),
    "Shift": (shift, "Shift"),
    "Watch": (watch, "Bake"),
    "Promote": (promote, "Promote"),
    "Roll back": (roll_back, "Bake"),
    "Close": (close, "Promote"),
}
"""Each task, and how far its machine has come before it."""


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
    at_work = {"status": "IN_PROGRESS", "details": {"run": 7}}
    cloud.hooks.answers("mail", at_work if name == "Hook" else {"status": "SUCCEEDED"})
    cloud.hooks.answers("billing", {"status": "SUCCEEDED"})
    for function in ("orders", "billing"):
        cloud.trials.answers(function, {"statusCode": 200})
    execution = Execution(cloud, REQUEST).run_to(TASKS[name][1])
    execution.assign(fault={"Error": "E", "Cause": '{"errorMessage": "m"}'}, outcome="deployed")
    copied: Json = json.loads(json.dumps(execution.arguments(name)))
    return copied


def _bystanders(cloud: InMemoryCloud) -> Json:
    return {target: cloud.alias(target) for target in BYSTANDERS}


def _check_bystanders(cloud: InMemoryCloud, before: Json) -> None:
    if _bystanders(cloud) != before:
        raise AliasMovedByNobodyError(f"{before} became {_bystanders(cloud)}")
