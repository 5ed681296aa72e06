"""Plan summary: the plan in words, before traffic moves."""

from collections.abc import Iterator

from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.parsing.units import HUNDRED, number
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.warm_up import WarmUpCost
from hotplug.core.planning.excuses import excuses_in_words
from hotplug.core.planning.forecast import power_forecast
from hotplug.core.resources.image import Image
from hotplug.core.spec.source import Existing
from hotplug.core.spec.steps import Progression
from hotplug.core.spec.warm_up import Before
from hotplug.core.spec.windows import days_in_words


def plan_summary(plan: Plan) -> str:
    """Return the plan in one sentence, then the power forecast and what is excused, by target."""
    hooks = f"; hooks: {', '.join(map(str, plan.hooks))}" if plan.hooks else ""
    why = f"; asked for because: {plan.reason}" if plan.reason else ""
    hours = f"; moves on only within {days_in_words(plan.windows)}" if plan.windows else ""
    watched = f"{_named_versions(plan)}{_climb(plan)}; watched by {_watchers(plan)}{hours}{hooks}{why}"
    more = (*_images(plan), *_concurrencies(plan), *_warm_ups(plan), *_pruning(plan), *_holding(plan))
    said = "; ".join([watched, *more])
    return ". ".join(filter(None, [said, power_forecast(plan), excuses_in_words(plan)]))


def _images(plan: Plan) -> Iterator[str]:
    """Yield each image once, by tag and digest."""
    sources = {str(target.source): None for target in plan.targets if isinstance(target.source, Image)}
    yield from (f"image {image}" for image in sources)


def _concurrencies(plan: Plan) -> Iterator[str]:
    for target in plan.targets:
        if target.concurrency:
            where = (
                f"the alias {target.target}" if target.concurrency.on_alias else f"each of {target.target}"
            )
            yield f"{target.concurrency.raised} executions are provisioned for {where} until then"


def _warm_ups(plan: Plan) -> Iterator[str]:
    for planned in plan.targets:
        cost = WarmUpCost.of(plan, planned)
        if planned.warm and cost.calls:
            what = f"{planned.warm.environments} environments of {planned.target} are made"
            when = "before its first call"
            if planned.warm.before is Before.INCREASES:
                what, when = f"up to {what}", f"{when} and before each share of twice as many calls"
            yield f"{what} {when}: {cost}"


def _pruning(plan: Plan) -> Iterator[str]:
    if plan.keep_versions:
        yield f"then the newest {plan.keep_versions} versions are kept, and those that are used"


def _holding(plan: Plan) -> Iterator[str]:
    held = ", ".join(str(planned.target) for planned in plan.targets if planned.hold)
    if held:
        yield f"then {held} is held until it is released"


def _named_versions(plan: Plan) -> str:
    named = [
        f"{planned.target} {'back ' if planned.is_going_back else ''}to version {planned.source.version}"
        for planned in plan.targets
        if isinstance(planned.source, Existing)
    ]
    return f"{', '.join(named)}: " if named else ""


def _climb(plan: Plan) -> str:
    if not plan.steps:
        return "after an approval, all at once" if plan.approval else "all at once"
    asks = {step: " and an approval" for step in plan.steps if step.approval}
    steps = [f"{number(step.percent)} % for {step.bake_seconds} s{asks.get(step, '')}" for step in plan.steps]
    if plan.progression is Progression.ADAPTIVE:
        weights = [number(step.percent) for step in plan.steps if 0 < step.percent < HUNDRED]
        climb = f"{weights[0]} to {weights[-1]} % by evidence for at most {plan.steps[0].bake_seconds} s"
        steps = [climb, *(steps[-1:] if plan.steps[-1].percent == HUNDRED else [])]
    return ", ".join([*steps, "then all"])


def _watchers(plan: Plan) -> str:
    compares = any(0 < step.percent < HUNDRED for step in plan.steps)
    mode = plan.evidence.mode if compares else EvidenceMode.OFF
    evidence = {EvidenceMode.ON: ["evidence"], EvidenceMode.OBSERVE: ["evidence (observed only)"]}
    alarms = ", ".join(alarm.name for alarm in plan.alarms)
    limit = ""
    if alarms and plan.ignores_alarms:
        limit = " (which do not stop going back)" if plan.is_going_back else " (which do not stop it)"
    elif alarms and not plan.steps:
        limit = " until all calls move"
    return ", ".join([*([f"{alarms}{limit}"] if alarms else []), *evidence.get(mode, [])]) or "nothing"
