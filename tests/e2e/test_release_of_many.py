"""A release of twenty functions with a bad one among them, on an AWS of its own that counts its requests."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from hotplug.core.resources.function import LAMBDA_CALLS_A_SECOND
from local.aws.embedded import EmbeddedAws
from local.aws.places import ROOT
from tests.conftest import CHECKED, PARAMETERS, STACK
from tests.e2e.story import LONG_BAKE, Given, Then, When, steps
from tests.e2e.world import World, eventually

pytestmark = [pytest.mark.emulator, pytest.mark.long]

TWENTY = 20
QUOTA = 15
"""Calls a second that Lambda's control plane takes from one account in one Region."""
ANSWERED = re.compile(r"^(?P<at>\S+) .*: AWS lambda\.(?P<operation>\w+) => (?P<status>\d+)", re.MULTILINE)
NOT_OF_THE_QUOTA = {"GetFunction", "Invoke"}


class RequestLog:
    """What the AWS says that it answered; nobody else is there to ask it for anything."""

    def __init__(self, file: Path) -> None:
        self._file, self._begin = file, 0

    def begins(self) -> None:
        """From here on it counts."""
        self._begin = self._file.stat().st_size

    def answered(self) -> list[tuple[datetime, str]]:
        """The calls of Lambda's control plane that share one quota, each when it was answered."""
        text = self._file.read_bytes()[self._begin :].decode(errors="replace")
        return [
            (datetime.fromisoformat(found["at"]), found["operation"])
            for found in ANSWERED.finditer(text)
            if found["operation"] not in NOT_OF_THE_QUOTA
        ]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    embedded = EmbeddedAws(tmp_path_factory.mktemp("aws"), settings=CHECKED)
    embedded.start()
    yield embedded
    embedded.stop()


@pytest.fixture
def world(aws: EmbeddedAws) -> World:
    return World(aws, aws.deploy(STACK, ROOT, PARAMETERS))


@pytest.fixture
def requests(aws: EmbeddedAws) -> RequestLog:
    return RequestLog(aws.log)


def busiest_second(answered: list[tuple[datetime, str]]) -> int:
    times = [at for at, _ in answered]
    return max(sum(0 <= (at - begin).total_seconds() < 1 for at in times) for begin in times)


def test_of_twenty_functions_all_are_back_when_one_is_bad_within_lambdas_quota(
    given: Given, when: When, then: Then, requests: RequestLog
) -> None:
    with ThreadPoolExecutor(4) as hands:
        functions = list(hands.map(lambda _: given.a_function(), range(TWENTY)))
    bad, alarm = functions[11], given.an_alarm()
    listed = [{"name": it.name} | ({"alarms": [alarm.name]} if it is bad else {}) for it in functions]
    requests.begins()
    deployment = when.starting(
        {"functions": listed, "strategy": steps(25, bake=LONG_BAKE), "pollSeconds": 2, "evidence": "off"}
    )
    deployment.goes_on_until(
        lambda: "shifted" in {line["state"] for line in deployment.timeline()}, "all are shifted"
    )

    alarm.turns("ALARM")

    then.it_fails(
        deployment,
        "RolledBack",
        f"alarm {alarm.name} went into ALARM",
        *(f"{function.name}:live is back on version 1" for function in functions),
    )
    eventually(lambda: deployment.outcome() == "rolled_back", f"{deployment.name} is closed")
    answered = requests.answered()
    counted = Counter(operation for _, operation in answered)
    assert busiest_second(answered) < QUOTA, counted
    assert counted["PublishVersion"] == TWENTY
    assert 3 * TWENTY <= counted["UpdateAlias"] <= 4 * TWENTY  # tried, shifted, put back by one or the other
    assert len(answered) > 2 * LAMBDA_CALLS_A_SECOND
    assert [function.routing() for function in functions] == ["1"] * TWENTY
    then.the_claim_is_free(*functions)
