"""What a contract test does to a cloud behind the adapters' backs: the one in memory, and the local AWS."""

import json
import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

import boto3
from botocore.config import Config

from hotplug.aws.alarms import Alarms, AwsAlarms
from hotplug.aws.alias_views import KEPT_DAYS, AliasViews, AwsAliasViews
from hotplug.aws.artifacts import Artifacts, AwsArtifacts
from hotplug.aws.cloud import TOGETHER
from hotplug.aws.concurrency import AwsConcurrency, Concurrency
from hotplug.aws.evidence_store import AwsEvidenceStore, EvidenceStore
from hotplug.aws.executions import AwsExecutions, Executions
from hotplug.aws.functions import AwsFunctions, Functions
from hotplug.aws.invocations import AwsInvocations, Calls
from hotplug.aws.ledger import AwsLedger, Ledger
from hotplug.aws.metrics import NAMESPACE, AwsMetrics, Metrics
from hotplug.aws.notifications import AwsNotifications, Notifications
from hotplug.aws.parallel_invocations import AwsParallelInvocations, ParallelCalls
from hotplug.aws.router_cloud import ONCE
from hotplug.aws.versions import AwsVersions, Versions
from hotplug.core.plan.plan import Json
from hotplug.core.resources.alarm import AlarmColour
from hotplug.core.resources.target import Target
from local.aws import places
from local.aws.embedded import EmbeddedAws
from tests.fakes import MACHINE, InMemoryCloud, Message, Traffic, a_zip, execution_arn, functions, sha_of
from tests.fakes.invocations import InMemoryInvocations, InMemoryParallelInvocations, Work

ROLE = "arn:aws:iam::000000000000:role/anybody"
WAITING = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 600, "End": True}}})
WITHHELD = {"emulator:provisioning": "withheld"}
READ_LAG, FAILED = "emulator:read-lag", "emulator:failed"
"""Tags of a function that switch on what AWS does now and then: local/aws/README.md."""
FOR_EVER = 10**6
PATIENCE_SECONDS = 30.0
OFTEN = {"Delay": 0.05, "MaxAttempts": 600}


class Surroundings(Protocol):
    """A cloud: its adapters, and what somebody else can do in it. Names are up to the test."""

    @property
    def functions(self) -> Functions: ...
    @property
    def versions(self) -> Versions: ...
    @property
    def concurrency(self) -> Concurrency: ...
    @property
    def alarms(self) -> Alarms: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def artifacts(self) -> Artifacts: ...
    @property
    def executions(self) -> Executions: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def evidence_store(self) -> EvidenceStore: ...
    @property
    def notifications(self) -> Notifications: ...
    @property
    def calls(self) -> Calls: ...
    @property
    def parallel_calls(self) -> ParallelCalls: ...
    @property
    def alias_views(self) -> AliasViews: ...
    @property
    def machine(self) -> str: ...
    def __hash__(self) -> int: ...

    def now(self) -> datetime: ...
    def has_function(self, name: str, code: str, timeout_seconds: int = 3) -> None: ...
    def saves(self, function: str, code: str) -> None: ...
    def configures(self, function: str, environment: str) -> None: ...
    def publishes(self, function: str, code: str) -> str: ...
    def reads_for(self, function: str, qualifier: str = "") -> str: ...
    def admits(self, function: str, principal: str, source: str, qualifier: str = "") -> None: ...
    def touches(self, target: Target) -> None: ...
    def withholds_provisioning(self, function: str) -> None: ...
    def goes_on_provisioning(self, target: Target) -> None: ...
    def reads_lag(self, function: str, reads: int) -> None: ...
    def fails(self, function: str, version: str) -> None: ...
    def lagging(self, execution: str, reads: int) -> str: ...
    def uploads(self, bucket: str, key: str, body: bytes | None) -> str: ...
    def has_alarm(self, name: str, watches: str = "") -> None: ...
    def has_log_alarm(self, name: str) -> None: ...
    def alarm_goes(self, name: str, colour: AlarmColour, why: str) -> None: ...
    def had(self, target: str, version: str, minute: datetime, traffic: Traffic) -> None: ...
    def execution(self, name: str) -> str: ...
    def stops(self, name: str) -> None: ...
    def history(self, target: str) -> list[Json]: ...
    def event_of(self, deployment: str) -> Json: ...
    def message_of(self, deployment: str) -> Message: ...


def handler_of(code: str) -> Work:
    """What a function does whose app.py is this."""
    names: dict[str, Any] = {}
    exec(code, names)
    return lambda event: names["handler"](event, None)


def measured(traffic: Traffic) -> Iterator[Json]:
    """What Lambda says about one minute. It says nothing about calls where only throttling was."""
    if not traffic.calls and not traffic.throttles:
        return
    attempts = traffic.calls + traffic.throttles
    yield counted("Throttles", traffic.throttles, attempts)
    if traffic.calls:
        yield counted("Invocations", traffic.calls, traffic.calls)
        yield counted("Errors", traffic.bad, traffic.calls)
        taken = {ms: calls for ms, calls in traffic.durations.items() if calls}
        yield {"MetricName": "Duration", "Values": list(taken), "Counts": list(taken.values())}
        yield {"MetricName": "ConcurrentExecutions", "Value": float(traffic.concurrency)}


def counted(name: str, times: int, calls: int) -> Json:
    """So many of these calls."""
    least, most = int(times == calls), int(times > 0)
    statistics = {"SampleCount": calls, "Sum": times, "Minimum": least, "Maximum": most}
    return {"MetricName": name, "StatisticValues": statistics}


class InMemorySurroundings(InMemoryCloud):
    """The AWS in memory, which a test can ask directly."""

    machine = MACHINE

    def __init__(self) -> None:
        super().__init__()
        self.calls = InMemoryInvocations(self.functions)
        self.parallel_calls = InMemoryParallelInvocations(self.calls)

    def has_function(self, name: str, code: str, timeout_seconds: int = 3) -> None:  # type: ignore[override]
        self.functions.has(name, functions.Config(sha_of(a_zip(code)), timeout_seconds=timeout_seconds))

    def saves(self, function: str, code: str) -> None:
        config = self.functions.functions[function].config
        self.functions.is_edited(function, replace(config, code_sha256=sha_of(a_zip(code))))

    def configures(self, function: str, environment: str) -> None:
        self.somebody_changes(function, environment=environment)

    def publishes(self, function: str, code: str) -> str:
        self.saves(function, code)
        version = str(len(self.versions_of(function)) + 1)
        self.functions.had_published(function, version, self.functions.functions[function].config)
        self.calls.does(function, handler_of(code), version)
        return version

    def reads_for(self, function: str, qualifier: str = "") -> str:
        queue = f"arn:aws:sqs:us-east-1:111122223333:{function}{qualifier}"
        self.functions.is_read_for(function, queue, qualifier=qualifier)
        return queue

    def admits(self, function: str, principal: str, source: str, qualifier: str = "") -> None:
        self.functions.admits(function, principal, source, qualifier=qualifier)

    def touches(self, target: Target) -> None:
        self.functions.is_touched(target)

    def withholds_provisioning(self, function: str) -> None:
        self.functions.aliases_settle(FOR_EVER)

    def goes_on_provisioning(self, target: Target) -> None:
        self.functions.is_provisioned(target)

    def reads_lag(self, function: str, reads: int) -> None:
        self.functions.reads_lag(reads)

    def fails(self, function: str, version: str) -> None:
        self.functions.dies(function, version)

    def lagging(self, execution: str, reads: int) -> str:
        """The name under which so many answers about an execution are older than its last change."""
        self.executions.reads_lag(reads)
        return execution

    def uploads(self, bucket: str, key: str, body: bytes | None) -> str:
        return self.artifacts.receives(bucket, key, body)

    def has_alarm(self, name: str, watches: str = "") -> None:
        self.alarm(name)

    def has_log_alarm(self, name: str) -> None:
        self.alarm(name)

    def alarm_goes(self, name: str, colour: AlarmColour, why: str) -> None:
        self.alarm(name).goes(colour, why)

    def had(self, target: str, version: str, minute: datetime, traffic: Traffic) -> None:
        self.metrics.had(
            target,
            version,
            minute,
            calls=traffic.calls,
            bad=traffic.bad,
            throttles=traffic.throttles,
            slow=traffic.slow,
            environments=traffic.environments,
        )

    def execution(self, name: str) -> str:
        return execution_arn(name)

    def stops(self, name: str) -> None:
        self.executions.ends(name)

    def history(self, target: str) -> list[Json]:
        return list(self.ledger.history.get(target, {}).values())

    def event_of(self, deployment: str) -> Json:
        (event,) = [each for each in self.notifications.events if each["deployment"] == deployment]
        return event

    def message_of(self, deployment: str) -> Message:
        (message,) = [each for each in self.notifications.messages if deployment in each.body]
        return message


@dataclass(frozen=True)
class EmbeddedSurroundings:
    """The local AWS with a table, a topic, a machine and two mailboxes of its own."""

    aws: EmbeddedAws
    name: str

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    @cached_property
    def functions(self) -> Functions:
        return AwsFunctions(self.client("lambda"))

    @cached_property
    def concurrency(self) -> Concurrency:
        return AwsConcurrency(self.client("lambda"))

    @cached_property
    def versions(self) -> Versions:
        return AwsVersions(self.client("lambda"))

    @cached_property
    def alarms(self) -> Alarms:
        return AwsAlarms(self.client("cloudwatch"))

    @cached_property
    def metrics(self) -> Metrics:
        return AwsMetrics(self.client("cloudwatch"))

    @cached_property
    def artifacts(self) -> Artifacts:
        return AwsArtifacts(self.client("s3"))

    @cached_property
    def executions(self) -> Executions:
        return AwsExecutions(self.client("stepfunctions"))

    @cached_property
    def ledger(self) -> Ledger:
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        self.client("dynamodb").create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        )
        return AwsLedger(self.client("dynamodb"), self.name, keep_days=365)

    @cached_property
    def evidence_store(self) -> EvidenceStore:
        self.ledger.claims()  # so that its table is there
        return AwsEvidenceStore(self.client("dynamodb"), self.name, keep_days=365)

    @cached_property
    def calls(self) -> Calls:
        return AwsInvocations(self._lambda_data(ONCE))

    @cached_property
    def parallel_calls(self) -> ParallelCalls:
        return AwsParallelInvocations(self._lambda_data(TOGETHER))

    def _lambda_data(self, config: Config) -> Any:
        return boto3.client(
            "lambda",
            endpoint_url=self.aws.endpoint,
            region_name=places.REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=config.merge(Config(inject_host_prefix=False)),
        )

    @cached_property
    def alias_views(self) -> AliasViews:
        self.ledger.claims()  # so that its table is there
        return AwsAliasViews(self.client("dynamodb"), self.name, KEPT_DAYS)

    @cached_property
    def machine(self) -> str:
        made = self.client("stepfunctions").create_state_machine(
            name=self.name, definition=WAITING, roleArn=ROLE
        )
        return str(made["stateMachineArn"])

    @cached_property
    def notifications(self) -> Notifications:
        topic = self.client("sns").create_topic(Name=self.name)["TopicArn"]
        self.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self._queue("messages"))
        self.client("events").put_rule(Name=self.name, EventPattern=json.dumps({"source": ["hotplug"]}))
        target = {"Id": "mailbox", "Arn": self._queue("events")}
        self.client("events").put_targets(Rule=self.name, Targets=[target])
        return AwsNotifications(self.client("events"), self.client("sns"), topic)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def has_function(self, name: str, code: str, timeout_seconds: int = 3) -> None:
        client = self.client("lambda")
        client.create_function(
            FunctionName=name,
            Role=ROLE,
            Runtime="python3.13",
            Handler="app.handler",
            Code={"ZipFile": a_zip(code)},
            Timeout=timeout_seconds,
        )
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=OFTEN)

    def saves(self, function: str, code: str) -> None:
        client = self.client("lambda")
        client.update_function_code(FunctionName=function, ZipFile=a_zip(code))
        client.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig=OFTEN)

    def configures(self, function: str, environment: str) -> None:
        client = self.client("lambda")
        said = {"Variables": {"MODE": environment}}
        client.update_function_configuration(FunctionName=function, Environment=said)
        client.get_waiter("function_updated_v2").wait(FunctionName=function, WaiterConfig=OFTEN)

    def publishes(self, function: str, code: str) -> str:
        self.saves(function, code)
        client = self.client("lambda")
        version = str(client.publish_version(FunctionName=function)["Version"])
        name = f"{function}:{version}"
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=OFTEN)
        return version

    def reads_for(self, function: str, qualifier: str = "") -> str:
        queue = self._queue(f"{function}{qualifier}")
        client = self.client("lambda")
        name = f"{function}:{qualifier}" if qualifier else function
        client.create_event_source_mapping(FunctionName=name, EventSourceArn=queue)
        return queue

    def admits(self, function: str, principal: str, source: str, qualifier: str = "") -> None:
        of_alias: Json = {"Qualifier": qualifier} if qualifier else {}
        self.client("lambda").add_permission(
            FunctionName=function,
            StatementId=uuid.uuid4().hex,
            Action="lambda:InvokeFunction",
            Principal=principal,
            SourceArn=source,
            **of_alias,
        )

    def touches(self, target: Target) -> None:
        self.client("lambda").update_alias(
            FunctionName=target.function, Name=target.alias, Description="touched"
        )

    def withholds_provisioning(self, function: str) -> None:
        self.client("lambda").tag_resource(Resource=self._arn(function), Tags=WITHHELD)

    def goes_on_provisioning(self, target: Target) -> None:
        self.client("lambda").untag_resource(Resource=self._arn(target.function), TagKeys=list(WITHHELD))

    def reads_lag(self, function: str, reads: int) -> None:
        self.client("lambda").tag_resource(Resource=self._arn(function), Tags={READ_LAG: str(reads)})

    def fails(self, function: str, version: str) -> None:
        self.client("lambda").tag_resource(Resource=self._arn(function), Tags={FAILED: version})

    def lagging(self, execution: str, reads: int) -> str:
        return f"lag-{reads}-{execution}"

    def _arn(self, function: str) -> str:
        return str(self.client("lambda").get_function_configuration(FunctionName=function)["FunctionArn"])

    def uploads(self, bucket: str, key: str, body: bytes | None) -> str:
        client = self.client("s3")
        if bucket not in {each["Name"] for each in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=bucket)
            client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        if body is None:
            return str(client.delete_object(Bucket=bucket, Key=key)["VersionId"])
        return str(client.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"])

    def has_alarm(self, name: str, watches: str = "") -> None:
        client = self.client("cloudwatch")
        if watches:
            client.put_composite_alarm(AlarmName=name, AlarmRule=f'ALARM("{watches}")')
            return
        client.put_metric_alarm(
            AlarmName=name,
            Namespace="Nobody",
            MetricName="Errors",
            Statistic="Sum",
            Period=3600,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",  # nothing but the test changes its state
        )
        self.alarm_goes(name, AlarmColour.GREEN, "new")

    def has_log_alarm(self, name: str) -> None:
        self.client("cloudwatch").put_log_alarm(
            AlarmName=name,
            ScheduledQueryConfiguration={
                "QueryString": "filter @message like /ERROR/",
                "ScheduledQueryRoleARN": "arn:aws:iam::000000000000:role/reads-logs",
                "ScheduleConfiguration": {"ScheduleExpression": "rate(1 minute)", "StartTimeOffset": 60},
                "AggregationExpression": "count(*)",
            },
            QueryResultsToEvaluate=1,
            QueryResultsToAlarm=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        self.alarm_goes(name, AlarmColour.GREEN, "new")

    def alarm_goes(self, name: str, colour: AlarmColour, why: str) -> None:
        self.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=str(colour), StateReason=why)

    def had(self, target: str, version: str, minute: datetime, traffic: Traffic) -> None:
        """Any second of the minute will do."""
        when = minute + timedelta(seconds=random.randrange(60))
        function, resource = ("FunctionName", target.partition(":")[0]), ("Resource", target)
        for where in [(function, resource), (function, resource, ("ExecutedVersion", version))]:
            place = {"Dimensions": [{"Name": key, "Value": value} for key, value in where], "Timestamp": when}
            data = [place | metric for metric in measured(traffic)]
            self.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)

    def execution(self, name: str) -> str:
        return execution_arn(name, self.machine)

    def stops(self, name: str) -> None:
        self.client("stepfunctions").stop_execution(executionArn=self.execution(name))

    def history(self, target: str) -> list[Json]:
        found = self.client("dynamodb").query(
            TableName=self.name,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": {"S": f"target#{target}"}},
        )
        return [{key: next(iter(value.values())) for key, value in item.items()} for item in found["Items"]]

    def event_of(self, deployment: str) -> Json:
        event: Json = self._received("events", lambda body: body["detail"]["deployment"] == deployment)
        detail: Json = event["detail"]
        return detail

    def message_of(self, deployment: str) -> Message:
        envelope = self._received("messages", lambda body: deployment in body["Message"])
        return Message(envelope["Subject"], envelope["Message"])

    def _queue(self, what: str) -> str:
        client = self.client("sqs")
        address = client.create_queue(QueueName=f"{self.name}-{what}")["QueueUrl"]
        found = client.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])

    def _received(self, what: str, is_wanted: Callable[[Json], bool]) -> Json:
        client = self.client("sqs")
        address = client.get_queue_url(QueueName=f"{self.name}-{what}")["QueueUrl"]
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            answer = client.receive_message(QueueUrl=address, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                body: Json = json.loads(message["Body"])
                if is_wanted(body):
                    return body
        raise AssertionError(f"nothing of the kind came to the {what} in {PATIENCE_SECONDS} s")
