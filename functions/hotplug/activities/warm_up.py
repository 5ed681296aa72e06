"""Warm-up of the candidates: their environments, made by calls at the same time before their share grows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import cycle, islice

from hotplug.activities.record import record, transition
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.transition import State, TargetLine
from hotplug.core.deployment.verdict import Judgement, Verdict
from hotplug.core.deployment.warmed import Warmed
from hotplug.core.parsing.fields import whole
from hotplug.core.parsing.problem import MAX_REASON, cut
from hotplug.core.parsing.stored import stored_value
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.target import PlannedTarget
from hotplug.core.plan.warm_up import environments_due, percent_at
from hotplug.core.resources.invocation import Invocation, Timed
from hotplug.core.spec.smoke_test import Smoke, harmless
from hotplug.core.spec.warm_up import MAX_ENVIRONMENTS, MAX_TRIES

MAX_PAUSE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class _Due:
    """One candidate and the environments that it needs."""

    move: Move
    environments: int


def warmed_up(
    cloud: Cloud,
    progress: Progress,
    judgement: Judgement,
    lines: tuple[TargetLine, ...],
    *,
    since: datetime | None,
    until: datetime,
) -> Judgement:
    """Make the environments that are due before the judgement is carried out, and record what came of it.

    The calls are those of versions, so that the evidence, which is about the alias, does not count them. None
    begins after `until`. Once recorded they are not made again. Failures are reported, and change the
    judgement only before the first calls: a candidate of which certainly no environment can be made gets
    none, unless it goes back or the live version can't answer any. `since` is None before the first shift.
    """
    plan = progress.plan
    position = len(plan.steps) if judgement.verdict is Verdict.PROMOTE else judgement.step
    now = percent_at(plan, progress.step) if since else Decimal(0)
    if judgement.verdict not in {Verdict.ADVANCE, Verdict.PROMOTE} or percent_at(plan, position) <= now:
        return judgement
    if not any(planned.warm for planned in plan.targets):
        return judgement
    before = _warmed(cloud, plan)
    due = list(_due(progress, position, before))
    if not due:
        return judgement
    warmed = [each for batch in _batches(due) for each in _made(cloud, batch, until)]
    said = "; ".join(map(str, warmed))
    is_first = not now and not before
    if is_first and any(each.is_cold for each in warmed) and not plan.ignores_alarms:
        reason = cut(f"no environment could be made before the first calls: {said}", MAX_REASON)
        return Judgement(Verdict.ROLL_BACK, progress.step, 0, reason)
    record(cloud, transition(cloud, replace(progress, step=position), State.WARMED, lines, said))
    return judgement


def _due(progress: Progress, position: int, warmed: Decimal) -> Iterator[_Due]:
    """Yield each candidate that gets environments before this position, by the share they were made for."""
    percent = percent_at(progress.plan, position)
    for move in progress.moves():
        environments = environments_due(move.planned, warmed, percent)
        if environments and move.candidate != move.planned.stable:
            yield _Due(move, environments)


def _warmed(cloud: Cloud, plan: Plan) -> Decimal:
    """Return the largest share of calls before which environments were made."""
    known = whole(0, len(plan.steps))
    positions = [
        stored_value(line, "step", known) for line in cloud.ledger.timeline(plan.deployment, State.WARMED)
    ]
    return max((percent_at(plan, position) for position in positions), default=Decimal(0))


def _batches(due: Sequence[_Due]) -> Iterator[list[_Due]]:
    """Yield as many candidates together as may be called at the same time."""
    batch: list[_Due] = []
    for each in due:
        if batch and sum(other.environments for other in batch) + each.environments > MAX_ENVIRONMENTS:
            yield batch
            batch = []
        batch.append(each)
    yield batch


def _made(cloud: Cloud, batch: Sequence[_Due], until: datetime) -> list[Warmed]:
    """Call the candidates of a batch; those again of which Lambda did not take all calls.

    All calls of a candidate are repeated, as one that comes alone would find a free environment.
    """
    found = [
        Warmed(each.move.planned.target.function, each.move.candidate, each.environments) for each in batch
    ]
    begun, waiting = cloud.now(), list(range(len(batch)))
    for tries_left in reversed(range(MAX_TRIES)):
        if not waiting or cloud.now() >= until:
            break
        calls = [call for at in waiting for call in _calls(batch[at])]
        answers: Iterator[Timed] = iter(cloud.parallel_trials.invoke_all(calls))
        for at in waiting:
            taken = list(islice(answers, batch[at].environments))
            seconds = (cloud.now() - begun).total_seconds()
            found[at] = _better(found[at], replace(found[at], calls=taken, seconds=seconds))
        waiting = [at for at in waiting if found[at].is_not_taken]
        if waiting and tries_left:
            cloud.pause(min(MAX_PAUSE_SECONDS, max(found[at].retry_after_seconds for at in waiting)))
    return found


def _better(before: Warmed, after: Warmed) -> Warmed:
    """Return the try that made more environments."""
    return after if after.environments >= before.environments else replace(before, seconds=after.seconds)


def _calls(due: _Due) -> Iterator[Invocation]:
    planned = due.move.planned
    for trial in islice(cycle(_trials(planned)), due.environments):
        yield Invocation(
            planned.target.function, due.move.candidate, trial.event, trial.tenant, trial.context
        )


def _trials(planned: PlannedTarget) -> Sequence[Smoke]:
    """Return the payload of the warm-up itself, or else those of the smoke tests that expect no error."""
    own = planned.warm.own if planned.warm else ()
    return [Smoke(payload) for payload in own] or harmless(planned.smoke)
