"""The ledger must take every transition; people are told as well as it goes."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from hotplug.core.errors import TryAgainError
from tests.fakes import InMemoryCloud
from tests.support.machine.execution import Execution

MOMENTS: list[tuple[str, Callable[[Execution], Any], Callable[[Execution], object]]] = [
    ("plan", lambda _: None, Execution.plan),
    ("claim", Execution.plan, Execution.claim),
    ("publish", lambda execution: (execution.plan(), execution.claim()), Execution.publish),
    ("shift", Execution.published, Execution.shift),
    ("watch", lambda execution: execution.shifted().cloud.passes(300), Execution.watch),
    ("promote", Execution.baked, Execution.promote),
    ("roll back", Execution.shifted, Execution.roll_back),
    ("close", lambda execution: execution.baked().promote(), Execution.close),
]
every_task = pytest.mark.parametrize(
    ("before", "task"), [moment[1:] for moment in MOMENTS], ids=[moment[0] for moment in MOMENTS]
)


@pytest.fixture
def execution(cloud: InMemoryCloud) -> Execution:
    """A deployment of new code that has not begun."""
    cloud.has_function("orders")
    cloud.somebody_saves("orders")
    return Execution(cloud, {"function": "orders"})


@every_task
def test_a_notification_that_fails_is_logged_and_does_no_harm(
    execution: Execution,
    before: Callable[[Execution], object],
    task: Callable[[Execution], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    before(execution)
    execution.cloud.notifications.fails_next("publish", OSError("the topic is gone"))
    lines = len(execution.cloud.ledger.timeline("d-1"))
    logging.getLogger("hotplug").propagate = True
    with caplog.at_level(logging.ERROR, logger="hotplug"):
        task(execution)
    assert len(execution.cloud.ledger.timeline("d-1")) == lines + 1
    assert "could not notify about" in caplog.text
    assert "the topic is gone" in caplog.text


@every_task
def test_a_ledger_that_does_not_take_it_is_an_error_before_anybody_is_told(
    execution: Execution, before: Callable[[Execution], object], task: Callable[[Execution], object]
) -> None:
    before(execution)
    told = len(execution.cloud.notifications.events)
    execution.cloud.ledger.fails_next("append", TryAgainError("throttled"))
    with pytest.raises(TryAgainError):
        task(execution)
    assert len(execution.cloud.notifications.events) == told
    task(execution)
    assert len(execution.cloud.notifications.events) == told + 1


@every_task
def test_a_line_whose_answer_was_lost_is_not_written_twice(
    execution: Execution, before: Callable[[Execution], object], task: Callable[[Execution], object]
) -> None:
    before(execution)
    lines = len(execution.cloud.ledger.timeline("d-1"))
    execution.cloud.ledger.fails_next("append", TryAgainError("timed out"), after_effect=True)
    with pytest.raises(TryAgainError):
        task(execution)
    execution.cloud.passes(1)
    task(execution)
    assert len(execution.cloud.ledger.timeline("d-1")) == lines + 1
