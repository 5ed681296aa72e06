"""How fast traffic moves: every strategy, named or spelt out, becomes one list of steps."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hotplug.core.percentage import CENT, HUNDRED, plain
from hotplug.core.problem import MisfitError, Problem, shown
from hotplug.core.reading import Fields

BELOW_HUNDRED = HUNDRED - CENT
MOST_STEPS = 200
LONGEST_BAKE_SECONDS = 30 * 24 * 3600

NAME = re.compile(
    r"(?:CodeDeployDefault\.Lambda)?"
    r"(?:(?P<once>AllAtOnce)"
    r"|Canary(?P<canary>[0-9]+(?:\.[0-9]+)?)Percent(?P<wait>[0-9]{1,9})Minutes?"
    r"|Linear(?P<linear>[0-9]+(?:\.[0-9]+)?)PercentEvery(?P<every>[0-9]{1,9})Minutes?)"
)
DURATION = re.compile(r"([0-9]{1,9})([smh])")
SECONDS = {"s": 1, "m": 60, "h": 3600}
NAMES_ALLOWED = (
    'a name ("AllAtOnce", "Canary<percent>Percent<m>Minutes", "Linear<percent>PercentEvery<m>Minutes", '
    'with or without "CodeDeployDefault.Lambda") or an object with a "type"'
)


@dataclass(frozen=True, slots=True)
class Step:
    """One increment: the candidate's share of calls in percent (0-100, at most 2 decimals) and its bake."""

    percent: Decimal
    bake_seconds: int

    @property
    def weight(self) -> float:
        """The share as Lambda takes it: 0 to 1, at most 4 decimals."""
        return float(self.percent / HUNDRED)


type Steps = tuple[Step, ...]

DEFAULT_STEPS: Steps = (Step(Decimal(10), 300),)
"""Canary10Percent5Minutes."""


def duration(value: object) -> int:
    """Seconds, from a whole number of seconds or a text like "90s", "5m", "1h"."""
    match value:
        case bool():
            pass
        case int() | float() if 0 <= value <= LONGEST_BAKE_SECONDS and value == int(value):
            return int(value)
        case str() if found := DURATION.fullmatch(value):
            seconds = int(found[1]) * SECONDS[found[2]]
            if seconds <= LONGEST_BAKE_SECONDS:
                return seconds
        case _:
            pass
    raise MisfitError('a duration like "90s", "5m" or "1h", or whole seconds, at most 720 hours')


def percent(*, lowest: Decimal = CENT, highest: Decimal = HUNDRED) -> Callable[[object], Decimal]:
    """A reader for a percentage with at most 2 decimals."""

    def read(value: object) -> Decimal:
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = Decimal(str(value))
            if number.is_finite() and lowest <= number <= highest and number == number.quantize(CENT):
                return number
        raise MisfitError(f"a number from {lowest} to {highest}, at most 2 decimals")

    return read


def read_strategy(value: object, path: str, problems: list[Problem]) -> Steps:
    """The steps before the promotion, weights strictly growing.

    A last step at 100 % is there only if it bakes; otherwise the promotion itself takes the alias to 100 %.
    No steps at all means that everything moves at once. After a problem the answer is empty.
    """
    before = len(problems)
    if isinstance(value, str):
        steps = _named(value, path, problems)
    elif isinstance(value, Mapping):
        steps = _spelt_out(value, path, problems)
    else:
        steps = None
        problems.append(Problem(path, shown(value), NAMES_ALLOWED))
    if steps is not None and len(problems) == before:
        _check(steps, path, problems)
    if steps is None or len(problems) > before:
        return ()
    return tuple(
        Step(plain(step.percent), step.bake_seconds)
        for step in steps
        if step.percent < HUNDRED or step.bake_seconds
    )


def _named(name: str, path: str, problems: list[Problem]) -> Steps | None:
    found = NAME.fullmatch(name)
    if not found:
        problems.append(Problem(path, shown(name), NAMES_ALLOWED))
        return None
    if found["once"]:
        return ()
    share = Decimal(found["canary"] or found["linear"])
    minutes = int(found["wait"] or found["every"])
    if not CENT <= share < HUNDRED or share != share.quantize(CENT) or not 0 < minutes <= 43200:
        problems.append(Problem(path, shown(name), "a percentage from 0.01 to 99.99 and 1 to 43200 minutes"))
        return None
    climb = (share,) if found["canary"] else _linear(share)
    return tuple(Step(at, minutes * 60) for at in climb)


def _spelt_out(value: object, path: str, problems: list[Problem]) -> Steps | None:
    kind = value.get("type") if isinstance(value, Mapping) else None
    keys, read = KINDS.get(kind, ((), None)) if isinstance(kind, str) else ((), None)
    if read is None:
        given = shown(kind) if kind is not None else "nothing"
        problems.append(
            Problem(f"{path}.type", given, "one of " + ", ".join(f'"{known}"' for known in KINDS))
        )
        return None
    fields = Fields(value, path, problems, ("type", *keys, "finalBake"))
    steps = read(fields)
    final_bake = fields.take("finalBake", duration, 0)
    if steps is None or not final_bake:
        return steps
    if steps and steps[-1].percent == HUNDRED:
        allowed = "none when the last step is at 100 percent: it is that bake"
        fields.fail("finalBake", f"{final_bake} s", allowed)
    return (*steps, Step(HUNDRED, final_bake))


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
    return tuple(Step(at, every) for at in _growing(start, factor))


def _listed(fields: Fields) -> Steps | None:
    listed = fields.get("steps")
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_STEPS:
        allowed = f"a list of 1 to {MOST_STEPS} steps with percent and bake"
        fields.fail("steps", shown(listed) if fields.has("steps") else "nothing", allowed)
        return None
    path = fields.path("steps")
    read = [_listed_step(item, f"{path}[{at}]", fields.problems) for at, item in enumerate(listed)]
    return None if None in read else tuple(step for step in read if step)


def _listed_step(value: object, path: str, problems: list[Problem]) -> Step | None:
    fields = Fields(value, path, problems, ("percent", "bake"))
    if not isinstance(value, Mapping):
        return None
    share = fields.need("percent", percent(lowest=Decimal(0)))
    bake = fields.need("bake", duration)
    return None if share is None or bake is None else Step(share, bake)


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


def _growing(start: Decimal, factor: Decimal) -> Iterator[Decimal]:
    at = start
    while at < HUNDRED:
        yield at
        at = max(at + CENT, plain(at * factor))


def _check(steps: Steps, path: str, problems: list[Problem]) -> None:
    if len(steps) > MOST_STEPS:
        problems.append(Problem(path, f"{len(steps)} steps", f"at most {MOST_STEPS} steps"))
    for at in range(1, len(steps)):
        if steps[at].percent <= steps[at - 1].percent:
            allowed = f"more than the step before it ({steps[at - 1].percent})"
            problems.append(Problem(f"{path}.steps[{at}].percent", str(steps[at].percent), allowed))
    total = sum(step.bake_seconds for step in steps)
    if total > LONGEST_BAKE_SECONDS:
        allowed = f"at most {LONGEST_BAKE_SECONDS} s (30 days) in all"
        problems.append(Problem(path, f"{total} s in all", allowed))
