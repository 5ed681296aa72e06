"""Lambda is asked about old versions page by page, at a pace, and never to delete a function."""

import pytest
from botocore.stub import Stubber

from hotplug.aws.rate_limit import RateLimit
from hotplug.aws.versions import AwsVersions
from hotplug.core.resources.versions import PublishedVersion
from tests.unit.aws.clients import a_client

ARN = "arn:aws:lambda:us-east-1:111122223333:function:orders"
VERSION_7 = {"FunctionName": "orders", "Qualifier": "7"}


class Lambda:
    """A client whose answers are checked against Lambda's model, and a clock that only resting moves."""

    def __init__(self) -> None:
        self.client = a_client("lambda")
        self.stub = Stubber(self.client)
        self.stub.activate()
        self.seconds = 100.0
        self.versions = AwsVersions(self.client, RateLimit(8, lambda: self.seconds, self._rests))

    def _rests(self, seconds: float) -> None:
        self.seconds += seconds

    def deletes(self) -> None:
        self.stub.add_response("delete_function", {}, VERSION_7)
        assert self.versions.delete("orders", "7")


@pytest.fixture
def aws() -> Lambda:
    return Lambda()


def a_version(number: str) -> dict[str, str]:
    return {"Version": number, "FunctionArn": f"{ARN}:{number}"}


def test_all_pages_are_read_and_latest_is_none_of_them(aws: Lambda) -> None:
    pages = [["$LATEST", "1"], ["2"], ["3"]]
    for at, numbers in enumerate(pages):
        marker = {"Marker": f"page-{at}"} if at else {}
        more = {"NextMarker": f"page-{at + 1}"} if at + 1 < len(pages) else {}
        answer = {"Versions": [a_version(number) for number in numbers]} | more
        aws.stub.add_response("list_versions_by_function", answer, {"FunctionName": "orders"} | marker)
    assert [found.version for found in aws.versions.published("orders")] == ["1", "2", "3"]
    aws.stub.assert_no_pending_responses()


def test_event_sources_are_asked_for_by_the_versions_arn(aws: Lambda) -> None:
    mapping = {"UUID": "u" * 36, "FunctionArn": f"{ARN}:7"}
    asked = {"FunctionName": f"{ARN}:7"}
    aws.stub.add_response("list_event_source_mappings", {"EventSourceMappings": [mapping]}, asked)
    assert aws.versions.is_fed(PublishedVersion("7", f"{ARN}:7"))


@pytest.mark.parametrize(
    ("code", "is_gone"), [("ResourceConflictException", False), ("ResourceNotFoundException", True)]
)
def test_a_version_that_is_used_stays_and_one_that_is_gone_is_gone(
    aws: Lambda, code: str, is_gone: bool
) -> None:
    aws.stub.add_client_error("delete_function", code)
    assert aws.versions.delete("orders", "7") is is_gone


def test_a_delete_always_names_its_version(aws: Lambda) -> None:
    aws.deletes()


def test_calls_keep_a_pace_that_leaves_half_of_lambdas_to_others(aws: Lambda) -> None:
    for _ in range(3 * 8 + 1):
        aws.deletes()
    assert aws.seconds == pytest.approx(103)


def test_who_has_rested_need_not_rest_again(aws: Lambda) -> None:
    aws.deletes()
    aws.seconds += 60
    aws.deletes()
    assert aws.seconds == 160
