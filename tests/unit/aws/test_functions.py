"""What Lambda answers and is told where no local AWS can be asked: SnapStart and images."""

from typing import Any

import pytest
from botocore.stub import Stubber

from hotplug.aws.functions import AwsFunctions
from hotplug.core.resources.configuration import CodeStorage, StorageMode
from hotplug.core.resources.image import image_uri
from hotplug.core.spec.source import Package
from tests.unit.aws.clients import a_client

IMAGE = image_uri(f"123456789012.dkr.ecr.us-east-1.amazonaws.com/orders:v42@sha256:{'ab' * 32}")
FOUND = {
    "FunctionName": "orders",
    "Version": "41",
    "Role": "arn:aws:iam::111122223333:role/orders",
    "State": "Active",
    "CodeSha256": "sha",
    "RevisionId": "revision",
}


@pytest.fixture
def client() -> Any:
    return a_client("lambda")


@pytest.mark.parametrize(
    ("more", "is_ready"),
    [
        pytest.param({}, True, id="active"),
        pytest.param({"State": "Pending"}, False, id="pending"),
        pytest.param({"State": "ActiveNonInvocable"}, False, id="a state that came later"),
        pytest.param(
            {"SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"}}, True, id="no SnapStart"
        ),
        pytest.param(
            {"SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}}, True, id="a snapshot"
        ),
        pytest.param(
            {"SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}},
            False,
            id="no snapshot yet",
        ),
    ],
)
def test_a_version_is_ready_when_it_is_active_and_its_snapshot_is_made(
    client: Any, more: dict[str, Any], is_ready: bool
) -> None:
    with Stubber(client) as stub:
        asked = {"FunctionName": "orders", "Qualifier": "41"}
        stub.add_response("get_function", {"Configuration": FOUND | more}, asked)
        state = AwsFunctions(client).describe("orders", "41")
    assert state
    assert state.is_ready is is_ready


def test_the_reserved_concurrency_comes_with_the_function(client: Any) -> None:
    with Stubber(client) as stub:
        reserved = {"ReservedConcurrentExecutions": 10}
        stub.add_response("get_function", {"Configuration": FOUND, "Concurrency": reserved})
        stub.add_response("get_function", {"Configuration": FOUND})
        found = [AwsFunctions(client).describe("orders") for _ in range(2)]
    assert [state.reserved for state in found if state] == [10, None]


@pytest.mark.parametrize(
    ("environment", "has_own_paths"),
    [
        pytest.param(None, False, id="no variables"),
        pytest.param({"Variables": {"STAGE": "prod"}}, False, id="others"),
        pytest.param({"Variables": {"STAGE": "prod", "PYTHONPATH": "/var/task/src"}}, True, id="a path"),
        pytest.param({"Error": {"ErrorCode": "AccessDeniedException"}}, True, id="they can't be read"),
    ],
)
def test_variables_that_lead_to_other_code_are_known(
    client: Any, environment: dict[str, Any] | None, *, has_own_paths: bool
) -> None:
    with Stubber(client) as stub:
        more = {"Environment": environment} if environment else {}
        stub.add_response("get_function", {"Configuration": FOUND | more})
        state = AwsFunctions(client).describe("orders")
    assert state
    assert state.has_own_paths == has_own_paths


def configured(client: Any, more: dict[str, Any]) -> str:
    with Stubber(client) as stub:
        stub.add_response("get_function", {"Configuration": FOUND | more})
        state = AwsFunctions(client).describe("orders")
    assert state
    return state.config_sha256


@pytest.mark.parametrize(
    "more",
    [
        {"Environment": {"Variables": {"MODE": "debug"}}},
        {"MemorySize": 512},
        {"Layers": [{"Arn": "arn:aws:lambda:us-east-1:111122223333:layer:tools:2"}]},
        {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
        {"SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}},
        {"Role": "arn:aws:iam::111122223333:role/another"},
        {"Description": "another"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_somebody_sets_makes_another_configuration(client: Any, more: dict[str, Any]) -> None:
    assert configured(client, more) != configured(client, {})


@pytest.mark.parametrize(
    "more",
    [
        {"Version": "42", "RevisionId": "another"},
        {"CodeSha256": "another"},
        {"State": "Inactive", "LastUpdateStatus": "InProgress"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_goes_by_itself_does_not(client: Any, more: dict[str, Any]) -> None:
    assert configured(client, more) == configured(client, {})


KEY = "arn:aws:kms:us-east-1:111122223333:key/one"
REFERENCE, COPY = StorageMode.REFERENCE, StorageMode.COPY


@pytest.mark.parametrize(
    ("asked", "has", "sent"),
    [
        pytest.param(None, CodeStorage(), {}, id="a copy"),
        pytest.param(None, CodeStorage(key=KEY), {"SourceKMSKeyArn": KEY}, id="a customer's key"),
        pytest.param(None, CodeStorage(REFERENCE), {"S3ObjectStorageMode": "REFERENCE"}, id="a reference"),
        pytest.param(
            REFERENCE,
            CodeStorage(COPY, KEY),
            {"S3ObjectStorageMode": "REFERENCE", "SourceKMSKeyArn": KEY},
            id="a copy that becomes a reference",
        ),
        pytest.param(
            COPY,
            CodeStorage(REFERENCE),
            {"S3ObjectStorageMode": "COPY"},
            id="a reference that becomes a copy",
        ),
        pytest.param(COPY, CodeStorage(None), {"S3ObjectStorageMode": "COPY"}, id="not known"),
    ],
)
def test_a_package_stays_stored_as_the_function_has_it_unless_asked(
    client: Any, asked: StorageMode | None, has: CodeStorage, sent: dict[str, Any]
) -> None:
    wanted = {"FunctionName": "orders", "RevisionId": "r", "S3Bucket": "artifacts", "S3Key": "app.zip"}
    package = Package("artifacts", "app.zip", "v1", asked)
    with Stubber(client) as stub:
        stub.add_response("update_function_code", FOUND, wanted | {"S3ObjectVersion": "v1"} | sent)
        AwsFunctions(client).update_code("orders", package, "r", has)
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "has"),
    [
        pytest.param({}, CodeStorage(), id="a copy"),
        pytest.param({"SourceKMSKeyArn": KEY}, CodeStorage(COPY, KEY), id="a customer's key"),
        pytest.param(
            {"ResolvedS3Object": {"S3Bucket": "artifacts", "S3Key": "app.zip"}},
            CodeStorage(REFERENCE),
            id="a reference",
        ),
        pytest.param({"Error": {"ErrorCode": "AccessDenied"}}, CodeStorage(None), id="not known"),
    ],
)
def test_how_the_package_is_stored_is_read(client: Any, code: dict[str, Any], has: CodeStorage) -> None:
    with Stubber(client) as stub:
        stub.add_response("get_function", {"Configuration": FOUND, "Code": code})
        state = AwsFunctions(client).describe("orders")
    assert state
    assert state.configuration.storage == has


def test_an_image_is_sent_by_its_digest(client: Any) -> None:
    wanted = {"FunctionName": "orders", "RevisionId": "r", "ImageUri": IMAGE.pinned}
    with Stubber(client) as stub:
        stub.add_response("update_function_code", FOUND, wanted)
        AwsFunctions(client).update_code("orders", IMAGE, "r", CodeStorage())
        stub.assert_no_pending_responses()
    assert ":v42" not in IMAGE.pinned
