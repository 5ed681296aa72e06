"""Claims that the guard can't free: their deployment is over, and its record can't be read."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from hotplug.activities.record_command import record_command
from hotplug.activities.settle_ended import has_ended
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.record import Holder
from hotplug.core.deployment.transition import Outcome
from hotplug.core.errors import PlanTooNewError, UnreadableError
from hotplug.core.rollout.command_acceptance import Reception
from hotplug.core.rollout.free_command import Free

ARN = "arn:"

logger = logging.getLogger("hotplug")


@dataclass(frozen=True, slots=True)
class Freed:
    """The result, and what each alias says."""

    reception: Reception
    reason: str
    aliases: dict[str, str]


def free_claims(cloud: Cloud, wanted: Free) -> Freed:
    """Free the claims if the operator has seen what their aliases say now. No alias is moved."""
    holders = _holders(cloud, wanted)
    if not holders:
        return Freed(Reception.REFUSED, "it has no claim", {})
    if any(_may_run(cloud, holder) for holder in holders):
        return Freed(Reception.REFUSED, "its execution still runs: stop it first", {})
    why, can_free = _why(cloud, holders)
    aliases = {holder.target: _alias(cloud, holder) for holder in holders} if can_free else {}
    if not can_free:
        return Freed(Reception.REFUSED, why, aliases)
    if wanted.seen != aliases:
        said = (
            "they say something else by now"
            if wanted.seen
            else f"its claims can't be freed by the guard: {why}"
        )
        cure = 'put its aliases right, then repeat the command with what they say as "seen"'
        return Freed(Reception.SHOWN, f"{said}; {cure}", aliases)
    return _freed(cloud, wanted, holders, f"{why}; {_in_words(aliases)}", aliases)


def _holders(cloud: Cloud, wanted: Free) -> Sequence[Holder]:
    """Return the claims of the deployment. One that names none stands alone."""
    every = cloud.ledger.claims()
    if wanted.deployment:
        return [holder for holder in every if holder.deployment == wanted.deployment]
    named = [holder for holder in every if holder.target == wanted.target]
    names = {holder.deployment for holder in named} - {""}
    return named if not names else [holder for holder in every if holder.deployment in names]


def _may_run(cloud: Cloud, holder: Holder) -> bool:
    """Whether its execution can still act. One that the claim does not name can't be asked."""
    return holder.execution.startswith(ARN) and not has_ended(cloud, holder.execution, holder.since)


def _why(cloud: Cloud, holders: Sequence[Holder]) -> tuple[str, bool]:
    """Return why the guard can't settle it, and True; or why it can, and False."""
    name, executions = holders[0].deployment, {holder.execution for holder in holders}
    if not name:
        return "the claim names no deployment", True
    try:
        saved = cloud.ledger.load(name)
    except PlanTooNewError as error:
        return f"{error}: a later release can settle it, put that one in place again", False
    except UnreadableError as error:
        return f"its record can't be read: {error}", True
    if saved is None:
        return "it has no record", True
    plan = saved.progress.plan
    if plan.execution not in executions:
        return f"its record is that of {plan.execution}", True
    if {str(planned.target) for planned in plan.targets}.isdisjoint(holder.target for holder in holders):
        return "its record names other targets", True
    return "its record can be read: the guard settles it, within minutes of its end", False


def _alias(cloud: Cloud, holder: Holder) -> str:
    target = holder.named
    if target is None:
        return "no name of an alias"
    alias = cloud.functions.alias(target)
    return str(alias.routing) if alias else "does not exist"


def _in_words(aliases: dict[str, str]) -> str:
    return ", ".join(f"{name}: {said}" for name, said in aliases.items())


def _freed(
    cloud: Cloud, wanted: Free, holders: Sequence[Holder], said: str, aliases: dict[str, str]
) -> Freed:
    """Decide first, so that no late task of it can move anything, and free last."""
    name = holders[0].deployment
    if name:
        _decide(cloud, name)
    reason = f"{wanted.accepted.command} {wanted.accepted}; {said}"
    about, execution = name or holders[0].target, holders[0].execution
    record_command(cloud, about, wanted.accepted, reason, execution=execution)
    left = [holder.target for holder in holders if not cloud.ledger.free(holder)]
    if name:
        cloud.ledger.leave(name, [target for holder in holders if (target := holder.named)])
    if left:
        return Freed(Reception.STALE, f"claimed by another deployment by now: {', '.join(left)}", aliases)
    return Freed(Reception.ACCEPTED, f"its claims are free; {said}", aliases)


def _decide(cloud: Cloud, deployment: str) -> None:
    try:
        cloud.ledger.decide(deployment, Outcome.ROLLED_BACK)
    except UnreadableError:
        logger.exception("could not read how %s ended", deployment)
