"""Watch: look at the aliases, the alarms, the calls of both versions and the clock, and say what is next."""

from typing import Any

from hotplug.aws.cloud import Cloud
from hotplug.core.judgement import Signs, judge
from hotplug.core.problem import LONGEST_REASON, cut
from hotplug.core.progress import Progress
from hotplug.core.report import State, lines_at, lines_restored
from hotplug.core.verdict import Verdict
from hotplug.core.written import moment, written
from hotplug.handlers.entrypoint import Event, entrypoint
from hotplug.handlers.recording import record, transition
from hotplug.handlers.sampling import sample
from hotplug.handlers.weighing import keep, weigh


def watch(event: Event, cloud: Cloud) -> dict[str, Any]:
    """One look. Holding on is no transition, so only the other verdicts reach the timeline."""
    progress = Progress.on_a_step(event)
    plan, now = progress.plan, cloud.now()
    names = [alarm.name for alarm in plan.alarms]
    tripped = cloud.ledger.tripped(plan.deployment)
    moved = [] if tripped else _moved(cloud, progress)  # the guard is at work at them just now
    signs = Signs(
        tripped=tripped,
        moved=moved,
        alarms=cloud.alarms.states(names) if names else {},
        now=now,
        since=written(event, "since", moment),
        evidence=None if tripped or moved else weigh(cloud, progress, now),
    )
    judgement = judge(plan, progress.step, signs)
    if signs.evidence:
        keep(cloud, progress, signs.evidence, now)
    if judgement.verdict is Verdict.HOLD:
        sample(cloud, progress, judgement.wait_seconds)
    reason = cut(judgement.reason, LONGEST_REASON)
    if judgement.verdict is not Verdict.HOLD:
        lines = lines_restored(progress) if signs.tripped else lines_at(progress)
        verdict = str(judgement.verdict)
        record(cloud, transition(cloud, progress, State.WATCHED, lines, reason, verdict=verdict))
    return {
        "verdict": str(judgement.verdict),
        "step": judgement.step,
        "wait": judgement.wait_seconds,
        "reason": reason,
        "blame": judgement.blame,
    }


def _moved(cloud: Cloud, progress: Progress) -> list[str]:
    aliases = [(move, cloud.lambdas.alias(move.planned.target)) for move in progress.moves()]
    return [move.moved_by_others(alias) for move, alias in aliases if not move.is_ours(alias)]


handler = entrypoint(watch)
