"""Every verb of every adapter speaks hotplug's words when AWS is slow, absent, throttling or forbidding."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError, ReadTimeoutError
from botocore.stub import Stubber

from hotplug.aws.alarms import AwsAlarms
from hotplug.aws.alias_views import KEPT_DAYS, AwsAliasViews
from hotplug.aws.artifacts import AwsArtifacts
from hotplug.aws.concurrency import AwsConcurrency
from hotplug.aws.errors import TRANSIENT
from hotplug.aws.evidence_store import AwsEvidenceStore
from hotplug.aws.executions import AwsExecutions
from hotplug.aws.functions import AwsFunctions
from hotplug.aws.ledger import AwsLedger
from hotplug.aws.metrics import AwsMetrics
from hotplug.aws.notifications import AwsNotifications
from hotplug.aws.versions import AwsVersions
from hotplug.core.deployment.transition import Outcome, State, TargetLine, Transition
from hotplug.core.errors import ArtifactRefusedError, ForbiddenError, RevisionStaleError, TryAgainError
from hotplug.core.evidence.metrics.queries import MetricQuery
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.configuration import CodeStorage
from hotplug.core.resources.versions import PublishedVersion
from hotplug.core.router.selection import AliasView
from hotplug.core.spec.source import Package
from tests.fakes import MACHINE, a_target, execution_arn
from tests.support.plans import a_plan
from tests.unit.aws.clients import a_client

TARGET, PACKAGE, NOW = (
    a_target("orders:live"),
    Package("artifacts", "k", "v"),
    datetime(2026, 11, 24, tzinfo=UTC),
)
SOON = NOW + timedelta(minutes=1)
LINE = Transition(
    deployment="d-1",
    execution=execution_arn("d-1"),
    state=State.CLOSED,
    key="closed#00000",
    at=NOW.isoformat(),
    targets=(TargetLine.of(a_plan().targets[0], "42", a_plan().steps[0].percent),),
    reason="because",
    outcome=Outcome.DEPLOYED,
)
ERRORS = MetricQuery("Errors", "Sum", "orders", "live", "42")
OLD = PublishedVersion("7", "arn:aws:lambda:us-east-1:111122223333:function:orders:7")
VIEW = AliasView(Routing("41"), "", (), NOW)

type Verb = Callable[[Any], object]

VERBS: list[tuple[str, str, Verb]] = [
    ("lambda", "get_function", lambda client: AwsFunctions(client).describe("orders")),
    ("lambda", "get_alias", lambda client: AwsFunctions(client).alias(TARGET)),
    (
        "lambda",
        "update_function_code",
        lambda client: AwsFunctions(client).update_code("orders", PACKAGE, "r", CodeStorage()),
    ),
    ("lambda", "publish_version", lambda client: AwsFunctions(client).publish("orders", "sha", "r")),
    ("lambda", "update_alias", lambda client: AwsFunctions(client).point(TARGET, Routing("41"), "r")),
    ("lambda", "create_alias", lambda client: AwsFunctions(client).create(TARGET, Routing("41"))),
    ("lambda", "delete_alias", lambda client: AwsFunctions(client).delete(TARGET)),
    ("lambda", "list_versions_by_function", lambda client: AwsVersions(client).published("orders")),
    ("lambda", "list_aliases", lambda client: AwsVersions(client).aliases("orders")),
    (
        "lambda",
        "list_provisioned_concurrency_configs",
        lambda client: AwsConcurrency(client).found("orders"),
    ),
    (
        "lambda",
        "get_provisioned_concurrency_config",
        lambda client: AwsConcurrency(client).state("orders", "7"),
    ),
    (
        "lambda",
        "put_provisioned_concurrency_config",
        lambda client: AwsConcurrency(client).put("orders", "7", 5),
    ),
    ("lambda", "list_aliases", lambda client: AwsConcurrency(client).aliases_on("orders", "7")),
    ("lambda", "list_event_source_mappings", lambda client: AwsVersions(client).is_fed(OLD)),
    ("cloudwatch", "describe_alarms", lambda client: AwsAlarms(client).states(["errors"])),
    ("cloudwatch", "get_metric_data", lambda client: AwsMetrics(client).read([ERRORS], NOW, SOON)),
    ("s3", "get_object", lambda client: AwsArtifacts(client).read("artifacts", "k", 9)),
    ("s3", "head_object", lambda client: AwsArtifacts(client).current_version("artifacts", "k")),
    ("stepfunctions", "start_execution", lambda client: AwsExecutions(client).start(MACHINE, "d-1", {})),
    (
        "stepfunctions",
        "describe_execution",
        lambda client: AwsExecutions(client).is_running(execution_arn("d-1")),
    ),
    ("dynamodb", "transact_write_items", lambda client: ledger(client).claim(a_plan(), NOW)),
    ("dynamodb", "get_item", lambda client: ledger(client).holder(TARGET)),
    ("dynamodb", "transact_write_items", lambda client: ledger(client).release("d-1", [TARGET])),
    ("dynamodb", "update_item", lambda client: ledger(client).trip("d-1", "red")),
    ("dynamodb", "update_item", lambda client: ledger(client).close("d-1")),
    ("dynamodb", "put_item", lambda client: ledger(client).append(LINE)),
    ("dynamodb", "query", lambda client: ledger(client).timeline("d-1")),
    ("dynamodb", "put_item", lambda client: book(client).save("d-1", "orders:live", {}, NOW)),
    ("dynamodb", "query", lambda client: book(client).saved("d-1")),
    ("dynamodb", "batch_get_item", lambda client: routes(client).known(TARGET)),
    ("dynamodb", "update_item", lambda client: routes(client).take_turn(TARGET, NOW)),
    ("dynamodb", "query", lambda client: list(routes(client).closed_deployments(TARGET))),
    ("dynamodb", "update_item", lambda client: routes(client).share(TARGET, VIEW)),
    ("events", "put_events", lambda client: notifications(client, Topic()).publish(LINE)),
    ("sns", "publish", lambda client: notifications(Bus(), client).publish(LINE)),
]
every_verb = pytest.mark.parametrize(
    ("service", "operation", "verb"),
    VERBS,
    ids=[f"{service} {operation} {at}" for at, (service, operation, _) in enumerate(VERBS)],
)
CONNECTION = {
    "absent": EndpointConnectionError(endpoint_url="x"),
    "too slow": ReadTimeoutError(endpoint_url="x"),
    "broken off": HTTPClientError(error="connection reset"),
}


class Bus:
    """A client of EventBridge that takes everything, or refuses every entry."""

    def __init__(self, failed: int = 0) -> None:
        self.failed = failed
        self.entries: list[dict[str, Any]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's
        self.entries += Entries
        return {"FailedEntryCount": self.failed, "Entries": [{"ErrorCode": "InternalFailure"}]}


class Topic:
    """A client of SNS that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def publish(self, **message: Any) -> dict[str, Any]:
        self.sent.append(message)
        return {"MessageId": "1"}


def notifications(events: Any, sns: Any) -> AwsNotifications:
    return AwsNotifications(events, sns, "arn:topic")


def ledger(client: Any) -> AwsLedger:
    return AwsLedger(client, "table", 365)


def book(client: Any) -> AwsEvidenceStore:
    return AwsEvidenceStore(client, "table", 365)


def routes(client: Any) -> AwsAliasViews:
    return AwsAliasViews(client, "table", KEPT_DAYS)


the_client = cache(a_client)
"""The same one for each test: to make it takes longer than to use it."""


def answered(service: str, operation: str, verb: Verb, code: str) -> object:
    client = the_client(service)
    with Stubber(client) as stubber:
        stubber.add_client_error(operation, service_error_code=code, service_message="a text of AWS")
        return verb(client)


@every_verb
@pytest.mark.parametrize("trouble", CONNECTION)
def test_a_connection_that_fails_may_be_tried_again(
    service: str, operation: str, verb: Verb, trouble: str
) -> None:
    def fails(**_: Any) -> None:
        raise CONNECTION[trouble]

    client = the_client(service)
    client.meta.events.register("before-send", fails)
    try:
        with pytest.raises(TryAgainError):
            verb(client)
    finally:
        client.meta.events.unregister("before-send", fails)


@every_verb
@pytest.mark.parametrize("code", ["ThrottlingException", "TooManyRequestsException", "InternalError"])
def test_a_moment_of_trouble_may_be_tried_again(service: str, operation: str, verb: Verb, code: str) -> None:
    with pytest.raises(TryAgainError, match="a text of AWS"):
        answered(service, operation, verb, code)


@every_verb
def test_what_is_denied_says_so(service: str, operation: str, verb: Verb) -> None:
    with pytest.raises(ForbiddenError, match="a text of AWS"):
        answered(service, operation, verb, "AccessDeniedException")


@every_verb
def test_an_error_without_a_meaning_here_stays_what_it_is(service: str, operation: str, verb: Verb) -> None:
    with pytest.raises(ClientError, match="SomethingNew"):
        answered(service, operation, verb, "SomethingNew")


@pytest.mark.parametrize("code", sorted(TRANSIENT))
def test_every_passing_code_may_be_tried_again(code: str) -> None:
    with pytest.raises(TryAgainError):
        answered(*VERBS[0], code)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_error_of_the_server_may_be_tried_again_whatever_its_name(status: int) -> None:
    service, operation, verb = VERBS[0]
    client = a_client(service)
    stubber = Stubber(client)
    stubber.add_client_error(operation, "SomethingNew", "a text of AWS", http_status_code=status)
    with stubber, pytest.raises(TryAgainError):
        verb(client)


@pytest.mark.parametrize(
    "entry",
    [entry for entry in VERBS if entry[1] in {"update_alias", "publish_version", "update_function_code"}],
)
def test_a_failed_precondition_is_a_stale_revision(entry: tuple[str, str, Verb]) -> None:
    with pytest.raises(RevisionStaleError):
        answered(*entry, "PreconditionFailedException")


@pytest.mark.parametrize(
    ("operation", "code", "answer"),
    [
        pytest.param("get_function", "ResourceNotFoundException", None, id="a function"),
        pytest.param("get_alias", "ResourceNotFoundException", None, id="an alias"),
        pytest.param("create_alias", "ResourceConflictException", None, id="a new alias that is there"),
        pytest.param("start_execution", "ExecutionAlreadyExists", False, id="an execution that was started"),
        pytest.param("describe_execution", "ExecutionDoesNotExist", None, id="an unknown execution"),
        pytest.param("get_object", "NoSuchKey", None, id="a policy"),
        pytest.param("head_object", "404", None, id="an object"),
        pytest.param("put_item", "ConditionalCheckFailedException", False, id="a line that is there"),
    ],
)
def test_what_is_not_there_is_an_answer_and_no_error(operation: str, code: str, answer: object) -> None:
    entry = next(entry for entry in VERBS if entry[1] == operation)
    assert answered(*entry, code) is answer


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        pytest.param(lambda client: ledger(client).trip("d-1", "red"), False, id="it has its verdict"),
        pytest.param(lambda client: ledger(client).close("d-1"), None, id="there is nothing to close"),
        pytest.param(lambda client: routes(client).take_turn(TARGET, NOW), False, id="another has its turn"),
        pytest.param(lambda client: routes(client).share(TARGET, VIEW), None, id="another looked later"),
    ],
)
def test_an_item_that_has_moved_on_is_an_answer_and_no_error(verb: Verb, answer: object) -> None:
    code = "ConditionalCheckFailedException"
    assert answered("dynamodb", "update_item", verb, code) is answer


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param("NoSuchKey", "does not exist", id="no key"),
        pytest.param("NoSuchBucket", "does not exist", id="no bucket"),
        pytest.param("NoSuchVersion", "does not exist", id="no version"),
        pytest.param("InvalidArgument", "does not exist", id="a version id that is none"),
        pytest.param("AccessDenied", "may not read it", id="forbidden"),
    ],
)
def test_a_package_that_cannot_be_read_is_refused_with_its_reason(code: str, words: str) -> None:
    with pytest.raises(ArtifactRefusedError, match=words):
        answered("s3", "get_object", lambda client: AwsArtifacts(client).inspect(PACKAGE), code)


def test_an_event_that_the_bus_refuses_may_be_tried_again_and_the_message_goes_out_all_the_same() -> None:
    topic = Topic()
    with pytest.raises(TryAgainError, match="InternalFailure"):
        notifications(Bus(failed=1), topic).publish(LINE)
    assert [message["TopicArn"] for message in topic.sent] == ["arn:topic"]


@pytest.mark.parametrize(
    ("execution", "resources"),
    [("arn:execution", ["arn:execution"]), ("", [])],
    ids=["an execution", "none yet"],
)
def test_an_event_can_be_found_by_its_execution(execution: str, resources: list[str]) -> None:
    bus = Bus()
    notifications(bus, Topic()).publish(replace(LINE, execution=execution))
    assert [entry["Resources"] for entry in bus.entries] == [resources]


def test_no_call_for_alarms_names_more_than_cloudwatch_takes() -> None:
    asked: list[list[str]] = []

    class Watch:
        def describe_alarms(self, **request: Any) -> dict[str, Any]:
            asked.append(request["AlarmNames"])
            assert request["MaxRecords"] == 100
            return {"MetricAlarms": []}

    client: Any = Watch()
    names = [f"alarm-{at}" for at in range(201)]
    assert AwsAlarms(client).states(names) == {}
    assert [len(page) for page in asked] == [100, 100, 1]
    assert [name for page in asked for name in page] == names
