"""Holds of targets: set by going back by hand, in the way of later deployments until they are released."""

from collections.abc import Iterator
from datetime import datetime

from hotplug.activities.record_command import record_command
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.transition import Outcome
from hotplug.core.plan.plan import Plan
from hotplug.core.resources.target import Target
from hotplug.core.rollout.command_acceptance import Received, Reception, known
from hotplug.core.rollout.commands import AcceptedCommand, Command, CommandLog

UNTIL = "is held until it is released"


def hold_of(cloud: Cloud, target: Target) -> AcceptedCommand | None:
    """Return the hold that is in force for a target."""
    return CommandLog(tuple(cloud.ledger.commands_of(target))).hold


def give_for(cloud: Cloud, target: Target, accepted: AcceptedCommand) -> Received:
    """Accept a hold or a release. A retry records what an earlier attempt left out."""
    answer = known(accepted, CommandLog(tuple(cloud.ledger.commands_of(target))))
    if answer is None:
        cloud.ledger.accept_for(target, accepted)
        said = UNTIL if accepted.command is Command.HOLD else "is released"
        answer = Received(Reception.ACCEPTED, f"{target} {said}", accepted)
    if answer.accepted:
        said = f"{answer.accepted.command} of {target} {answer.accepted}"
        record_command(cloud, str(target), answer.accepted, said)
    return answer


def hold_aborted(cloud: Cloud, deployment: str, abort: AcceptedCommand) -> Iterator[str]:
    """Hold each target that an aborted deployment has claimed, and describe it."""
    for holder in cloud.ledger.claims():
        if holder.deployment == deployment and (target := holder.named):
            why = f"{deployment} was aborted: {abort.why}"
            give_for(cloud, target, AcceptedCommand(Command.HOLD, abort.by, why, abort.at))
            yield f"{target} {UNTIL}"


def hold_gone_back(cloud: Cloud, plan: Plan, outcome: Outcome) -> Iterator[str]:
    """Hold each target for which the plan says so, now that it is where it should stay."""
    if outcome not in (Outcome.DEPLOYED, Outcome.UNCHANGED):
        return
    for planned in plan.targets:
        if planned.hold:
            give_for(cloud, planned.target, _of_plan(plan, Command.HOLD, cloud.now()))
            yield f"{planned.target} {UNTIL}"


def release_claimed(cloud: Cloud, plan: Plan) -> Iterator[str]:
    """Release each held target for which the plan says so."""
    for planned in plan.targets:
        if planned.hold is False and hold_of(cloud, planned.target):
            give_for(cloud, planned.target, _of_plan(plan, Command.RELEASE, cloud.now()))
            yield f"{planned.target} is released"


def _of_plan(plan: Plan, command: Command, at: datetime) -> AcceptedCommand:
    by, said = plan.requested_by or f"deployment {plan.deployment}", "asked for with the deployment"
    return AcceptedCommand(command, by, plan.reason or f"{said} {plan.deployment}", at)
