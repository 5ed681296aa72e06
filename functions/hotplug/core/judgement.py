"""Decides what a deployment does next: the worst sign wins, and silence is never proof."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotplug.core.facts import AlarmColour, AlarmState
from hotplug.core.plan import Plan, WatchedAlarm


class Verdict(StrEnum):
    """What happens next."""

    ADVANCE = "advance"
    HOLD = "hold"
    ROLL_BACK = "roll_back"
    PROMOTE = "promote"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict with its reason; `step` and `wait_seconds` are what the machine goes on with.

    `blame` tells a bad candidate from bad luck: only the code of a blamed one is put in quarantine.
    """

    verdict: Verdict
    step: int
    wait_seconds: int
    reason: str
    blame: bool = False


@dataclass(frozen=True, slots=True)
class Signs:
    """What one poll saw: why the guard tripped if it did, aliases that are not ours, the alarms by name."""

    tripped: str | None
    moved: Sequence[str]
    alarms: Mapping[str, AlarmState]
    now: datetime
    since: datetime


def judge(plan: Plan, step: int, signs: Signs) -> Judgement:
    """One verdict: a tripped guard, then an alias that moved, then a red alarm, then time."""
    if signs.tripped:
        return Judgement(Verdict.ROLL_BACK, step, 0, signs.tripped, blame=True)
    if signs.moved:
        return Judgement(Verdict.ROLL_BACK, step, 0, "; ".join(signs.moved))
    red = [reason for alarm in plan.alarms if (reason := red_reason(alarm, signs.alarms.get(alarm.name)))]
    if red:
        return Judgement(Verdict.ROLL_BACK, step, 0, f"{'; '.join(red)}; {share(plan, step)}", blame=True)
    return _by_time(plan, step, signs)


def trips(plan: Plan, step: int, alarm: WatchedAlarm, state: AlarmState | None) -> str | None:
    """Why an alarm ends a deployment between two polls; one that does not exist is left to the next poll."""
    reason = red_reason(alarm, state) if state and step < len(plan.steps) else None
    return f"{reason}; {share(plan, step)}" if reason else None


def share(plan: Plan, step: int) -> str:
    """The candidate's weight in words."""
    return f"the candidate had {plan.steps[step].percent} % of calls"


def next_wait(plan: Plan, step: int, elapsed_seconds: float) -> int:
    """Seconds until the next look: a poll interval, or what is left of the bake."""
    left = math.ceil(plan.steps[step].bake_seconds - elapsed_seconds)
    return max(0, min(plan.poll_seconds, left))


def _by_time(plan: Plan, step: int, signs: Signs) -> Judgement:
    bake, elapsed = plan.steps[step].bake_seconds, (signs.now - signs.since).total_seconds()
    wait = next_wait(plan, step, elapsed)
    if wait:
        return Judgement(Verdict.HOLD, step, wait, f"baked {int(elapsed)} of {bake} s; {share(plan, step)}")
    verdict = Verdict.ADVANCE if step + 1 < len(plan.steps) else Verdict.PROMOTE
    return Judgement(
        verdict, step + 1, 0, f"baked {bake} s; {share(plan, step)}; {_proof(plan, signs.alarms)}"
    )


def red_reason(alarm: WatchedAlarm, state: AlarmState | None) -> str | None:
    """Why this alarm ends the deployment, if it does."""
    if state is None:
        return f"alarm {alarm.name} does not exist any more, so nothing vouches for the candidate"
    if state.colour is not AlarmColour.RED or alarm.red_since == state.since:
        return None
    again = " again, after it had cleared" if alarm.red_since else ""
    return f"alarm {alarm.name} went into ALARM{again} ({state.why})"


def _proof(plan: Plan, alarms: Mapping[str, AlarmState]) -> str:
    """What the alarms prove, said without claiming more."""
    names: dict[AlarmColour, list[str]] = {colour: [] for colour in AlarmColour}
    for alarm in plan.alarms:
        names[alarms[alarm.name].colour].append(alarm.name)
    parts = [
        f"alarms quiet: {', '.join(names[AlarmColour.GREEN])}" if names[AlarmColour.GREEN] else "",
        f"red since before the start: {', '.join(names[AlarmColour.RED])}" if names[AlarmColour.RED] else "",
        f"unproven, no data: {', '.join(names[AlarmColour.NO_DATA])}" if names[AlarmColour.NO_DATA] else "",
        "" if plan.alarms else "unproven, no alarm was asked for",
    ]
    return "; ".join(part for part in parts if part)
