"""Decides what a deployment does next: the worst sign wins, and silence is never proof."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotplug.core.asked_evidence import EvidenceMode
from hotplug.core.evidence import Finding, at_time_limit
from hotplug.core.facts import AlarmColour, AlarmState
from hotplug.core.holding import Gate
from hotplug.core.orders import NO_ORDERS, Command, Orders
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

    `since` is when the weight was last changed, None before it first was; `evidence` is None where none is
    gathered. `asked` is when people were first asked to approve this step.
    """

    tripped: str | None
    moved: Sequence[str]
    alarms: Mapping[str, AlarmState]
    now: datetime
    since: datetime | None
    evidence: Evidence | None = None
    orders: Orders = NO_ORDERS
    asked: datetime | None = None


def judge(plan: Plan, step: int, signs: Signs) -> Judgement:
    """One verdict: a tripped guard, an abort, an alias that moved, a red alarm, evidence, and time at last.

    What would then move on is held where people or the hours say so.
    """
    stop = stopped(plan, step, signs)
    if stop:
        return stop
    gate = Gate(plan, step, signs.orders, signs.now, signs.since, signs.asked)
    return gate.passed(_onward(plan, step, signs))


def _ends(plan: Plan, step: int, signs: Signs) -> Iterator[tuple[str, bool]]:
    """Why it ends here, the worst first, and whether the candidate is to blame."""
    had = share(plan, step) if signs.since else "no candidate had calls yet"
    if signs.tripped:
        yield signs.tripped, True
    if signs.orders.aborted:
        yield f"{signs.orders.aborted}; {had}", False
    if signs.moved:
        yield "; ".join(signs.moved), False
    red = [reason for alarm in plan.alarms if (reason := red_reason(alarm, signs.alarms.get(alarm.name)))]
    if red and not plan.is_going_back:
        yield f"{'; '.join(red)}; {had}", True


def _onward(plan: Plan, step: int, signs: Signs) -> Judgement:
    """What is next as far as evidence, time and an operator's promotion go."""
    judgement = _by_itself(plan, step, signs, signs.since)
    ordered = signs.orders.at(Command.PROMOTE, step)
    if ordered and (judgement.verdict is not Verdict.ROLL_BACK or judgement.overdue):
        reason = f"promoted {ordered}; {proof(plan, signs.alarms)}{_told(plan, signs.evidence)}"
        return Judgement(Verdict.PROMOTE, len(plan.steps), 0, reason)
    return judgement


def _by_itself(plan: Plan, step: int, signs: Signs, since: datetime | None) -> Judgement:
    if since is None:
        verdict = Verdict.ADVANCE if plan.steps else Verdict.PROMOTE
        return Judgement(verdict, step, 0, "no candidate had calls yet")
    if plan.pace is Pace.ADAPTIVE:
        return paced(Look(plan, step, signs.evidence or Evidence(), signs.now, since))
    decides = plan.evidence.mode is EvidenceMode.ON
    if decides and signs.evidence and signs.evidence.finding is Finding.ROLL_BACK:
        said = f"evidence: {signs.evidence}; {share(plan, step)}"
        return Judgement(Verdict.ROLL_BACK, step, 0, said, blame=True)
    if skipped := signs.orders.at(Command.SKIP, step):
        reason = f"the rest of the bake is skipped {skipped}; {share(plan, step)}"
        return _next(plan, step, f"{reason}; {proof(plan, signs.alarms)}{_told(plan, signs.evidence)}")
    return _by_time(plan, step, signs, since)


def stopped(plan: Plan, step: int, signs: Signs) -> Judgement | None:
    """What ends a deployment wherever it stands: all signs but the evidence and time."""
    for why, blame in _ends(plan, step, signs):
        return Judgement(Verdict.ROLL_BACK, step, 0, why, blame=blame and signs.since is not None)
    return None


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


def _by_time(plan: Plan, step: int, signs: Signs, since: datetime) -> Judgement:
    bake, elapsed = plan.steps[step].bake_seconds, (signs.now - since).total_seconds()
    wait, told = next_wait(plan, step, elapsed), _told(plan, signs.evidence)
    if wait:
        return Judgement(
            Verdict.HOLD, step, wait, f"baked {int(elapsed)} of {bake} s; {share(plan, step)}{told}"
        )
    if plan.advance_on is AdvanceOn.EVIDENCE and signs.evidence:
        unproven = _unproven(plan, step, signs.evidence, elapsed)
        if unproven:
            return unproven
    return _next(plan, step, f"baked {bake} s; {share(plan, step)}; {proof(plan, signs.alarms)}{told}")


def _next(plan: Plan, step: int, reason: str) -> Judgement:
    verdict = Verdict.ADVANCE if step + 1 < len(plan.steps) else Verdict.PROMOTE
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
        return Judgement(Verdict.ROLL_BACK, step, 0, said, overdue=True)
    if found == {Finding.PROMOTE}:
        return None
    if elapsed_seconds >= LONGEST_HELD.total_seconds():
        return Judgement(
            Verdict.ROLL_BACK, step, 0, f"held for {LONGEST_HELD.days} days; {said}", overdue=True
        )
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


def proof(plan: Plan, alarms: Mapping[str, AlarmState]) -> str:
    """What the alarms prove, said without claiming more."""
    names: dict[str, list[str]] = {said: [] for said in PROOFS}
    for alarm in plan.alarms:
        state = alarms.get(alarm.name)
        said = REDDENED if red_reason(alarm, state) or not state else SAID_OF[state.colour]
        names[said].append(alarm.name)
    parts = [f"{said}: {', '.join(named)}" for said, named in names.items() if named]
    return "; ".join(parts) or "unproven, no alarm was asked for"
