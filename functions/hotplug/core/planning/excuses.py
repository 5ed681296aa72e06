"""Excuses of the evidence for the start of new environments, in words: learned, named or assumed."""

from collections.abc import Iterator
from itertools import groupby

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.policy import DEFAULT_SETTINGS, NOTHING_LEARNED, EvidenceMode, Learned
from hotplug.core.parsing.units import HUNDRED
from hotplug.core.plan.plan import Plan

MAX_SENTENCES = 5

type Clause = tuple[str, str]
"""An excuse, and its source."""


def excuses_in_words(plan: Plan) -> str:
    """Return a sentence for targets alike whose calls are compared, and for how long steps may be held.

    Without any such target the text is empty.
    """
    names: dict[str, list[str]] = {}
    shares = any(0 < step.percent < HUNDRED for step in plan.steps)
    for planned in plan.targets if shares and plan.evidence.mode is not EvidenceMode.OFF else ():
        if planned.stable and not (planned.profile and not planned.profile.calls_per_minute):
            said = _joined(_clauses(plan.settings_for(planned), planned.learned or NOTHING_LEARNED))
            names.setdefault(said, []).append(str(planned.target))
    sentences = [f"{', '.join(targets)}: {said}" for said, targets in names.items()]
    more = len(sentences) - MAX_SENTENCES
    sentences = [*sentences[:MAX_SENTENCES], *([f"And {more} more"] if more > 0 else [])]
    return ". ".join([*sentences, *_hold(plan)] if sentences else [])


def _clauses(settings: EvidenceSettings, learned: Learned) -> Iterator[Clause]:
    calls, share, size = settings.warmup_calls, settings.cold_failures, settings.error_burst_size
    warm = (
        f"new environments are warm within {calls:g} calls" if calls else "nothing slow is excused as warm-up"
    )
    yield warm, _basis("warmup_calls", settings, learned.warmup_calls)
    first = (
        f"up to {100 * share:.2g} % of first calls fail" if share else "no failure of a first call is excused"
    )
    how = _basis("cold_failures", settings, learned.cold_failures)
    yield "any first call may fail" if share == 1 else first, how
    if size > 1:
        how = _basis("error_burst_size", settings, learned.error_burst_size)
        yield f"about {size:g} failures have one cause", how


def _basis(name: str, settings: EvidenceSettings, learned: float | None) -> str:
    if learned is not None:
        return "learned from the last day"
    return "assumed" if getattr(settings, name) == getattr(DEFAULT_SETTINGS, name) else "as asked for"


def _joined(clauses: Iterator[Clause]) -> str:
    alike = groupby(clauses, key=lambda clause: clause[1])
    return "; ".join(f"{', '.join(said for said, _ in group)} ({how})" for how, group in alike)


def _hold(plan: Plan) -> Iterator[str]:
    minutes = plan.warmup_hold_seconds // 60
    if minutes:
        length = "1 minute" if minutes == 1 else f"{minutes} minutes"
        yield f"Steps are held for up to {length} in all while slow calls may still be warm-up"
