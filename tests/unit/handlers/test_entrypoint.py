"""Between Lambda and a use case: settings from the environment, one deployment id on every line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from hotplug.aws.cloud import Cloud, Settings
from hotplug.handlers import entrypoint as entrypoint_room
from hotplug.handlers.entrypoint import deployment_of, entrypoint
from tests.fakes import InMemoryCloud


@dataclass
class Context:
    """What Lambda hands over beside the event."""

    function_name: str = "hotplug-shift"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:111122223333:function:hotplug-shift"
    aws_request_id: str = "52fdfc07"


@pytest.mark.parametrize(
    ("event", "deployment"),
    [
        pytest.param({"plan": {"deployment": "d-1"}, "step": 0}, "d-1", id="a task"),
        pytest.param({"request": {}, "execution": {"id": "arn", "name": "d-2"}}, "d-2", id="the plan"),
        pytest.param({"source": "aws.s3", "detail": {}}, None, id="an upload"),
    ],
)
def test_the_deployment_of_an_event(event: dict[str, Any], deployment: str | None) -> None:
    assert deployment_of(event) == deployment


HOOK = {"details": {"secret of a hook": 1}}


def test_a_handler_answers_what_its_use_case_answers_and_logs_it_without_plan_and_hook(
    cloud: InMemoryCloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def some_task(event: Mapping[str, Any], _: Cloud) -> dict[str, Any]:
        return {"outcome": "claimed", "reason": "because", "plan": event["plan"], "hook": HOOK}

    monkeypatch.setattr(entrypoint_room, "live", lambda: cloud)
    monkeypatch.setattr(entrypoint_room.logger, "propagate", True)
    event = {"plan": {"deployment": "d-1", "secret of the plan": 1}}
    answer = entrypoint(some_task)(event, Context())  # type: ignore[arg-type]
    assert answer == {"outcome": "claimed", "reason": "because", "plan": event["plan"], "hook": HOOK}
    (line,) = [record for record in caplog.records if record.getMessage() == "answered"]
    assert line.__dict__["answer"] == {"outcome": "claimed", "reason": "because"}
    assert json.dumps(line.__dict__["answer"])


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTPLUG_LEDGER", "table")
    monkeypatch.setenv("HOTPLUG_TOPIC", "arn:topic")
    monkeypatch.setenv("HOTPLUG_KEEP_DAYS", "365")
    assert Settings.from_environment() == Settings("", "", "table", "arn:topic", 365)
    monkeypatch.setenv("HOTPLUG_TARGETS", "orders-*")
    monkeypatch.setenv("HOTPLUG_MACHINE", "arn:machine")
    assert Settings.from_environment() == Settings("orders-*", "arn:machine", "table", "arn:topic", 365)
    monkeypatch.setenv("HOTPLUG_HOOKS", "hook-*")
    assert Settings.from_environment().hooks == "hook-*"


def test_a_variable_that_every_function_needs_is_missed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOTPLUG_LEDGER", raising=False)
    with pytest.raises(KeyError, match="HOTPLUG_LEDGER"):
        Settings.from_environment()
