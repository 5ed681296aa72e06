"""An upload is a deployment, once, or a note that says why not."""

import io
import json
import zipfile
from typing import Any

import pytest

from cli.migrate.__main__ import converted
from tests.e2e.cast import package
from tests.e2e.story import Given, Then, When, steps

pytestmark = pytest.mark.emulator


def test_an_uploaded_zip_takes_over_as_its_policy_says(given: Given, when: When, then: Then) -> None:
    orders, prefix = given.a_function(latest=None), given.name("policy")
    given.a_policy(prefix, {"function": orders.name, "strategy": steps(5, 50), "pollSeconds": 1})

    when.uploading(package("uploaded"), f"{prefix}/build-42.zip")
    deployment = when.the_upload_starts(prefix)

    assert when.it_is_followed(deployment, orders) == ["1", "1, 5 % to 2", "1, 50 % to 2", "2"]
    then.it_succeeds(deployment)
    assert orders.edition() == "uploaded"
    then.the_claim_is_free(orders)


@pytest.mark.parametrize(
    "prefix", ["shop/orders", "Zürich + co/100 %"], ids=["nested", "with any characters"]
)
def test_a_prefix_may_be_anything(given: Given, when: When, then: Then, prefix: str) -> None:
    orders, team = given.a_function(latest=None), given.name("team")
    given.a_policy(f"{team}/{prefix}", {"function": orders.name, "strategy": "AllAtOnce"})

    when.uploading(package("uploaded"), f"{team}/{prefix}/build-42.zip")

    then.it_succeeds(when.the_upload_starts(team))
    assert orders.edition() == "uploaded"


def test_without_a_policy_the_prefix_is_the_function_and_defaults_hold(
    given: Given, when: When, then: Then
) -> None:
    orders = given.a_function(latest=None)

    when.uploading(package("uploaded"), f"{orders.name}/build-42.zip")
    deployment = when.the_upload_starts(orders.name)

    when.it_has_got_to(deployment, orders, "1, 10 % to 2")
    planned = deployment.timeline()[0]
    assert planned["reason"].startswith("10 % for 300 s, then all; watched by evidence. ")
    when.it_is_stopped(deployment)


def test_a_policy_that_was_converted_from_a_template_does_as_the_template_said(
    given: Given, when: When, then: Then
) -> None:
    orders, alarm = given.a_function(latest=None), given.an_alarm()
    template = f"""
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: {orders.name}
      AutoPublishAlias: live
      DeploymentPreference: {{Type: Linear10PercentEvery2Minutes, Alarms: [{alarm.name}]}}
"""
    [policy] = converted(template, {}).requests
    given.a_policy(orders.name, policy | {"pollSeconds": 1})

    when.uploading(package("uploaded"), f"{orders.name}/build-42.zip")
    deployment = when.the_upload_starts(orders.name)
    when.it_has_got_to(deployment, orders, "1, 10 % to 2")
    alarm.turns("ALARM")

    then.it_fails(deployment, "RolledBack", alarm.name)
    then.it_is_back(orders)


def test_an_upload_is_deployed_once_however_often_its_event_arrives(
    given: Given, when: When, then: Then
) -> None:
    orders, prefix = given.a_function(latest=None), given.name("policy")
    given.a_policy(prefix, {"function": orders.name, "strategy": "AllAtOnce"})
    mailbox = given.a_mailbox(source=["aws.s3"], detail={"object": {"key": [f"{prefix}/build-42.zip"]}})
    when.uploading(package("uploaded"), f"{prefix}/build-42.zip")
    deployment = when.the_upload_starts(prefix)
    [event] = then.all_are_told(lambda: mailbox.events("aws.s3"), 1)

    when.the_upload_is_told_again(event)
    then.it_succeeds(deployment)
    answer = when.the_upload_is_told_again(event)

    assert answer["outcome"] == "repeated"
    assert when.all_started_by(prefix) == [deployment]
    assert orders.versions() == ["1", "2"]


def test_the_same_bytes_uploaded_again_change_nothing(given: Given, when: When, then: Then) -> None:
    orders, prefix = given.a_function(latest=None), given.name("policy")
    given.a_policy(prefix, {"function": orders.name, "strategy": "AllAtOnce"})
    when.uploading(package("uploaded"), f"{prefix}/build-42.zip")
    first = when.the_upload_starts(prefix)
    then.it_succeeds(first)
    before = orders.everything_but_marks()

    when.uploading(package("uploaded"), f"{prefix}/build-43.zip")

    then.it_succeeds(when.the_upload_starts(prefix, after=first), "unchanged")
    assert orders.everything_but_marks() == before


def empty_zip() -> bytes:
    content = io.BytesIO()
    zipfile.ZipFile(content, "w").close()
    return content.getvalue()


def only_a_directory() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.mkdir("src")
    return content.getvalue()


def too_large() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("model.bin", bytes(262_144_001))
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"#!/bin/sh", "it is not a zip", id="not a zip"),
        pytest.param(b"", "it is empty (0 bytes)", id="an empty object"),
        pytest.param(package("cut off")[:-30], "it is not a zip", id="a zip that was cut off"),
        pytest.param(empty_zip(), "it is a zip without a file in it", id="a zip with nothing in it"),
        pytest.param(only_a_directory(), "it is a zip without a file in it", id="a zip without files"),
        pytest.param(too_large(), "it unzips to 262,144,001 bytes", id="a zip over the limit of Lambda"),
    ],
)
def test_a_package_that_lambda_would_not_take_leaves_a_note_and_nothing_else(
    given: Given, when: When, then: Then, content: bytes, why: str
) -> None:
    orders, mailbox = given.a_function(latest=None), given.a_mailbox()
    before = orders.everything()

    when.uploading(content, f"{orders.name}/build-42.zip")

    then.a_note_says_why(mailbox, orders.name, why)
    assert orders.everything() == before
    then.the_claim_is_free(orders)


def policy(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"function: orders", "policy.json is not JSON", id="no JSON"),
        pytest.param(b'["orders"]', "policy.json must hold a JSON object", id="a list"),
        pytest.param(policy(function="<name>", source={}), "policy.json has a source", id="with a source"),
        pytest.param(
            policy(function="<name>", speed="fast"), "speed: got an unknown key", id="with an unknown field"
        ),
        pytest.param(
            policy(function="<name>", strategy="Slowly"), 'strategy: got "Slowly"', id="wrong strategy"
        ),
        pytest.param(
            policy(function="elsewhere"), "function: got elsewhere", id="outside the allowed pattern"
        ),
    ],
)
def test_a_wrong_policy_leaves_a_note_and_nothing_else(
    given: Given, when: When, then: Then, content: bytes, why: str
) -> None:
    orders, mailbox, prefix = given.a_function(latest=None), given.a_mailbox(), given.name("policy")
    before = orders.everything()
    when.uploading(content.replace(b"<name>", orders.name.encode()), f"{prefix}/policy.json")

    when.uploading(package("uploaded"), f"{prefix}/build-42.zip")

    then.a_note_says_why(mailbox, prefix, why)
    assert orders.everything() == before
    then.the_claim_is_free(orders)


def test_an_upload_without_a_prefix_leaves_a_note(given: Given, when: When, then: Then) -> None:
    mailbox, key = given.a_mailbox(), f"{given.name()}.zip"

    when.uploading(package("uploaded"), key)

    then.a_note_says_why(mailbox, key, f"{key} has no prefix")
