"""Whole deployments under alarms: no report says more of an alarm than was read."""

from dataclasses import replace
from typing import Any

import pytest

from hotplug.core.resources.alias import Routing
from tests.fakes import GREEN, NO_DATA, RED, InMemoryCloud
from tests.fakes.alarms import Alarm
from tests.support.machine.execution import Execution

type Json = dict[str, Any]

ARN = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors"
EVALUATIONS = ["EVALUATION_ERROR", "EVALUATION_FAILURE", "PARTIAL_DATA"]


@pytest.fixture
def errors(cloud: InMemoryCloud) -> Alarm:
    """Orders with something new, and the alarm that watches it."""
    cloud.has_function("orders", versions=["40", "41"])
    cloud.somebody_saves("orders")
    return cloud.alarm("errors")


def deploying(cloud: InMemoryCloud, bake: str = "5m", **more: Any) -> Execution:
    steps = {"type": "steps", "steps": [{"percent": 10, "bake": bake}]}
    return Execution(cloud, {"function": "orders", "strategy": steps, "alarms": ["errors"]} | more)


def watched(execution: Execution) -> str:
    """The reason of the verdict after the bake."""
    lines = [line for line in execution.cloud.ledger.timeline(execution.name) if line["state"] == "watched"]
    return str(lines[-1]["reason"])


def planned(execution: Execution) -> str:
    execution.run_to("Claim")
    (line,) = execution.cloud.ledger.timeline(execution.name)
    return str(line["reason"])


def warned(cloud: InMemoryCloud, **more: Any) -> list[str]:
    execution = deploying(cloud, dryRun=True, **more)
    execution.run()
    return [f"{each['field']}: {each['warning']}" for each in execution.output["warnings"]]


def times_out(cloud: InMemoryCloud, seconds: int) -> None:
    """Somebody sets the timeout of orders."""
    config = cloud.functions.functions["orders"].config
    cloud.functions.is_edited("orders", replace(config, timeout_seconds=seconds))


def test_an_alarm_that_was_red_between_two_polls_is_not_called_quiet(
    cloud: InMemoryCloud, errors: Alarm
) -> None:
    execution = deploying(cloud).shifted()
    cloud.passes(5)
    errors.goes(RED)
    cloud.passes(5)
    errors.goes(GREEN)
    execution.run()
    assert cloud.routing("orders:live") == Routing("42")
    said = watched(execution)
    assert f"OK now, but updated since this bake began: errors ({errors.state.since})" in said
    assert "alarms quiet" not in said


def test_an_alarm_that_changed_before_the_bake_is_quiet(cloud: InMemoryCloud, errors: Alarm) -> None:
    cloud.passes(60)
    errors.goes(RED)
    errors.goes(GREEN)
    cloud.passes(60)
    execution = deploying(cloud)
    execution.run()
    assert "alarms quiet: errors" in watched(execution)


@pytest.mark.parametrize("evaluation", EVALUATIONS)
def test_an_alarm_that_is_not_evaluated_well_vouches_for_nothing(
    cloud: InMemoryCloud, errors: Alarm, evaluation: str
) -> None:
    errors.is_doubtful(evaluation)
    execution = deploying(cloud)
    execution.run()
    assert cloud.routing("orders:live") == Routing("42")
    said = watched(execution)
    assert f"unproven, {evaluation}: errors" in said
    assert "alarms quiet" not in said


@pytest.mark.parametrize("evaluation", EVALUATIONS)
def test_plan_and_dry_run_name_an_alarm_that_is_not_evaluated_well(
    cloud: InMemoryCloud, errors: Alarm, evaluation: str
) -> None:
    errors.is_doubtful(evaluation)
    said = (
        f"alarms: errors is not evaluated as it should be ({evaluation}): "
        "as long as that is so, it vouches for nothing"
    )
    assert warned(cloud) == [said]
    assert said in planned(deploying(cloud))


def test_an_alarm_that_is_evaluated_badly_and_red_still_rolls_back(
    cloud: InMemoryCloud, errors: Alarm
) -> None:
    execution = deploying(cloud).shifted()
    errors.is_doubtful("PARTIAL_DATA")
    errors.goes(RED)
    execution.run()
    assert (execution.error, cloud.routing("orders:live")) == ("RolledBack", Routing("41"))


def test_an_alarm_without_data_that_is_evaluated_well_has_its_own_words(
    cloud: InMemoryCloud, errors: Alarm
) -> None:
    errors.goes(NO_DATA)
    assert warned(cloud) == ["alarms: errors has no data: as long as that is so, it vouches for nothing"]


def test_the_same_alarm_by_name_and_by_arn_is_watched_once(cloud: InMemoryCloud, errors: Alarm) -> None:
    functions = [{"name": "orders", "alarms": [ARN]}]
    execution = Execution(cloud, {"functions": functions, "alarms": ["errors", ARN, "errors"]})
    execution.run()
    assert [alarm["name"] for alarm in execution.variables["plan"]["alarms"]] == ["errors"]
    assert "alarms quiet: errors;" in f"{watched(execution)};"


def test_a_plan_of_the_release_before_with_an_alarm_twice_is_told_once(
    cloud: InMemoryCloud, errors: Alarm
) -> None:
    execution = deploying(cloud).run_to("Claim")
    execution.variables["plan"]["alarms"] *= 2
    execution.shifted()
    errors.goes(RED, "5 errors")
    execution.run()
    assert execution.cause.count("went into ALARM") == 1


@pytest.mark.parametrize(
    ("bake", "timeout_seconds", "is_short"), [("30s", 31, True), ("30s", 30, False), ("31s", 30, False)]
)
def test_a_bake_that_is_shorter_than_the_timeout_is_a_warning(
    cloud: InMemoryCloud, errors: Alarm, bake: str, timeout_seconds: int, is_short: bool
) -> None:
    times_out(cloud, timeout_seconds)
    said = (
        "strategy: step 1: a bake of 30 s is shorter than the timeout of orders, "
        "31 s: a call that starts in it may fail after it"
    )
    assert warned(cloud, bake=bake) == ([said] if is_short else [])
    assert (said in planned(deploying(cloud, bake))) is is_short


def test_all_short_bakes_are_one_warning(cloud: InMemoryCloud, errors: Alarm) -> None:
    times_out(cloud, 900)
    steps = [{"percent": 5, "bake": "1m"}, {"percent": 20, "bake": "10m"}, {"percent": 50, "bake": "1h"}]
    (said,) = warned(cloud, strategy={"type": "steps", "steps": steps})
    assert said.startswith(
        "strategy: steps 1, 2: a bake of 60 s is shorter than the timeout of orders, 900 s"
    )


def test_a_step_without_a_bake_and_the_adaptive_strategy_are_no_warning(
    cloud: InMemoryCloud, errors: Alarm
) -> None:
    times_out(cloud, 900)
    for strategy in ("AllAtOnce", "Adaptive"):
        assert not [said for said in warned(cloud, strategy=strategy) if "bake" in said]
