"""A package is read whole before anything is planned; whatever its bytes, it gets a hash or a reason."""

import io
import struct
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.aws.artifacts import AwsArtifacts
from hotplug.core.errors import ArtifactRefusedError, TryAgainError
from hotplug.core.resources.package import MAX_BYTES, Artifact
from hotplug.core.spec.source import Package
from tests.fakes import a_zip, sha_of
from tests.unit.aws.clients import a_client

PACKAGE = Package("artifacts", "orders/app.zip")


class Bucket:
    """A client of S3 with one object in it."""

    def __init__(self, body: Any, length: int) -> None:
        self._body, self._length = body, length

    def get_object(self, VersionId: str = "the newest", **_: Any) -> dict[str, Any]:  # noqa: N803 - boto3's
        return {"Body": self._body, "ContentLength": self._length, "VersionId": VersionId}


def inspected(body: bytes, length: int | None = None, package: Package = PACKAGE) -> Artifact:
    stream = StreamingBody(io.BytesIO(body), len(body))
    bucket: Any = Bucket(stream, len(body) if length is None else length)
    return AwsArtifacts(bucket).inspect(package)


def with_size(size_bytes: int) -> bytes:
    """A zip whose directory says that its only file has this size."""
    body = bytearray(a_zip())
    directory = body.index(b"PK\x01\x02")
    struct.pack_into("<L", body, directory + 24, size_bytes)
    return bytes(body)


def test_a_package_has_a_version_a_hash_and_a_size() -> None:
    assert inspected(a_zip()) == Artifact("the newest", sha_of(a_zip()), len(a_zip()))


def test_the_version_that_is_named_is_the_one_that_is_read() -> None:
    pinned = Package(PACKAGE.bucket, PACKAGE.key, "v7")
    assert inspected(a_zip(), package=pinned).version_id == "v7"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"", "it is empty", id="empty"),
        pytest.param(b"hello", "it is not a zip", id="a text"),
        pytest.param(b"PK\x05\x06" + bytes(18), "without a file in it", id="a zip of nothing"),
        pytest.param(a_zip("", "folder/"), "without a file in it", id="a zip of folders"),
        pytest.param(a_zip()[:-9], "it is not a zip", id="cut short"),
        pytest.param(with_size(MAX_BYTES + 1), "unzips to 262,144,001 bytes", id="a bomb"),
    ],
)
def test_what_lambda_would_not_take_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(ArtifactRefusedError, match=words):
        inspected(body)


def test_what_just_fits_is_taken() -> None:
    assert inspected(with_size(MAX_BYTES)).size_bytes == len(a_zip())


def test_an_object_that_is_too_large_is_not_even_read() -> None:
    with pytest.raises(ArtifactRefusedError, match="262,144,001 bytes"):
        inspected(b"", MAX_BYTES + 1)


def test_a_stream_that_breaks_off_may_be_tried_again() -> None:
    class Broken:
        def iter_chunks(self, _: int) -> Any:
            raise ReadTimeoutError(endpoint_url="x")

    bucket: Any = Bucket(Broken(), 9)
    with pytest.raises(TryAgainError):
        AwsArtifacts(bucket).inspect(PACKAGE)


def test_a_stream_that_ends_too_early_may_be_tried_again() -> None:
    bucket: Any = Bucket(StreamingBody(io.BytesIO(a_zip()[:20]), len(a_zip())), len(a_zip()))
    with pytest.raises(TryAgainError):
        AwsArtifacts(bucket).inspect(PACKAGE)


@pytest.mark.parametrize(("length", "is_read"), [(9, True), (10, False)], ids=["it fits", "a byte too many"])
def test_a_small_object_is_read_up_to_its_limit(length: int, is_read: bool) -> None:
    bucket: Any = Bucket(StreamingBody(io.BytesIO(b"x" * length), length), length)
    if is_read:
        assert AwsArtifacts(bucket).read("artifacts", "policy.json", 9) == b"x" * length
        return
    with pytest.raises(ArtifactRefusedError, match="10 bytes, at most 9 are read"):
        AwsArtifacts(bucket).read("artifacts", "policy.json", 9)


def several() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name in ("app.py", "lib/é.py", "data.bin"):
            package.writestr(zipfile.ZipInfo(name), name * 40)
    return stream.getvalue()


WHOLE = several()
DIRECTORY = WHOLE.index(b"PK\x01\x02")
places = any_.integers(0, len(WHOLE) - 1) | any_.integers(DIRECTORY, len(WHOLE) - 1)
changes = any_.lists(any_.tuples(places, any_.integers(0, 255)), max_size=6)


def damaged_at(place: int, value: int) -> bytes:
    body = bytearray(WHOLE)
    body[place] = value
    return bytes(body)


def hash_or_reason(body: bytes) -> str:
    try:
        return inspected(body).sha256
    except ArtifactRefusedError as refusal:
        return str(refusal)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(damaged_at(DIRECTORY + 6, 255), "zip file version 25.5", id="from a far future"),
        pytest.param(damaged_at(WHOLE.rindex("é".encode()), 0xFF), "can't decode byte", id="no UTF-8 name"),
    ],
)
def test_what_pythons_own_zip_reader_stumbles_over_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(ArtifactRefusedError, match=words):
        inspected(body)


@given(changes, any_.integers(0, len(WHOLE)))
def test_damaged_bytes_are_a_hash_or_a_reason_and_never_a_crash(
    changes: list[tuple[int, int]], length: int
) -> None:
    body = bytearray(WHOLE)
    for at, value in changes:
        body[at] = value
    damaged = bytes(body[:length]) if length % 3 == 0 else bytes(body)
    answer = hash_or_reason(damaged)
    assert answer == sha_of(damaged) or answer.startswith("it ")


@given(any_.binary(max_size=80))
def test_the_end_of_a_zip_with_nonsense_in_it_is_a_reason_and_never_a_crash(nonsense: bytes) -> None:
    for damaged in (WHOLE[:-22] + b"PK\x05\x06" + nonsense, nonsense + WHOLE, WHOLE + nonsense):
        answer = hash_or_reason(damaged)
        assert answer == sha_of(damaged) or answer.startswith("it ")


@pytest.mark.parametrize(
    ("region", "elsewhere"),
    [("us-east-1", ""), ("eu-west-1", "eu-west-1"), (None, "")],
    ids=["ours", "another", "not said"],
)
@pytest.mark.parametrize("is_refused", [False, True], ids=["answered", "refused"])
def test_a_bucket_in_another_region_is_known(region: str | None, elsewhere: str, *, is_refused: bool) -> None:
    client: Any = a_client("s3")
    headers = {"x-amz-bucket-region": region} if region else {}
    said: dict[str, Any] = {"HTTPHeaders": headers, "HTTPStatusCode": 403 if is_refused else 200}
    with Stubber(client) as stub:
        if is_refused:
            stub.add_client_error("head_bucket", "403", "Forbidden", 403, response_meta=said)
        else:
            stub.add_response("head_bucket", {"ResponseMetadata": said}, {"Bucket": "artifacts"})
        assert AwsArtifacts(client).elsewhere("artifacts") == elsewhere
