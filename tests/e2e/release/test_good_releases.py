"""hotplug releases hotplug by its own canary, and disturbs nobody."""

import json
import time

import pytest

from tests.e2e.cast import Function
from tests.e2e.release.builds import Upload, routings
from tests.e2e.story import Given, Then, When, steps

pytestmark = pytest.mark.emulator

STACK = "released"
OTHERS = 20


def test_a_good_release_moves_every_function_of_hotplug_as_one(
    own: list[Function], upload: Upload, then: Then
) -> None:
    before = routings(own)

    output = then.it_succeeds(upload())

    assert {target["function"] for target in output["targets"]} == {function.name for function in own}
    assert all(now == target["to"] for now, target in zip(routings(own), output["targets"], strict=True))
    assert all(now != was for now, was in zip(routings(own), before, strict=True))
    assert any(f"smoke passed: {len(own)} of {len(own)}" in line for line in output["timeline"])


@pytest.mark.long
def test_a_good_release_under_load_disturbs_none_of_twenty_other_deployments(
    given: Given, when: When, then: Then, own: list[Function], upload: Upload
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


@pytest.mark.long
def test_of_two_releases_at_once_the_second_waits_for_its_turn(
    own: list[Function], upload: Upload, then: Then
) -> None:
    first, second = upload(), upload()

    promoted = then.it_succeeds(first)["targets"][0]["to"]
    then_promoted = then.it_succeeds(second)["targets"][0]

    assert (then_promoted["from"], routings(own[:1])) == (promoted, [then_promoted["to"]])


def test_a_release_that_needs_a_newer_definition_is_refused_before_anything_moves(
    own: list[Function], upload: Upload, then: Then
) -> None:
    before = [function.everything() for function in own]
    newer = {"release": "9.0.0", "definition": 1000, "writes": 1, "reads": [1]}

    refused = upload({"hotplug/release.json": json.dumps(newer)})

    then.it_fails(refused, "InvalidRequest", "needs definition 1000", "deploy its stack first")
    assert [function.everything() for function in own] == before
