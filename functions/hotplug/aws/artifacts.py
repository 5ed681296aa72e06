"""Deployment packages and policies in S3."""

import base64
import hashlib
import tempfile
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from hotplug.aws.errors import code, status, translated
from hotplug.core.errors import ArtifactRefusedError, ForbiddenError
from hotplug.core.resources.package import FILE, MAX_BYTES, Artifact
from hotplug.core.resources.zip_contents import read_contents
from hotplug.core.spec.source import Package

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PIECE_BYTES = 1_048_576
GONE = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "404", "NotFound", "KeyTooLongError"})


class Artifacts(Protocol):
    """Objects in S3, as hotplug reads them."""

    def inspect(self, package: Package) -> Artifact:
        """Read and hash a whole package; raises ArtifactRefusedError if Lambda would reject it."""

    def read(self, bucket: str, key: str, max_bytes: int) -> bytes | None:
        """Read a small object.

        Returns None if it does not exist; raises ArtifactRefusedError if it is larger.
        """

    def elsewhere(self, bucket: str) -> str:
        """The bucket's Region if it is another one; empty also if S3 does not say it."""

    def current_version(self, bucket: str, key: str) -> str | None:
        """The key's current version id; None if the object is gone or the bucket is not versioned."""


class AwsArtifacts:
    """Objects in S3."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def inspect(self, package: Package) -> Artifact:
        """GetObject into a temporary file. Only the directory and first bytes are examined."""
        pinned: dict[str, Any] = {"VersionId": package.version_id} if package.version_id else {}
        try:
            with translated():
                found = self._client.get_object(Bucket=package.bucket, Key=package.key, **pinned)
        except ForbiddenError as error:
            raise ArtifactRefusedError(
                "hotplug may not read it, or may not see that it does not exist (see SourceBuckets)"
            ) from error
        except ClientError as error:
            if code(error) in GONE or code(error) == "InvalidArgument":
                raise ArtifactRefusedError(f"it does not exist ({code(error)})") from error
            if 400 <= status(error) < 500:
                raise ArtifactRefusedError(f"it cannot be read ({error})") from error
            raise
        size = found["ContentLength"]
        if size == 0:
            raise ArtifactRefusedError("it is empty (0 bytes)")
        if size > MAX_BYTES:
            raise ArtifactRefusedError(f"it has {size:,} bytes, Lambda takes at most {MAX_BYTES:,} unzipped")
        with tempfile.TemporaryFile() as copy, translated():
            digest = hashlib.sha256()
            for piece in found["Body"].iter_chunks(PIECE_BYTES):
                digest.update(piece)
                copy.write(piece)
            contents = read_contents(copy)
        sha256 = base64.b64encode(digest.digest()).decode()
        release = contents.heads.get(FILE, b"").decode(errors="replace")
        return Artifact(found.get("VersionId"), sha256, size, release, contents)

    def read(self, bucket: str, key: str, max_bytes: int) -> bytes | None:
        """GetObject."""
        try:
            with translated():
                found = self._client.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if code(error) in GONE:
                return None
            raise
        if found["ContentLength"] > max_bytes:
            raise ArtifactRefusedError(
                f"{key} has {found['ContentLength']:,} bytes, at most {max_bytes:,} are read"
            )
        with translated():
            return found["Body"].read()

    def elsewhere(self, bucket: str) -> str:
        """HeadBucket, which names the Region even if it is refused."""
        try:
            with translated():
                response: Any = self._client.head_bucket(Bucket=bucket)
        except ForbiddenError as error:
            response = getattr(error.__cause__, "response", {})
        except ClientError as error:
            response = error.response
        headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        region = str(headers.get("x-amz-bucket-region", ""))
        return "" if region == self._client.meta.region_name else region

    def current_version(self, bucket: str, key: str) -> str | None:
        """HeadObject."""
        try:
            with translated():
                return self._client.head_object(Bucket=bucket, Key=key).get("VersionId")
        except ClientError as error:
            if code(error) in GONE:
                return None
            raise
