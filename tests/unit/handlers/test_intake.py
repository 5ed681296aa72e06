"""Intake turns an uploaded zip into one execution, however often and in whatever order events arrive."""

import json
from dataclasses import replace
from typing import Any

import pytest

from hotplug.core.deployment.transition import State, Transition
from hotplug.core.errors import ForbiddenError, TryAgainError
from hotplug.core.request.request import Request, read_request
from hotplug.core.request.self_release import TRIALS, self_policy
from hotplug.core.request.upload import MAX_POLICY_BYTES, read_upload
from hotplug.handlers.intake import intake
from tests.fakes import InMemoryCloud, a_zip

BUCKET, KEY = "artifacts", "orders/app.zip"
OWN_KEY = "hotplug/4f2a.zip"


def event_of(version_id: str | None, key: str = KEY) -> dict[str, Any]:
    found = {"key": key, "size": 9, "etag": "e", "sequencer": "0061"}
    if version_id:
        found["version-id"] = version_id
    return {"source": "aws.s3", "detail": {"bucket": {"name": BUCKET}, "object": found}}


def uploaded(cloud: InMemoryCloud, body: bytes = b"zip", key: str = KEY) -> dict[str, Any]:
    """An upload; its event."""
    return event_of(cloud.has_object(BUCKET, key, body), key)


def the_only_request(cloud: InMemoryCloud) -> Any:
    (request,) = cloud.executions.started.values()
    return request


def test_an_upload_starts_the_function_that_its_prefix_names(cloud: InMemoryCloud) -> None:
    event = uploaded(cloud, a_zip())
    answer = intake(event, cloud)
    assert answer["outcome"] == "started"
    assert list(cloud.executions.started) == [answer["execution"]]
    version_id = event["detail"]["object"]["version-id"]
    assert the_only_request(cloud) == {
        "function": "orders",
        "source": {"bucket": BUCKET, "key": KEY, "versionId": version_id},
    }


def test_an_upload_starts_the_standing_policy_of_its_prefix(cloud: InMemoryCloud) -> None:
    policy = {"functions": ["orders", "billing"], "strategy": "AllAtOnce", "requestedBy": "policy"}
    cloud.has_object(BUCKET, "orders/policy.json", json.dumps(policy).encode())
    intake(uploaded(cloud), cloud)
    assert the_only_request(cloud) == policy | {"source": the_only_request(cloud)["source"]}


@pytest.mark.parametrize("ended", [False, True], ids=["while it runs", "after it has ended"])
def test_an_event_that_arrives_again_starts_nothing_new(cloud: InMemoryCloud, ended: bool) -> None:
    event = uploaded(cloud)
    name = intake(event, cloud)["execution"]
    if ended:
        cloud.executions.ends(name, "SUCCEEDED")
    assert intake(event, cloud)["outcome"] == ("repeated" if ended else "started")
    assert list(cloud.executions.started) == [name]


def test_a_policy_that_changed_since_does_not_start_the_same_upload_again(cloud: InMemoryCloud) -> None:
    event = uploaded(cloud)
    intake(event, cloud)
    cloud.has_object(BUCKET, "orders/policy.json", b'{"function": "orders", "strategy": "AllAtOnce"}')
    assert intake(event, cloud)["outcome"] == "repeated"
    assert "strategy" not in the_only_request(cloud)


def test_a_start_whose_answer_was_lost_is_not_a_second_start(cloud: InMemoryCloud) -> None:
    event = uploaded(cloud)
    cloud.executions.fails_next("start", TryAgainError("timed out"), after_effect=True)
    with pytest.raises(TryAgainError):
        intake(event, cloud)
    assert intake(event, cloud)["outcome"] == "started"
    assert len(cloud.executions.started) == 1


def test_each_version_of_a_key_is_an_upload_of_its_own(cloud: InMemoryCloud) -> None:
    intake(uploaded(cloud, b"one"), cloud)
    intake(uploaded(cloud, b"two"), cloud)
    assert len(cloud.executions.started) == 2


def test_a_late_copy_of_an_older_upload_adds_nothing_to_its_finished_story(cloud: InMemoryCloud) -> None:
    older = uploaded(cloud)
    name = intake(older, cloud)["execution"]
    cloud.ledger.append(Transition(name, "", State.CLOSED, "closed", "2026-11-24T12:00:00+00:00", (), "over"))
    uploaded(cloud, b"newer")

    assert intake(older, cloud) == {"outcome": "repeated", "execution": name}
    assert [line["state"] for line in cloud.ledger.timeline(name)] == ["closed"]


def test_events_out_of_order_deploy_only_the_newest(cloud: InMemoryCloud) -> None:
    older, newer = uploaded(cloud, b"one"), uploaded(cloud, b"two")
    assert intake(newer, cloud)["outcome"] == "started"
    answer = intake(older, cloud)
    assert answer["outcome"] == "refused"
    assert "uploaded again since" in answer["reason"]
    source = the_only_request(cloud)["source"]
    assert source["versionId"] == newer["detail"]["object"]["version-id"]


def test_a_bucket_without_versions_works_too(cloud: InMemoryCloud) -> None:
    cloud.artifacts.keeps_no_versions(BUCKET)
    cloud.has_object(BUCKET, KEY, b"zip")
    assert intake(event_of(None), cloud)["outcome"] == "started"
    assert the_only_request(cloud)["source"] == {"bucket": BUCKET, "key": KEY}


def test_an_upload_that_was_deleted_meanwhile_is_for_the_plan_to_refuse(cloud: InMemoryCloud) -> None:
    event = uploaded(cloud)
    cloud.has_object(BUCKET, KEY, None)
    assert intake(event, cloud)["outcome"] == "started"


@pytest.mark.parametrize(
    ("key", "policy", "words"),
    [
        pytest.param("app.zip", None, "app.zip has no prefix", id="no prefix"),
        pytest.param(KEY, b"{", "orders/policy.json is not JSON", id="a policy that is no JSON"),
        pytest.param(KEY, b"[]", "must hold a JSON object", id="a policy that is a list"),
        pytest.param(KEY, b'{"source": {}}', "leave it out", id="a policy with a source"),
        pytest.param(KEY, b" " * (MAX_POLICY_BYTES + 1), "100,001 bytes", id="a policy without end"),
    ],
)
def test_an_upload_that_can_start_nothing_is_answered_in_public(
    cloud: InMemoryCloud, key: str, policy: bytes | None, words: str
) -> None:
    if policy is not None:
        cloud.has_object(BUCKET, "orders/policy.json", policy)
    event = uploaded(cloud, key=key)
    answer = intake(event, cloud)
    assert answer["outcome"] == "refused"
    assert words in answer["reason"]
    assert cloud.executions.started == {}
    name = read_upload(event).execution_name
    (line,) = cloud.ledger.timeline(name)
    assert line["reason"] == f"s3://{BUCKET}/{key}: {answer['reason']}"
    assert words in cloud.notifications.messages[0].body
    assert cloud.notifications.events[0]["outcome"] == "refused"


def test_a_refusal_that_arrives_twice_is_written_once(cloud: InMemoryCloud) -> None:
    event = uploaded(cloud, key="app.zip")
    assert intake(event, cloud) == intake(event, cloud)
    assert len(cloud.ledger.timeline(read_upload(event).execution_name)) == 1


def test_a_bucket_that_may_not_be_read_goes_to_the_dead_letters(cloud: InMemoryCloud) -> None:
    event = uploaded(cloud)
    cloud.artifacts.forbids(BUCKET)
    with pytest.raises(ForbiddenError):
        intake(event, cloud)
    assert cloud.executions.started == {}


# Releases of hotplug itself


@pytest.fixture
def installed(cloud: InMemoryCloud) -> InMemoryCloud:
    """An installation that knows what it is called, how it is released, and what watches it."""
    cloud.settings = replace(
        cloud.settings,
        stack="hotplug-eu",
        self_strategy="Canary10Percent5Minutes",
        self_alarms=("hotplug-eu-not-restored", "hotplug-eu-trouble"),
        has_router=True,
    )
    return cloud


@pytest.mark.parametrize("has_router", [True, False], ids=["with a router", "without a router"])
def test_an_upload_of_hotplug_without_a_policy_starts_its_own(
    installed: InMemoryCloud, has_router: bool
) -> None:
    installed.settings = replace(installed.settings, has_router=has_router)
    event = uploaded(installed, a_zip(), OWN_KEY)
    assert intake(event, installed)["outcome"] == "started"
    version_id = event["detail"]["object"]["version-id"]
    alarms = ["hotplug-eu-not-restored", "hotplug-eu-trouble"]
    own = self_policy("hotplug-eu", "Canary10Percent5Minutes", alarms, has_router=has_router)
    request = the_only_request(installed)
    assert request == own | {"source": {"bucket": BUCKET, "key": OWN_KEY, "versionId": version_id}}
    assert len(request["functions"]) == len(TRIALS) - (not has_router)
    assert isinstance(read_request(request), Request)


def test_an_upload_of_hotplug_with_a_policy_starts_that_one(installed: InMemoryCloud) -> None:
    policy = {"functions": ["hotplug-eu_plan", "hotplug-eu_watch"], "strategy": "AllAtOnce"}
    installed.has_object(BUCKET, "hotplug/policy.json", json.dumps(policy).encode())
    intake(uploaded(installed, a_zip(), OWN_KEY), installed)
    assert the_only_request(installed) == policy | {"source": the_only_request(installed)["source"]}


def test_a_policy_of_hotplug_that_is_broken_is_not_passed_over(installed: InMemoryCloud) -> None:
    installed.has_object(BUCKET, "hotplug/policy.json", b"{")
    answer = intake(uploaded(installed, a_zip(), OWN_KEY), installed)
    assert answer["outcome"] == "refused"
    assert "hotplug/policy.json is not JSON" in answer["reason"]
    assert installed.executions.started == {}


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("hotplug/old/4f2a.zip", id="further in"),
        pytest.param("hotplug-eu/4f2a.zip", id="the name of its stack"),
        pytest.param("Hotplug/4f2a.zip", id="another case"),
    ],
)
def test_another_prefix_is_the_name_of_a_function(installed: InMemoryCloud, key: str) -> None:
    intake(uploaded(installed, a_zip(), key), installed)
    assert the_only_request(installed)["function"] == key.rpartition("/")[0]


def test_an_event_of_a_release_that_arrives_again_starts_nothing_new(installed: InMemoryCloud) -> None:
    event = uploaded(installed, a_zip(), OWN_KEY)
    name = intake(event, installed)["execution"]
    installed.settings = replace(installed.settings, self_strategy="AllAtOnce")
    assert intake(event, installed) == {"outcome": "repeated", "execution": name}
    assert list(installed.executions.started) == [name]


@pytest.mark.parametrize("strategy", ["{", "", "Cannary"])
def test_a_strategy_that_can_not_be_read_is_for_the_plan_to_refuse(
    installed: InMemoryCloud, strategy: str
) -> None:
    installed.settings = replace(installed.settings, self_strategy=strategy)
    assert intake(uploaded(installed, a_zip(), OWN_KEY), installed)["outcome"] == "started"
    read = read_request(the_only_request(installed))
    assert not isinstance(read, Request)
    assert [problem.field for problem in read] == ["strategy"]
