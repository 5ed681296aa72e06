"""What AWS tells hotplug about a function reaches no log, no answer, no ledger and no message."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest

from hotplug.aws.functions import AwsFunctions
from hotplug.core.errors import TryAgainError
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.resources.configuration import CodeStorage
from hotplug.core.resources.function import FunctionState
from hotplug.core.resources.target import Target
from hotplug.core.spec.source import Package
from hotplug.handlers import entrypoint as entrypoint_room
from tests.contract.analysis.names import file_of
from tests.fakes import RED, InMemoryCloud, refusal
from tests.fakes.functions import InMemoryFunctions
from tests.fakes.table import Table
from tests.fuzz.ledger_trials import Ledgers
from tests.fuzz.world import BUCKET, a_company
from tests.support.machine.execution import Execution
from tests.support.machine.tasks import invoked

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
"""Powertools says so of each task that counts nothing."""
SIGNED = (
    "https://awslambda-us-east-1-tasks.s3.us-east-1.amazonaws.com/snapshots/orders?X-Amz-Signature=5ec4e7"
)
SECRETS = ("5ec4e7", "X-Amz-Signature", "hunter2", "DB_PASSWORD", "4111111111111111")
ENVIRONMENT = {"Variables": {"DB_PASSWORD": "hunter2"}}


@dataclass
class Context:
    """What Lambda hands over beside the event."""

    function_name: str = "hotplug-shift"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:111122223333:function:hotplug-shift"
    aws_request_id: str = "52fdfc07"


class Talkative:
    """A client of Lambda that answers with everything that the real one knows."""

    def __init__(self, lambdas: InMemoryFunctions) -> None:
        self._lambdas = lambdas

    def get_function(self, **request: Any) -> dict[str, Any]:
        found = self._lambdas.describe(request["FunctionName"], request["Qualifier"])
        if found is None:
            raise refusal("ResourceNotFoundException", "GetFunction", "Function not found")
        return {
            "Configuration": _configuration(found) | {"FunctionName": request["FunctionName"]},
            "Code": {"RepositoryType": "S3", "Location": SIGNED},
            "Tags": {"note": "hunter2"},
        }

    def get_alias(self, **request: Any) -> dict[str, Any]:
        found = self._lambdas.alias(_target(request))
        if found is None:
            raise refusal("ResourceNotFoundException", "GetAlias", "Alias not found")
        return _alias(found)

    def update_alias(self, **request: Any) -> dict[str, Any]:
        weights = request["RoutingConfig"]["AdditionalVersionWeights"]
        routing = Routing.of(request["FunctionVersion"], weights)
        return _alias(self._lambdas.point(_target(request), routing, request["RevisionId"]))

    def update_function_code(self, **request: Any) -> dict[str, Any]:
        package = Package(request["S3Bucket"], request["S3Key"], request.get("S3ObjectVersion"))
        self._lambdas.update_code(request["FunctionName"], package, request["RevisionId"], CodeStorage())
        return {"Environment": ENVIRONMENT}

    def publish_version(self, **request: Any) -> dict[str, Any]:
        names = ("FunctionName", "CodeSha256", "RevisionId")
        version = self._lambdas.publish(*(request[name] for name in names))
        return {"Version": version, "Environment": ENVIRONMENT, "Location": SIGNED}


def _configuration(found: FunctionState) -> dict[str, Any]:
    return {
        "Version": found.version,
        "State": found.state,
        "LastUpdateStatus": found.update,
        "CodeSha256": found.code_sha256,
        "RevisionId": found.revision,
        "Role": found.role,
        "PackageType": found.package_type,
        "Environment": ENVIRONMENT,
        "Description": "the password is hunter2",
    }


def _alias(found: AliasState) -> dict[str, Any]:
    return {
        "FunctionVersion": found.routing.version,
        "RoutingConfig": {"AdditionalVersionWeights": found.routing.weights},
        "RevisionId": found.revision,
        "Description": "hunter2",
    }


def _target(request: dict[str, Any]) -> Target:
    return Target(request["FunctionName"], request["Name"])


@dataclass
class Heard:
    """What the handlers answered, and their log as Powertools writes it."""

    answers: list[str] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)

    def perform(self, state: str, _: str, arguments: Any) -> Any:
        """Through the real handler."""
        handler = import_module(f"hotplug.handlers.{file_of(state)}").handler
        answer = json.dumps(invoked(lambda: handler(json.loads(json.dumps(arguments)), Context())))
        self.answers.append(answer)
        return json.loads(answer)


@pytest.fixture
def cloud() -> InMemoryCloud:
    """Lambda and ledger through their real adapters."""
    company = a_company()
    cloud = Ledgers(Table(), company)
    client: Any = Talkative(company.functions)
    cloud.artifacts, cloud.functions = company.artifacts, AwsFunctions(client)  # type: ignore[assignment]
    return cloud


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch, cloud: InMemoryCloud) -> Iterator[Heard]:
    """Tasks go through their real handlers, and are listened to."""

    listened = Heard()
    listening = logging.StreamHandler(listened.log)
    listening.setFormatter(entrypoint_room.logger.registered_formatter)
    loggers = [logging.getLogger(name) for name in ("hotplug", "botocore", "boto3")]
    monkeypatch.setattr(entrypoint_room, "live", lambda: cloud)
    for each in loggers:
        monkeypatch.setattr(each, "level", logging.DEBUG)
        each.addHandler(listening)
    yield listened
    for each in loggers:
        each.removeHandler(listening)


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def check_nothing_leaks(cloud: Any, heard: Heard, printed: str) -> None:
    assert "answered" in heard.log.getvalue()
    for place, text in {
        "an answer": "".join(heard.answers),
        "the log": heard.log.getvalue() + printed,
        "the ledger": repr(cloud.table.items),
        "a message": f"{cloud.notifications.messages}{cloud.notifications.events}",
    }.items():
        assert text, f"nothing reached {place}"
        assert not leaks(text), f"{leaks(text)} reached {place}"


REQUEST = {
    "function": "orders",
    "source": {"bucket": BUCKET, "key": "orders/app.zip"},
    "alarms": ["errors"],
}


def test_a_good_swap_gives_no_secret_away(
    cloud: InMemoryCloud, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Execution(cloud, REQUEST, perform=heard.perform).run() == "Deployed"
    check_nothing_leaks(cloud, heard, capsys.readouterr().out)


def test_a_rollback_with_trouble_on_its_way_gives_no_secret_away(
    cloud: Any, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud.notifications.fails_next("publish", TryAgainError("Rate exceeded"))

    def goes_red() -> None:
        cloud.alarm("errors").goes(RED)
        cloud.company.functions.fails_next("point", TryAgainError("Rate exceeded"))

    assert Execution(cloud, REQUEST, perform=heard.perform).run(goes_red) == "Rolled back"
    assert "could not restore orders:live" in heard.log.getvalue()
    check_nothing_leaks(cloud, heard, capsys.readouterr().out)


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param({"password": "hunter2"}, id="a password"),
        pytest.param({"payload": {"card": "4111111111111111"}}, id="a payload"),
        pytest.param({"source": {"bucket": BUCKET, "key": "k", "location": SIGNED}}, id="a presigned URL"),
    ],
)
def test_what_a_request_should_not_hold_is_not_repeated(
    cloud: InMemoryCloud, heard: Heard, capsys: pytest.CaptureFixture[str], stranger: dict[str, Any]
) -> None:
    assert (
        Execution(cloud, {"function": "orders"} | stranger, perform=heard.perform).run() == "Invalid request"
    )
    check_nothing_leaks(cloud, heard, capsys.readouterr().out)


def test_the_check_sees_a_leak(cloud: Any, heard: Heard) -> None:
    request = {"function": "orders", "reason": "the password is hunter2"}
    Execution(cloud, request, perform=heard.perform).plan()
    with pytest.raises(AssertionError, match="hunter2"):
        check_nothing_leaks(cloud, heard, "")
    logging.getLogger("hotplug").info("see %s", SIGNED)
    assert leaks(heard.log.getvalue()) == ["5ec4e7", "X-Amz-Signature", "hunter2"]
