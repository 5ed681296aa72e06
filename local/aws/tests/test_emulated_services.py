"""What the product relies on of alarms, tables, events and messages, and of the emulator itself."""

import functools
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws.embedded import EmbeddedAws
from local.aws.tests.attempts import at_once, until

pytestmark = pytest.mark.emulator


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


def test_many_templates_of_sam_are_translated_at_once(aws: EmbeddedAws) -> None:
    client = aws.client("cloudformation")
    functions = {
        f"Function{number}": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.13",
                "Handler": "app.handler",
                "InlineCode": "handler = print",
            },
        }
        for number in range(20)
    }
    template = json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": functions})

    def propose(at: int) -> None:
        client.create_change_set(
            StackName=f"stack-{at}", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=template
        )

    def described(at: int) -> tuple[str, str] | None:
        found = client.describe_change_set(StackName=f"stack-{at}", ChangeSetName="first")
        ended = found["Status"] in {"CREATE_COMPLETE", "FAILED"}
        return (found["Status"], found.get("StatusReason", "")) if ended else None

    assert at_once(propose) == 16
    results = {until(functools.partial(described, at)) for at in range(16)}
    assert {status for status, _ in results} == {"CREATE_COMPLETE"}, results


def test_starting_again_takes_what_runs_and_a_taken_port_is_said(aws: EmbeddedAws, tmp_path: Path) -> None:
    port = aws.port
    aws.start()
    assert aws.port == port
    with pytest.raises(Exception, match=f"port {port} is taken"):
        EmbeddedAws(tmp_path, port).start()


def test_it_is_reached_at_its_address_only(aws: EmbeddedAws) -> None:
    with socket.socket() as caller:
        assert caller.connect_ex(("127.0.0.1", aws.port)) == 0
    with socket.socket() as caller:
        assert caller.connect_ex(("127.0.0.2", aws.port)) != 0
