"""Calls of both versions tell a bad candidate from trouble that is not its own.

Metrics are by the minute, so both deployments are at once, and take some minutes.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.e2e.callers import Callers
from tests.e2e.cast import Alarm, Deployment, Function
from tests.e2e.story import Given, Json, When
from tests.e2e.world import Aws, World, eventually
from tests.fakes import a_zip

pytestmark = pytest.mark.emulator

PATIENCE_SECONDS = 600.0
FAILING = 0.05
OUTAGE = 0.5


def that_fails(rate: float) -> bytes:
    """A package whose handler fails at this rate, and at the caller's if that is higher."""
    return a_zip(f"""import random
def handler(event, context):
    if random.random() < max({rate}, event.get("outage", 0)):
        raise RuntimeError("an order was lost")
    return "kept"
""")


@dataclass(frozen=True)
class Told:
    """One of the two deployments, and who was there."""

    function: Function
    callers: Callers
    deployment: Deployment
    alarm: Alarm | None = None

    def ends(self) -> Json:
        eventually(
            lambda: not self.deployment.is_running(),
            f"{self.deployment.name} ended",
            patience_seconds=PATIENCE_SECONDS,
        )
        return self.deployment.described()


@pytest.fixture(scope="module")
def both(aws: Aws, hotplug_stack: Mapping[str, str]) -> Iterator[tuple[Told, Told]]:
    """A candidate that fails one call in twenty, watched by an alarm, and a good one without any."""
    world = World(aws, hotplug_stack)
    with ExitStack() as afterwards:
        given, when = Given(world, afterwards), When(world)
        ill, well = a_candidate(world, given, FAILING), a_candidate(world, given, 0.0)
        alarm = given.an_alarm_on_failures(ill, above_percent=2)
        asked = {"type": "canary", "percent": 10}
        yield (
            Told(
                ill,
                given.callers(ill),
                when.deploying(ill, strategy=asked | {"bake": "9m"}, alarms=[alarm.name]),
                alarm,
            ),
            Told(well, given.callers(well), when.deploying(well, strategy=asked | {"bake": "5m"})),
        )


def a_candidate(world: World, given: Given, rate: float) -> Function:
    """In $LATEST, of a function whose version 1 never fails by itself."""
    function = given.a_function(code=that_fails(0.0), latest=None)
    world.functions.update_function_code(FunctionName=function.name, ZipFile=that_fails(rate))
    function.settle()
    return function


def test_trouble_that_both_versions_have_puts_no_good_candidate_back(both: tuple[Told, Told]) -> None:
    """An outage that begins when the candidate has had some calls, and lasts until many have failed."""
    _, well = both
    callers = well.callers
    well.deployment.goes_on_until(
        lambda: callers.calls["2"] >= 20, "the candidate had calls", PATIENCE_SECONDS
    )
    callers.outage = OUTAGE
    well.deployment.goes_on_until(
        lambda: callers.failed["1"] >= 150 and callers.failed["2"] >= 10,
        "calls of both failed",
        PATIENCE_SECONDS,
    )
    callers.outage = 0.0

    ended = well.ends()

    assert (ended["status"], well.function.routing()) == ("SUCCEEDED", "2"), ended
    assert re.search(r"the candidate failed \d+ of [\d,]+ calls", ended["output"])


def test_a_candidate_that_fails_a_little_is_put_back_while_the_alarm_stays_green(
    both: tuple[Told, Told],
) -> None:
    ill, _ = both

    ended = ill.ends()

    assert (ended["status"], ended.get("error"), ill.function.routing()) == ("FAILED", "RolledBack", "1")
    found = re.search(
        r"the candidate failed (\d+) of ([\d,]+) calls .*, "
        r"expected like the stable version in the same minutes: 0 \(0 %\)",
        ended["cause"],
    )
    assert found, ended["cause"]
    failed, calls = (int(number.replace(",", "")) for number in found.groups())
    assert 0 < failed <= ill.callers.failed["2"]
    assert calls <= ill.callers.calls["2"]
    assert ill.alarm
    assert ill.alarm.state() == "OK"
