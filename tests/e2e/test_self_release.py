"""hotplug releases hotplug: by its own canary, and a broken build is put back by the one in place."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hotplug.core.own import PREFIX, TASKS, TRIALS
from local.embedded import EmbeddedAws
from local.places import ROOT
from tests.conftest import PARAMETERS, STATE
from tests.e2e.cast import Deployment, Function
from tests.e2e.releases import BROKEN, REFUSES, release, with_handler
from tests.e2e.story import Given, Then, When, steps
from tests.e2e.world import World, eventually

pytestmark = pytest.mark.emulator

STACK = "released"
"""An installation of its own: the stories next door are not to be driven by what is broken here."""
OTHERS = 20
ODD_WAYS = [way for way in BROKEN if way != "throws at import"]


@pytest.fixture
def world(aws: EmbeddedAws) -> World:
    with (Path(os.environ[STATE]) / f"{STACK}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            return World(aws, aws.outputs(STACK))
        except ClientError:
            return World(aws, aws.deploy(STACK, ROOT, PARAMETERS))


@pytest.fixture
def own(world: World) -> list[Function]:
    return [Function(world, f"{STACK}_{handler}") for handler in TRIALS]


@pytest.fixture
def upload(world: World, when: When, tmp_path: Path) -> Any:
    """Upload a release below hotplug/, as a maintainer does; the deployment that it starts."""

    def upload(changes: Mapping[str, str] | None = None) -> Deployment:
        before = when.all_started_by(PREFIX)
        world.put(f"{PREFIX}/{secrets.token_hex(6)}.zip", release(tmp_path, changes))

        def started() -> Deployment | None:
            return next((each for each in when.all_started_by(PREFIX) if each not in before), None)

        return eventually(started, "the upload started a release")

    return upload


def routings(functions: list[Function]) -> list[str]:
    return [function.routing() for function in functions]


def test_a_good_release_moves_every_function_of_hotplug_as_one(
    own: list[Function], upload: Any, then: Then
) -> None:
    before = routings(own)

    output = then.it_succeeds(upload())

    assert {target["function"] for target in output["targets"]} == {function.name for function in own}
    assert all(now == target["to"] for now, target in zip(routings(own), output["targets"], strict=True))
    assert all(now != was for now, was in zip(routings(own), before, strict=True))
    assert any("smoke passed: 12 of 12" in line for line in output["timeline"])


def test_a_good_release_under_load_disturbs_none_of_twenty_other_deployments(
    given: Given, when: When, then: Then, own: list[Function], upload: Any
) -> None:
    others = [given.a_function(latest="fresh") for _ in range(OTHERS)]

    running = []
    for function in others[: OTHERS // 2]:
        running.append(when.deploying(function, strategy=steps(50, bake="20s"), pollSeconds=5))
        time.sleep(0.5)  # people do not start all of them in one moment
    released = upload()
    for function in others[OTHERS // 2 :]:
        running.append(when.deploying(function, strategy=steps(50, bake="20s"), pollSeconds=5))
        time.sleep(0.5)

    then.it_succeeds(released)
    for deployment in running:
        then.it_succeeds(deployment)
    assert routings(others) == ["2"] * OTHERS


def test_of_two_releases_at_once_the_second_waits_for_its_turn(
    own: list[Function], upload: Any, then: Then
) -> None:
    first, second = upload(), upload()

    promoted = then.it_succeeds(first)["targets"][0]["to"]
    then_promoted = then.it_succeeds(second)["targets"][0]

    assert (then_promoted["from"], routings(own[:1])) == (promoted, [then_promoted["to"]])


@pytest.mark.parametrize("handler", TRIALS)
def test_a_release_that_can_not_be_imported_is_put_back(
    handler: str, given: Given, when: When, then: Then, own: list[Function], upload: Any
) -> None:
    before = routings(own)

    broken = upload(with_handler(handler, BROKEN["throws at import"]))

    then.it_fails(broken, "RolledBack", f"{STACK}_{handler}")
    assert routings(own) == before
    then.the_claim_is_free(*own)


@pytest.mark.parametrize("way", ODD_WAYS)
@pytest.mark.parametrize("handler", TRIALS)
def test_a_handler_that_is_broken_in_another_way_is_put_back(
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
    given: Given, when: When, then: Then, own: list[Function], upload: Any, world: World, tmp_path: Path
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


def test_a_release_that_needs_a_newer_definition_is_refused_before_anything_moves(
    own: list[Function], upload: Any, then: Then
) -> None:
    before = [function.everything() for function in own]
    newer = {"release": "9.0.0", "definition": 2, "writes": 1, "reads": [1]}

    refused = upload({"hotplug/release.json": json.dumps(newer)})

    then.it_fails(refused, "InvalidRequest", "needs definition 2", "deploy its stack first")
    assert [function.everything() for function in own] == before
