"""Deployment packages and policies in S3."""

import base64
import hashlib
import tempfile
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from hotplug.aws.errors import code, status, translated
from hotplug.core.errors import ArtifactRefusedError, ForbiddenError
from hotplug.core.resources.package import (
    FILE,
    HEAD_BYTES,
    Artifact,
    Contents,
    architecture,
    is_native,
    stems,
)
from hotplug.core.spec.source import Package

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_BYTES = 262_144_000
"""250 MB unzipped, layers included: Lambda quotas, "Deployment package (.zip file archive) size"."""
PIECE_BYTES = 1_048_576
MAX_RELEASE = 10_000
ENCRYPTED = 1
"""Flag bit of an encrypted zip entry."""
COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Compression methods that are read; Python's other ones raise errors of their own."""
GONE = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "404", "NotFound", "KeyTooLongError"})


class Artifacts(Protocol):
    """Objects in S3, as hotplug reads them."""

    def inspect(self, package: Package) -> Artifact:
        """Read and hash a whole package; raises ArtifactRefusedError if Lambda would reject it."""

    def read(self, bucket: str, key: str, most_bytes: int) -> bytes | None:
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
        """GetObject into a temporary file. Only the zip's directory is read; nothing is extracted."""
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
            _check_directory(copy)
            release, contents = _read_inside(copy)
        sha256 = base64.b64encode(digest.digest()).decode()
        return Artifact(found.get("VersionId"), sha256, size, release, contents)

    def read(self, bucket: str, key: str, most_bytes: int) -> bytes | None:
        """GetObject."""
        try:
            with translated():
                found = self._client.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if code(error) in GONE:
                return None
            raise
        if found["ContentLength"] > most_bytes:
            raise ArtifactRefusedError(
                f"{key} has {found['ContentLength']:,} bytes, at most {most_bytes:,} are read"
            )
        with translated():
            return found["Body"].read()

    def elsewhere(self, bucket: str) -> str:
        """HeadBucket, which names the Region even if it is refused."""
        try:
            with translated():
                told: Any = self._client.head_bucket(Bucket=bucket)
        except ForbiddenError as error:
            told = getattr(error.__cause__, "response", {})
        except ClientError as error:
            told = error.response
        headers = told.get("ResponseMetadata", {}).get("HTTPHeaders", {})
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


def _read_inside(copy: IO[bytes]) -> tuple[str, Contents]:
    """Read the release file, and the first bytes of each native library. Nothing is extracted."""
    with zipfile.ZipFile(copy) as package:
        names = package.namelist()
        libraries = {architecture(_head(package, name, HEAD_BYTES)) for name in names if is_native(name)}
        release = _head(package, FILE, MAX_RELEASE).decode(errors="replace")
        return release, Contents(stems(names), frozenset(filter(None, libraries)))


def _head(package: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    """Return the first bytes of a file; empty if it does not exist or can't be read."""
    try:
        if package.getinfo(name).compress_type not in COMPRESSIONS:
            return b""
        with package.open(name) as file:
            return file.read(most_bytes)
    except (EOFError, KeyError, OSError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error):
        return b""


def _check_directory(copy: IO[bytes]) -> None:
    try:
        with zipfile.ZipFile(copy) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise ArtifactRefusedError(f"it is not a zip ({error})") from error
    if not any(not entry.is_dir() for entry in entries):
        raise ArtifactRefusedError("it is a zip without a file in it")
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise ArtifactRefusedError("it is encrypted, so that Lambda cannot unzip it")
    unzipped = sum(entry.file_size for entry in entries)
    if unzipped > MAX_BYTES:
        raise ArtifactRefusedError(f"it unzips to {unzipped:,} bytes, Lambda takes at most {MAX_BYTES:,}")
