"""A plan from a later release is refused by every task: half understood is worse than not at all."""

from collections.abc import Callable

import pytest

from hotplug.core.errors import PlanTooNewError
from hotplug.core.plan.plan import SCHEMA
from hotplug.core.resources.alias import Routing
from tests.fakes import InMemoryCloud
from tests.support.execution import Execution

TASKS: list[Callable[[Execution], object]] = [
    Execution.claim,
    Execution.publish,
    Execution.shift,
    Execution.watch,
    Execution.promote,
    Execution.roll_back,
    Execution.close,
]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_it_is_refused_and_nothing_is_touched(
    cloud: InMemoryCloud, task: Callable[[Execution], object]
) -> None:
    cloud.has_function("orders")
    cloud.somebody_saves("orders")
    execution = Execution(cloud, {"function": "orders", "strategy": "AllAtOnce"}).published()
    execution.variables["plan"]["schema"] = SCHEMA + 1
    execution.variables["since"] = cloud.now().isoformat()
    with pytest.raises(PlanTooNewError):
        task(execution)
    assert cloud.routing("orders:live") == Routing("41")
    assert "orders:live" in cloud.ledger.held
