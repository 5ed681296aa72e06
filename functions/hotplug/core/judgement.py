"""Decides what a deployment does next: the worst sign wins, and silence is never proof."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotplug.core.asked_evidence import EvidenceMode
from hotplug.core.evidence import Finding, at_time_limit
from hotplug.core.facts import AlarmColour, AlarmState
from hotplug.core.pace import HELD_SECONDS, LONGEST_HELD, NOTHING_KNOWN, Look, paced
from hotplug.core.plan import Plan, WatchedAlarm
from hotplug.core.strategy import AdvanceOn, Pace
from hotplug.core.verdict import Judgement, Verdict
from hotplug.core.weighing import Evidence

SAID_OF = {
    AlarmColour.GREEN: "alarms quiet",
    AlarmColour.RED: "red since before the start",
    AlarmColour.NO_DATA: "unproven, no data",
}
REDDENED = "red or gone, which does not stop going back"
PROOFS = (*SAID_OF.values(), REDDENED)


@dataclass(frozen=True, slots=True)
class Signs:
    """What one poll saw: why the guard tripped if it did, aliases that are not ours, the alarms by name.

    `since` is when the weight was last changed; `evidence` is None where none is gathered.
    """

    tripped: str | None
    moved: Sequence[str]
    alarms: Mapping[str, AlarmState]
    now: datetime
    since: datetime
    evidence: Evidence | None = None


def judge(plan: Plan, step: int, signs: Signs) -> Judgement:
    """One verdict: a tripped guard, then an alias that moved, a red alarm, the evidence, and time at last."""
    if signs.tripped:
        return Judgement(Verdict.ROLL_BACK, step, 0, signs.tripped, blame=True)
    if signs.moved:
        return Judgement(Verdict.ROLL_BACK, step, 0, "; ".join(signs.moved))
    red = [reason for alarm in plan.alarms if (reason := red_reason(alarm, signs.alarms.get(alarm.name)))]
    if red and not plan.is_going_back:
        return Judgement(Verdict.ROLL_BACK, step, 0, f"{'; '.join(red)}; {share(plan, step)}", blame=True)
    if plan.pace is Pace.ADAPTIVE:
        return paced(Look(plan, step, signs.evidence or Evidence(), signs.now, signs.since))
    decides = plan.evidence.mode is EvidenceMode.ON
    if decides and signs.evidence and signs.evidence.finding is Finding.ROLL_BACK:
        return Judgement(
            Verdict.ROLL_BACK, step, 0, f"evidence: {signs.evidence}; {share(plan, step)}", blame=True
        )
    return _by_time(plan, step, signs)


def trips(plan: Plan, step: int, alarm: WatchedAlarm, state: AlarmState | None) -> str | None:
    """Why an alarm ends a deployment between two polls; one that does not exist is left to the next poll."""
    may_end = state and step < len(plan.steps) and not plan.is_going_back
    reason = red_reason(alarm, state) if may_end else None
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
    wait, told = next_wait(plan, step, elapsed), _told(plan, signs.evidence)
    if wait:
        return Judgement(
            Verdict.HOLD, step, wait, f"baked {int(elapsed)} of {bake} s; {share(plan, step)}{told}"
        )
    if plan.advance_on is AdvanceOn.EVIDENCE and signs.evidence:
        unproven = _unproven(plan, step, signs.evidence, elapsed)
        if unproven:
            return unproven
    verdict = Verdict.ADVANCE if step + 1 < len(plan.steps) else Verdict.PROMOTE
    reason = f"baked {bake} s; {share(plan, step)}; {_proof(plan, signs.alarms)}{told}"
    return Judgement(verdict, step + 1, 0, reason)


def _unproven(plan: Plan, step: int, evidence: Evidence, elapsed_seconds: float) -> Judgement | None:
    """What becomes of a step whose time is over, but not the proof that the candidate is safe."""
    if evidence.finding is Finding.PROMOTE or not (evidence.weighed or evidence.unread):
        return None
    settings = plan.evidence.settings
    if elapsed_seconds < plan.steps[step].bake_seconds + settings.max_minutes * 60:
        return Judgement(Verdict.HOLD, step, plan.poll_seconds, f"not proven safe yet; {evidence}")
    found = {at_time_limit(each, settings) for each in evidence.assessments or (NOTHING_KNOWN,)}
    said = f"not proven safe within {settings.max_minutes} minutes more; {evidence}"
    if Finding.ROLL_BACK in found:
        return Judgement(Verdict.ROLL_BACK, step, 0, said)
    if found == {Finding.PROMOTE}:
        return None
    if elapsed_seconds >= LONGEST_HELD.total_seconds():
        return Judgement(Verdict.ROLL_BACK, step, 0, f"held for {LONGEST_HELD.days} days; {said}")
    return Judgement(Verdict.HOLD, step, HELD_SECONDS, f"held; {said}")


def _told(plan: Plan, evidence: Evidence | None) -> str:
    """The evidence in words, and what it would have done if it is only observed."""
    if evidence is None:
        return ""
    if plan.evidence.mode is EvidenceMode.OBSERVE and evidence.finding is Finding.ROLL_BACK:
        return f"; evidence, which is only observed, would roll back: {evidence}"
    return f"; evidence: {evidence}"


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
    names: dict[str, list[str]] = {said: [] for said in PROOFS}
    for alarm in plan.alarms:
        state = alarms.get(alarm.name)
        said = REDDENED if red_reason(alarm, state) or not state else SAID_OF[state.colour]
        names[said].append(alarm.name)
    parts = [f"{said}: {', '.join(named)}" for said, named in names.items() if named]
    return "; ".join(parts) or "unproven, no alarm was asked for"
