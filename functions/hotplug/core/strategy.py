"""How fast traffic moves: every strategy, named or spelt out, becomes one list of steps."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from hotplug.core.problem import MisfitError, Problem, shown
from hotplug.core.reading import Fields

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
MOST_STEPS = 200
LONGEST_BAKE_SECONDS = 30 * 24 * 3600
DEFAULT_NAME = "Canary10Percent5Minutes"

NAME = re.compile(
    r"(?:CodeDeployDefault\.Lambda)?"
    r"(?:(?P<once>AllAtOnce)"
    r"|Canary(?P<canary>\d+(?:\.\d+)?)Percent(?P<wait>\d+)Minutes?"
    r"|Linear(?P<linear>\d+(?:\.\d+)?)PercentEvery(?P<every>\d+)Minutes?)"
)
DURATION = re.compile(r"(\d{1,9})([smh])")
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
    else:
        steps = _spelt_out(Fields(value, path, problems)) if isinstance(value, dict) else None
        if steps is None and len(problems) == before:
            problems.append(Problem(path, shown(value), NAMES_ALLOWED))
    if len(problems) > before or steps is None:
        return ()
    return _checked(steps, path, problems)


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


def _spelt_out(fields: Fields) -> Steps | None:
    kinds = {
        "canary": _canary,
        "linear": _every,
        "exponential": _exponential,
        "steps": _listed,
        "allAtOnce": _once,
    }
    kind = fields.raw("type")
    if not isinstance(kind, str) or kind not in kinds:
        given = shown(kind) if fields.has("type") else "nothing"
        fields.fail("type", given, "one of " + ", ".join(f'"{known}"' for known in kinds))
        return None
    steps = kinds[kind](fields)
    final_bake = fields.take("finalBake", duration, 0)
    fields.finish()
    if steps is None:
        return None
    if final_bake and steps and steps[-1].percent == HUNDRED:
        fields.fail(
            "finalBake", f"{final_bake} s", "none when the last step is at 100 percent: it is that bake"
        )
    return (*steps, Step(HUNDRED, final_bake)) if final_bake else steps


def _once(_: Fields) -> Steps:
    return ()


def _canary(fields: Fields) -> Steps | None:
    share, bake = fields.need("percent", percent(highest=HUNDRED - CENT)), fields.need("bake", duration)
    return None if share is None or bake is None else (Step(share, bake),)


def _every(fields: Fields) -> Steps | None:
    share, every = fields.need("percent", percent(highest=HUNDRED - CENT)), fields.need("every", duration)
    return None if share is None or every is None else tuple(Step(at, every) for at in _linear(share))


def _exponential(fields: Fields) -> Steps | None:
    start = fields.need("start", percent(highest=HUNDRED - CENT))
    factor = fields.take("factor", percent(lowest=Decimal("1.1"), highest=HUNDRED), Decimal(2))
    every = fields.need("every", duration)
    if start is None or every is None:
        return None
    return tuple(Step(at, every) for at in _growing(start, factor))


def _listed(fields: Fields) -> Steps | None:
    listed = fields.raw("steps")
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_STEPS:
        fields.fail("steps", shown(listed), f"a list of 1 to {MOST_STEPS} steps with percent and bake")
        return None
    read = [
        _listed_step(item, f"{fields.path('steps')}[{at}]", fields.problems) for at, item in enumerate(listed)
    ]
    return None if None in read else tuple(step for step in read if step)


def _listed_step(value: object, path: str, problems: list[Problem]) -> Step | None:
    fields = Fields(value, path, problems)
    share = fields.need("percent", percent(lowest=Decimal(0)))
    bake = fields.need("bake", duration)
    fields.finish()
    return None if share is None or bake is None else Step(share, bake)


def _linear(share: Decimal) -> Iterator[Decimal]:
    at = share
    while at < HUNDRED:
        yield at
        at += share


def _growing(start: Decimal, factor: Decimal) -> Iterator[Decimal]:
    at = start
    while at < HUNDRED:
        yield at
        at = max(at + CENT, (at * factor).quantize(CENT, ROUND_HALF_UP))


def _checked(steps: Steps, path: str, problems: list[Problem]) -> Steps:
    if len(steps) > MOST_STEPS:
        problems.append(Problem(path, f"{len(steps)} steps", f"at most {MOST_STEPS} steps"))
    for at in range(1, len(steps)):
        if steps[at].percent <= steps[at - 1].percent:
            allowed = f"more than the step before it ({steps[at - 1].percent})"
            problems.append(Problem(f"{path}.steps[{at}].percent", str(steps[at].percent), allowed))
    total = sum(step.bake_seconds for step in steps)
    if total > LONGEST_BAKE_SECONDS:
        problems.append(
            Problem(path, f"{total} s in all", f"at most {LONGEST_BAKE_SECONDS} s (30 days) in all")
        )
    return tuple(step for step in steps if step.percent < HUNDRED or step.bake_seconds)
