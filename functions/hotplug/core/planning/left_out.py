"""Guards that a request asks for and the plan can't carry out, or not in full: each becomes a warning."""

from collections.abc import Iterator, Mapping

from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.parsing.units import HUNDRED
from hotplug.core.plan.plan import Plan
from hotplug.core.planning.facts import TargetFacts
from hotplug.core.request.request import Request, WantedTarget
from hotplug.core.spec.hooks import HookPoint
from hotplug.core.spec.source import Existing

type LeftOut = Iterator[tuple[str, str]]
"""The field of the request, and what becomes of it."""


def left_out(plan: Plan, request: Request, facts: Mapping[str, TargetFacts]) -> LeftOut:
    """Yield what is not carried out. `facts` are by target."""
    if not plan.steps:
        yield from _strategy(plan, request)
        yield from _hooks(request)
    yield from _alarms(plan)
    yield from _evidence(plan, request)
    if not plan.force and all(_seems_live(each, facts[str(each.target)]) for each in request.targets):
        yield from _of_what_is_live(request)


def _strategy(plan: Plan, request: Request) -> LeftOut:
    why = "a live version can't answer calls" if plan.no_way_back else "no alias exists yet"
    if request.steps:
        yield "strategy", f"its steps are left out, all calls move at once: {why}"
    approvals = sum(step.approval is not None for step in request.steps)
    if approvals > 1:
        yield "strategy", f"its {approvals} approvals become one, before the promotion"


def _hooks(request: Request) -> LeftOut:
    for point in (HookPoint.BEFORE_STEP, HookPoint.AFTER_STEP):
        if request.asks(point):
            yield f"hooks.{point}", "not asked: there are no steps"
    if request.asks(HookPoint.AFTER_TRAFFIC):
        said = "asked before the first calls, and not with all of them: no version can share them"
        yield f"hooks.{HookPoint.AFTER_TRAFFIC}", said


def _alarms(plan: Plan) -> LeftOut:
    names = ", ".join(alarm.name for alarm in plan.alarms)
    if names and plan.ignores_alarms:
        why = "a live version can't answer calls" if plan.no_way_back else "it goes back"
        yield "alarms", f"{names}: red or not, nothing stops for them, as {why}"
    elif names and not plan.steps:
        yield "alarms", f"{names}: looked at until all calls move, and not afterwards"


def _evidence(plan: Plan, request: Request) -> LeftOut:
    if not request.evidence.is_asked or request.evidence.mode is EvidenceMode.OFF:
        return
    if not any(0 < step.percent < HUNDRED for step in plan.steps):
        yield "evidence", "nothing is compared: in no step do both versions have calls"
        return
    for planned in plan.targets:
        if planned.stable is None:
            yield "evidence", f"{planned.target} is not compared: it does not exist yet"


def _seems_live(wanted: WantedTarget, facts: TargetFacts) -> bool:
    if isinstance(wanted.source, Existing):
        return bool(facts.stable and facts.stable.version == wanted.source.version)
    return facts.is_unchanged


def _of_what_is_live(request: Request) -> LeftOut:
    """Yield the guards of a deployment that has nothing to move."""
    asked = {
        "smoke": any(wanted.smoke for wanted in request.targets),
        "warm": any(wanted.warm for wanted in request.targets),
        "hooks": bool(request.hooks),
        "alarms": bool(request.alarms),
        "strategy.approve": any(step.approval for step in request.steps),
    }
    for name in (name for name, is_asked in asked.items() if is_asked):
        yield name, "left out if nothing is new: then nothing moves"
