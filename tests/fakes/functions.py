"""Lambda's control plane in memory: functions, versions and aliases, with AWS's rules and texts.

The texts are AWS's where recordings exist. None was found for two versions that may not share an alias (role,
dead-letter queue), nor for deleting a version in use: these two are hotplug's own.
"""

import json
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from hotplug.core.parsing.units import HUNDRED
from hotplug.core.resources.alias import AliasState, Routing, routing_of
from hotplug.core.resources.callers import EventSource
from hotplug.core.resources.configuration import UNKNOWN, CodeStorage, Configuration
from hotplug.core.resources.function import LATEST, FunctionState, Storage
from hotplug.core.resources.image import Image
from hotplug.core.resources.target import Target
from hotplug.core.spec.source import Package
from tests.fakes.artifacts import InMemoryArtifacts, sha_of
from tests.fakes.faults import Surprising, refusal, verb
from tests.fakes.images import InMemoryImages

ARN = "arn:aws:lambda:us-east-1:111122223333:function:"
ROLE = "arn:aws:iam::111122223333:role/orders"
STALE = (
    "The Revision Id provided does not match the latest Revision Id. "
    "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
)
UNNUMBERED = (LATEST, "$LATEST.PUBLISHED")
"""The second is that of Managed Instances; here it always holds what $LATEST does."""
CODE_BYTES = 1_000
MAX_STORED_BYTES = 300 * 1_000**3
UPDATING = "The operation cannot be performed at this time. An update is in progress for resource: "


@dataclass(frozen=True, slots=True)
class Config:
    """What makes one version differ from the next."""

    code_sha256: str
    role: str = ROLE
    dead_letters: str = ""
    package_type: str = "Zip"
    timeout_seconds: int = 3
    memory_mb: int = field(default=128, repr=False)
    environment: str = ""
    architecture: str = "x86_64"
    runtime: str = ""
    handler: str = ""
    layers: str = ""
    description: str = field(default="", repr=False)
    unread: str = field(default="", repr=False)
    storage: CodeStorage = field(default=CodeStorage(), repr=False)

    @property
    def configuration(self) -> Configuration:
        """Without the code. The release before knew nothing of what `repr` leaves out."""
        before, after = repr(replace(self, code_sha256="")), f"{self.description}"
        sha256 = f"{UNKNOWN if self.unread else ''}{sha_of(f'{before} {after}')}{self.storage}"
        return Configuration(sha256, sha_of(before), self.storage, self.unread)


@dataclass(slots=True)
class Version:
    """A published version; `looks` is how often it still says Pending."""

    config: Config
    revision: str
    state: str = "Active"
    why: str = ""
    looks: int = 0


@dataclass(slots=True)
class Function:
    """$LATEST, and what was published of it; `looks` is how often an update still says InProgress."""

    name: str
    config: Config
    revision: str
    update: str = "Successful"
    why: str = ""
    looks: int = 0
    state: str = "Active"
    reserved: int | None = None
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, AliasState] = field(default_factory=dict)
    last: int = 0
    """The number of the last version, deleted or not: Lambda gives no number twice."""


class InMemoryFunctions(Surprising):
    """The `Lambdas` of a test."""

    def __init__(self, artifacts: InMemoryArtifacts, images: InMemoryImages) -> None:
        super().__init__()
        self._artifacts, self._images = artifacts, images
        self._revisions = count(1)
        self._update_looks, self._start_looks = 1, 0
        self._update_fails = self._start_fails = ""
        self._other_bytes: bytes | None = None
        self._always_others = False
        self.functions: dict[str, Function] = {}
        self._sources: list[EventSource] = []
        self._statements: dict[str, list[dict[str, Any]]] = {}
        self._storage = Storage(0, MAX_STORED_BYTES)
        self.account_unreserved: int | None = 1_000
        self.concurrency: dict[tuple[str, str], int] = {}
        self._settling_looks = self._lag = 0
        self._settling: dict[str, tuple[Routing, int]] = {}
        self._stale: dict[str, deque[AliasState | None]] = {}
        self._unseen: dict[tuple[str, str], int] = {}

    # What a test says about the world

    def has(self, function: str, config: Config) -> Function:
        """A function that was just created."""
        made = self.functions[function] = Function(function, config, self._revision())
        return made

    def had_published(self, function: str, version: str, config: Config) -> None:
        """A version from the past."""
        found = self.functions[function]
        found.versions[version] = Version(config, self._revision())
        found.last = max(found.last, int(version))

    def updates_take(self, looks: int) -> None:
        """How often an update says InProgress from now on."""
        self._update_looks = looks

    def updates_fail(self, why: str) -> None:
        """Updates are accepted and then fail from now on; the old code stays. Empty: they work again."""
        self._update_fails = why

    def versions_take(self, looks: int) -> None:
        """How often a new version says Pending from now on, as with SnapStart."""
        self._start_looks = looks

    def versions_fail(self, why: str) -> None:
        """New versions fail to start from now on."""
        self._start_fails = why

    def receives_other_bytes(self, body: bytes, *, always: bool = False) -> None:
        """The next package that arrives at Lambda is not the one that was named, or none is from now on."""
        self._other_bytes, self._always_others = body, always

    def is_edited(self, function: str, config: Config, looks: int = 0) -> None:
        """Somebody else changes $LATEST, which is busy for a while."""
        found = self.functions[function]
        found.config, found.revision, found.looks = config, self._revision(), looks
        found.update = "InProgress" if looks else "Successful"

    def is_moved(self, target: Target, routing: Routing) -> AliasState:
        """Somebody else makes the alias say this, whatever it said before."""
        function = self.functions[target.function]
        self._check_routing(function, routing, "UpdateAlias")
        before = function.aliases.get(target.alias)
        self._was_written(target, before)
        moved = function.aliases[target.alias] = AliasState(routing, self._revision())
        if before:
            self._begins_to_settle(target, before.routing, routing)
        return moved

    def is_touched(self, target: Target) -> AliasState:
        """Somebody changes the description of the alias, or a permission: its RevisionId changes."""
        aliases = self.functions[target.function].aliases
        before = aliases[target.alias]
        self._stale[str(target)] = deque([before] * self._lag)
        aliases[target.alias] = AliasState(before.routing, self._revision())
        return aliases[target.alias]

    def is_deleted(self, target: Target) -> None:
        """Somebody deletes the alias, even while it settles."""
        self._was_written(target, self.functions[target.function].aliases.pop(target.alias))

    def aliases_settle(self, looks: int) -> None:
        """How often an alias with provisioned concurrency shows its old version after it got another one."""
        self._settling_looks = looks

    def is_provisioned(self, target: Target) -> None:
        """The provisioned concurrency of an alias that settles is ready on its new version now."""
        if wanted := self._settling.pop(str(target), None):
            self._settling[str(target)] = wanted[0], 0

    def reads_lag(self, reads: int) -> None:
        """How many reads of an alias or of a new version are older than the last write, from now on."""
        self._lag = reads
        self._stale.clear()
        self._unseen.clear()

    def is_read_for(self, function: str, source: str, *, qualifier: str = "", state: str = "Enabled") -> None:
        """Somebody lets Lambda read a queue or stream for the function, or for one of its aliases."""
        arn = f"{ARN}{function}{f':{qualifier}' if qualifier else ''}"
        self._sources.append(EventSource(arn, source, state))

    def admits(self, function: str, principal: str, source: str, *, qualifier: str = "") -> None:
        """Somebody lets a service call the function, or one of its aliases."""
        statement = {
            "Sid": f"s{len(self._statements)}",
            "Effect": "Allow",
            "Principal": {"Service": principal},
            "Action": "lambda:InvokeFunction",
            "Resource": f"{ARN}{function}",
            "Condition": {"ArnLike": {"AWS:SourceArn": source}},
        }
        self._statements.setdefault(f"{function}:{qualifier}", []).append(statement)
        if qualifier in self.functions[function].aliases:
            self.is_touched(Target(function, qualifier))

    def keeps(self, used_bytes: int, limit_bytes: int) -> None:
        """So much code is kept in the account."""
        self._storage = Storage(used_bytes, limit_bytes)

    def falls_asleep(self, function: str, version: str, looks: int = 1) -> None:
        """Nobody called it for weeks; a call will wake it, and it says Pending for a while."""
        found = self.functions[function].versions[version]
        found.state, found.looks = "Inactive", looks

    def dies(self, function: str, version: str, state: str = "Failed") -> None:
        """A version can't answer calls any more."""
        found = self.functions[function].versions[version]
        found.state, found.why = state, "its image is gone"

    def is_awake(self, function: str, version: str) -> bool:
        """Whether a call runs; one of an Inactive version is refused, and wakes it."""
        found = self.functions[function].versions[version]
        if found.state == "Inactive":
            found.state = "Pending"
            return False
        return found.state == "Active"

    def delete_version(self, function: str, version: str) -> None:
        """DeleteFunction with a qualifier."""
        for name, alias in self.functions[function].aliases.items():
            if version in {alias.routing.version, *alias.routing.weights}:
                text = f"Version {version} is referenced by alias {name}."
                raise refusal("ResourceConflictException", "DeleteFunction", text)
        self.functions[function].versions.pop(version, None)

    # What hotplug asks

    @verb
    def describe(self, function: str, qualifier: str = LATEST) -> FunctionState | None:
        found = self.functions.get(function)
        if found is None:
            return None
        if qualifier in UNNUMBERED:
            self._update_goes_on(found)
            return _state(
                found, qualifier, found.config, found.revision, found.state, found.update, found.why
            )
        alias = found.aliases.get(qualifier)
        named = alias.routing.version if alias else qualifier
        version = found.versions.get(named)
        if version is None or self._is_unseen(function, named):
            return None
        self._start_goes_on(version)
        return _state(
            found, named, version.config, version.revision, version.state, "Successful", version.why
        )

    @verb
    def alias(self, target: Target) -> AliasState | None:
        function = self.functions.get(target.function)
        if function is None:
            return None
        self._goes_on_settling(target)
        stale = self._stale.get(str(target))
        return stale.popleft() if stale else function.aliases.get(target.alias)

    @verb
    def update_code(
        self, function: str, source: Package | Image, revision: str, storage: CodeStorage
    ) -> None:
        """What the call does not say about the storage is reset to Lambda's defaults."""
        found = self._function(function, "UpdateFunctionCode")
        self._not_while_updating(found, "UpdateFunctionCode")
        if found.revision != revision:
            raise refusal("PreconditionFailedException", "UpdateFunctionCode", STALE)
        code_sha256 = self._fetched(found, source)
        found.update, found.looks, found.revision = "InProgress", self._update_looks, self._revision()
        found.why = self._update_fails
        if not self._update_fails:
            asked = source.storage_mode if isinstance(source, Package) else None
            stored = replace(storage, mode=asked or storage.mode)
            found.config = replace(found.config, code_sha256=code_sha256, storage=stored)
        self._update_ends(found)

    @verb
    def publish(self, function: str, code_sha256: str, revision: str) -> str:
        found = self._function(function, "PublishVersion")
        self._not_while_updating(found, "PublishVersion")
        if found.revision != revision:
            raise refusal("PreconditionFailedException", "PublishVersion", STALE)
        if found.config.code_sha256 != code_sha256:
            text = (
                f"CodeSHA256 ({code_sha256}) is different from current CodeSHA256 in $LATEST "
                f"({found.config.code_sha256}). Please try again with the CodeSHA256 in $LATEST."
            )
            raise refusal("InvalidParameterValueException", "PublishVersion", text)
        newest = max(found.versions, key=int, default="0")
        if newest in found.versions and found.versions[newest].config == found.config:
            return newest
        found.last = max(found.last, int(newest)) + 1
        number = str(found.last)
        state = "Pending" if self._start_looks or self._start_fails else "Active"
        found.versions[number] = Version(
            found.config, self._revision(), state, self._start_fails, self._start_looks
        )
        found.revision = self._revision()
        self._unseen[function, number] = self._lag
        return number

    @verb
    def point(self, target: Target, routing: Routing, revision: str) -> AliasState:
        function = self._function(target.function, "UpdateAlias")
        if target.alias not in function.aliases:
            raise refusal("ResourceNotFoundException", "UpdateAlias", f"Alias not found: {ARN}{target}")
        if function.aliases[target.alias].revision != revision:
            raise refusal("PreconditionFailedException", "UpdateAlias", STALE)
        return self.is_moved(target, routing)

    @verb
    def create(self, target: Target, routing: Routing) -> AliasState | None:
        function = self._function(target.function, "CreateAlias")
        if re.fullmatch(r"[0-9]+", target.alias) or not re.fullmatch(r"[a-zA-Z0-9-_]{1,128}", target.alias):
            text = (
                f"1 validation error detected: Value '{target.alias}' at 'name' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
            )
            raise refusal("ValidationException", "CreateAlias", text)
        if target.alias in function.aliases:
            return None
        return self.is_moved(target, routing)

    @verb
    def delete(self, target: Target) -> None:
        aliases = self._function(target.function, "DeleteAlias").aliases
        self._was_written(target, aliases.pop(target.alias, None))

    @verb
    def event_sources(self, function: str) -> Sequence[EventSource]:
        name = f"{ARN}{function}"
        return [
            each for each in self._sources if each.function == name or each.function.startswith(f"{name}:")
        ]

    @verb
    def policy(self, function: str) -> str:
        statements = self._statements.get(f"{function}:")
        return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else ""

    @verb
    def storage(self) -> Storage:
        return self._storage

    @verb
    def unreserved(self) -> int | None:
        return self.account_unreserved

    # How it works

    def _was_written(self, target: Target, before: AliasState | None) -> None:
        """The next reads still say what was there before."""
        self._stale[str(target)] = deque([before] * self._lag)
        self._settling.pop(str(target), None)

    def _is_unseen(self, function: str, version: str) -> bool:
        left = self._unseen.get((function, version), 0)
        self._unseen[function, version] = max(0, left - 1)
        return left > 0

    def _begins_to_settle(self, target: Target, before: Routing, wanted: Routing) -> None:
        """Until its provisioned concurrency is ready on the new version, the old one has all calls."""
        has_some = (target.function, target.alias) in self.concurrency
        if has_some and self._settling_looks and before.version != wanted.version:
            shown = Routing(wanted.version, ((before.version, HUNDRED),))
            aliases = self.functions[target.function].aliases
            aliases[target.alias] = AliasState(shown, aliases[target.alias].revision)
            self._settling[str(target)] = wanted, self._settling_looks

    def _goes_on_settling(self, target: Target) -> None:
        if str(target) not in self._settling:
            return
        wanted, looks = self._settling.pop(str(target))
        if looks:
            self._settling[str(target)] = wanted, looks - 1
        else:
            self.functions[target.function].aliases[target.alias] = AliasState(wanted, self._revision())

    def is_settling(self, target: Target) -> bool:
        """Whether the alias still shows its old version."""
        return str(target) in self._settling

    def settles_on(self, target: Target) -> Routing | None:
        """What the alias shows once it has settled; None if there is no alias."""
        now = routing_of(self.functions[target.function].aliases.get(target.alias))
        return self._settling[str(target)][0] if self.is_settling(target) else now

    def _revision(self) -> str:
        return f"revision-{next(self._revisions)}"

    def _function(self, name: str, operation: str) -> Function:
        if name not in self.functions:
            raise refusal("ResourceNotFoundException", operation, f"Function not found: {ARN}{name}")
        return self.functions[name]

    def _fetched(self, function: Function, source: Package | Image) -> str:
        kinds = {"Zip": Package, "Image": Image}
        if not isinstance(source, kinds[function.config.package_type]):
            refused = (
                "Please don't provide ImageUri" if isinstance(source, Image) else "Please provide ImageUri"
            )
            text = f"{refused} when updating a function with packageType {function.config.package_type}."
            raise refusal("InvalidParameterValueException", "UpdateFunctionCode", text)
        if isinstance(source, Package):
            return sha_of(self._read(source))
        if not self._images.has(source):
            text = f"Source image {source.pinned} does not exist. Provide a valid source image."
            raise refusal("InvalidParameterValueException", "UpdateFunctionCode", text)
        return str(source.digest).removeprefix("sha256:")

    def _read(self, package: Package) -> bytes:
        body = self._artifacts.body(package, "UpdateFunctionCode")
        other = self._other_bytes
        if not self._always_others:
            self._other_bytes = None
        return other or body

    def _not_while_updating(self, function: Function, operation: str) -> None:
        if function.update == "InProgress":
            raise refusal("ResourceConflictException", operation, f"{UPDATING}{ARN}{function.name}")

    def _update_goes_on(self, function: Function) -> None:
        if function.update == "InProgress":
            self._update_ends(function)
            function.looks -= 1

    def _update_ends(self, function: Function) -> None:
        if function.looks <= 0:
            function.update, function.revision = (
                "Failed" if self._update_fails else "Successful",
                self._revision(),
            )

    def _start_goes_on(self, version: Version) -> None:
        if version.state == "Pending":
            if version.looks <= 0:
                version.state = "Failed" if version.why else "Active"
            version.looks -= 1

    def _check_routing(self, function: Function, routing: Routing, operation: str) -> None:
        shares = routing.weights
        if len(shares) > 1:
            text = "Number of items in AdditionalVersionWeights cannot be greater than 1"
            raise refusal("InvalidParameterValueException", operation, text)
        if any(not 0 <= share <= 1 for share in shares.values()) or LATEST in shares:
            text = (
                f"1 validation error detected: Value '{shares}' at 'routingConfig.additionalVersionWeights'"
            )
            raise refusal("ValidationException", operation, text)
        if routing.version in shares:
            text = f"Function version {routing.version} is already included in routing configuration."
            raise refusal(
                "InvalidParameterValueException",
                operation,
                f"Invalid function version {routing.version}. {text}",
            )
        if shares and routing.version in UNNUMBERED:
            text = f"{routing.version} is not supported for an alias pointing to more than 1 version"
            raise refusal("InvalidParameterValueException", operation, text)
        self._check_versions(function, [routing.version, *shares], operation)

    def _check_versions(self, function: Function, versions: list[str], operation: str) -> None:
        for version in versions:
            if version not in {*UNNUMBERED, *function.versions}:
                text = f"Function not found: {ARN}{function.name}:{version}"
                raise refusal("ResourceNotFoundException", operation, text)
        configs = [function.versions[version].config for version in versions if version not in UNNUMBERED]
        if len({(config.role, config.dead_letters) for config in configs}) > 1:
            text = "Versions that share an alias need the same execution role and dead-letter queue"
            raise refusal("InvalidParameterValueException", operation, text)


def _state(
    function: Function, version: str, config: Config, revision: str, state: str, update: str, why: str
) -> FunctionState:
    return FunctionState(
        version=version,
        state=state,
        update=update,
        why=why,
        code_sha256=config.code_sha256,
        revision=revision,
        role=config.role,
        dead_letters=config.dead_letters,
        package_type=config.package_type,
        timeout_seconds=config.timeout_seconds,
        memory_mb=config.memory_mb,
        log_group=f"/aws/lambda/{function.name}",
        code_bytes=CODE_BYTES,
        configuration=config.configuration,
        architecture=config.architecture,
        runtime=config.runtime,
        handler=config.handler,
        is_extended=bool(config.layers),
        reserved=function.reserved,
    )
