"""What the product relies on, asked of the emulator as it runs: each test is a behaviour of AWS."""

import functools
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.embedded import EmbeddedAws

pytestmark = pytest.mark.emulator

SOURCE = """
class OutOfStock(Exception):
    pass

def handler(event, context):
    if event.get("fail"):
        raise OutOfStock("none left")
    if event.get("import"):
        return importable(event["import"])
    return {"release": RELEASE, "version": context.function_version, "arn": context.invoked_function_arn}

def importable(name):
    try:
        __import__(name)
        return True
    except ImportError:
        return False
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
        }
    ],
}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with EmbeddedAws(tmp_path_factory.mktemp("aws")) as aws:
        yield aws


@pytest.fixture(scope="module")
def role(aws: EmbeddedAws) -> str:
    created = aws.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument=json.dumps(TRUST))
    return str(created["Role"]["Arn"])


@pytest.fixture(scope="module")
def orders(aws: EmbeddedAws, role: str) -> str:
    """A function with versions 1 and 2 and the alias `live` on version 1."""
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName="orders",
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": archive(1)},
        Timeout=5,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="orders")
    functions.publish_version(FunctionName="orders")
    functions.update_function_code(FunctionName="orders", ZipFile=archive(2))
    functions.get_waiter("function_updated_v2").wait(FunctionName="orders")
    functions.publish_version(FunctionName="orders")
    functions.create_alias(FunctionName="orders", Name="live", FunctionVersion="1", Description="kept")
    return "orders"


@pytest.fixture(autouse=True)
def live_on_version_1(aws: EmbeddedAws, orders: str) -> None:
    move(aws, {}, FunctionVersion="1")


def archive(release: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as into:
        into.writestr("app.py", f"RELEASE = {release}\n{SOURCE}")
    return packed.getvalue()


def move(aws: EmbeddedAws, weights: dict[str, float], **more: str) -> dict[str, Any]:
    routing = {"AdditionalVersionWeights": weights}
    moved: dict[str, Any] = aws.client("lambda").update_alias(
        FunctionName="orders", Name="live", RoutingConfig=routing, **more
    )
    return moved


def invoke(aws: EmbeddedAws, qualifier: str = "live", **event: Any) -> tuple[dict[str, Any], Any]:
    response = aws.client("lambda").invoke(
        FunctionName="orders", Qualifier=qualifier, Payload=json.dumps(event)
    )
    return response, json.loads(response["Payload"].read())


def until[T](look: Callable[[], T | None], seconds: float = 20) -> T:
    """The first answer that is something."""
    give_up = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < give_up:
        time.sleep(0.1)
    assert found, "it never came"
    return found


def run(aws: EmbeddedAws, role: str, states: dict[str, Any], given: Any = None) -> dict[str, Any]:
    machines = aws.client("stepfunctions")
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    machine = machines.create_state_machine(
        name=f"m{time.monotonic_ns()}", definition=json.dumps(definition), roleArn=role
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))[
        "executionArn"
    ]

    def ended() -> dict[str, Any] | None:
        described: dict[str, Any] = machines.describe_execution(executionArn=execution)
        return None if described["status"] == "RUNNING" else described

    return until(ended)


def test_a_version_keeps_its_own_code_and_knows_how_it_was_called(aws: EmbeddedAws) -> None:
    response, answer = invoke(aws)
    assert response["ExecutedVersion"] == "1"
    assert (answer["release"], answer["version"]) == (1, "1")
    assert answer["arn"].endswith(":function:orders:live")
    assert invoke(aws, "2")[1]["release"] == 2


def test_a_function_sees_nothing_of_the_emulator(aws: EmbeddedAws) -> None:
    assert invoke(aws, **{"import": "awslambdaric"})[1] is True
    assert invoke(aws, **{"import": "boto3"})[1] is False
    assert invoke(aws, **{"import": "localemu"})[1] is False


def test_an_exception_is_an_unhandled_error_with_its_class_as_the_type(aws: EmbeddedAws) -> None:
    response, answer = invoke(aws, fail=True)
    assert response["FunctionError"] == "Unhandled"
    assert (answer["errorType"], answer["errorMessage"]) == ("OutOfStock", "none left")


def test_all_weight_on_the_additional_version_is_allowed(aws: EmbeddedAws) -> None:
    move(aws, {"2": 1.0})
    assert {invoke(aws)[0]["ExecutedVersion"] for _ in range(20)} == {"2"}


def test_what_an_alias_update_does_not_mention_stays(aws: EmbeddedAws) -> None:
    move(aws, {"2": 0.25})
    alias = aws.client("lambda").update_alias(FunctionName="orders", Name="live", FunctionVersion="1")
    assert alias["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.25}}
    assert alias["Description"] == "kept"


def test_an_alias_without_weights_has_no_routing_and_a_new_revision(aws: EmbeddedAws) -> None:
    before = move(aws, {"2": 0.25})
    after = move(aws, {})
    assert "RoutingConfig" not in aws.client("lambda").get_alias(FunctionName="orders", Name="live")
    assert before["RevisionId"] != after["RevisionId"]


def test_an_alias_is_not_moved_under_another_revision_or_to_no_version(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="PreconditionFailedException"):
        move(aws, {}, RevisionId="00000000-0000-0000-0000-000000000000")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        move(aws, {}, FunctionVersion="77")


def test_a_version_in_use_is_not_deleted(aws: EmbeddedAws) -> None:
    move(aws, {"2": 0.25})
    for version in ("1", "2"):
        with pytest.raises(ClientError, match="aliases reference it"):
            aws.client("lambda").delete_function(FunctionName="orders", Qualifier=version)


def test_code_comes_from_the_named_object_version_and_a_dry_run_changes_nothing(aws: EmbeddedAws) -> None:
    s3, functions = aws.client("s3"), aws.client("lambda")
    s3.create_bucket(Bucket="artifacts")
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
    code = {"S3Bucket": "artifacts", "S3Key": "orders.zip"}
    old = s3.put_object(Bucket="artifacts", Key="orders.zip", Body=archive(3))["VersionId"]
    s3.put_object(Bucket="artifacts", Key="orders.zip", Body=archive(4))
    functions.update_function_code(FunctionName="orders", S3ObjectVersion=old, **code)
    functions.get_waiter("function_updated_v2").wait(FunctionName="orders")
    functions.update_function_code(FunctionName="orders", DryRun=True, **code)
    assert invoke(aws, "$LATEST")[1]["release"] == 3


def test_metrics_tell_versions_apart(aws: EmbeddedAws) -> None:
    move(aws, {"2": 1.0})
    for _ in range(3):
        invoke(aws, fail=True)
    now = datetime.now(UTC)
    dimensions = {"FunctionName": "orders", "Resource": "orders:live", "ExecutedVersion": "2"}
    metric = {
        "Namespace": "AWS/Lambda",
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    asked = [("errors", "Errors", "Sum"), ("calls", "Invocations", "Sum"), ("slow", "Duration", "p99")]
    queries = [
        {"Id": name, "MetricStat": {"Metric": metric | {"MetricName": of}, "Period": 60, "Stat": stat}}
        for name, of, stat in asked
    ]

    def measured() -> dict[str, float] | None:
        answer = aws.client("cloudwatch").get_metric_data(
            MetricDataQueries=queries,
            StartTime=now - timedelta(minutes=10),
            EndTime=now + timedelta(minutes=1),
        )
        values = {result["Id"]: sum(result["Values"]) for result in answer["MetricDataResults"]}
        return values if values["errors"] >= 3 else None

    values = until(measured)
    assert values["calls"] >= values["errors"]
    assert values["slow"] > 0


def test_alarms_follow_the_data_and_every_change_is_an_event(aws: EmbeddedAws) -> None:
    cloudwatch, queues, events = aws.client("cloudwatch"), aws.client("sqs"), aws.client("events")
    queue = queues.create_queue(QueueName="changes")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
    events.put_rule(Name="changes", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="changes", Targets=[{"Id": "queue", "Arn": arn}])
    watched = {"Namespace": "Shop", "MetricName": "Lost", "Period": 60, "Statistic": "Sum"}
    limit = {"EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}
    cloudwatch.put_metric_alarm(AlarmName="lost", TreatMissingData="notBreaching", **watched, **limit)
    cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(lost)")

    def states() -> dict[str, str]:
        found = cloudwatch.describe_alarms(
            AlarmNames=["lost", "any"], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        return {
            alarm["AlarmName"]: alarm["StateValue"]
            for alarm in found["MetricAlarms"] + found["CompositeAlarms"]
        }

    until(lambda: states() == {"lost": "OK", "any": "OK"})
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Lost", "Value": 1}])
    until(lambda: states() == {"lost": "ALARM", "any": "ALARM"})
    seen: set[tuple[str, str]] = set()

    def all_seen() -> bool:
        for message in queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            detail = json.loads(message["Body"])["detail"]
            seen.add((detail["alarmName"], detail["state"]["value"]))
        return {("lost", "ALARM"), ("any", "ALARM")} <= seen

    until(all_seen)


def test_setting_an_alarm_by_hand_lasts_and_only_a_change_is_a_transition(aws: EmbeddedAws) -> None:
    cloudwatch = aws.client("cloudwatch")
    watched = {"Namespace": "Shop", "MetricName": "Nothing", "Period": 60, "Statistic": "Sum"}
    limit = {"EvaluationPeriods": 1, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold"}
    alarm = {"AlarmName": "quiet", "TreatMissingData": "notBreaching", **watched, **limit}

    def described() -> dict[str, Any]:
        found: dict[str, Any] = cloudwatch.describe_alarms(AlarmNames=["quiet"])["MetricAlarms"][0]
        return found

    cloudwatch.put_metric_alarm(**alarm)
    cloudwatch.set_alarm_state(AlarmName="quiet", StateValue="ALARM", StateReason="by hand")
    first = described()
    time.sleep(2.5)
    cloudwatch.set_alarm_state(AlarmName="quiet", StateValue="ALARM", StateReason="again")
    cloudwatch.put_metric_alarm(**alarm)
    second = described()
    assert second["StateValue"] == "ALARM"
    assert first["StateTransitionedTimestamp"] == second["StateTransitionedTimestamp"]
    assert first["StateUpdatedTimestamp"] < second["StateUpdatedTimestamp"]


def test_an_alarm_described_without_types_is_a_metric_alarm(aws: EmbeddedAws) -> None:
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_composite_alarm(AlarmName="hidden", AlarmRule="FALSE")
    assert cloudwatch.describe_alarms(AlarmNames=["hidden"])["CompositeAlarms"] == []


def test_a_machine_moves_an_alias_under_a_computed_version(aws: EmbeddedAws, role: str) -> None:
    routing = {"AdditionalVersionWeights": "{% {$states.input.version: $weight} %}"}
    states = {
        "Set": {"Type": "Pass", "Assign": {"weight": 0.05}, "Next": "Wait"},
        "Wait": {
            "Type": "Wait",
            "Seconds": "{% $weight * 20 %}",
            "Output": "{% $states.input %}",
            "Next": "Move",
        },
        "Move": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:lambda:updateAlias",
            "Arguments": {"FunctionName": "orders", "Name": "live", "RoutingConfig": routing},
            "Output": "{% $states.result.RoutingConfig.AdditionalVersionWeights %}",
            "End": True,
        },
    }
    ended = run(aws, role, states, {"version": "2"})
    assert json.loads(ended["output"]) == {"2": 0.05}


def test_text_is_data_in_an_expression_and_a_fail_state_may_compute_its_words(
    aws: EmbeddedAws, role: str
) -> None:
    said = 'it\'s "quoted"\n{% $x %} é'
    states = {
        "Hold": {"Type": "Pass", "Assign": {"said": "{% $states.input.said %}"}, "Next": "Rolled back"},
        "Rolled back": {
            "Type": "Fail",
            "Error": "{% 'Rolled' & 'Back' %}",
            "Cause": "{% 'said: ' & $said %}",
        },
    }
    ended = run(aws, role, states, {"said": said})
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "RolledBack", f"said: {said}")


def test_nothing_is_an_error_but_null_is_a_value(aws: EmbeddedAws, role: str) -> None:
    look = {"Type": "Pass", "Output": "{% $states.input.value %}", "End": True}
    assert run(aws, role, {"Look": look}, {"value": None})["output"] == "null"
    ended = run(aws, role, {"Look": look})
    assert ended["error"] == "States.QueryEvaluationError"
    assert "returned nothing (undefined)" in ended["cause"]


def test_a_map_catches_inside_and_keeps_order(aws: EmbeddedAws, role: str) -> None:
    arn = aws.client("lambda").get_function(FunctionName="orders", Qualifier="1")["Configuration"][
        "FunctionArn"
    ]
    caught = {"ErrorEquals": ["OutOfStock"], "Next": "Sorry", "Output": "{% $states.errorOutput.Error %}"}
    call = {"Type": "Task", "Resource": arn, "Arguments": "{% $states.input %}", "Catch": [caught]}
    each = {
        "Call": call | {"Output": "{% $states.result.release %}", "TimeoutSeconds": 9, "End": True},
        "Sorry": {"Type": "Pass", "End": True},
    }
    states = {
        "Each": {
            "Type": "Map",
            "Items": "{% [false, true, false].{'fail': $} %}",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Call", "States": each},
            "End": True,
        }
    }
    assert json.loads(run(aws, role, states)["output"]) == [1, "OutOfStock", 1]


def test_a_refused_invocation_has_lambdas_error_name(aws: EmbeddedAws, role: str) -> None:
    retry = {
        "ErrorEquals": ["Lambda.ResourceNotFoundException"],
        "IntervalSeconds": 1,
        "MaxAttempts": 1,
        "MaxDelaySeconds": 2,
        "JitterStrategy": "FULL",
    }
    missing = "arn:aws:lambda:us-east-1:000000000000:function:gone"
    ended = run(aws, role, {"Call": {"Type": "Task", "Resource": missing, "Retry": [retry], "End": True}})
    assert ended["error"] == "Lambda.ResourceNotFoundException"


def test_a_transaction_that_is_refused_says_which_part(aws: EmbeddedAws) -> None:
    tables = aws.client("dynamodb")
    tables.create_table(
        TableName="claims",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    put = {"TableName": "claims", "ConditionExpression": "attribute_not_exists(pk)"}
    claims = [{"Put": put | {"Item": {"pk": {"S": name}}}} for name in ("a", "b")]
    tables.transact_write_items(TransactItems=claims[1:])
    with pytest.raises(ClientError) as refused:
        tables.transact_write_items(TransactItems=claims)
    reasons = refused.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]


def at_once(attempt: Callable[[int], object], times: int = 16) -> int:
    """How many of several attempts at the same moment are not refused."""

    def succeeds(at: int) -> bool:
        try:
            attempt(at)
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(times) as pool:
        return sum(pool.map(succeeds, range(times)))


def test_of_many_conditional_writes_at_once_one_wins_and_nothing_is_lost(aws: EmbeddedAws) -> None:
    client = aws.client("dynamodb")
    client.create_table(
        TableName="contended",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )

    def transact(at: int, key: str) -> None:
        put = {"TableName": "contended", "ConditionExpression": "attribute_not_exists(pk)"}
        items = [{"pk": {"S": key}, "by": {"N": str(at)}}, {"pk": {"S": f"{key}-{at}"}}]
        client.transact_write_items(TransactItems=[{"Put": put | {"Item": item}} for item in items])

    def write_beside(at: int, key: str) -> None:
        client.put_item(TableName="contended", Item={"pk": {"S": f"{key}-beside-{at}"}})
        transact(at, key)

    for round_ in range(5):
        assert at_once(functools.partial(write_beside, key=f"round-{round_}")) == 1
    pages = client.get_paginator("scan").paginate(TableName="contended")
    found = [item["pk"]["S"] for page in pages for item in page["Items"]]
    assert len([key for key in found if "beside" in key]) == 5 * 16
    assert len(found) == 5 * (16 + 2)


def test_of_many_alias_moves_under_one_revision_one_wins(aws: EmbeddedAws) -> None:
    for round_ in range(5):
        revision = aws.client("lambda").get_alias(FunctionName="orders", Name="live")["RevisionId"]

        def moves(at: int, revision: str = revision) -> None:
            move(aws, {"2": at / 100}, FunctionVersion="1", RevisionId=revision)

        assert at_once(moves) == 1, f"in round {round_}"


def test_a_notification_reaches_a_queue_and_an_upload_reaches_a_rule(aws: EmbeddedAws) -> None:
    queues, topics, s3, events = (aws.client(name) for name in ("sqs", "sns", "s3", "events"))
    queue = queues.create_queue(QueueName="mail")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = topics.create_topic(Name="news")["TopicArn"]
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    s3.create_bucket(Bucket="uploads")
    notify: dict[str, Any] = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket="uploads", NotificationConfiguration=notify)
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"object": {"key": [{"suffix": ".zip"}]}},
    }
    events.put_rule(Name="uploads", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="uploads", Targets=[{"Id": "queue", "Arn": arn, "InputPath": "$.detail.object"}])
    topics.publish(TopicArn=topic, Message="hello")
    version = s3.put_object(Bucket="uploads", Key="orders/1.zip", Body=b"x")["VersionId"]
    bodies: list[str] = []

    def both() -> bool:
        received = queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        bodies.extend(message["Body"] for message in received)
        return len(bodies) == 2

    until(both)
    bodies.remove("hello")
    assert json.loads(bodies[0])["version-id"] == version


def test_starting_again_takes_what_runs_and_a_taken_port_is_said(aws: EmbeddedAws, tmp_path: Path) -> None:
    port = aws.port
    aws.start()
    assert aws.port == port
    with pytest.raises(Exception, match=f"port {port} is taken"):
        EmbeddedAws(tmp_path, port).start()
