"""What docs/security.md says of the template is so."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.analysis.template import load_template

TEMPLATE = load_template()
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]


def of_type(kind: str) -> dict[str, Any]:
    return {name: found["Properties"] for name, found in RESOURCES.items() if found["Type"] == kind}


def statements(value: object) -> Iterator[dict[str, Any]]:
    """Every policy statement, wherever it stands."""
    if isinstance(value, dict):
        if "Effect" in value:
            yield value
        for item in value.values():
            yield from statements(item)
    elif isinstance(value, list):
        for item in value:
            yield from statements(item)


def actions(statement: dict[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else list(found)


def test_the_bucket_is_private_versioned_and_takes_tls_only() -> None:
    (bucket,) = of_type("AWS::S3::Bucket").values()
    (policy,) = of_type("AWS::S3::BucketPolicy").values()
    tls, _ = policy["PolicyDocument"]["Statement"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"]["Status"] == "Enabled"
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert (tls["Effect"], tls["Action"], tls["Principal"]) == ("Deny", "s3:*", "*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_lambda_reads_objects_only_for_functions_of_this_account() -> None:
    (policy,) = of_type("AWS::S3::BucketPolicy").values()
    _, reads = policy["PolicyDocument"]["Statement"]
    assert reads["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert reads["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    assert reads["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert "aws:SourceArn" in reads["Condition"]["ArnLike"]


def test_an_object_that_a_function_may_run_from_is_never_deleted() -> None:
    (bucket,) = of_type("AWS::S3::Bucket").values()
    assert [set(rule) for rule in bucket["LifecycleConfiguration"]["Rules"]] == [
        {"Id", "Status", "AbortIncompleteMultipartUpload"}
    ]
    granted = [
        action for each in statements(RESOURCES) if each["Effect"] == "Allow" for action in actions(each)
    ]
    assert [action for action in granted if action.startswith(("s3:Delete", "s3:*", "s3:PutLifecycle"))] == []


def test_the_ledger_can_be_taken_back_to_any_second_and_outlives_the_stack() -> None:
    (table,) = of_type("AWS::DynamoDB::Table").values()
    (resource,) = [found for found in RESOURCES.values() if found["Type"] == "AWS::DynamoDB::Table"]

    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == (
        "RetainExceptOnCreate",
        "Retain",
    )


def test_a_first_create_that_fails_leaves_nothing_behind_and_a_deleted_stack_does() -> None:
    kept = {name: found["DeletionPolicy"] for name, found in RESOURCES.items() if "DeletionPolicy" in found}
    assert kept == dict.fromkeys(["ArtifactBucket", "LedgerTable"], "RetainExceptOnCreate")


def test_no_role_can_delete_a_function_whatever_else_is_attached() -> None:
    deleting = [one for one in statements(RESOURCES) if "lambda:DeleteFunction" in actions(one)]
    denied = [one["NotResource"]["Fn::Sub"] for one in deleting if one["Effect"] == "Deny"]
    assert [one.rpartition(":function:")[2] for one in denied] == ["*:*"]


def test_customer_keys_are_used_through_lambda_only() -> None:
    via = {"kms:ViaService": {"Fn::Sub": "lambda.${AWS::Region}.${AWS::URLSuffix}"}}
    using = [one for one in statements(RESOURCES) if one.get("Resource") == {"Ref": "TargetKeys"}]
    assert {action for one in using for action in actions(one)} == {
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }
    assert [one["Condition"]["StringEquals"] for one in using] == [via] * len(using)
    granting = [one for one in using if "kms:CreateGrant" in actions(one)]
    assert [one["Condition"]["Bool"] for one in granting] == [{"kms:GrantIsForAWSResource": "true"}]


@pytest.mark.parametrize(
    "kind", ["AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::SNS::Topic", "AWS::SQS::Queue"]
)
def test_the_users_own_key_encrypts_everything_that_is_kept(kind: str) -> None:
    stores = of_type(kind)

    assert stores
    assert [name for name, properties in stores.items() if "KmsKeyArn" not in str(properties)] == []


def test_every_role_can_be_bounded() -> None:
    boundary = TEMPLATE["Globals"]["Function"]["PermissionsBoundary"]
    machines = of_type("AWS::Serverless::StateMachine").values()

    assert "PermissionsBoundary" in str(boundary)
    assert all("PermissionsBoundary" in str(machine["PermissionsBoundary"]) for machine in machines)
    assert of_type("AWS::IAM::Role") == {}


def test_no_policy_allows_what_it_does_not_name() -> None:
    allowed = [one for one in statements(RESOURCES) if one["Effect"] == "Allow"]

    assert allowed
    assert [action for one in allowed for action in actions(one) if "*" in action] == []
    assert [action for one in allowed for action in actions(one) if action.startswith("iam:")] == []


def test_only_calls_that_know_no_resource_are_allowed_on_all() -> None:
    on_all = {
        action
        for one in statements(RESOURCES)
        if one["Effect"] == "Allow" and one.get("Resource") == "*"
        for action in actions(one)
    }

    assert {action for action in on_all if not action.startswith("logs:")} == {
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "lambda:GetAccountSettings",
        "lambda:ListEventSourceMappings",
    }


def test_the_dead_letters_take_events_of_this_account_only() -> None:
    (policy,) = of_type("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_execution_data_stays_out_of_the_logs_and_logs_end() -> None:
    (machine,) = of_type("AWS::Serverless::StateMachine").values()
    groups = of_type("AWS::Logs::LogGroup")

    assert machine["Logging"]["IncludeExecutionData"] is False
    assert groups
    assert all("RetentionInDays" in group for group in groups.values())


def test_what_may_be_deployed_has_no_default() -> None:
    assert "Default" not in TEMPLATE["Parameters"]["TargetFunctions"]
