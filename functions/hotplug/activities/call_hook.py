"""One call of a hook: its function invoked, or its state machine started and polled."""

import json
from typing import assert_never

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.errors import HookFailedError
from hotplug.core.resources.function import LATEST
from hotplug.core.resources.invocation import NotAnsweredError
from hotplug.core.rollout.hook_answer import Answer, Status, answer_of_function, answer_of_machine
from hotplug.core.rollout.hook_schedule import Asking, execution_name, hook_payload
from hotplug.core.spec.hooks import Function, Hook, Machine

SOON_SECONDS = 1
"""Wait before the first poll of a started execution."""


def ask(cloud: Cloud, progress: Progress, hook: Hook, asking: Asking, step: int | None) -> Answer:
    """Return the hook's answer for `step`; raises HookFailedError if it failed or gave none.

    Raise NotAnsweredError if Lambda could not take the call now, or if its answer was lost.
    """
    match hook.callee:
        case Function(name, qualifier):
            answer = _called(cloud, name, qualifier or LATEST, hook_payload(progress, asking, step))
        case Machine() as machine:
            answer = _polled(cloud, machine, progress, asking, step)
        case other:
            assert_never(other)
    if isinstance(answer, str):
        raise failure(hook, answer)
    if answer.status is Status.FAILED:
        raise failure(hook, f"said FAILED: {answer.reason or 'it gave no reason'}")
    return answer


def failure(hook: Hook, what: str) -> HookFailedError:
    """Return the error that rolls the deployment back, with the log group to read."""
    where = f" (log group {hook.log_group})" if hook.log_group else ""
    return HookFailedError(f"hook {hook} {what}{where}")


def _called(cloud: Cloud, name: str, qualifier: str, event: object) -> Answer | str:
    try:
        return answer_of_function(cloud.hooks.invoke(name, qualifier, json.dumps(event).encode()))
    except NotAnsweredError as error:
        if error.passes:
            raise
        return f"gave no answer: {error}"


def _polled(
    cloud: Cloud, machine: Machine, progress: Progress, asking: Asking, step: int | None
) -> Answer | str:
    """Start or poll the execution. Its name is the same in every attempt, so a retry finds it."""
    name = execution_name(progress, asking.point, step)
    if not asking.calls:
        cloud.executions.start(machine.started_as, name, hook_payload(progress, asking, step))
        return Answer(Status.IN_PROGRESS, delay_seconds=SOON_SECONDS)
    ended = cloud.executions.ended(machine.execution(name))
    if ended is None:
        return Answer(Status.IN_PROGRESS, delay_seconds=progress.plan.poll_seconds)
    answer = answer_of_machine(ended)
    return f"{answer}; its execution is {machine.execution(name)}" if isinstance(answer, str) else answer
