"""Accepted commands of operators: the command log as tasks read it, and the acceptance of a new command."""

from dataclasses import replace

from hotplug.activities.record import record_once, transition
from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.record import Standing
from hotplug.core.deployment.transition import State, Transition, lines_at, lines_before
from hotplug.core.errors import AbortedError
from hotplug.core.plan.plan import Plan
from hotplug.core.rollout.command_acceptance import Received, Reception, known, received
from hotplug.core.rollout.commands import EVERYWHERE, Order, Orders
from hotplug.core.rollout.gates import holds


def orders_for(cloud: Cloud, deployment: str) -> Orders:
    """Commands of this deployment, and those for all."""
    return Orders((*cloud.ledger.orders(deployment), *cloud.ledger.orders(EVERYWHERE)))


def stop_if_aborted(cloud: Cloud, deployment: str) -> None:
    """Raise AbortedError after an abort; the machine then rolls back from any state."""
    aborted = Orders(tuple(cloud.ledger.orders(deployment))).aborted
    if aborted:
        raise AbortedError(aborted)


def is_held(cloud: Cloud, plan: Plan) -> bool:
    """Whether Watch must poll before the candidates receive their first calls."""
    orders = orders_for(cloud, plan.deployment)
    return bool(orders.abort or holds(plan, orders, cloud.now()))


def give(cloud: Cloud, deployment: str, order: Order) -> Received:
    """Accept a command for one deployment. A retry records what an earlier attempt left out."""
    standing = cloud.ledger.standing(deployment)
    answer = received(order, standing, Orders(tuple(cloud.ledger.orders(deployment))))
    if answer.reception is Reception.ACCEPTED:
        cloud.ledger.order(deployment, order)
    if answer.order and standing:
        record_once(cloud, _commanded(cloud, standing, answer.order))
    return answer


def give_all(cloud: Cloud, order: Order) -> Received:
    """Accept a command for all deployments."""
    answer = known(order, Orders(tuple(cloud.ledger.orders(EVERYWHERE))))
    if answer is None:
        cloud.ledger.order(EVERYWHERE, order)
        answer = Received(Reception.ACCEPTED, "obeyed by every deployment at its next poll", order)
    if answer.order:
        record_once(
            cloud,
            Transition(
                deployment=EVERYWHERE,
                execution="",
                state=State.COMMANDED,
                key=_key(answer.order),
                at=cloud.now().isoformat(),
                targets=(),
                reason=f"{answer.order.command} {answer.order}",
            ),
        )
    return answer


def _commanded(cloud: Cloud, standing: Standing, order: Order) -> Transition:
    progress = standing.progress
    lines = lines_at(progress) if progress.candidates else lines_before(progress.plan)
    said = transition(cloud, progress, State.COMMANDED, lines, f"{order.command} {order}")
    return replace(said, key=_key(order))


def _key(order: Order) -> str:
    return f"{State.COMMANDED}#{order.at.isoformat()}#{order.command}"
