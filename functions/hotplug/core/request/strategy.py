"""Strategies: every name and every object becomes one list of steps and a progression."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.policy import DEFAULT_SETTINGS
from hotplug.core.parsing.fields import Fields, one_of
from hotplug.core.parsing.problem import MisfitError, Problem, matching, shown
from hotplug.core.parsing.units import HUNDRED
from hotplug.core.request.adaptive_strategy import KEYS as ADAPTIVE_KEYS
from hotplug.core.request.adaptive_strategy import ladder, read_progression
from hotplug.core.request.stepped_strategy import KINDS, NAME, steps_by_name, steps_spelt_out
from hotplug.core.spec.steps import AdvanceOn, Progression, Step, Steps

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
    """The steps before the promotion, and their progression.

    Stepped weights grow strictly. A last step at 100 % exists only for a bake, an approval or a hook.
    Otherwise the promotion itself takes the alias to 100 %. No steps means that everything moves at once. The
    steps of an adaptive strategy are its ladder. `settings` control the adaptive progression; a stepped
    strategy has the defaults.
    """

    steps: Steps
    progression: Progression = Progression.STEPPED
    advance_on: AdvanceOn = AdvanceOn.TIME
    settings: EvidenceSettings = DEFAULT_SETTINGS

    @property
    def needs_evidence(self) -> bool:
        """Whether it cannot advance without a judge."""
        return self.progression is Progression.ADAPTIVE or self.advance_on is AdvanceOn.EVIDENCE

    @property
    def longest_seconds(self) -> int:
        """The most seconds that a deployment spends on its steps."""
        bakes = sum(step.bake_seconds for step in self.steps)
        bakes += sum(step.approval.timeout_seconds for step in self.steps if step.approval)
        if self.progression is Progression.ADAPTIVE:
            return 60 * (self.settings.max_minutes + self.settings.bake_minutes)
        if self.advance_on is AdvanceOn.EVIDENCE:
            return bakes + 60 * self.settings.max_minutes * len(self.steps)
        return bakes


DEFAULT_STRATEGY = Strategy((Step(Decimal(10), 300),))
"""Canary10Percent5Minutes."""


def read_strategy(value: object, path: str, problems: list[Problem]) -> Strategy:
    """Return the strategy, or one without steps after a problem."""
    before = len(problems)
    match value:
        case str() if value == ADAPTIVE_NAME:
            strategy = _adaptive({}, path, problems)
        case str():
            strategy = Strategy(steps_by_name(value, path, problems, UNKNOWN))
        case Mapping() if value.get("type") == ADAPTIVE:
            strategy = _adaptive(value, path, problems)
        case Mapping():
            strategy = _stepped(value, path, problems)
        case _:
            problems.append(Problem(path, shown(value), str(UNKNOWN), UNKNOWN.schema))
            strategy = Strategy(())
    return strategy if len(problems) == before else Strategy(())


def with_all_calls(strategy: Strategy) -> Strategy:
    """Return the strategy with a last step at 100 %, where the candidate is still the additional version.

    So the candidate can be watched with all calls, and a rollback is still one call.
    """
    steps = strategy.steps
    if steps and steps[-1].percent == HUNDRED:
        return strategy
    return replace(strategy, steps=(*steps, Step(HUNDRED, 0)))


def _adaptive(value: object, path: str, problems: list[Problem]) -> Strategy:
    settings = read_progression(Fields(value, path, problems, ("type", *ADAPTIVE_KEYS)))
    return Strategy(ladder(settings), Progression.ADAPTIVE, settings=settings)


def _stepped(value: Mapping[str, object], path: str, problems: list[Problem]) -> Strategy:
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(f'"{known}"' for known in TYPES)
        given = "nothing" if kind is None else shown(kind)
        problems.append(Problem(f"{path}.type", given, f"one of {known}", {"enum": TYPES}))
        return Strategy(())
    fields = Fields(value, path, problems, ("type", *KINDS[kind][0], "finalBake", "approve", "advanceOn"))
    advance_on = AdvanceOn(fields.take("advanceOn", one_of(*AdvanceOn), str(AdvanceOn.TIME)))
    return Strategy(steps_spelt_out(kind, fields, path), advance_on=advance_on)
