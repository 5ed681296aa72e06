"""What the product relies on of Lambda, asked of the emulator as it runs: each test is a behaviour of AWS."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from local.aws.embedded import EmbeddedAws
from local.aws.tests.attempts import at_once, until
from local.aws.tests.orders import archive, invoke, move

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("live_on_version_1")]


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


def test_a_version_that_failed_says_so_and_is_not_called(aws: EmbeddedAws) -> None:
    functions = aws.client("lambda")
    arn = functions.get_function_configuration(FunctionName="orders")["FunctionArn"]
    functions.tag_resource(Resource=arn, Tags={"emulator:failed": "1"})
    try:
        found = {
            qualifier: functions.get_function(FunctionName="orders", Qualifier=qualifier)
            for qualifier in ("1", "2", "live")
        }
        states = {qualifier: answer["Configuration"]["State"] for qualifier, answer in found.items()}
        assert states == {"1": "Failed", "2": "Active", "live": "Failed"}
        with pytest.raises(ClientError, match=r"ResourceConflictException.*Failed"):
            invoke(aws)
        assert invoke(aws, "2")[1]["release"] == 2
    finally:
        functions.untag_resource(Resource=arn, TagKeys=["emulator:failed"])
    assert invoke(aws)[1]["release"] == 1


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
    asked = [
        ("errors", "Errors", "Sum"),
        ("calls", "Invocations", "Sum"),
        ("slow", "Duration", "p99"),
        ("busy", "Duration", "Sum"),
        ("concurrent", "ConcurrentExecutions", "Maximum"),
    ]
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
    assert values["busy"] > values["slow"] > 0
    assert values["concurrent"] >= 1


def test_of_many_alias_moves_under_one_revision_one_wins(aws: EmbeddedAws) -> None:
    for round_ in range(5):
        revision = aws.client("lambda").get_alias(FunctionName="orders", Name="live")["RevisionId"]

        def moves(at: int, revision: str = revision) -> None:
            move(aws, {"2": at / 100}, FunctionVersion="1", RevisionId=revision)

        assert at_once(moves) == 1, f"in round {round_}"
