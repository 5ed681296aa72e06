"""What was asked for as a guard was kept: approvals, alarms, holds, and that no alias is created."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.commands import Command
from tests.faults.stage import TARGETS, Stage

type Json = dict[str, Any]


def unkept(stage: Stage) -> Iterator[str]:
    """One sentence for each guard that was dropped."""
    saved = stage.cloud.ledger.standings.get(stage.execution.name)
    lines = list(stage.cloud.ledger.lines.get(stage.execution.name, {}).values())
    is_deployed = any(line["outcome"] == "deployed" for line in lines)
    yield from _of_creation(stage)
    if saved:
        plan = saved.progress.plan
        yield from _of_approvals(stage, plan, lines)
        if is_deployed:
            yield from _of_alarm(stage, plan)
            yield from _of_holds(stage, plan)


def _of_approvals(stage: Stage, plan: Plan, lines: list[Json]) -> Iterator[str]:
    """Nothing goes beyond a step, or to a new alias, before somebody has said yes."""
    given = stage.cloud.ledger.ordered.get(stage.execution.name, {}).values()
    said = {
        order["step"]: datetime.fromisoformat(order["at"])
        for order in given
        if order["command"] == Command.APPROVE
    }
    asking = {at for at, step in enumerate(plan.steps) if step.approval} | ({0} if plan.approval else set())
    for line in lines:
        beyond = line["state"] == "promoted" or (line["state"] == "shifted" and line["step"] > 0)
        for step in asking if beyond else ():
            is_past = line["state"] == "promoted" or line["step"] > step
            if is_past and not (step in said and said[step] <= datetime.fromisoformat(line["at"])):
                yield f"it was {line['state']} before step {step} was approved"


def _of_alarm(stage: Stage, plan: Plan) -> Iterator[str]:
    """Without steps nobody looks at the alarms but the promotion."""
    counts = not plan.steps and not plan.ignores_alarms and all(not alarm.red_since for alarm in plan.alarms)
    if counts and stage.is_red_before_promotion:
        yield "its alarm was red before the promotion, and it was deployed"


def _of_holds(stage: Stage, plan: Plan) -> Iterator[str]:
    """Who goes back by hand does not want the next upload to roll forward."""
    for planned in plan.targets:
        given = stage.cloud.ledger.ordered_for.get(str(planned.target), {}).values()
        if planned.hold and not any(order["command"] == Command.HOLD for order in given):
            yield f"{planned.target} is not held after it went back"


def _of_creation(stage: Stage) -> Iterator[str]:
    request = stage.execution.request
    if isinstance(request, dict) and request.get("create") is False:
        for target in TARGETS:
            if not stage.as_found[target] and target not in stage.foreign and stage.cloud.routing(target):
                yield f"{target} was created, though that was forbidden"
