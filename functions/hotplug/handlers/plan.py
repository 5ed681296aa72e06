"""Plan: the request and the observed state, turned into a plan or into every reason why there is none."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hotplug.activities.read_facts import read_facts
from hotplug.activities.record import record, transition
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import Phase
from hotplug.core.deployment.transition import Outcome, State, TargetLine, lines_before, refused
from hotplug.core.dry_run.report import DRY_RUN, DryRun, expected
from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.problem import Problem, summary
from hotplug.core.parsing.stored import mapping, stored_value, text
from hotplug.core.parsing.units import MAX_NUMBER
from hotplug.core.plan.plan import Plan
from hotplug.core.planning.facts import TargetFacts
from hotplug.core.planning.hook_checks import outside_hooks
from hotplug.core.planning.planner import Identity, make_plan, outside
from hotplug.core.planning.summary import plan_summary
from hotplug.core.planning.warnings import Warned, warnings
from hotplug.core.request.request import Request, WantedTarget, read_request
from hotplug.handlers.entrypoint import Event, entrypoint

logger = logging.getLogger("hotplug")


def plan(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Write only to the ledger, so that a refusal leaves AWS unchanged.

    A dry run that is not refused writes nothing: its answer is all that it produces.
    """
    execution = stored_value(event, "execution", mapping)
    name, arn = stored_value(execution, "name", text), stored_value(execution, "id", text)
    definition = stored_value(event, "definition", whole(1, MAX_NUMBER)) if "definition" in event else 1
    identity = Identity(name, arn, cloud.now().isoformat(), cloud.settings.stack, definition)
    request = read_request(event.get("request"))
    if not isinstance(request, Request):
        return _refuse(cloud, identity, (), request)
    settings = cloud.settings
    problems = outside(request, settings.targets)
    problems += outside_hooks(request.hooks, settings.hooks, arn, settings.stack)
    if problems:
        return _refuse(cloud, identity, request.targets, problems)
    found, unseen = read_facts(cloud, request, name)
    known = replace(request, alarms=()) if unseen else request
    made = make_plan(known, found.facts, found.alarms, identity, found.storage, found.hooks, found.unreserved)
    if unseen or not isinstance(made, Plan):
        return _refuse(cloud, identity, request.targets, (*unseen, *(() if isinstance(made, Plan) else made)))
    warned = warnings(made, request, found.facts, found.alarms, found.storage, found.frozen)
    if request.dry_run:
        return _rehearsed(made, found.facts, warned)
    return _said(cloud, made, "; ".join([plan_summary(made), *(f"warning: {each}" for each in warned)]))


def _said(cloud: Cloud, made: Plan, reason: str) -> dict[str, Any]:
    progress = Progress(made, (), tuple(target.revision for target in made.targets), 0)
    cloud.ledger.save(progress, Phase.MOVING)
    planned = transition(cloud, progress, State.PLANNED, lines_before(made), reason)
    record(cloud, planned)
    return {
        "outcome": "planned",
        "reason": planned.reason,
        "plan": made.to_json(),
        "revisions": list(progress.revisions),
    }


def _rehearsed(made: Plan, facts: Mapping[str, TargetFacts], warned: Sequence[Warned]) -> dict[str, Any]:
    report = DryRun(made, expected(made, facts), warned).to_json()
    return {"outcome": DRY_RUN, "reason": report["reason"], "plan": {}, "revisions": [], "report": report}


def _refuse(
    cloud: Cloud, identity: Identity, wanted: tuple[WantedTarget, ...], problems: tuple[Problem, ...]
) -> dict[str, Any]:
    reason = summary(problems)
    cloud.ledger.decide(identity.deployment, Outcome.REFUSED)
    targets = tuple(
        TargetLine(item.target.function, item.target.alias, None, None, Decimal(0)) for item in wanted
    )
    record(cloud, refused(identity.deployment, identity.execution, identity.now, reason, targets))
    cloud.ledger.close(identity.deployment)
    return {"outcome": "refused", "reason": reason, "plan": {}, "revisions": []}


handler = entrypoint(plan)
