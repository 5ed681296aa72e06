"""Plan refuses a release of hotplug that can't live beside the one in place, before anything moves."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from hotplug.core.plan.plan import SCHEMA
from hotplug.core.request.self_release import TRIALS, self_policy
from hotplug.core.resources.package import FILE
from hotplug.handlers.plan import plan
from tests.fakes import InMemoryCloud, a_zip, execution_arn
from tests.support.bundles import FITS, ReadArtifacts, a_bundle

type Json = dict[str, Any]

STACK, BUCKET, KEY = "hotplug", "artifacts", "hotplug/next.zip"
SOURCE = {"bucket": BUCKET, "key": KEY}
OWN = [f"{STACK}_{handler}" for handler in TRIALS]


@pytest.fixture
def installed(cloud: InMemoryCloud) -> InMemoryCloud:
    """hotplug's own functions on version 41, and one of somebody's."""
    for name in (*OWN, "orders"):
        cloud.has_function(name)
    cloud.settings = replace(cloud.settings, stack=STACK)
    cloud.artifacts = ReadArtifacts()
    return cloud


def planned(cloud: InMemoryCloud, definition: int | None = 1, **request: Any) -> Json:
    """As the machine asks it; `definition` is the machine's, which an old one did not tell."""
    asked = {"functions": OWN, "source": SOURCE, "strategy": "AllAtOnce"} | request
    wanted = {key: value for key, value in asked.items() if value is not None}
    event: Json = {"request": wanted, "execution": {"id": execution_arn("d-1"), "name": "d-1"}}
    if definition is not None:
        event["definition"] = definition
    answer: Json = json.loads(json.dumps(plan(json.loads(json.dumps(event)), cloud)))
    return answer


def test_a_release_that_fits_is_planned_for_all_functions(installed: InMemoryCloud) -> None:
    installed.has_object(BUCKET, KEY, a_bundle())
    answer = planned(installed)
    assert answer["outcome"] == "planned", answer["reason"]
    assert [target["function"] for target in answer["plan"]["targets"]] == OWN


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(
            a_bundle(FITS | {"definition": 2}),
            "release 0.2.0 needs definition 2 of the machine, and 1 is installed: deploy its stack first",
            id="it needs a newer definition",
        ),
        pytest.param(
            a_bundle(FITS | {"writes": SCHEMA + 1, "reads": [SCHEMA, SCHEMA + 1]}),
            f"writes plans of schema {SCHEMA + 1}",
            id="it writes a future schema",
        ),
        pytest.param(
            a_bundle(FITS | {"reads": [SCHEMA + 1]}),
            "does not read the plans of the one in place",
            id="it does not read ours",
        ),
        pytest.param(a_zip(), f"its {FILE} can't be read: release is missing", id="it says nothing"),
        pytest.param(a_bundle(text="{"), f"its {FILE} can't be read", id="it says no JSON"),
        pytest.param(a_bundle(text="[" * 9_999), f"its {FILE} can't be read", id="it says endless JSON"),
        pytest.param(a_bundle(text=" " * 20_000), f"its {FILE} can't be read", id="it says too much"),
        pytest.param(a_bundle(FITS | {"reads": 1}), "reads is 1, not a list", id="it says it in another way"),
        pytest.param(a_bundle(name="release.json"), f"its {FILE} can't be read", id="it says it elsewhere"),
    ],
)
@pytest.mark.parametrize("functions", [OWN, OWN[:1]], ids=["all of them", "one of them"])
def test_a_release_that_can_not_live_beside_this_one_is_refused_before_anything_moves(
    installed: InMemoryCloud, functions: list[str], body: bytes, words: str
) -> None:
    installed.has_object(BUCKET, KEY, body)
    before = deepcopy(installed.functions.functions)
    answer = planned(installed, functions=functions)
    assert answer["outcome"] == "refused"
    assert answer["reason"].startswith("1 problem, nothing was touched:\n- source: got "), answer["reason"]
    assert words in answer["reason"]
    assert installed.functions.functions == before
    assert (installed.ledger.held, installed.ledger.standings) == ({}, {})
    assert installed.trials.made == []
    assert [message.subject[:16] for message in installed.notifications.messages] == ["hotplug: refused"]


def test_a_machine_that_does_not_tell_its_number_is_the_first(installed: InMemoryCloud) -> None:
    installed.has_object(BUCKET, KEY, a_bundle(FITS | {"definition": 2}))
    assert "definition 2 of the machine, and 1 is installed" in planned(installed, definition=None)["reason"]


def test_after_its_stack_was_deployed_the_same_release_is_planned(installed: InMemoryCloud) -> None:
    installed.has_object(BUCKET, KEY, a_bundle(FITS | {"definition": 2}))
    assert planned(installed, definition=2)["outcome"] == "planned"


def test_what_is_wrong_with_a_release_is_said_with_all_other_problems(installed: InMemoryCloud) -> None:
    installed.has_object(BUCKET, KEY, a_zip())
    reason = planned(installed, alarms=["nobody's"])["reason"]
    assert reason.startswith("2 problems")
    assert "alarms: got nobody's" in reason


def test_two_bundles_in_one_request_are_looked_at_apart(installed: InMemoryCloud) -> None:
    installed.has_object(BUCKET, KEY, a_bundle())
    installed.has_object(BUCKET, "other.zip", a_bundle(FITS | {"release": "0.3.0", "definition": 2}))
    other = [{"name": name, "source": SOURCE | {"key": "other.zip"}} for name in OWN[:2]]
    reason = planned(installed, functions=[*other, *OWN[2:]])["reason"]
    assert reason.startswith("1 problem")
    assert "release 0.3.0 needs definition 2" in reason


def test_it_is_not_asked_of_other_functions(installed: InMemoryCloud) -> None:
    installed.has_object(BUCKET, KEY, a_zip())
    assert planned(installed, functions=["orders"])["outcome"] == "planned"


def test_it_is_asked_of_its_own_among_others(installed: InMemoryCloud) -> None:
    installed.has_object(BUCKET, KEY, a_zip())
    assert planned(installed, functions=["orders", OWN[0]])["outcome"] == "refused"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(None, id="what $LATEST holds"),
        pytest.param({"version": "40"}, id="a version that exists: a way back is open"),
    ],
)
def test_it_is_not_asked_of_what_is_no_package(installed: InMemoryCloud, source: Json | None) -> None:
    for name in OWN:
        installed.has_function(name, versions=["40", "41"])
    assert planned(installed, source=source)["outcome"] == "planned"


def test_an_installation_that_does_not_know_its_name_asks_nobody(installed: InMemoryCloud) -> None:
    installed.settings = replace(installed.settings, stack="")
    installed.has_object(BUCKET, KEY, a_zip())
    assert planned(installed)["outcome"] == "planned"


def test_a_package_that_lambda_would_not_take_is_refused_for_that_alone(installed: InMemoryCloud) -> None:
    installed.has_object(BUCKET, KEY, b"hello")
    reason = planned(installed, functions=OWN[:1])["reason"]
    assert reason.startswith("1 problem")
    assert "it is not a zip" in reason


def test_a_strategy_of_the_template_that_can_not_be_read_is_refused_by_its_name(
    installed: InMemoryCloud,
) -> None:
    installed.has_object(BUCKET, KEY, a_bundle())
    policy = self_policy(STACK, '{"type": "steps", "steps": [', [], has_router=True)
    answer = planned(installed, **policy)
    assert answer["outcome"] == "refused"
    assert answer["reason"].startswith('1 problem, nothing was touched:\n- strategy: got "{\\"type\\"')
