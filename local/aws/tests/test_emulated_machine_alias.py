"""What SAM's `AutoPublishAlias` makes of a state machine: each test is a behaviour of AWS."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import places
from local.aws.embedded import EmbeddedAws
from local.aws.tests.attempts import until
from local.aws.tests.roles import ACCOUNT, client_of, role
from local.aws.tests.state_machines import BY_SAM, create, ended, routes, start, update, versions

pytestmark = pytest.mark.emulator

MACHINE = f"arn:aws:states:{places.REGION}:{ACCOUNT}:stateMachine:orders-machine"
ALIAS = f"{MACHINE}:live"
EXECUTIONS = MACHINE.replace(":stateMachine:", ":execution:")


@dataclass(frozen=True)
class Releases:
    """What was seen after each deployment."""

    outputs: list[dict[str, str]]
    held: str
    """An execution that began in the first release, and goes on in the last."""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with EmbeddedAws(tmp_path_factory.mktemp("aws"), settings={"IAM_ENFORCEMENT": "1"}) as aws:
        yield aws


@pytest.fixture(scope="module")
def releases(aws: EmbeddedAws) -> Releases:
    """Deployed three times: `one`, `two`, and then with nothing changed but a tag."""
    first = create(aws, "orders", {"Release": "one"}, BY_SAM)
    held = start(aws, ALIAS, {"held": "up"})
    second = update(aws, "orders", {"Release": "two"}, BY_SAM)
    third = update(aws, "orders", {"Release": "two", "Owner": "another"}, BY_SAM)
    return Releases([first, second, third], held)


def test_a_release_is_a_version_and_moves_the_alias(aws: EmbeddedAws, releases: Releases) -> None:
    first, second, _ = releases.outputs

    for outputs in (first, second):
        assert (outputs["Machine"], outputs["Alias"], outputs["AliasArn"]) == (MACHINE, ALIAS, ALIAS)
    assert (first["Version"], second["Version"]) == (f"{MACHINE}:1", f"{MACHINE}:2")
    address = aws.client("ssm").get_parameter(Name="address")["Parameter"]["Value"]
    assert address == ALIAS
    assert first["Revision"] == "INITIAL" != second["Revision"]
    assert versions(aws, MACHINE) == {"1", "2"}
    assert routes(aws, ALIAS) == {"2": 100}


def test_a_definition_that_stays_keeps_its_version(releases: Releases) -> None:
    _, second, third = releases.outputs

    assert third == second


def test_an_alias_starts_the_definition_of_its_version(aws: EmbeddedAws, releases: Releases) -> None:
    assert ended(aws, start(aws, f"{MACHINE}:1"))["output"] == '"one"'
    execution = ended(aws, start(aws, ALIAS))
    name = execution["name"]

    assert execution["output"] == '"two"'
    assert execution["executionArn"] == f"{EXECUTIONS}:{name}"
    assert execution["stateMachineArn"] == MACHINE
    assert execution["stateMachineVersionArn"] == f"{MACHINE}:2"
    assert execution["stateMachineAliasArn"] == ALIAS


def test_an_execution_keeps_the_definition_that_it_began_with(aws: EmbeddedAws, releases: Releases) -> None:
    machines = aws.client("stepfunctions")
    hold = machines.list_activities()["activities"][0]["activityArn"]
    held_up = machines.get_activity_task(activityArn=hold)
    machines.send_task_success(taskToken=held_up["taskToken"], output="{}")

    assert ended(aws, releases.held)["output"] == '"one"'


def test_executions_are_listed_by_alias_and_by_version(aws: EmbeddedAws, releases: Releases) -> None:
    by_alias, by_version, by_machine = start(aws, ALIAS), start(aws, f"{MACHINE}:2"), start(aws, MACHINE)
    ours = {by_alias, by_version, by_machine}

    def listed(by: str) -> set[str]:
        found = aws.client("stepfunctions").list_executions(stateMachineArn=by)["executions"]
        return {execution["executionArn"] for execution in found} & ours

    assert listed(ALIAS) == {by_alias}
    assert listed(f"{MACHINE}:2") == {by_alias, by_version}
    assert listed(MACHINE) == ours


def test_events_name_the_machine_and_apart_from_it_version_and_alias(
    aws: EmbeddedAws, releases: Releases
) -> None:
    queue = aws.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [MACHINE]}}
    aws.client("events").put_rule(Name="told", EventPattern=json.dumps(pattern))
    target = {"Id": "told", "Arn": f"arn:aws:sqs:{places.REGION}:{ACCOUNT}:told"}
    aws.client("events").put_targets(Rule="told", Targets=[target])
    told: dict[str, dict[str, Any]] = {}
    execution = start(aws, ALIAS)

    def both() -> bool:
        for message in aws.client("sqs").receive_message(QueueUrl=queue).get("Messages", []):
            event = json.loads(message["Body"])
            if event["resources"] == [execution]:
                told[event["detail"]["status"]] = event["detail"]
        return told.keys() == {"RUNNING", "SUCCEEDED"}

    until(both)
    for detail in told.values():
        assert detail["executionArn"] == f"{EXECUTIONS}:{detail['name']}" == execution
        assert detail["stateMachineArn"] == MACHINE
        assert detail["stateMachineVersionArn"] == f"{MACHINE}:2"
        assert detail["stateMachineAliasArn"] == ALIAS
        assert (detail["input"], detail["error"], detail["cause"]) == ("{}", None, None)
        assert abs(detail["startDate"] / 1000 - time.time()) < 60
    assert (told["RUNNING"]["output"], told["RUNNING"]["stopDate"]) == (None, None)
    assert told["SUCCEEDED"]["output"] == '"two"'
    assert told["SUCCEEDED"]["stopDate"] >= told["SUCCEEDED"]["startDate"]


def test_starting_by_an_alias_needs_the_permission_on_the_machine(
    aws: EmbeddedAws, releases: Releases
) -> None:
    starts = {"Effect": "Allow", "Action": "states:StartExecution"}
    looks = {"Effect": "Allow", "Action": "states:DescribeExecution", "Resource": f"{EXECUTIONS}:*"}
    starter = role(aws, "states", "starter", starts | {"Resource": MACHINE}, looks)
    mistaken = role(aws, "states", "mistaken", starts | {"Resource": [ALIAS, f"{MACHINE}:*"]})
    allowed, refused = (client_of(aws, each, "stepfunctions") for each in (starter, mistaken))

    for by in (ALIAS, f"{MACHINE}:2", MACHINE):
        execution = allowed.start_execution(stateMachineArn=by)["executionArn"]
        assert allowed.describe_execution(executionArn=execution)["stateMachineArn"] == MACHINE
        with pytest.raises(ClientError, match="not authorized to perform: states:StartExecution"):
            refused.start_execution(stateMachineArn=by)
        with pytest.raises(ClientError, match="not authorized to perform: states:DescribeExecution"):
            refused.describe_execution(executionArn=execution)


def test_moving_an_alias_needs_the_permission_on_the_machine(aws: EmbeddedAws, releases: Releases) -> None:
    actions = [f"states:{verb}StateMachineAlias" for verb in ("Create", "Describe", "Update", "Delete")]
    mover = role(aws, "states", "mover", {"Effect": "Allow", "Action": actions, "Resource": MACHINE})
    machines = client_of(aws, mover, "stepfunctions")
    routing = [{"stateMachineVersionArn": f"{MACHINE}:1", "weight": 100}]

    alias = machines.create_state_machine_alias(name="spare", routingConfiguration=routing)
    arn = {"stateMachineAliasArn": alias["stateMachineAliasArn"]}
    machines.update_state_machine_alias(**arn, description="spare")
    assert machines.describe_state_machine_alias(**arn)["description"] == "spare"
    machines.delete_state_machine_alias(**arn)
    with pytest.raises(ClientError, match="not authorized to perform: states:DeleteStateMachineVersion"):
        machines.delete_state_machine_version(stateMachineVersionArn=f"{MACHINE}:1")


def test_a_version_that_need_not_be_kept_goes_once_the_alias_has_left_it(aws: EmbeddedAws) -> None:
    parameters = {"Release": "one", "Alias": "live", "Role": role(aws, "states", "first")}
    first = create(aws, "plain", parameters)
    second = update(aws, "plain", parameters | {"Release": "two", "Role": role(aws, "states", "second")})
    machine = second["Machine"]
    described = aws.client("stepfunctions").describe_state_machine(stateMachineArn=machine)

    assert (first["Machine"], first["Name"]) == (machine, second["Name"])
    assert described["roleArn"].endswith(":role/second")
    assert (versions(aws, machine), routes(aws, second["Alias"])) == ({"2"}, {"2": 100})

    third = update(
        aws, "plain", parameters | {"Release": "two", "Role": role(aws, "states", "x"), "Alias": "new"}
    )

    assert third["Alias"] == f"{machine}:new"
    assert (versions(aws, machine), routes(aws, third["Alias"])) == ({"3"}, {"3": 100})
    with pytest.raises(ClientError):
        routes(aws, second["Alias"])


def test_nothing_is_left_of_a_stack(aws: EmbeddedAws) -> None:
    parameters = {"Release": "one", "Alias": "live", "Role": role(aws, "states", "any")}
    outputs = create(aws, "gone", parameters)
    stacks = aws.client("cloudformation")
    stacks.delete_stack(StackName="gone")
    stacks.get_waiter("stack_delete_complete").wait(StackName="gone", WaiterConfig={"Delay": 1})

    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        start(aws, outputs["Machine"])
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        start(aws, outputs["Alias"])


def test_an_alias_goes_with_its_machine(aws: EmbeddedAws) -> None:
    machines, given = aws.client("stepfunctions"), role(aws, "states", "short")
    definition = json.dumps({"StartAt": "Say", "States": {"Say": {"Type": "Pass", "End": True}}})

    def made() -> tuple[str, str]:
        machine = machines.create_state_machine(
            name="short", definition=definition, roleArn=given, publish=True
        )
        routing = [{"stateMachineVersionArn": machine["stateMachineVersionArn"], "weight": 100}]
        alias = machines.create_state_machine_alias(name="live", routingConfiguration=routing)
        return machine["stateMachineArn"], alias["stateMachineAliasArn"]

    machine, alias = made()
    machines.delete_state_machine(stateMachineArn=machine)
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        start(aws, alias)
    assert made() == (machine, alias)
    listed = machines.list_state_machine_aliases(stateMachineArn=machine)["stateMachineAliases"]
    assert [each["stateMachineAliasArn"] for each in listed] == [alias]


def test_only_the_revision_that_is_named_is_published(aws: EmbeddedAws) -> None:
    machines, given = aws.client("stepfunctions"), role(aws, "states", "strict")
    say = {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "End": True}}}
    machine = machines.create_state_machine(name="strict", definition=json.dumps(say), roleArn=given)
    arn = {"stateMachineArn": machine["stateMachineArn"]}

    first = machines.publish_state_machine_version(**arn, revisionId="INITIAL")
    again = machines.publish_state_machine_version(**arn, revisionId="INITIAL")
    assert again["stateMachineVersionArn"] == first["stateMachineVersionArn"]
    revision = machines.update_state_machine(**arn, definition=json.dumps(say | {"Comment": "new"}))[
        "revisionId"
    ]
    with pytest.raises(ClientError, match="ConflictException"):
        machines.publish_state_machine_version(**arn, revisionId="INITIAL")
    second = machines.publish_state_machine_version(**arn, revisionId=revision)
    assert second["stateMachineVersionArn"].endswith(":2")
