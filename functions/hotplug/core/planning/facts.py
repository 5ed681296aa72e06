"""Observed state of a target, before it is planned."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotplug.core.evidence.metrics.traffic import Usual
from hotplug.core.request.request import WantedTarget
from hotplug.core.resources.alias import AliasState
from hotplug.core.resources.function import LATEST, FunctionState
from hotplug.core.resources.image import Image, ResolvedImage
from hotplug.core.resources.package import Artifact
from hotplug.core.spec.source import Latest, Package

WAKES = frozenset({"Inactive", "Pending"})
"""States out of which a version comes, after a call or by itself."""


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What is known of one target. `latest` is None where the function does not exist.

    `asked_for` is the existing version that the source names, `previous` the number of the last good one
    before the live one where that was asked for. `refusal` says why the package or image cannot be deployed.
    `held` says that some deployment holds a split alias, so that the claim will settle it. `quarantine` says
    why the candidate was rolled back before. `usual` is how the alias was in the last days, where that could
    be read. `denied` is what AWS said where hotplug may not look. `wired` is who calls $LATEST, and `unseen`
    why that is not known. `has_newer` says that a version after the live one was published. `capacity` is the
    provisioned concurrency of the function, by version or alias.
    """

    latest: FunctionState | None
    alias: AliasState | None = None
    stable: FunctionState | None = None
    asked_for: FunctionState | None = None
    previous: str | None = None
    artifact: Artifact | ResolvedImage | None = None
    refusal: str | None = None
    held: bool = False
    quarantine: str | None = None
    usual: Usual | None = None
    denied: str = ""
    wired: tuple[str, ...] = ()
    unseen: str = ""
    has_newer: bool = False
    capacity: Mapping[str, int] = field(default_factory=dict)

    @property
    def candidate(self) -> FunctionState | None:
        """What the candidate's configuration is now."""
        return self.asked_for or self.latest

    @property
    def code_sha256(self) -> str:
        """What the candidate's code hashes to."""
        if self.artifact:
            return self.artifact.sha256
        return self.candidate.code_sha256 if self.candidate else ""

    @property
    def code_bytes(self) -> int:
        """What would have to be kept of it."""
        match self.artifact:
            case Artifact(size_bytes=size):
                return size
            case ResolvedImage():
                return 0
        return self.latest.code_bytes if self.latest else 0

    @property
    def is_unchanged(self) -> bool:
        """Whether publishing would answer the live version: Lambda makes none that is like the newest."""
        stable, latest = self.stable, self.latest
        if not stable or not latest or self.has_newer or stable.version == LATEST:
            return False
        return (stable.code_sha256, stable.config_sha256) == (self.code_sha256, latest.config_sha256)

    @property
    def config_sha256(self) -> str:
        """What the candidate's configuration hashes to."""
        return self.candidate.config_sha256 if self.candidate else ""

    @property
    def timeout_seconds(self) -> int:
        """A call of either version is over by then."""
        return max((state.timeout_seconds for state in (self.stable, self.candidate) if state), default=0)


def publishes(wanted: WantedTarget) -> bool:
    """Whether a version is made of $LATEST."""
    return isinstance(wanted.source, Latest | Package | Image)
