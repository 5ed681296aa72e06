"""Observed state of a target before planning."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import Learned
from hotplug.core.request.request import WantedTarget
from hotplug.core.resources.alias import AliasState
from hotplug.core.resources.configuration import UNCONFIGURED, Configuration, StorageMode
from hotplug.core.resources.function import FunctionState
from hotplug.core.resources.image import Image, ResolvedImage
from hotplug.core.resources.package import Artifact
from hotplug.core.resources.target import is_number
from hotplug.core.spec.source import Latest, Package

WAKES = frozenset({"Inactive", "Pending"})
"""States that a version leaves after a call or by itself."""
CALLABLE = WAKES | {"Active"}
"""States of a version that answers calls, soon at the latest. In any other one it can't."""


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """Observed state of one target. `latest` is None if the function does not exist.

    `asked_for` is the existing version that the source names. `previous` is the number of the last good
    version before the live one, if the source asks for it. `refusal` is the reason why the package or image
    cannot be deployed. `is_locked` means that a deployment has claimed the split alias, so that the next
    claim settles it. `quarantine` is the reason why the candidate was rolled back before. `profile` is the
    traffic profile of the alias in the last days, if it could be read. `denied` is AWS's message if hotplug
    has no access. `unqualified` lists the callers of $LATEST, and `unseen` is the reason why they are
    unknown. `has_newer` means that a version after the live one was published. `concurrency` is the user's
    own provisioned concurrency of the function, by version or alias; `has_own_concurrency` says that this
    alias has some. `similar` is an alias that may be meant, if the requested one is missing. `held` says by
    whom and why the target is held. `storage_mode` is the one that the package asks for, None without one.
    `elsewhere` is the Region of its bucket if it is another one. `learned` is what its last day has taught.
    """

    latest: FunctionState | None
    alias: AliasState | None = None
    stable: FunctionState | None = None
    asked_for: FunctionState | None = None
    previous: str | None = None
    artifact: Artifact | ResolvedImage | None = None
    refusal: str | None = None
    is_locked: bool = False
    quarantine: str | None = None
    profile: TrafficProfile | None = None
    denied: str = ""
    unqualified: tuple[str, ...] = ()
    unseen: str = ""
    has_newer: bool = False
    concurrency: Mapping[str, int] = field(default_factory=dict)
    has_own_concurrency: bool = False
    similar: str = ""
    held: str = ""
    storage_mode: StorageMode | None = None
    elsewhere: str = ""
    learned: Learned | None = None

    @property
    def is_settling(self) -> bool:
        """Whether Lambda still sends the calls of the alias to the version before.

        It does so after the version of an alias with provisioned concurrency changed.
        """
        alias = self.alias
        return bool(alias and alias.routing.is_all_elsewhere and self.has_own_concurrency)

    @property
    def dead(self) -> str:
        """Why the live version can't answer calls, with its number. Empty if it can, or if there is none."""
        if self.alias is None or self.latest is None:
            return ""
        live = f"version {self.alias.routing.version}"
        if self.stable is None:
            return f"{live} does not exist any more"
        if self.stable.state in CALLABLE:
            return ""
        return f"{live} is {self.stable.state}" + (f" ({self.stable.why})" if self.stable.why else "")

    @property
    def candidate(self) -> FunctionState | None:
        """State of the function that holds the candidate's configuration now."""
        return self.asked_for or self.latest

    @property
    def code_sha256(self) -> str:
        """Hash of the candidate's code."""
        if self.artifact:
            return self.artifact.sha256
        return self.candidate.code_sha256 if self.candidate else ""

    @property
    def code_bytes(self) -> int:
        """Bytes of code that publishing would store."""
        match self.artifact:
            case Artifact(size_bytes=size):
                return size
            case ResolvedImage():
                return 0
        return self.latest.code_bytes if self.latest else 0

    @property
    def is_unchanged(self) -> bool:
        """Whether publishing would return the live version: Lambda makes none that equals the newest."""
        stable, latest = self.stable, self.latest
        if not stable or not latest or self.has_newer or not is_number(stable.version):
            return False
        return stable.code_sha256 == self.code_sha256 and stable.configuration.equals(self.configuration)

    @property
    def configuration(self) -> Configuration:
        """Configuration of the candidate."""
        found = self.candidate.configuration if self.candidate else UNCONFIGURED
        return found.with_storage(self.storage_mode) if self.storage_mode else found

    @property
    def timeout_seconds(self) -> int:
        """Seconds after which a call of either version is over."""
        return max((state.timeout_seconds for state in (self.stable, self.candidate) if state), default=0)


def publishes(wanted: WantedTarget) -> bool:
    """Return whether a version is published from $LATEST."""
    return isinstance(wanted.source, Latest | Package | Image)
