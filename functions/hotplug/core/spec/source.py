"""Sources of a candidate: $LATEST, a version, a zip, an image, or the previous version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from hotplug.core.parsing.fields import Fields, text
from hotplug.core.parsing.problem import MisfitError, Problem, matching, shown
from hotplug.core.parsing.stored import Codec, Key, mapping, member_of, record, stored_value
from hotplug.core.resources.configuration import StorageMode
from hotplug.core.resources.image import Image, image_uri
from hotplug.core.resources.target import VERSION

BUCKET = re.compile(r"[a-zA-Z0-9._-]{2,62}[a-zA-Z0-9_-]")
PREVIOUS = "previous"
_key = text(longest=1024)
_mode = member_of(StorageMode)


@dataclass(frozen=True, slots=True)
class Latest:
    """Publish what $LATEST holds now."""


@dataclass(frozen=True, slots=True)
class Existing:
    """A published version, to go back or forward to."""

    version: str


@dataclass(frozen=True, slots=True)
class Package:
    """A zip in S3; without a version id, the current version of the object.

    `storage_mode` is how Lambda shall store it; None leaves that as the function has it.
    """

    bucket: str
    key: str
    version_id: str | None = None
    storage_mode: StorageMode | None = None

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


type Source = Latest | Existing | Package | Image


@dataclass(frozen=True, slots=True)
class Previous:
    """The last good version before the live one. The plan says which one that is."""


type AskedSource = Source | Previous


def source_json(source: Source) -> dict[str, Any]:
    """Return the source as a request spells it; empty for $LATEST."""
    match source:
        case Latest():
            return {}
        case Existing():
            return _EXISTING.write(source)
        case Package():
            return _PACKAGE.write(source)
        case Image():
            return {"imageUri": str(source)}
        case _:
            assert_never(source)


SOURCES = (("version",), ("imageUri",), ("bucket", "key", "versionId", "storageMode"))
"""The keys that a source may have; the first of them says which kind it is, and any other is of the last."""


def read_source(value: object, path: str, problems: list[Problem]) -> Source:
    """Read a source; $LATEST after a problem, which is added to `problems`."""
    named = value if isinstance(value, Mapping) else {}
    keys = next((keys for keys in SOURCES if keys[0] in named), SOURCES[-1])
    fields = Fields(value, path, problems, keys)
    if not isinstance(value, Mapping):
        return Latest()
    if "version" in keys:
        version = fields.need("version", version_number)
        return Existing(version) if version else Latest()
    if "imageUri" in keys:
        return fields.need("imageUri", image_uri) or Latest()
    bucket, key = fields.need("bucket", _bucket), fields.need("key", _key)
    version_id = fields.take("versionId", _key)
    mode = fields.take("storageMode", _mode)
    return Package(bucket, key, version_id, mode) if bucket and key else Latest()


def read_asked_source(value: object, path: str, problems: list[Problem]) -> AskedSource:
    """Read a source as `read_source` does, or "previous"."""
    if value == PREVIOUS:
        return Previous()
    if isinstance(value, str):
        problems.append(Problem(path, shown(value), f'"{PREVIOUS}", or a JSON object', {"enum": [PREVIOUS]}))
        return Latest()
    return read_source(value, path, problems)


def _bucket(value: object) -> str:
    if isinstance(value, str) and BUCKET.fullmatch(value):
        return value
    raise MisfitError("the name of a bucket, 3 to 63 letters, digits, ., - and _", matching(BUCKET))


def version_number(value: object) -> str:
    """Read the number of a published version."""
    if isinstance(value, str) and VERSION.fullmatch(value):
        return value
    allowed = 'the number of a published version as a text, like "41"; never $LATEST'
    raise MisfitError(allowed, matching(VERSION))


_EXISTING = record(Existing, Key("version", "version", version_number))
_PACKAGE = record(
    Package,
    Key("bucket", "bucket", _bucket),
    Key("key", "key", _key),
    Key("versionId", "version_id", _key, default=None),
    Key("storageMode", "storage_mode", _mode, default=None),
)


def _stored(value: object) -> Source:
    """Read a stored source. With any key it is not $LATEST: an unknown kind is never taken for it."""
    item = mapping(value)
    if not item:
        return Latest()
    if "version" in item:
        return _EXISTING(item)
    return stored_value(item, "imageUri", image_uri) if "imageUri" in item else _PACKAGE(item)


SOURCE: Codec[Source] = Codec(_stored, source_json)
