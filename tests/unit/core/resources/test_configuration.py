"""What makes two configurations the same, as Lambda answers them."""

from typing import Any

import pytest

from hotplug.core.resources.configuration import (
    BY_ITSELF,
    OF_THE_CODE,
    Configuration,
    StorageMode,
    configuration_of,
)

FOUND: dict[str, Any] = {
    "FunctionName": "orders",
    "Version": "$LATEST",
    "Role": "arn:aws:iam::111122223333:role/orders",
    "MemorySize": 128,
    "Environment": {"Variables": {"MODE": "quiet"}},
    "VpcConfig": {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"},
    "Layers": [{"Arn": "arn:layer:one:1", "CodeSize": 10}, {"Arn": "arn:layer:two:1", "CodeSize": 10}],
    "SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"},
    "CodeSha256": "sha",
}
KEY = "arn:aws:kms:us-east-1:111122223333:key/one"
REFERENCED = {"ResolvedS3Object": {"S3Bucket": "artifacts", "S3Key": "app.zip", "S3ObjectVersion": "v1"}}


def one(found: dict[str, Any] | None = None, code: dict[str, Any] | None = None) -> Configuration:
    return configuration_of(FOUND | (found or {}), code or {})


COUNTS: list[Any] = [
    {"Description": "another"},
    {"MemorySize": 512},
    {"Environment": {"Variables": {"MODE": "quiet", "EMPTY": ""}}},
    pytest.param(
        {"Environment": {"Variables": {"MODE": "quiet", "Error": "shown"}}}, id="a variable called Error"
    ),
    {"Layers": [*reversed(FOUND["Layers"])]},
    {"VpcConfig": FOUND["VpcConfig"] | {"Ipv6AllowedForDualStack": True}},
    {"SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"}},
    {"DurableConfig": {"RetentionPeriodInDays": 7, "ExecutionTimeout": 60}},
    {
        "CapacityProviderConfig": {
            "LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": "a"}
        }
    },
    {"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}},
    {"RuntimeConfig": {"RuntimeArn": "arn:runtime", "RuntimeAlias": "stable"}},
    {"AcceleratorConfig": {"AcceleratorMemorySize": 16}},
    {"ImageConfigResponse": {"ImageConfig": {"Command": ["app.handler"]}}},
    {"LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/aws/lambda/orders"}},
    {"SettingOfNextYear": {"Mode": "fast"}},
]


@pytest.mark.parametrize("more", COUNTS, ids=lambda more: next(iter(more)))
def test_each_setting_that_lambda_answers_counts(more: dict[str, Any]) -> None:
    assert not one(more).equals(one())


@pytest.mark.parametrize(
    "code",
    [{"SourceKMSKeyArn": KEY}, REFERENCED, REFERENCED | {"SourceKMSKeyArn": KEY}],
    ids=["a customer's key", "a reference", "both"],
)
def test_how_the_package_is_stored_counts(code: dict[str, Any]) -> None:
    assert not one({}, code).equals(one())
    assert one({}, code).equals(one({}, code))


@pytest.mark.parametrize("name", sorted(BY_ITSELF | OF_THE_CODE))
def test_what_goes_by_itself_or_with_the_code_does_not_count(name: str) -> None:
    assert one({name: "another"}).equals(one())


@pytest.mark.parametrize(
    "more",
    [
        {"Description": ""},
        {"DeadLetterConfig": {}},
        {"FileSystemConfigs": []},
        {"KMSKeyArn": None},
        {"VpcConfig": FOUND["VpcConfig"] | {"SubnetIds": ["subnet-2", "subnet-1"]}},
        pytest.param({"VpcConfig": FOUND["VpcConfig"] | {"Ipv6AllowedForDualStack": False}}, id="no IPv6"),
        {"SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}},
        {"RuntimeVersionConfig": {"RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:patched"}},
    ],
    ids=lambda more: next(iter(more)),
)
def test_another_way_to_say_the_same_does_not_count(more: dict[str, Any]) -> None:
    assert one(more).equals(one())


def test_an_object_of_another_version_is_the_same_way_to_store_it() -> None:
    later = {"ResolvedS3Object": {"S3Bucket": "artifacts", "S3Key": "app.zip", "S3ObjectVersion": "v2"}}
    assert one({}, later).equals(one({}, REFERENCED))


DENIED = {"ErrorCode": "AccessDeniedException", "Message": "not authorized to perform kms:Decrypt"}


@pytest.mark.parametrize("name", ["Environment", "ImageConfigResponse", "RuntimeVersionConfig"])
def test_what_cannot_be_read_equals_nothing_not_even_itself(name: str) -> None:
    unread = one({name: {"Error": DENIED}})
    assert not unread.equals(one())
    assert not one().equals(unread)
    assert not unread.equals(unread)
    assert unread.unread == f"{name} (AccessDeniedException: not authorized to perform kms:Decrypt)"
    assert unread.sha256.startswith("unknown-")


def test_a_package_that_cannot_be_looked_at_may_be_a_copy_or_a_reference() -> None:
    assert "Code (AccessDeniedException" in one({}, {"Error": DENIED}).unread
    assert one({}, REFERENCED | {"Error": DENIED}).unread == ""


def test_an_error_without_a_reason_is_an_error() -> None:
    assert one({"Environment": {"Error": {}}}).unread == "Environment (an error without a reason)"


def test_the_readable_part_tells_two_unread_configurations_apart() -> None:
    undecrypted = {"Environment": {"Error": DENIED}}
    again = one(undecrypted | {"LastModified": "later"})
    assert one(undecrypted).sha256 == again.sha256 != one(undecrypted | {"MemorySize": 512}).sha256


def test_the_mode_that_is_asked_for_makes_another_configuration() -> None:
    copy, reference = one({}, {"SourceKMSKeyArn": KEY}), one({}, REFERENCED | {"SourceKMSKeyArn": KEY})
    assert copy.with_storage(StorageMode.REFERENCE).equals(reference)
    assert reference.with_storage(StorageMode.COPY).equals(copy)
    assert reference.with_storage(None) == reference


def test_the_release_before_told_less_apart() -> None:
    assert one({"Description": "another"}).before == one().before
    assert one({"MemorySize": 512}).before != one().before
