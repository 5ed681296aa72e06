"""Accepted commands of operators: the command log as tasks read it, and the acceptance of a new command."""

from dataclasses import replace

from hotplug.activities.read_alias import Place, lines_now
from hotplug.activities.record import record_once, transition
from hotplug.activities.record_command import command_key, record_command
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.record import DeploymentRecord
from hotplug.core.deployment.transition import State, Transition
from hotplug.core.errors import AbortedError
from hotplug.core.plan.plan import Plan
from hotplug.core.plan.warm_up import warms_at_first
from hotplug.core.rollout.command_acceptance import Received, Reception, known, received
from hotplug.core.rollout.commands import EVERYWHERE, AcceptedCommand, CommandLog
from hotplug.core.rollout.gates import blocks


def commands_for(cloud: Cloud, deployment: str) -> CommandLog:
    """Commands of this deployment, and those for all."""
    return CommandLog((*cloud.ledger.commands(deployment), *cloud.ledger.commands(EVERYWHERE)))


def stop_if_aborted(cloud: Cloud, deployment: str) -> None:
    """Raise AbortedError after an abort; the machine then rolls back from any state."""
    aborted = CommandLog(tuple(cloud.ledger.commands(deployment))).aborted
    if aborted:
        raise AbortedError(aborted)


def is_blocked(cloud: Cloud, plan: Plan) -> bool:
    """Whether Watch must poll before the candidates receive their first calls, or warm them."""
    commands = commands_for(cloud, plan.deployment)
    watches = plan.approval or commands.abort or warms_at_first(plan)
    return bool(watches or blocks(plan, commands, cloud.now()))


def give(cloud: Cloud, deployment: str, accepted: AcceptedCommand) -> Received:
    """Accept a command for one deployment. A retry records what an earlier attempt left out."""
    saved = cloud.ledger.load(deployment)
    answer = received(accepted, saved, CommandLog(tuple(cloud.ledger.commands(deployment))))
    if answer.reception is Reception.ACCEPTED:
        cloud.ledger.accept(deployment, accepted)
    if answer.accepted and saved:
        record_once(cloud, _commanded(cloud, saved, answer.accepted))
    return answer


def give_all(cloud: Cloud, accepted: AcceptedCommand) -> Received:
    """Accept a command for all deployments."""
    answer = known(accepted, CommandLog(tuple(cloud.ledger.commands(EVERYWHERE))))
    if answer is None:
        cloud.ledger.accept(EVERYWHERE, accepted)
        answer = Received(Reception.ACCEPTED, "obeyed by every deployment at its next poll", accepted)
    if answer.accepted:
        said = f"{answer.accepted.command} {answer.accepted}"
        record_command(cloud, EVERYWHERE, answer.accepted, said)
    return answer


def _commanded(cloud: Cloud, saved: DeploymentRecord, accepted: AcceptedCommand) -> Transition:
    progress = saved.progress
    lines = lines_now(cloud, progress, Place.ANYWHERE)
    said = transition(cloud, progress, State.COMMANDED, lines, f"{accepted.command} {accepted}")
    return replace(said, key=command_key(accepted))
