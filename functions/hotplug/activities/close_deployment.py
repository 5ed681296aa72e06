"""End of a deployment: its outcome in the ledger, quarantine and released claims."""

from dataclasses import replace

from hotplug.activities.hold_targets import hold_gone_back
from hotplug.activities.provision_concurrency import settle_concurrency
from hotplug.activities.read_alias import Place, lines_now
from hotplug.activities.record import record, transition
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Progress
from hotplug.core.deployment.transition import Outcome, State, Transition
from hotplug.core.plan.plan import Plan


def close_deployment(
    cloud: Cloud, progress: Progress, outcome: Outcome, reason: str, *, at_fault: bool
) -> Transition:
    """Record the outcome, quarantine the candidates if they are at fault, and release the claims.

    A deployment is closed once, by any caller and from any state. Provisioned concurrency that is no longer
    needed is removed. The targets are reported as their aliases are read now. The claims are released last:
    when a target is free, all records of this deployment are written.
    """
    plan = progress.plan
    outcome = cloud.ledger.decide(plan.deployment, outcome)
    held = hold_gone_back(cloud, plan, outcome)
    reason = "; ".join([reason, *settle_concurrency(cloud, progress, outcome), *held])
    lines = lines_now(cloud, progress, Place.CANDIDATE if outcome is Outcome.DEPLOYED else Place.FOUND)
    closing = transition(cloud, progress, State.CLOSED, lines, reason, outcome=outcome)
    closing = replace(closing, key=str(State.CLOSED))
    record(cloud, closing)
    cloud.ledger.remember(plan, closing)
    for move in progress.moves() if at_fault else ():
        if move.candidate != move.planned.stable:
            cloud.ledger.quarantine(move.planned, closing)
    cloud.ledger.close(plan.deployment)
    free(cloud, plan)
    return closing


def free(cloud: Cloud, plan: Plan) -> None:
    """Release the claims, and leave the queue for them."""
    targets = [planned.target for planned in plan.targets]
    if plan.on_busy.queues:
        cloud.ledger.leave(plan.deployment, targets)
    cloud.ledger.release(plan.deployment, targets)
