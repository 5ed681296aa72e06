"""Hook: calls the user's hooks that are due, one after the other, and waits for those in progress."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hotplug.activities.call_hook import ask, failure
from hotplug.activities.observe import observe
from hotplug.activities.record import record, transition
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.record import OVER, DeploymentRecord
from hotplug.core.deployment.transition import State, TargetLine, lines_read
from hotplug.core.deployment.verdict import Judgement, Verdict
from hotplug.core.errors import TrippedError, UnreadableError
from hotplug.core.parsing.fields import one_of
from hotplug.core.parsing.problem import MAX_REASON, cut
from hotplug.core.parsing.stored import mapping, stored_value
from hotplug.core.resources.invocation import NotAnsweredError
from hotplug.core.rollout.hook_answer import Answer, Status
from hotplug.core.rollout.hook_schedule import Asking, Crossing, Moment, asking_from
from hotplug.core.rollout.polling import hook_call_time, hook_deadline, hook_wait
from hotplug.core.rollout.signals import stopped
from hotplug.core.spec.hooks import Function, Hook
from hotplug.handlers.entrypoint import Event, entrypoint

AGAIN_SECONDS = 5
"""The shortest wait before a call that Lambda did not take is made again."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The hooks' place in the deployment: between two positions, with the weight of each target there."""

    progress: Progress
    crossing: Crossing
    lines: tuple[TargetLine, ...]


def hook(event: Event, cloud: Cloud) -> dict[str, Any]:
    """Observe the guard, the aliases and the alarms, as in a bake, then call the hook that is due.

    A hook is called at least once: when this task is repeated, so is its call.
    """
    progress = Progress.from_event(event)
    moment = _moment(event)
    asking = asking_from(stored_value(event, "hook", mapping))
    saved = _saved(cloud, progress)
    stop, lines = _stopped(cloud, progress, saved)
    scene = _scene(progress, moment, saved, lines)
    if stop:
        return _put_back(cloud, scene, stop)
    return _asked(cloud, scene, asking)


def _moment(event: Event) -> Moment:
    """The previous definition passes it as `verdict`, which the release after 0.1.0 may stop reading."""
    name = one_of(*Moment)
    return Moment(
        stored_value(event, "moment", name) if "moment" in event else stored_value(event, "verdict", name)
    )


def _saved(cloud: Cloud, progress: Progress) -> DeploymentRecord:
    saved = cloud.ledger.load(progress.plan.deployment)
    if saved is None:
        raise UnreadableError(f"nothing says where {progress.plan.deployment} stands")
    if saved.outcome:
        raise TrippedError(saved.tripped or OVER)
    return saved


def _scene(
    progress: Progress, moment: Moment, saved: DeploymentRecord, lines: tuple[TargetLine, ...]
) -> Scene:
    """Return the scene. Shift has saved the candidates and its step; before it there are none.

    A deployment that was blocked before its first shift comes with the verdict that let it go.
    """
    plan = progress.plan
    if moment is Moment.START or not saved.progress.candidates:
        return Scene(progress, Crossing(plan, Moment.START, None, progress.step), lines)
    if not plan.steps:
        raise UnreadableError(f"no step was shifted to, so that there is none to {moment} from")
    now = min(saved.progress.step, len(plan.steps) - 1)
    following = len(plan.steps) if moment is Moment.PROMOTE else progress.step
    if moment is Moment.ADVANCE and following == len(plan.steps):
        raise UnreadableError("there is no step to advance to, only the promotion is left")
    return Scene(progress, Crossing(plan, moment, now, following), lines)


def _stopped(
    cloud: Cloud, progress: Progress, saved: DeploymentRecord
) -> tuple[Judgement | None, tuple[TargetLine, ...]]:
    """Return the verdict of the signals, as in a bake, and the targets as read.

    The aliases are where the last shift left them. Before the first shift the guard watches alarms.
    """
    step = saved.progress.step
    if saved.progress.candidates:
        seen, since = replace(progress, step=min(step, len(progress.plan.steps))), cloud.now()
    else:
        seen, since = replace(progress, plan=replace(progress.plan, alarms=())), None
    signals = observe(cloud, seen, tripped=saved.tripped, since=since)
    return stopped(seen.plan, step, signals), lines_read(seen, signals.routings)


def _put_back(cloud: Cloud, scene: Scene, stop: Judgement) -> dict[str, Any]:
    reason = cut(stop.reason, MAX_REASON)
    verdict = str(stop.verdict)
    record(cloud, transition(cloud, scene.progress, State.WATCHED, scene.lines, reason, verdict=verdict))
    return _answer(stop.verdict, reason, at_fault=stop.at_fault)


def _asked(cloud: Cloud, scene: Scene, asking: Asking | None) -> dict[str, Any]:
    due, now = scene.crossing.due(), cloud.now()
    if not due:
        return _answer(scene.crossing.onward, "no hook is due")
    asking = asking or Asking.begins(due[0].point, now)
    hook = next((each for each in due if each.point is asking.point), None)
    if hook is None:
        raise UnreadableError(f"hook {asking.point} is not due here")
    if now < asking.due:
        return _wait(scene, hook, asking, now)
    try:
        answer = _answer_in_time(cloud, scene, hook, asking, now)
    except NotAnsweredError as error:
        return _called_later(cloud, scene, hook, asking, error)
    if answer.status is Status.SUCCEEDED:
        return _content(cloud, scene, hook, answer, due)
    now = cloud.now()
    then = hook_call_time(scene.progress.plan, hook, asking, answer.delay_seconds, now)
    return _wait(scene, hook, asking.goes_on(then, answer.details), now)


def _called_later(
    cloud: Cloud, scene: Scene, hook: Hook, asking: Asking, error: NotAnsweredError
) -> dict[str, Any]:
    """Make the same call again, within the hook's timeout: Lambda did not take it, or its answer was lost."""
    now = cloud.now()
    if now >= hook_deadline(hook, asking):
        raise failure(hook, f"gave no final answer within {hook.timeout_seconds} s: {error}") from error
    delay = max(AGAIN_SECONDS, error.retry_after_seconds)
    then = hook_call_time(scene.progress.plan, hook, asking, delay, now)
    return _wait(scene, hook, replace(asking, due=then), now, f"{hook} has not answered yet: {error}")


def _answer_in_time(cloud: Cloud, scene: Scene, hook: Hook, asking: Asking, now: datetime) -> Answer:
    """Return the answer, if in time. A state machine may have ended since the last poll."""
    end, is_function = hook_deadline(hook, asking), isinstance(hook.callee, Function)
    unfinished = f"gave no final answer within {hook.timeout_seconds} s"
    if is_function and asking.calls and now >= end:
        raise failure(hook, unfinished)
    answer = ask(cloud, scene.progress, hook, asking, scene.crossing.step_of(hook.point))
    if answer.status is Status.IN_PROGRESS and cloud.now() >= end:
        raise failure(hook, unfinished)
    if is_function and cloud.now() > end:
        raise failure(hook, f"answered {answer.status}, but not within {hook.timeout_seconds} s")
    return answer


def _content(cloud: Cloud, scene: Scene, hook: Hook, answer: Answer, due: Sequence[Hook]) -> dict[str, Any]:
    """Record the answer. The next hook is called at the next poll."""
    about = scene.crossing.step_of(hook.point) or 0
    reason = f"{hook} {answer.status}" + (f": {answer.reason}" if answer.reason else "")
    line = transition(cloud, replace(scene.progress, step=about), State.HOOKED, scene.lines, reason)
    record(cloud, replace(line, key=f"{line.key}#{hook.point}"))
    after = due[due.index(hook) + 1 :]
    if not after:
        return _answer(scene.crossing.onward, reason)
    return _answer(Verdict.HOLD, reason, asking=Asking.begins(after[0].point, cloud.now()))


def _wait(scene: Scene, hook: Hook, asking: Asking, now: datetime, reason: str = "") -> dict[str, Any]:
    wait = hook_wait(scene.progress.plan, hook, asking, now)
    return _answer(Verdict.HOLD, cut(reason or f"waiting for {hook}", MAX_REASON), asking=asking, wait=wait)


def _answer(
    verdict: Verdict, reason: str, *, asking: Asking | None = None, wait: int = 0, at_fault: bool = False
) -> dict[str, Any]:
    """Return the output. `verdict` is the next action; `hook` is passed in again while it holds.

    `outcome` repeats it for a definition of the previous release, and for the metric `hook.<outcome>`. The
    release after 0.1.0 may remove it, and then needs definition 3 of the machine.
    """
    return {
        "verdict": str(verdict),
        "outcome": str(verdict),
        "reason": reason,
        "hook": asking.to_json() if asking else {},
        "wait": wait,
        "blame": at_fault,
    }


handler = entrypoint(hook)
