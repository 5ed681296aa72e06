"""Checks of the hooks of a request."""

from collections.abc import Iterator, Mapping, Sequence

from hotplug.core.parsing.problem import Problem
from hotplug.core.parsing.wildcards import matches
from hotplug.core.request.self_release import is_self
from hotplug.core.spec.hooks import Function, Hook, HookPoint, HookState, Machine, Place


def outside_hooks(hooks: Sequence[Hook], patterns: str, execution: str, stack: str) -> tuple[Problem, ...]:
    """Return the problems of hooks that this installation may not call.

    `patterns` are separated by commas and have IAM wildcards. A hook must be in the account and Region of
    `execution`, the ARN of this execution. It must not be a function of hotplug itself, whose stack is
    `stack`.
    """
    return tuple(
        problem for hook in hooks for problem in _outside(hook, patterns, Place.of(execution), stack)
    )


def _outside(hook: Hook, patterns: str, here: Place, stack: str) -> Iterator[Problem]:
    callee, field = hook.callee, f"hooks.{hook.point}"
    if not any(matches(pattern, callee.name) for pattern in patterns.split(",") if pattern):
        yield Problem(
            field, hook.call, f"names that match {patterns.replace(',', ' or ') or 'nothing: none'}"
        )
    elif is_self(callee.name, stack):
        yield Problem(field, hook.call, "no function of hotplug itself")
    if callee.place and callee.place != here:
        yield Problem(field, hook.call, f"what is in account {here.account} and Region {here.region}")


def hook_checks(hooks: Sequence[Hook], found: Mapping[HookPoint, HookState | None]) -> Iterator[Problem]:
    """Yield the problems of hooks that do not exist, or that hotplug could not wait for."""
    for hook in hooks:
        state, field = found.get(hook.point), f"hooks.{hook.point}"
        match hook.callee:
            case Function() if state is None:
                yield Problem(field, hook.call, "a function that exists in this account and Region")
            case Machine() if state is None:
                yield Problem(field, hook.call, "a state machine that exists in this account and Region")
            case Machine() if state and state.is_express:
                yield Problem(
                    field, hook.call, "a state machine of type STANDARD: nobody can ask an EXPRESS one"
                )
