"""Asks one hook: calls its function, or starts its state machine and looks how that is getting on."""

import json
from typing import assert_never

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.errors import HookFailedError, TryAgainError
from hotplug.core.resources.function import LATEST
from hotplug.core.resources.invocation import NotAnsweredError, Obstacle
from hotplug.core.rollout.hook_answer import Answer, Status, answer_of_function, answer_of_machine
from hotplug.core.rollout.hook_schedule import Asking, execution_name, told
from hotplug.core.spec.hooks import Function, Hook, Machine

SOON_SECONDS = 1
"""Until the first look at an execution that was started."""
NOT_RUN = {Obstacle.THROTTLED, Obstacle.NOT_READY}
"""Lambda had no room for the call, so that the hook has not been asked."""


def ask(cloud: Cloud, progress: Progress, hook: Hook, asking: Asking, step: int | None) -> Answer:
    """Its answer; raises HookFailedError where there is none. `step` is the one that the hook is about."""
    match hook.callee:
        case Function(name, qualifier):
            answer = _called(cloud, name, qualifier or LATEST, told(progress, asking, step))
        case Machine() as machine:
            answer = _looked_at(cloud, machine, progress, asking, step)
        case other:
            assert_never(other)
    if isinstance(answer, str):
        raise failure(hook, answer)
    if answer.status is Status.FAILED:
        raise failure(hook, f"said FAILED: {answer.reason or 'it gave no reason'}")
    return answer


def failure(hook: Hook, what: str) -> HookFailedError:
    """What the deployment goes back for, and where to read more."""
    where = f" (log group {hook.log_group})" if hook.log_group else ""
    return HookFailedError(f"hook {hook} {what}{where}")


def _called(cloud: Cloud, name: str, qualifier: str, event: object) -> Answer | str:
    try:
        return answer_of_function(cloud.hooks.invoke(name, qualifier, json.dumps(event).encode()))
    except NotAnsweredError as error:
        if error.obstacle in NOT_RUN:
            raise TryAgainError(str(error)) from error
        return f"gave no answer: {error}"


def _looked_at(
    cloud: Cloud, machine: Machine, progress: Progress, asking: Asking, step: int | None
) -> Answer | str:
    """The execution's name is the same for each try, so that whoever starts it again finds it."""
    name = execution_name(progress, asking.point, step)
    if not asking.calls:
        cloud.executions.start(machine.started_as, name, told(progress, asking, step))
        return Answer(Status.IN_PROGRESS, delay_seconds=SOON_SECONDS)
    ended = cloud.executions.ended(machine.execution(name))
    if ended is None:
        return Answer(Status.IN_PROGRESS, delay_seconds=progress.plan.poll_seconds)
    answer = answer_of_machine(ended)
    return f"{answer}; its execution is {machine.execution(name)}" if isinstance(answer, str) else answer
