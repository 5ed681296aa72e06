"""Environments of a candidate are there before anybody calls it, and are no evidence."""

import pytest

from tests.e2e.story import Given, Then, When
from tests.fakes import a_zip

pytestmark = pytest.mark.emulator

ENVIRONMENTS = 4
COLD_SECONDS = 1.5
SLOW_AT_FIRST = f"""import os, time
time.sleep({COLD_SECONDS} if EDITION != "1" else 0)
calls = 0
def handler(event, context):
    global calls
    calls += 1
    return {{"statusCode": 200, "body": EDITION, "environment": os.getpid(), "calls": calls}}
"""


def slow_at_first(edition: str) -> bytes:
    """A package that takes its time to be imported, once in each environment; the first edition does not."""
    return a_zip(f"EDITION = {edition!r}\n{SLOW_AT_FIRST}")


def test_the_environments_are_made_at_the_same_time_and_answer_the_first_calls(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function(code=slow_at_first("1"), latest=None)
    orders.hold_package(slow_at_first("2"))
    smoke = [{"payload": {}, "expect": {"status": 200}}]
    warm = {"environments": ENVIRONMENTS}

    deployment = when.deploying(orders, strategy="AllAtOnce", smoke=smoke, warm=warm)

    then.it_succeeds(deployment)
    assert when.it_says(deployment, "tested") == "smoke passed: 1 of 1 calls of the candidates"
    said = when.it_says(deployment, "warmed")
    assert said.startswith(f"{ENVIRONMENTS} environments of version 2 of {orders.name} in ")
    assert float(said.split()[-2]) < ENVIRONMENTS * COLD_SECONDS
    states = deployment.entered()
    assert states.index("Before traffic") < states.index("Watch") < states.index("Promote")
    answer = orders.call()
    assert (answer["body"], answer["calls"] > 1) == ("2", True)
    then.the_calls_are_measured(orders, {"2": 1})
