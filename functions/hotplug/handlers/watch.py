"""Watch: one poll of a bake (aliases, alarms, evidence, commands and the clock) and its verdict."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from hotplug.activities.gather_evidence import gather_evidence, save_evidence
from hotplug.activities.observe import observe
from hotplug.activities.record import record, record_once, transition
from hotplug.activities.synthetic_calls import make_synthetic_calls
from hotplug.activities.warm_up import warmed_up
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.transition import State, TargetLine, lines_read, lines_restored
from hotplug.core.deployment.verdict import BlockedBy, Verdict
from hotplug.core.parsing.problem import MAX_REASON, cut
from hotplug.core.parsing.stored import optional, stored_value, timestamp
from hotplug.core.rollout.decision import judge
from hotplug.core.rollout.gates import asked_at
from hotplug.core.rollout.signals import Signals
from hotplug.handlers.entrypoint import Event, entrypoint

WARMING = timedelta(seconds=25)
"""After this time no call of a warm-up begins. The last ones may take 26 s more, and the task has 60."""


def watch(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Poll once. A hold is not recorded as a transition, but each cause that blocks is notified once.

    `since` is null before the candidates' first calls: the deployment was then blocked before its first step.
    """
    progress = Progress.on_a_step(event) if event.get("since") else Progress.from_event(event)
    since, begun = stored_value(event, "since", optional(timestamp)), cloud.now()
    signals = _signals(cloud, progress, since)
    judgement = judge(progress.plan, progress.step, signals)
    if signals.evidence:
        save_evidence(cloud, progress, signals.evidence, signals.now)
    if judgement.verdict is Verdict.HOLD and since:
        make_synthetic_calls(cloud, progress, judgement.wait_seconds)
    lines = lines_read(progress, signals.routings) if progress.candidates else lines_restored(progress)
    judgement = warmed_up(cloud, progress, judgement, lines, since=since, until=begun + WARMING)
    reason = cut(judgement.reason, MAX_REASON)
    if judgement.verdict is Verdict.ROLL_BACK or (since and judgement.verdict is not Verdict.HOLD):
        verdict = str(judgement.verdict)
        record(cloud, transition(cloud, progress, State.WATCHED, lines, reason, verdict=verdict))
    for by in judgement.blocked_by:
        _notify_once(cloud, progress, lines, reason, by)
    return {
        "verdict": str(judgement.verdict),
        "step": judgement.step,
        "wait": judgement.wait_seconds,
        "reason": reason,
        "blame": judgement.at_fault,
    }


def _signals(cloud: Cloud, progress: Progress, since: datetime | None) -> Signals:
    """Signals of this poll; evidence is read only once the candidates receive calls."""
    plan, step = progress.plan, progress.step
    signals = observe(cloud, progress, tripped=cloud.ledger.tripped(plan.deployment), since=since)
    approval = plan.steps[step].approval if since else plan.approval
    if approval:
        signals = replace(signals, asked=asked_at(cloud.ledger.timeline(plan.deployment), step))
    if since is None or signals.tripped or signals.moved:
        return signals
    return replace(signals, evidence=gather_evidence(cloud, progress, signals.now))


def _notify_once(
    cloud: Cloud, progress: Progress, lines: tuple[TargetLine, ...], reason: str, by: BlockedBy
) -> None:
    """Notify once of a cause that blocks. A pause is notified when its command is recorded."""
    match by:
        case BlockedBy.APPROVAL:
            record_once(cloud, transition(cloud, progress, State.ASKED, lines, reason))
        case BlockedBy.FREEZE | BlockedBy.WINDOW:
            held = transition(cloud, progress, State.HELD, lines, reason)
            record_once(cloud, replace(held, key=f"{held.key}#{by}"))
        case BlockedBy.PAUSE:
            pass
        case _:
            assert_never(by)


handler = entrypoint(watch)
