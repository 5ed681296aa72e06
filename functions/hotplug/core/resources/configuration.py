"""Configuration of a function or version: what of AWS' answer counts, and what could not be read.

Everything that GetFunction answers counts, so that a setting which Lambda adds later counts too. The lists
below name the exceptions: members that change without a write, or with the code, which is compared
by its own hash.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

type Answer = Mapping[str, Any]

BY_ITSELF = frozenset(
    {
        "ConfigSha256",
        "FunctionArn",
        "FunctionName",
        "LastModified",
        "LastUpdateStatus",
        "LastUpdateStatusReason",
        "LastUpdateStatusReasonCode",
        "MasterArn",
        "RevisionId",
        "RuntimeVersionConfig",
        "State",
        "StateReason",
        "StateReasonCode",
        "Version",
    }
)
"""Identity, state, and what differs between $LATEST and the version that was just published from it.

Lambda patches the runtime of a published version by itself (RuntimeVersionConfig), and publishes no version
for that. Nothing says yet whether ConfigSha256 is the same for $LATEST and its version.
"""
OF_THE_CODE = frozenset({"CodeSha256", "CodeSize", "SigningJobArn", "SigningProfileVersionArn"})
"""Settings that come with a package. A plan is made before its package is in $LATEST."""
SNAPSHOT_STATE = "OptimizationStatus"
"""The member of SnapStart that is a state: always Off for $LATEST."""
UNORDERED = frozenset({"SecurityGroupIds", "SubnetIds"})
OF_BEFORE = (
    "Architectures",
    "DeadLetterConfig",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "ImageConfigResponse",
    "KMSKeyArn",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
)
"""The settings that the release before compared, beside the four in `_hash_of_before`."""
UNKNOWN = "unknown-"
"""Begins the hash of a configuration of which only a part could be read."""


class StorageMode(StrEnum):
    """Where Lambda keeps a function's package: a copy of its own, or only a reference to the S3 object."""

    COPY = "COPY"
    REFERENCE = "REFERENCE"


@dataclass(frozen=True, slots=True)
class CodeStorage:
    """Storage of a function's package. `key` is the ARN of the customer's KMS key, empty without one.

    `mode` is None if it can't be read. An update of the code that does not name both resets them to Lambda's
    defaults.
    """

    mode: StorageMode | None = StorageMode.COPY
    key: str = ""

    @staticmethod
    def of(code: Answer) -> "CodeStorage":
        """Read GetFunction's Code: only a package that is a reference has a ResolvedS3Object."""
        key = code.get("SourceKMSKeyArn") or ""
        mode = StorageMode.REFERENCE if code.get("ResolvedS3Object") else StorageMode.COPY
        is_known = code.get("ResolvedS3Object") or key or "Error" not in code
        return CodeStorage(mode if is_known else None, key)

    def __str__(self) -> str:
        mode = f"+{self.mode}" if self.mode is StorageMode.REFERENCE else ""
        return f"{mode}+{self.key}" if self.key else mode


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration by its hash. `unread` names what could not be read, with AWS' reason; else empty.

    `before` is the hash that the release before took, by which its plans and its quarantine are read. A
    configuration that is not read in full equals no other, even if their hashes are equal.
    """

    sha256: str = ""
    before: str = ""
    storage: CodeStorage = CodeStorage()
    unread: str = ""

    def equals(self, other: "Configuration") -> bool:
        """Return whether both were read in full and are the same."""
        return self.sha256 == other.sha256 and not (self.unread or other.unread)

    def with_storage(self, mode: StorageMode | None) -> "Configuration":
        """Return what it is after an update of the code with this mode; None keeps the mode."""
        storage = CodeStorage(mode or self.storage.mode, self.storage.key)
        return replace(self, sha256=f"{self.sha256.partition('+')[0]}{storage}", storage=storage)


UNCONFIGURED = Configuration()


def configuration_of(found: Answer, code: Answer) -> Configuration:
    """Return the configuration from the two parts of GetFunction's answer, Configuration and Code."""
    storage = CodeStorage.of(code)
    unread = "; ".join([*_errors(found), *(() if storage.mode else _errors({"Code": code}))])
    said = json.dumps(dict(_counted(found)), sort_keys=True, default=str)
    settings = f"{UNKNOWN if unread else ''}{hashlib.sha256(said.encode()).hexdigest()}"
    return Configuration(f"{settings}{storage}", _hash_of_before(found), storage, unread)


def _counted(found: Answer) -> Iterator[tuple[str, Any]]:
    for name, value in found.items():
        if name in BY_ITSELF | OF_THE_CODE:
            continue
        kept = _plain(value, name)
        if isinstance(kept, Mapping):
            kept = {key: each for key, each in kept.items() if key not in {"Error", SNAPSHOT_STATE}}
        if not _is_unset(kept):
            yield name, kept


def _plain(value: Any, name: str) -> Any:
    """Leave out what is not set: Lambda shows a setting that was taken away as an empty one, or not at all.

    An empty variable of the environment is set.
    """
    if isinstance(value, Mapping):
        named = {key: _plain(each, key) for key, each in value.items()}
        return {key: each for key, each in named.items() if name == "Variables" or not _is_unset(each)}
    if isinstance(value, list):
        listed = [_plain(each, "") for each in value]
        return sorted(listed) if name in UNORDERED else listed
    return value


def _is_unset(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, str | list | Mapping) and not value)


def _errors(found: Answer) -> Iterator[str]:
    """Yield each part that AWS answers with an error in place of its values."""
    for name, value in found.items():
        error = value.get("Error") if isinstance(value, Mapping) else None
        if isinstance(error, Mapping):
            said = [str(error[key]) for key in ("ErrorCode", "Message") if error.get(key)]
            yield f"{name} ({': '.join(said) or 'an error without a reason'})"


def _hash_of_before(found: Answer) -> str:
    network: Answer = found.get("VpcConfig", {})
    said = {key: found.get(key) for key in OF_BEFORE} | {
        "Environment": found.get("Environment", {}).get("Variables"),
        "Layers": [layer.get("Arn") for layer in found.get("Layers", ())],
        "SnapStart": found.get("SnapStart", {}).get("ApplyOn"),
        "VpcConfig": [sorted(network.get(key, ())) for key in ("SubnetIds", "SecurityGroupIds")],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
