"""The router as a Lambda handler: what it counts of each call, and that it starts light."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hotplug.activities.alias_views import AliasCache
from hotplug.activities.forward_request import Served
from hotplug.aws.invocations import AwsInvocations
from hotplug.aws.router_cloud import LiveRouterCloud, RouterCloud, RouterSettings
from hotplug.core.router.event import VERSION_HEADER, Event
from hotplug.handlers import router as router_room
from hotplug.handlers import router_entrypoint as entrypoint_room
from hotplug.handlers.router_entrypoint import RUNNING, count, entrypoint, live
from tests.fakes import InMemoryCloud, InMemoryRouterCloud
from tests.support.calling import Ask, each_format, is_blocked, rest

type Json = dict[str, Any]

ENVIRONMENT = {
    "HOTPLUG_TARGETS": "orders-*",
    "HOTPLUG_ROUTER_ALIAS": "live",
    "HOTPLUG_LEDGER": "table",
    "HOTPLUG_ROUTABLE_VERSIONS": "3",
    "HOTPLUG_ROUTABLE_ALIASES": "",
    "HOTPLUG_VERSION_NAMERS": "*",
    "HOTPLUG_VERSION_PARAMETER": "version",
    "HOTPLUG_AFFINITY_HEADER": "",
    "HOTPLUG_AFFINITY_COOKIE": "",
    "HOTPLUG_ISSUE_AFFINITY": "false",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings as the template says them, and nothing that a runtime sets."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name in (RUNNING, "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nothing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    live.cache_clear()
    yield
    live.cache_clear()


@pytest.fixture
def shop(
    cloud: InMemoryCloud, router: InMemoryRouterCloud, monkeypatch: pytest.MonkeyPatch
) -> InMemoryRouterCloud:
    """The router's Lambda over a function on version 41."""
    cloud.has_function("orders")
    is_blocked(cloud)
    monkeypatch.setattr(entrypoint_room, "live", lambda: router)
    monkeypatch.setattr(router_room, "views", AliasCache())
    return router


def metrics(said: str) -> list[Json]:
    """The lines of embedded metrics on stdout, as CloudWatch reads them: by dimensions, name to value."""
    return [read(json.loads(line)) for line in said.splitlines() if "_aws" in line]


def read(line: Json) -> Json:
    (told,) = line["_aws"]["CloudWatchMetrics"]
    assert told["Namespace"] == "hotplug"
    units = {metric["Name"]: metric["Unit"] for metric in told["Metrics"]}
    assert units.pop("Latency") == "Milliseconds"
    assert set(units.values()) == {"Count"}
    values = {metric["Name"]: line[metric["Name"]] for metric in told["Metrics"]}
    sets = [tuple(sorted((name, line[name]) for name in each)) for each in told["Dimensions"]]
    return {"sets": sets, "values": {name: value for name, (value,) in values.items()}}


TARGET = (("Target", "orders:live"),)
VERSION = (*TARGET, ("Version", "41"))
NAMED = (("Choice", "named"), *VERSION)


@each_format
def test_a_call_is_one_line_by_target_and_by_version(
    shop: InMemoryRouterCloud, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = router_room.handler(ask(), None)
    assert answer["headers"][VERSION_HEADER] == "41"
    (line,) = metrics(capsys.readouterr().out)
    assert line["sets"] == [TARGET, VERSION]
    latency = line["values"].pop("Latency")
    assert line["values"] == {"Calls": 1, "Errors": 0, "ServerErrors": 0}
    assert latency > 0


@each_format
def test_a_call_by_name_is_in_no_sum_of_the_releases_own(
    shop: InMemoryRouterCloud, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    router_room.handler(ask(query="version=41"), None)
    (line,) = metrics(capsys.readouterr().out)
    assert line["sets"] == [NAMED]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(rest(query="version=$LATEST"), id="a name that is none"),
        pytest.param(rest(query="version=7"), id="a version that may not be reached"),
        pytest.param(rest("nobody"), id="a function that is not there"),
        pytest.param(rest("no body"), id="a function that is no name"),
        pytest.param({}, id="no request"),
    ],
)
def test_what_no_function_hears_of_is_not_counted(
    shop: InMemoryRouterCloud, event: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    assert router_room.handler(event, None)["statusCode"] in {400, 404}
    assert metrics(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("served", "sets"),
    [
        pytest.param({"version": "41"}, [TARGET, VERSION], id="a version"),
        pytest.param({}, [TARGET], id="no version that is known"),
        pytest.param({"version": "41", "is_named": True}, [NAMED], id="a name"),
        pytest.param(
            {"is_named": True},
            [(("Choice", "named"), *TARGET, ("Version", "unknown"))],
            id="an alias by its name that did not answer",
        ),
    ],
)
def test_dimensions(served: Json, sets: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    count("orders:live", Served({}, "orders:live", counts={"Throttles": 1}, latency_ms=12.5, **served))
    (line,) = metrics(capsys.readouterr().out)
    assert line == {"sets": sets, "values": {"Throttles": 1, "Latency": 12.5}}


def test_what_is_counted_once_is_not_counted_again(capsys: pytest.CaptureFixture[str]) -> None:
    first = Served({}, "orders:live", "41", counts={"Calls": 1, "Errors": 1})
    second = Served({}, "billing:live", "7", counts={"Throttles": 1})
    for served in (first, second):
        count(str(served.target), served)
    one, other = metrics(capsys.readouterr().out)
    assert (one["values"]["Calls"], one["values"]["Errors"]) == (1, 1)
    assert other["sets"][0] == (("Target", "billing:live"),)
    assert other["values"].keys() == {"Throttles", "Latency"}


def test_a_handler_answers_what_its_route_answers(
    router: InMemoryRouterCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def some_route(event: Event, cloud: RouterCloud) -> Served:
        assert cloud is router
        return Served({"statusCode": 200, "body": event["body"]})

    monkeypatch.setattr(entrypoint_room, "live", lambda: router)
    assert entrypoint(some_route)({"body": "hello"}, None) == {"statusCode": 200, "body": "hello"}
    assert capsys.readouterr().out == ""


# How it starts


def test_on_lambda_the_first_client_is_there_before_the_first_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(RUNNING, "127.0.0.1:9001")
    entrypoint(router_room.route)
    cloud = live()
    assert isinstance(cloud, LiveRouterCloud)
    assert list(vars(cloud)) == ["settings", "calls"], "more than that makes a first call wait"
    assert isinstance(cloud.calls, AwsInvocations)


def test_anywhere_else_nothing_is_made_before_it_is_needed() -> None:
    entrypoint(router_room.route)
    assert live.cache_info().currsize == 0


def test_the_client_that_calls_makes_one_attempt_and_waits_as_long_as_api_gateway() -> None:
    calls: Any = live().calls
    config = calls._client.meta.config
    assert (config.retries["total_max_attempts"], config.read_timeout) == (1, 29)


def test_what_is_looked_up_in_passing_is_not_waited_for() -> None:
    cloud: Any = live()
    for client in (cloud.functions._client, cloud.alias_views._client):
        config = client.meta.config
        assert (config.retries["total_max_attempts"], config.connect_timeout) == (1, 1)
        assert config.read_timeout <= 2


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert RouterSettings.from_environment() == RouterSettings("orders-*", "live", "table", 3)
    others = {
        "HOTPLUG_ROUTABLE_ALIASES": "beta, gamma,",
        "HOTPLUG_VERSION_NAMERS": "testers, arn:aws:sts::*:assumed-role/Tester/*",
        "HOTPLUG_VERSION_PARAMETER": "v",
        "HOTPLUG_AFFINITY_HEADER": "x-tenant",
        "HOTPLUG_AFFINITY_COOKIE": "tenant",
        "HOTPLUG_ISSUE_AFFINITY": "true",
    }
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    assert RouterSettings.from_environment() == RouterSettings(
        targets="orders-*",
        alias="live",
        ledger="table",
        routable_versions=3,
        routable_aliases=("beta", "gamma"),
        allowed_principals=("testers", "arn:aws:sts::*:assumed-role/Tester/*"),
        parameter="v",
        affinity_header="x-tenant",
        affinity_cookie="tenant",
        issues_affinity=True,
    )


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_variable_that_is_missing_is_missed_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(KeyError, match=name):
        RouterSettings.from_environment()


def test_without_namers_nobody_may_name_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTPLUG_VERSION_NAMERS", "")
    assert RouterSettings.from_environment().allowed_principals == ()
