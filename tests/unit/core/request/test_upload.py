"""An uploaded zip becomes one execution, however often its event arrives."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.request.upload import Upload, read_upload, request_for

EXECUTION_NAME = re.compile(r"[0-9A-Za-z_-]{1,80}")
"""What Step Functions takes, and shows in its logs."""

uploads = any_.builds(
    Upload, bucket=any_.text(), key=any_.text(), version_id=any_.none() | any_.text(), stamp=any_.text()
)


def an_event(
    key: str = "orders/app.zip", version_id: str | None = "v1", sequencer: str = "0061"
) -> dict[str, Any]:
    found = {"key": key, "size": 9, "etag": "e1", "version-id": version_id, "sequencer": sequencer}
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"version": "0", "bucket": {"name": "artifacts"}, "object": found, "reason": "PutObject"},
    }


def an_upload(key: str = "orders/app.zip", stamp: str = "v1") -> Upload:
    return Upload("artifacts", key, stamp, stamp)


@given(uploads)
def test_any_upload_has_a_name_that_step_functions_takes(upload: Upload) -> None:
    assert EXECUTION_NAME.fullmatch(upload.execution_name)


@given(uploads)
def test_the_name_is_the_same_for_every_copy_of_the_event(upload: Upload) -> None:
    again = Upload(upload.bucket, upload.key, upload.version_id, upload.stamp)
    assert again.execution_name == upload.execution_name


@given(any_.lists(any_.tuples(any_.text(), any_.text(), any_.text()), unique=True, max_size=5))
def test_different_objects_have_different_names(parts: list[tuple[str, str, str]]) -> None:
    names = {Upload(bucket, key, None, stamp).execution_name for bucket, key, stamp in parts}
    assert len(names) == len({(bucket, key, stamp) for bucket, key, stamp in parts})


def test_the_name_begins_with_the_prefix_so_that_people_find_it() -> None:
    assert an_upload("team a/orders/app.zip").execution_name.startswith("team-a-orders-")
    assert an_upload("日本/app.zip").execution_name.startswith("upload-")


def test_an_event_of_a_versioned_bucket_names_the_version() -> None:
    upload = read_upload(an_event())
    assert upload == Upload("artifacts", "orders/app.zip", "v1", "v1")
    assert upload.source == {"bucket": "artifacts", "key": "orders/app.zip", "versionId": "v1"}


@pytest.mark.parametrize("version_id", [None, ""], ids=["null", "empty"])
def test_without_versions_etag_and_sequencer_tell_uploads_apart(version_id: str | None) -> None:
    first = read_upload(an_event(version_id=version_id))
    second = read_upload(an_event(version_id=version_id, sequencer="0062"))
    assert first.source == {"bucket": "artifacts", "key": "orders/app.zip"}
    assert first.execution_name != second.execution_name


def test_a_key_is_taken_as_it_is_and_not_decoded() -> None:
    assert read_upload(an_event("or+ders/a%20b.zip")).key == "or+ders/a%20b.zip"


def test_without_a_policy_the_prefix_is_the_function() -> None:
    assert request_for(an_upload(), None) == {"function": "orders", "source": an_upload().source}


def test_a_policy_is_a_request_without_a_source() -> None:
    policy = {"functions": ["orders", "billing"], "alias": "prod", "strategy": "AllAtOnce"}
    assert request_for(an_upload(), json.dumps(policy).encode()) == policy | {"source": an_upload().source}


@pytest.mark.parametrize(
    ("key", "policy", "why"),
    [
        pytest.param("app.zip", None, "has no prefix", id="no prefix"),
        pytest.param("/app.zip", None, "has no prefix", id="an empty prefix"),
        pytest.param("orders/app.zip", b"", "is not JSON", id="an empty policy"),
        pytest.param("orders/app.zip", b"{", "is not JSON", id="half a policy"),
        pytest.param("orders/app.zip", b"\xff\xfe\x00", "is not JSON", id="bytes"),
        pytest.param("orders/app.zip", b'{"a": NaN}', "is not JSON", id="not a number"),
        pytest.param("orders/app.zip", b"[" * 99_999, "is not JSON", id="nested beyond reason"),
        pytest.param("orders/app.zip", b"[]", "must hold a JSON object", id="a list"),
        pytest.param("orders/app.zip", b"null", "must hold a JSON object", id="null"),
        pytest.param("orders/app.zip", b'{"source": {}}', "leave it out", id="a source of its own"),
    ],
)
def test_what_cannot_be_started_says_why(key: str, policy: bytes | None, why: str) -> None:
    answer = request_for(an_upload(key), policy)
    assert isinstance(answer, str)
    assert why in answer
    assert key.rpartition("/")[0] in answer


@given(any_.binary(max_size=60))
def test_no_policy_whatever_breaks_the_reader(policy: bytes) -> None:
    answer = request_for(an_upload(), policy)
    assert isinstance(answer, str) or answer["source"] == an_upload().source
