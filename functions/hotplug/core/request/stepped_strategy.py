"""Stepped strategies, which follow the clock: CodeDeploy's and CodePipeline's names, or objects."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from hotplug.core.parsing.fields import Fields, one_of
from hotplug.core.parsing.problem import MisfitError, Problem, shown
from hotplug.core.parsing.units import (
    BELOW_HUNDRED,
    CENT,
    HUNDRED,
    MAX_BAKE_SECONDS,
    duration,
    duration_between,
    percent,
    plain,
)
from hotplug.core.spec.approval import DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS, Approval, OnTimeout
from hotplug.core.spec.steps import Step, Steps, growing

MAX_STEPS = 200
NAME = re.compile(
    r"(?:CodeDeployDefault\.Lambda)?"
    r"(?:(?P<once>AllAtOnce)"
    r"|Canary(?P<canary>[0-9]+(?:\.[0-9]+)?)Percent(?P<wait>[0-9]{1,9})Minutes?"
    r"|Linear(?P<linear>[0-9]+(?:\.[0-9]+)?)PercentEvery(?P<every>[0-9]{1,9})Minutes?)"
)


def steps_by_name(name: str, path: str, problems: list[Problem], unknown: MisfitError) -> Steps:
    """Return the steps that a name stands for. `unknown` is the problem of any other name."""
    found = NAME.fullmatch(name)
    if not found:
        problems.append(Problem(path, shown(name), str(unknown), unknown.schema))
        return ()
    if found["once"]:
        return ()
    share = Decimal(found["canary"] or found["linear"])
    minutes = int(found["wait"] or found["every"])
    if not CENT <= share < HUNDRED or share != share.quantize(CENT) or not 0 < minutes <= 43200:
        problems.append(Problem(path, shown(name), "a percentage from 0.01 to 99.99 and 1 to 43200 minutes"))
        return ()
    climb = (share,) if found["canary"] else _linear(share)
    return _checked(tuple(Step(at, minutes * 60) for at in climb), path, problems)


def steps_spelt_out(kind: str, fields: Fields, path: str) -> Steps:
    """Return the steps of an object of a known kind. `fields` accepts that kind's keys and "finalBake"."""
    before = len(fields.problems)
    steps = KINDS[kind][1](fields)
    final_bake = fields.take("finalBake", duration, 0)
    if steps and final_bake and steps[-1].percent == HUNDRED:
        allowed = "none when the last step is at 100 percent: it is that bake"
        fields.fail("finalBake", f"{final_bake} s", allowed)
    if steps is None or len(fields.problems) > before:
        return ()
    bake = (Step(HUNDRED, final_bake),) if final_bake else ()
    return _checked(_with_approval((*steps, *bake), fields), path, fields.problems)


def _with_approval(steps: Steps, fields: Fields) -> Steps:
    """Add the approval of the whole strategy to its last step, which is before the promotion."""
    if not fields.has("approve"):
        return steps
    approval = fields.inner("approve", _approval, None)
    if not steps or steps[-1].approval:
        allowed = "a strategy with steps, whose last one asks for none itself"
        fields.fail("approve", "an approval before the promotion", allowed)
        return steps
    return (*steps[:-1], replace(steps[-1], approval=approval))


_timeout = duration_between(1, MAX_TIMEOUT_SECONDS, 'a duration from "1s" to "168h"')


def _approval(value: object, path: str, problems: list[Problem]) -> Approval | None:
    fields = Fields(value, path, problems, ("timeout", "onTimeout"))
    on_timeout = fields.take("onTimeout", one_of(*OnTimeout), str(OnTimeout.ROLL_BACK))
    return Approval(fields.take("timeout", _timeout, DEFAULT_TIMEOUT_SECONDS), OnTimeout(on_timeout))


def _once(_: Fields) -> Steps:
    return ()


def _canary(fields: Fields) -> Steps | None:
    share, bake = fields.need("percent", percent(highest=BELOW_HUNDRED)), fields.need("bake", duration)
    return None if share is None or bake is None else (Step(share, bake),)


def _every(fields: Fields) -> Steps | None:
    share, every = fields.need("percent", percent(highest=BELOW_HUNDRED)), fields.need("every", duration)
    return None if share is None or every is None else tuple(Step(at, every) for at in _linear(share))


def _exponential(fields: Fields) -> Steps | None:
    start = fields.need("start", percent(highest=BELOW_HUNDRED))
    factor = fields.take("factor", percent(lowest=Decimal("1.1"), highest=HUNDRED), Decimal(2))
    every = fields.need("every", duration)
    if start is None or every is None:
        return None
    return tuple(Step(at, every) for at in growing(start, factor, HUNDRED))


def _listed(fields: Fields) -> Steps | None:
    listed = fields.get("steps")
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_STEPS:
        allowed = f"a list of 1 to {MAX_STEPS} steps with percent and bake"
        schema = {"type": "array", "minItems": 1, "maxItems": MAX_STEPS}
        fields.fail("steps", shown(listed) if fields.has("steps") else "nothing", allowed, schema)
        return None
    path = fields.path("steps")
    read = [_listed_step(item, f"{path}[{at}]", fields.problems) for at, item in enumerate(listed)]
    return None if None in read else tuple(step for step in read if step)


def _listed_step(value: object, path: str, problems: list[Problem]) -> Step | None:
    fields = Fields(value, path, problems, ("percent", "bake", "approve"))
    if not isinstance(value, Mapping):
        return None
    share = fields.need("percent", percent(lowest=Decimal(0)))
    bake = fields.need("bake", duration)
    approval = fields.inner("approve", _approval, None)
    return None if share is None or bake is None else Step(share, bake, approval)


KINDS: Mapping[str, tuple[tuple[str, ...], Callable[[Fields], Steps | None]]] = {
    "canary": (("percent", "bake"), _canary),
    "linear": (("percent", "every"), _every),
    "exponential": (("start", "factor", "every"), _exponential),
    "steps": (("steps",), _listed),
    "allAtOnce": ((), _once),
}


def _linear(share: Decimal) -> Iterator[Decimal]:
    at = share
    while at < HUNDRED:
        yield at
        at += share


def _checked(steps: Steps, path: str, problems: list[Problem]) -> Steps:
    """Return the steps of the plan, or none after a problem.

    A last step at 100 % without a bake or an approval is left out: it is the promotion itself.
    """
    before = len(problems)
    if len(steps) > MAX_STEPS:
        problems.append(Problem(path, f"{len(steps)} steps", f"at most {MAX_STEPS} steps"))
    for at in range(1, len(steps)):
        if steps[at].percent <= steps[at - 1].percent:
            allowed = f"more than the step before it ({steps[at - 1].percent})"
            problems.append(Problem(f"{path}.steps[{at}].percent", str(steps[at].percent), allowed))
    total = sum(step.bake_seconds for step in steps)
    if total > MAX_BAKE_SECONDS:
        allowed = f"at most {MAX_BAKE_SECONDS} s (30 days) in all"
        problems.append(Problem(path, f"{total} s in all", allowed))
    waits = sum(step.approval.timeout_seconds for step in steps if step.approval)
    if waits > MAX_BAKE_SECONDS:
        allowed = f"at most {MAX_BAKE_SECONDS} s (30 days) for all approvals"
        problems.append(Problem(path, f"{waits} s for all approvals", allowed))
    if len(problems) > before:
        return ()
    kept = (step for step in steps if step.percent < HUNDRED or step.bake_seconds or step.approval)
    return tuple(replace(step, percent=plain(step.percent)) for step in kept)
