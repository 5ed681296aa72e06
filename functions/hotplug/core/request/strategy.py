"""How fast traffic moves: every strategy, named or spelt out, becomes one list of steps and a pace."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.policy import USUAL
from hotplug.core.parsing.fields import Fields, one_of
from hotplug.core.parsing.problem import MisfitError, Problem, matching, shown
from hotplug.core.parsing.units import HUNDRED
from hotplug.core.request.adaptive_strategy import KEYS as ADAPTIVE_KEYS
from hotplug.core.request.adaptive_strategy import ladder, read_pacing
from hotplug.core.request.stepped_strategy import KINDS, NAME, steps_by_name, steps_spelt_out
from hotplug.core.spec.steps import AdvanceOn, Pace, Step, Steps

ADAPTIVE = "adaptive"
ADAPTIVE_NAME = "Adaptive"
TYPES = [*KINDS, ADAPTIVE]
UNKNOWN = MisfitError(
    'a name ("AllAtOnce", "Canary<percent>Percent<m>Minutes", "Linear<percent>PercentEvery<m>Minutes", '
    'with or without "CodeDeployDefault.Lambda", or "Adaptive") or an object with a "type"',
    {"anyOf": [{"const": ADAPTIVE_NAME}, matching(NAME)]},
)


@dataclass(frozen=True, slots=True)
class Strategy:
    """The steps before the promotion, and how they are walked.

    The steps of a timetable grow strictly. A last step at 100 % is there only if it bakes; otherwise the
    promotion itself takes the alias to 100 %. No steps at all means that everything moves at once. Those of
    an adaptive strategy are its ladder. `settings` are how it goes; they hold defaults for a timetable.
    """

    steps: Steps
    pace: Pace = Pace.TIMETABLE
    advance_on: AdvanceOn = AdvanceOn.TIME
    settings: EvidenceSettings = USUAL

    @property
    def needs_evidence(self) -> bool:
        """Whether it stands still without a judge."""
        return self.pace is Pace.ADAPTIVE or self.advance_on is AdvanceOn.EVIDENCE

    @property
    def longest_seconds(self) -> int:
        """At most so long a deployment is on its steps."""
        bakes = sum(step.bake_seconds for step in self.steps)
        bakes += sum(step.approval.timeout_seconds for step in self.steps if step.approval)
        if self.pace is Pace.ADAPTIVE:
            return 60 * (self.settings.max_minutes + self.settings.bake_minutes)
        if self.advance_on is AdvanceOn.EVIDENCE:
            return bakes + 60 * self.settings.max_minutes * len(self.steps)
        return bakes


DEFAULT_STRATEGY = Strategy((Step(Decimal(10), 300),))
"""Canary10Percent5Minutes."""


def read_strategy(value: object, path: str, problems: list[Problem]) -> Strategy:
    """The strategy; one without steps after a problem."""
    before = len(problems)
    match value:
        case str() if value == ADAPTIVE_NAME:
            strategy = _adaptive({}, path, problems)
        case str():
            strategy = Strategy(steps_by_name(value, path, problems, UNKNOWN))
        case Mapping() if value.get("type") == ADAPTIVE:
            strategy = _adaptive(value, path, problems)
        case Mapping():
            strategy = _timetable(value, path, problems)
        case _:
            problems.append(Problem(path, shown(value), str(UNKNOWN), UNKNOWN.schema))
            strategy = Strategy(())
    return strategy if len(problems) == before else Strategy(())


def with_all_calls(strategy: Strategy) -> Strategy:
    """The same, but before the promotion the candidate has all calls as an additional version.

    So it can be looked at while it has them, and going back is one call still.
    """
    steps = strategy.steps
    if steps and steps[-1].percent == HUNDRED:
        return strategy
    return replace(strategy, steps=(*steps, Step(HUNDRED, 0)))


def _adaptive(value: object, path: str, problems: list[Problem]) -> Strategy:
    settings = read_pacing(Fields(value, path, problems, ("type", *ADAPTIVE_KEYS)))
    return Strategy(ladder(settings), Pace.ADAPTIVE, settings=settings)


def _timetable(value: Mapping[str, object], path: str, problems: list[Problem]) -> Strategy:
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(f'"{known}"' for known in TYPES)
        given = "nothing" if kind is None else shown(kind)
        problems.append(Problem(f"{path}.type", given, f"one of {known}", {"enum": TYPES}))
        return Strategy(())
    fields = Fields(value, path, problems, ("type", *KINDS[kind][0], "finalBake", "approve", "advanceOn"))
    advance_on = AdvanceOn(fields.take("advanceOn", one_of(*AdvanceOn), str(AdvanceOn.TIME)))
    return Strategy(steps_spelt_out(kind, fields, path), advance_on=advance_on)
