"""Decision on a deployment's next action: the worst signal wins, and missing data is never proof."""

from dataclasses import replace
from datetime import datetime

from hotplug.core.deployment.verdict import Judgement, Verdict
from hotplug.core.evidence import Finding, at_time_limit
from hotplug.core.evidence.measurement import Evidence
from hotplug.core.evidence.policy import EvidenceMode
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.adaptive import MAX_BLOCKED, Poll, adaptive_verdict
from hotplug.core.rollout.commands import Command
from hotplug.core.rollout.gates import Gate
from hotplug.core.rollout.polling import UNHURRIED_SECONDS, bake_wait
from hotplug.core.rollout.signals import NO_CALLS, Signals, doubts, proof, share, stopped
from hotplug.core.rollout.warmup_hold import held_for_warmup
from hotplug.core.spec.steps import AdvanceOn, Progression


def judge(plan: Plan, step: int, signals: Signals) -> Judgement:
    """Return one verdict. First comes a tripped guard, then abort, moved alias, red alarm, evidence, time.

    Gates can block a verdict that would move on: approvals, pauses, freezes and windows.
    """
    stop = stopped(plan, step, signals)
    if stop:
        return stop
    gate = Gate(plan, step, signals.commands, signals.now, signals.since, signals.asked)
    return gate.passed(_onward(plan, step, signals))


def _onward(plan: Plan, step: int, signals: Signals) -> Judgement:
    """Return the verdict by evidence, time and an operator's promotion, before the gates."""
    judgement = _by_itself(plan, step, signals, signals.since)
    ordered = signals.commands.at(Command.PROMOTE, step)
    if ordered and (judgement.verdict is not Verdict.ROLL_BACK or judgement.overdue):
        reason = f"promoted {ordered}; {proof(plan, signals)}{_describe(plan, signals.evidence)}"
        return Judgement(Verdict.PROMOTE, len(plan.steps), 0, reason)
    return judgement


def _by_itself(plan: Plan, step: int, signals: Signals, since: datetime | None) -> Judgement:
    if since is None:
        verdict = Verdict.ADVANCE if plan.steps else Verdict.PROMOTE
        return Judgement(verdict, step, 0, NO_CALLS)
    if plan.progression is Progression.ADAPTIVE:
        adaptive = adaptive_verdict(Poll(plan, step, signals.evidence or Evidence(), signals.now, since))
        return replace(adaptive, reason="; ".join([adaptive.reason, *doubts(plan, signals)]))
    decides = plan.evidence.mode is EvidenceMode.ON
    if decides and signals.evidence and signals.evidence.finding is Finding.ROLL_BACK:
        said = f"evidence: {signals.evidence}; {share(plan, step)}"
        return Judgement(Verdict.ROLL_BACK, step, 0, said, at_fault=True)
    if skipped := signals.commands.at(Command.SKIP, step):
        reason = f"the rest of the bake is skipped {skipped}; {share(plan, step)}"
        return _next(plan, step, f"{reason}; {proof(plan, signals)}{_describe(plan, signals.evidence)}")
    return _by_time(plan, step, signals, since)


def _by_time(plan: Plan, step: int, signals: Signals, since: datetime) -> Judgement:
    bake, elapsed = plan.steps[step].bake_seconds, (signals.now - since).total_seconds()
    wait, said = bake_wait(plan, step, elapsed), _describe(plan, signals.evidence)
    if wait:
        return Judgement(
            Verdict.HOLD, step, wait, f"baked {int(elapsed)} of {bake} s; {share(plan, step)}{said}"
        )
    if held := held_for_warmup(plan, step, signals, elapsed - bake):
        return held
    if plan.advance_on is AdvanceOn.EVIDENCE and signals.evidence:
        unproven = _unproven(plan, step, signals.evidence, elapsed)
        if unproven:
            return unproven
    return _next(plan, step, f"baked {bake} s; {share(plan, step)}; {proof(plan, signals)}{said}")


def _next(plan: Plan, step: int, reason: str) -> Judgement:
    verdict = Verdict.ADVANCE if step + 1 < len(plan.steps) else Verdict.PROMOTE
    return Judgement(verdict, step + 1, 0, reason)


def _unproven(plan: Plan, step: int, evidence: Evidence, elapsed_seconds: float) -> Judgement | None:
    """Return the verdict on a step whose time is over without proof that the candidate is safe.

    None if the step may end.
    """
    if evidence.finding is Finding.PROMOTE or not (evidence.measurements or evidence.unread):
        return None
    settings = plan.evidence.settings
    if elapsed_seconds < plan.steps[step].bake_seconds + settings.max_minutes * 60:
        return Judgement(Verdict.HOLD, step, plan.poll_seconds, f"not proven safe yet; {evidence}")
    found = {at_time_limit(each, settings) for each in evidence.known}
    said = f"not proven safe within {settings.max_minutes} minutes more; {evidence}"
    if Finding.ROLL_BACK in found:
        return Judgement(Verdict.ROLL_BACK, step, 0, said, overdue=True)
    if found == {Finding.PROMOTE}:
        return None
    if elapsed_seconds >= MAX_BLOCKED.total_seconds():
        return Judgement(
            Verdict.ROLL_BACK, step, 0, f"held for {MAX_BLOCKED.days} days; {said}", overdue=True
        )
    return Judgement(Verdict.HOLD, step, UNHURRIED_SECONDS, f"held; {said}")


def _describe(plan: Plan, evidence: Evidence | None) -> str:
    """Return the evidence in words, and its verdict if it is only observed."""
    if evidence is None:
        return ""
    if plan.evidence.mode is EvidenceMode.OBSERVE and evidence.finding is Finding.ROLL_BACK:
        return f"; evidence, which is only observed, would roll back: {evidence}"
    return f"; evidence: {evidence}"
