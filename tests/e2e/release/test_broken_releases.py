"""A broken build of hotplug is put back by the one in place, whatever is broken in it."""

import secrets
from pathlib import Path

import pytest

from hotplug.core.request.self_release import TASKS, TRIALS
from tests.e2e.cast import Function
from tests.e2e.release.builds import BROKEN, REFUSES, Upload, release, routings, with_handler
from tests.e2e.story import Given, Then, When, steps
from tests.e2e.world import World

pytestmark = pytest.mark.emulator

STACK = "broken"
AT_IMPORT = "throws at import"
SOME = ("claim", "watch", "roll_back")
"""One from each part of the machine, as each way takes its time; tests/faults breaks all, in memory."""
SHORT = "watch"
BROKEN_ONES = [
    *((handler, AT_IMPORT) for handler in TRIALS if handler not in SOME),
    *((SHORT, way) for way in BROKEN if way != AT_IMPORT),
    *(
        pytest.param(handler, way, marks=pytest.mark.long)
        for way in BROKEN
        if way != AT_IMPORT
        for handler in SOME
        if handler != SHORT
    ),
]


@pytest.mark.parametrize(
    "handler", [SHORT, *(pytest.param(each, marks=pytest.mark.long) for each in SOME if each != SHORT)]
)
def test_a_release_that_can_not_be_imported_is_put_back(
    handler: str, given: Given, when: When, then: Then, own: list[Function], upload: Upload
) -> None:
    before = routings(own)

    broken = upload(with_handler(handler, BROKEN[AT_IMPORT]))

    then.it_fails(broken, "RolledBack", f"{STACK}_{handler}")
    assert routings(own) == before
    then.the_claim_is_free(*own)


@pytest.mark.parametrize(("handler", "way"), BROKEN_ONES)
def test_a_handler_that_is_broken_in_any_way_is_put_back(
    handler: str, way: str, world: World, when: When, then: Then, tmp_path: Path
) -> None:
    """By its trial, one function at a time, as it takes a fraction of the time."""
    function = Function(world, f"{STACK}_{handler}")
    before, key = function.routing(), f"{secrets.token_hex(6)}/hotplug.jar"
    world.put(key, release(tmp_path, with_handler(handler, BROKEN[way])))

    broken = when.deploying(
        function,
        source={"bucket": world.outputs["ArtifactBucketName"], "key": key},
        smoke=[TRIALS[handler]],
        strategy=steps(50),
    )

    then.it_fails(broken, "RolledBack", function.name)
    assert function.routing() == before
    then.the_claim_is_free(function)


def test_when_nothing_of_the_new_release_works_the_machine_puts_it_back_by_itself(
    given: Given, when: When, then: Then, own: list[Function], upload: Upload, world: World, tmp_path: Path
) -> None:
    """It passes its trial and takes nearly all calls, so that no function in place is left to help."""
    useless = {name: text for task in TASKS for name, text in with_handler(task, REFUSES).items()}
    before, key = routings(own), f"{secrets.token_hex(6)}/hotplug.jar"
    world.put(key, release(tmp_path, useless))

    broken = when.deploying(
        *own,
        source={"bucket": world.outputs["ArtifactBucketName"], "key": key},
        strategy=steps(99.99),
    )

    then.it_fails(broken, "RolledBack")
    assert routings(own) == before
    assert "Restore without code" in broken.entered()
    orders = given.a_function()
    then.it_succeeds(when.deploying(orders, strategy=steps(50)))
