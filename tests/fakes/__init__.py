"""An AWS in memory that use cases can be tried on: small, deterministic, and as strict as the real one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from hotplug.aws.cloud import Settings
from hotplug.aws.router_cloud import RouterSettings
from hotplug.core.resources.alias import AliasState, Routing
from hotplug.core.resources.target import Target
from tests.fakes.alarms import GREEN, NO_DATA, RED, Alarm, InMemoryAlarms
from tests.fakes.alias_views import InMemoryAliasViews
from tests.fakes.artifacts import InMemoryArtifacts, a_zip, sha_of
from tests.fakes.clock import Clock
from tests.fakes.concurrency import InMemoryConcurrency
from tests.fakes.evidence_store import InMemoryEvidenceStore
from tests.fakes.executions import MACHINE, InMemoryExecutions, execution_arn
from tests.fakes.faults import Surprising, refusal
from tests.fakes.functions import ROLE, Config, InMemoryFunctions
from tests.fakes.images import REGISTRY, InMemoryImages, digest_of
from tests.fakes.invocations import InMemoryInvocations, InMemoryParallelInvocations
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.metrics import InMemoryMetrics, Traffic
from tests.fakes.notifications import InMemoryNotifications, Message
from tests.fakes.versions import InMemoryVersions

__all__ = [
    "GREEN",
    "MACHINE",
    "NO_DATA",
    "RED",
    "REGISTRY",
    "ROLE",
    "InMemoryCloud",
    "InMemoryRouterCloud",
    "Message",
    "Traffic",
    "a_target",
    "a_zip",
    "digest_of",
    "execution_arn",
    "refusal",
    "sha_of",
    "split",
]


class InMemoryCloud:
    """The `Cloud` of a test. Its verbs say how the world is, or what somebody else does in it."""

    def __init__(self, targets: str = "*") -> None:
        self.clock = Clock()
        self.settings = Settings(targets, MACHINE, "ledger", "topic", keep_days=365, hooks="*")
        self.artifacts = InMemoryArtifacts()
        self.images = InMemoryImages()
        self.functions = InMemoryFunctions(self.artifacts, self.images)
        self.versions = InMemoryVersions(self.functions)
        self.concurrency = InMemoryConcurrency(self.functions)
        self.trials = InMemoryInvocations(self.functions)
        self.parallel_trials = InMemoryParallelInvocations(self.trials)
        self.hooks = InMemoryInvocations(self.functions)
        self.alarms = InMemoryAlarms(self.clock)
        self.metrics = InMemoryMetrics(self.clock)
        self.executions = InMemoryExecutions()
        self.ledger = InMemoryLedger()
        self.evidence_store = InMemoryEvidenceStore()
        self.alias_views = InMemoryAliasViews(self.ledger)
        self.notifications = InMemoryNotifications()

    def now(self) -> datetime:
        """What the hand-turned clock shows."""
        return self.clock.now

    def pause(self, seconds: float) -> None:
        """The clock goes on while hotplug waits."""
        self.clock.passes(seconds)

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.passes(seconds)

    def has_function(
        self,
        name: str,
        *,
        versions: Sequence[str] = ("41",),
        alias: str | None = "live",
        package_type: str = "Zip",
        timeout_seconds: int = 3,
        **more: Any,
    ) -> None:
        """A function whose alias is on the last of its versions, and whose $LATEST is that version's code.

        `more` is what else its configuration says.
        """
        new = Config(
            sha_of(f"{name} new"), package_type=package_type, timeout_seconds=timeout_seconds, **more
        )
        configs = [replace(new, code_sha256=sha_of(f"{name} {version}")) for version in versions]
        latest = configs[-1] if configs else new
        self.functions.has(name, latest)
        for version, config in zip(versions, configs, strict=True):
            self.functions.had_published(name, version, config)
        if alias and versions:
            self.functions.is_moved(Target(name, alias), Routing(versions[-1]))

    def has_object(self, bucket: str, key: str, body: bytes | None) -> str:
        """An upload (or a deletion: None); its version id."""
        return self.artifacts.receives(bucket, key, body)

    def alarm(self, name: str) -> Alarm:
        """An alarm, green when it is mentioned first."""
        return self.alarms.named(name)

    def somebody_saves(self, function: str, code: str = "new code", *, looks: int = 0) -> str:
        """$LATEST gets new code without any deployment; its hash."""
        config = replace(self.functions.functions[function].config, code_sha256=sha_of(code))
        self.functions.is_edited(function, config, looks)
        return config.code_sha256

    def somebody_changes(self, function: str, **what: str) -> None:
        """$LATEST gets another role, dead-letter queue or environment."""
        self.functions.is_edited(function, replace(self.functions.functions[function].config, **what))  # type: ignore[arg-type]

    def somebody_moves(self, target: str, routing: Routing) -> AliasState:
        """Somebody else points an alias, or makes it."""
        return self.functions.is_moved(a_target(target), routing)

    def somebody_deletes(self, target: str) -> None:
        """Somebody else deletes an alias."""
        self.functions.is_deleted(a_target(target))

    def alias(self, target: str) -> AliasState | None:
        """The alias now."""
        wanted = a_target(target)
        return self.functions.functions[wanted.function].aliases.get(wanted.alias)

    def routing(self, target: str) -> Routing | None:
        """What the alias says now."""
        alias = self.alias(target)
        return alias.routing if alias else None

    def versions_of(self, function: str) -> list[str]:
        """The published versions, oldest first."""
        return sorted(self.functions.functions[function].versions, key=int)

    @property
    def unspent(self) -> list[str]:
        """Verbs that were to be spoilt and never were called."""
        parts: list[Surprising] = [
            self.functions,
            self.trials,
            self.parallel_trials,
            self.hooks,
            self.alarms,
            self.metrics,
            self.artifacts,
            self.images,
            self.versions,
            self.concurrency,
            self.executions,
            self.ledger,
            self.evidence_store,
            self.alias_views,
        ]
        return [verb for part in [*parts, self.notifications] for verb in part.unspent]


class InMemoryRouterCloud:
    """The `RouterCloud` of a test: functions, ledger and clock are a company's, where deployments go on."""

    def __init__(self, company: InMemoryCloud) -> None:
        self.company = company
        self.settings = RouterSettings("*", "live", "ledger", routable_versions=3)
        self.functions = company.functions
        self.calls = InMemoryInvocations(company.functions)
        self.alias_views = InMemoryAliasViews(company.ledger)

    def now(self) -> datetime:
        """What the company's clock shows."""
        return self.company.now()

    def is_set(self, **settings: Any) -> None:
        """The installation's parameters, but for those that stay as they are."""
        self.settings = replace(self.settings, **settings)

    @property
    def unspent(self) -> list[str]:
        """Verbs of its own that were to be spoilt and never were called."""
        return [*self.calls.unspent, *self.alias_views.unspent]


def a_target(text: str) -> Target:
    """From "orders:live"."""
    function, _, alias = text.partition(":")
    return Target(function, alias)


def split(stable: str, candidate: str, percent: int | str | Decimal) -> Routing:
    """An alias on two versions."""
    return Routing(stable, ((candidate, Decimal(percent)),))
