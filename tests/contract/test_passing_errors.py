"""Which errors of Lambda pass: one decision for each error of the model, and one list in the machine."""

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from hotplug.core.resources.invocation import INVOKE_ERRORS, NOT_NOW
from tests.contract.analysis.state_graph import Scope, State, nested
from tests.contract.test_definition import machine

OF_STEP_FUNCTIONS = {"AWSLambdaException", "ClientExecutionTimeoutException", "SdkClientException"}
"""Errors of the client by which Step Functions calls Lambda (its guide: transient Lambda service errors)."""
INVOKE_PASSING = sorted(name for name, obstacle in INVOKE_ERRORS.items() if obstacle in NOT_NOW)
PASSING = {f"Lambda.{name}" for name in {*INVOKE_PASSING, *OF_STEP_FUNCTIONS}}


def errors_of_invoke(model: Any) -> set[str]:
    return {shape.name for shape in model.operation_model("Invoke").error_shapes}


def undecided(names: set[str]) -> set[str]:
    return names ^ set(INVOKE_ERRORS)


def lambda_model() -> Any:
    return botocore.session.get_session().get_service_model("lambda")


def test_it_is_decided_of_every_error_of_invoke_whether_it_passes() -> None:
    assert undecided(errors_of_invoke(lambda_model())) == set()


def test_a_new_error_of_the_model_needs_a_decision() -> None:
    assert undecided(errors_of_invoke(lambda_model()) | {"NewException"}) == {"NewException"}


def test_an_error_that_left_the_model_is_noticed() -> None:
    assert undecided(errors_of_invoke(lambda_model()) - {"ServiceException"}) == {"ServiceException"}


def tasks(scope: Scope) -> Iterator[tuple[str, State]]:
    yield from ((name, state) for name, state in scope.states.items() if state["Type"] == "Task")
    for inner in nested(scope):
        yield from tasks(inner)


def all_tasks() -> dict[str, State]:
    return dict(tasks(Scope(machine()["StartAt"], machine()["States"])))


@pytest.mark.parametrize("name", sorted(all_tasks()))
def test_a_task_is_retried_after_exactly_the_errors_that_pass(name: str) -> None:
    retried = {
        error
        for retrier in all_tasks()[name]["Retry"]
        if retrier.get("MaxAttempts") != 0
        for error in retrier["ErrorEquals"]
    }
    of_lambda = {error for error in retried if error.startswith("Lambda.")}
    assert "States.ALL" in retried or ("TryAgainError" in retried and of_lambda == PASSING)


@pytest.mark.parametrize("name", sorted(all_tasks()))
def test_no_task_gives_up_at_once_after_an_error_that_passes(name: str) -> None:
    given_up = {
        error
        for retrier in all_tasks()[name]["Retry"]
        if retrier.get("MaxAttempts") == 0
        for error in retrier["ErrorEquals"]
    }
    assert given_up & PASSING == set()
