"""Signals of a poll, and those that end a deployment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.verdict import Judgement, Verdict
from hotplug.core.plan.plan import Plan, WatchedAlarm
from hotplug.core.resources.alarm import AlarmColour, AlarmState
from hotplug.core.resources.alias import Routing
from hotplug.core.rollout.commands import NO_COMMANDS, CommandLog

if TYPE_CHECKING:
    from hotplug.core.evidence.measurement import Evidence

NO_CALLS = "no candidate had calls yet"
QUIET, RED_BEFORE, NO_DATA = "alarms quiet", "red since before the start", "unproven, no data"
CHANGED = "OK now, but updated since this bake began"
REDDENED, GONE = "red, which does not stop going back", "gone, which does not stop going back"


@dataclass(frozen=True, slots=True)
class Signals:
    """Signals of one poll: why the guard tripped, aliases that were modified externally, and alarms by name.

    `routings` are those of the moves' aliases as read, None where there is no alias. `since` is when the
    weight was last changed, None before the first change. `evidence` is None if none is gathered. `asked` is
    when approval of this step was first requested.
    """

    tripped: str | None
    moved: Sequence[str]
    alarms: Mapping[str, AlarmState]
    now: datetime
    since: datetime | None
    evidence: "Evidence | None" = None
    commands: CommandLog = NO_COMMANDS
    asked: datetime | None = None
    routings: Sequence[Routing | None] = ()


def _ends(plan: Plan, step: int, signals: Signals) -> Iterator[tuple[str, bool]]:
    """Yield the reasons to end here, the worst first, and whether the candidate is at fault."""
    had = share(plan, step) if signals.since else NO_CALLS
    if signals.tripped:
        yield signals.tripped, True
    if signals.commands.aborted:
        yield f"{signals.commands.aborted}; {had}", False
    if signals.moved:
        yield "; ".join(signals.moved), False
    red = plan.red_reasons(signals.alarms)
    if red and not plan.ignores_alarms:
        yield f"{'; '.join(red)}; {had}", True


def stopped(plan: Plan, step: int, signals: Signals) -> Judgement | None:
    """Return what ends a deployment on any step, by all signals but the evidence and time, or None."""
    for why, at_fault in _ends(plan, step, signals):
        return Judgement(Verdict.ROLL_BACK, step, 0, why, at_fault=at_fault and signals.since is not None)
    return None


def trips(progress: Progress, alarm: WatchedAlarm, state: AlarmState | None) -> str | None:
    """Return why an alarm ends a deployment between two polls, or None.

    An alarm that does not exist is left to the next poll. A promotion that has begun continues.
    """
    plan, step = progress.plan, progress.step
    reason = alarm.red_reason(state) if state and not plan.ignores_alarms else None
    if not reason or (progress.candidates and step >= len(plan.steps)):
        return None
    return f"{reason}; {share(plan, step) if progress.candidates else NO_CALLS}"


def share(plan: Plan, step: int) -> str:
    """Return the candidate's weight in words."""
    return f"the candidate had {plan.steps[step].percent} % of calls"


def proof(plan: Plan, signals: Signals) -> str:
    """Return what the alarms prove, without claiming more than was read."""
    names: dict[str, list[str]] = {said: [] for said in (QUIET, CHANGED, RED_BEFORE, NO_DATA)}
    for alarm in dict.fromkeys(plan.alarms):
        state = signals.alarms.get(alarm.name)
        said = _said_of(alarm, state, signals.since)
        when = f" ({state.updated})" if said == CHANGED and state else ""
        names.setdefault(said, []).append(f"{alarm.name}{when}")
    parts = [f"{said}: {', '.join(named)}" for said, named in names.items() if named]
    return "; ".join(parts) or "unproven, no alarm was asked for"


def doubts(plan: Plan, signals: Signals) -> list[str]:
    """Return each alarm that CloudWatch does not evaluate as it should, and why."""
    states = [signals.alarms.get(alarm.name) for alarm in dict.fromkeys(plan.alarms)]
    return [f"unproven, {state.doubt}: {state.name}" for state in states if state and state.doubt]


def _said_of(alarm: WatchedAlarm, state: AlarmState | None, since: datetime | None) -> str:
    """Return what an alarm proves. A doubtful one proves nothing."""
    if not state:
        return GONE
    if alarm.red_reason(state):
        return REDDENED
    if state.doubt:
        return f"unproven, {state.doubt}"
    match state.colour:
        case AlarmColour.GREEN:
            return CHANGED if since and state.updated and _after(state.updated, since) else QUIET
        case AlarmColour.RED:
            return RED_BEFORE
        case AlarmColour.NO_DATA | AlarmColour.UNKNOWN:
            return NO_DATA
        case _:
            assert_never(state.colour)


def _after(moment: str, since: datetime) -> bool:
    return datetime.fromisoformat(moment) > since
