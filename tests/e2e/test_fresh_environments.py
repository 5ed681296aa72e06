"""New execution environments are slow at first: a candidate is judged by what stays.

Metrics are by the minute, so both deployments are at once, and take some minutes.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest

from tests.e2e.cast import Deployment, Function
from tests.e2e.story import Given, Json, When
from tests.e2e.world import Aws, World, eventually
from tests.fakes import a_zip

pytestmark = [pytest.mark.emulator, pytest.mark.long, pytest.mark.timeout(2400)]

PATIENCE_SECONDS = 900.0
USUAL_SECONDS, SLOW_SECONDS = 0.03, 0.12
CALLS_BEFORE = 300
"""Enough that the plan knows how long calls take."""


def that_is_slow_for(seconds: float) -> bytes:
    """A package whose calls take longer while an environment is younger than this."""
    return a_zip(f"""import time
began = time.monotonic()
def handler(event, context):
    young = time.monotonic() - began < {seconds}
    time.sleep({SLOW_SECONDS} if young else {USUAL_SECONDS})
    return "kept"
""")


def a_candidate(world: World, given: Given, seconds: float) -> Function:
    """In $LATEST, of a function whose version 1 is never slow."""
    function = given.a_function(code=that_is_slow_for(0), latest=None)
    world.functions.update_function_code(FunctionName=function.name, ZipFile=that_is_slow_for(seconds))
    function.settle()
    return function


@pytest.fixture(scope="module")
def both(
    aws: Aws, hotplug_stack: Mapping[str, str]
) -> Iterator[tuple[tuple[Function, Deployment], tuple[Function, Deployment]]]:
    """A candidate that is slow in its first second, and one that stays slow; both were called before."""
    world = World(aws, hotplug_stack)
    with ExitStack() as afterwards:
        given, when = Given(world, afterwards), When(world)
        functions = a_candidate(world, given, 1.0), a_candidate(world, given, 1e9)
        for function in functions:
            given.callers(function)
        eventually(
            lambda: all(function.measured(["1"])["1"] >= CALLS_BEFORE for function in functions),
            "the calls before are measured",
            patience_seconds=PATIENCE_SECONDS,
        )
        strategy = {"type": "canary", "percent": 30, "bake": "8m"}
        first, second = (when.deploying(function, strategy=strategy) for function in functions)
        yield (functions[0], first), (functions[1], second)


def ended(deployment: Deployment) -> Json:
    eventually(
        lambda: not deployment.is_running(), f"{deployment.name} ended", patience_seconds=PATIENCE_SECONDS
    )
    return deployment.described()


def test_a_candidate_that_is_slow_in_its_first_second_is_deployed(
    both: tuple[tuple[Function, Deployment], tuple[Function, Deployment]],
) -> None:
    (function, deployment), _ = both
    end = ended(deployment)
    assert (end["status"], function.routing()) == ("SUCCEEDED", "2"), end


def test_one_that_stays_slow_is_put_back_and_both_counts_are_told(
    both: tuple[tuple[Function, Deployment], tuple[Function, Deployment]],
) -> None:
    _, (function, deployment) = both
    end = ended(deployment)
    assert (end["status"], end.get("error"), function.routing()) == ("FAILED", "RolledBack", "1"), end
    assert re.search(
        r"the candidate was slower than its usual (median|p90|p99) in [\d,]+ of [\d,]+ calls .*, "
        r"expected like the stable version in the same minutes: .*"
        r"\d+ may be warm-up of \d+ new environments? ",
        end["cause"],
    ), end["cause"]
