"""Uploaded packages: the prefix of a zip selects the standing policy."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.problem import as_utf_8, is_utf_8

POLICY_NAME = "policy.json"
MAX_POLICY_BYTES = 100_000
MAX_INPUT = 262_144
"""Characters that an execution takes as its input. A policy can grow when it is written again: 1e9, escapes.
"""


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded object version. `stamp` identifies the version of a key: its version id, or else ETag and
    sequencer.
    """

    bucket: str
    key: str
    version_id: str | None
    stamp: str

    @property
    def prefix(self) -> str:
        """Everything before the last slash, or empty for a key without one."""
        return self.key.rpartition("/")[0]

    @property
    def policy_key(self) -> str:
        """Key of the standing policy of this prefix."""
        return f"{self.prefix}/{POLICY_NAME}"

    @property
    def execution_name(self) -> str:
        """Name of the execution. It is the same however often the event arrives, so Step Functions starts it
        once.
        """
        digest = hashlib.sha256(f"{self.bucket}\n{self.key}\n{self.stamp}".encode()).hexdigest()
        readable = re.sub(r"[^a-zA-Z0-9_-]+", "-", self.prefix).strip("-")[:40]
        return f"{readable or 'upload'}-{digest[:32]}"

    @property
    def source(self) -> dict[str, str]:
        """The source of the request, pinned to this object version."""
        return {"bucket": self.bucket, "key": self.key} | (
            {"versionId": self.version_id} if self.version_id else {}
        )


def read_upload(event: Mapping[str, Any]) -> Upload:
    """Read an upload from S3's "Object Created" event on EventBridge. Keys are not URL-encoded there.

    Raise UnreadableError for an event that S3 does not send.
    """
    match event.get("detail"):
        case {"bucket": {"name": str(bucket)}, "object": {"key": str(key), **item}} if bucket and key:
            version_id = item.get("version-id") or ""
        case _:
            raise UnreadableError("this is no event of S3: it names no object")
    if not isinstance(version_id, str) or not is_utf_8(f"{bucket}{key}{version_id}"):
        raise UnreadableError("this is no event of S3: S3 has no such names")
    stamp = version_id or f"{item.get('etag', '')}-{item.get('sequencer', '')}"
    return Upload(bucket, key, version_id or None, as_utf_8(stamp))


def request_for(upload: Upload, policy: bytes | None) -> dict[str, Any] | str:
    """Return the execution input, or the reason why there is none.

    Without a policy the prefix is the name of the function, and defaults hold. The plan reads the fields, as
    those of every request.
    """
    if not upload.prefix:
        return f"{upload.key} has no prefix: upload it to <prefix>/, the name of a function or of a policy"
    if policy is None:
        return {"function": upload.prefix, "source": upload.source}
    try:
        wanted = json.loads(policy, parse_constant=_no_constant)
        size = len(json.dumps(wanted, allow_nan=False)) + len(json.dumps(upload.source))
    except (ValueError, RecursionError) as error:
        return f"{upload.policy_key} is not JSON: {error}"
    if not isinstance(wanted, dict):
        return f"{upload.policy_key} must hold a JSON object: a request without a source"
    if "source" in wanted:
        return f"{upload.policy_key} has a source, but the upload is the source: leave it out"
    if size > MAX_INPUT - len("source") * 2:
        return f"{upload.policy_key} is too large: at most {MAX_INPUT:,} characters go into an execution"
    return wanted | {"source": upload.source}


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
