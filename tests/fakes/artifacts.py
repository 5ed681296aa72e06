"""S3 in memory: every bucket keeps versions unless it is said not to."""

import hashlib
import io
import zipfile
from base64 import b64encode

from hotplug.core.errors import ArtifactRefusedError
from hotplug.core.resources.package import Artifact
from hotplug.core.resources.zip_contents import read_contents
from hotplug.core.spec.source import Package
from tests.fakes.faults import Surprising, refusal, verb

READABLE = 0o644 << 16
"""A Unix mode, as a zip has it."""


def sha_of(content: bytes | str) -> str:
    """CodeSha256 as Lambda reports it."""
    return b64encode(
        hashlib.sha256(content.encode() if isinstance(content, str) else content).digest()
    ).decode()


def a_zip(content: str = "print('hello')", name: str = "app.py", attributes: int = READABLE) -> bytes:
    """A package with one file; the same content makes the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        file = zipfile.ZipInfo(name)
        file.external_attr = attributes
        package.writestr(file, content)
    return stream.getvalue()


class InMemoryArtifacts(Surprising):
    """The `Artifacts` of a test."""

    def __init__(self) -> None:
        super().__init__()
        self._objects: dict[tuple[str, str], list[tuple[str, bytes | None]]] = {}
        self._without_versions: set[str] = set()
        self._forbidden: set[str] = set()
        self._regions: dict[str, str] = {}

    def receives(self, bucket: str, key: str, body: bytes | None) -> str:
        """Somebody uploads an object, or deletes it (None); its version id."""
        versions = self._objects.setdefault((bucket, key), [])
        versions.append((f"version-{len(versions) + 1}-of-{key}", body))
        return versions[-1][0]

    def keeps_no_versions(self, bucket: str) -> None:
        """The bucket was made without versioning."""
        self._without_versions.add(bucket)

    def lies_in(self, bucket: str, region: str) -> None:
        """The bucket is in another Region."""
        self._regions[bucket] = region

    def forbids(self, bucket: str) -> None:
        """The function's role may not read this bucket."""
        self._forbidden.add(bucket)

    def body(self, package: Package, operation: str = "GetObject") -> bytes:
        """The bytes that a package names; S3's error where there are none."""
        if package.bucket in self._forbidden:
            raise refusal("AccessDenied", operation, "Access Denied")
        versions = self._objects.get((package.bucket, package.key), [("", None)])
        wanted = package.version_id or versions[-1][0]
        found = dict(versions)
        if wanted not in found:
            raise refusal("NoSuchVersion", operation, "The specified version does not exist.")
        body = found[wanted]
        if body is None:
            raise refusal("NoSuchKey", operation, "The specified key does not exist.")
        return body

    @verb
    def inspect(self, package: Package) -> Artifact:
        if package.bucket in self._forbidden:
            raise ArtifactRefusedError(
                "hotplug may not read it, or may not see that it does not exist (see SourceBuckets)"
            )
        body = self._body_or_none(package)
        if body is None:
            raise ArtifactRefusedError("it does not exist (NoSuchKey)")
        if not body:
            raise ArtifactRefusedError("it is empty (0 bytes)")
        version_id = package.version_id or self._current(package.bucket, package.key)
        contents = read_contents(io.BytesIO(body))
        return Artifact(version_id, sha_of(body), len(body), contents=contents)

    @verb
    def read(self, bucket: str, key: str, max_bytes: int) -> bytes | None:
        if bucket in self._forbidden:
            raise refusal("AccessDenied", "GetObject", "Access Denied")
        body = self._body_or_none(Package(bucket, key))
        if body is not None and len(body) > max_bytes:
            raise ArtifactRefusedError(f"{key} has {len(body):,} bytes, at most {max_bytes:,} are read")
        return body

    @verb
    def elsewhere(self, bucket: str) -> str:
        return self._regions.get(bucket, "")

    @verb
    def current_version(self, bucket: str, key: str) -> str | None:
        return self._current(bucket, key)

    def _current(self, bucket: str, key: str) -> str | None:
        versions = self._objects.get((bucket, key))
        if not versions or versions[-1][1] is None or bucket in self._without_versions:
            return None
        return versions[-1][0]

    def _body_or_none(self, package: Package) -> bytes | None:
        versions = self._objects.get((package.bucket, package.key), [("", None)])
        return dict(versions).get(package.version_id or versions[-1][0])
