"""Amounts of provisioned concurrency by qualifier, and aliases that settle until theirs is ready.

No environments are kept ready. One is started for each amount, and stopped: that shows whether the version
can be initialized. The tag `emulator:provisioning` = `withheld` on a function delays it until it is removed.
"""

import dataclasses
import threading
import time
from dataclasses import dataclass
from typing import Any

from .function_tags import tags_of

TAG, WITHHELD = "emulator:provisioning", "withheld"

IN_PROGRESS, READY, FAILED = "IN_PROGRESS", "READY", "FAILED"
_POLL_SECONDS = 0.05

turn = threading.RLock()
"""Held while an amount or its alias changes."""


@dataclass(frozen=True)
class Amount:
    """One amount, in place of LocalEmu's configuration, whose names it shares.

    While its alias `settles`, `wanted` are the weights that the alias gets in the end.
    """

    provisioned_concurrent_executions: int
    last_modified: str
    status: str = IN_PROGRESS
    settles: bool = False
    wanted: Any = None

    def described(self) -> dict[str, Any]:
        ready = self.provisioned_concurrent_executions if self.status == READY else 0
        described = {
            "RequestedProvisionedConcurrentExecutions": self.provisioned_concurrent_executions,
            "AvailableProvisionedConcurrentExecutions": ready,
            "AllocatedProvisionedConcurrentExecutions": ready,
            "Status": self.status,
            "LastModified": self.last_modified,
        }
        if self.status == FAILED:
            described["StatusReason"] = "FUNCTION_ERROR_INIT_FAILURE"
        return described


def amount_of(function: Any, qualifier: str) -> Amount | None:
    amount: Amount | None = function.provisioned_concurrency_configs.get(qualifier)
    return amount


def settles(function: Any, qualifier: str) -> bool:
    """Whether the alias has changed its version, and its amount is not ready there yet."""
    amount = amount_of(function, qualifier)
    return amount is not None and amount.settles


def begin(function: Any, qualifier: str, amount: Amount) -> None:
    """Keep the amount, and see to it in the background."""
    function.provisioned_concurrency_configs[qualifier] = amount
    arguments = (function, qualifier, amount)
    threading.Thread(target=_provision, args=arguments, name="provisioning", daemon=True).start()


def begin_to_settle(function: Any, before: Any) -> None:
    """Send all calls of an alias that was just moved to the version before, until its amount is ready.

    A later write without another version ends this.
    """
    from localemu.services.lambda_.invocation.lambda_models import AliasRoutingConfig

    amount, alias = amount_of(function, before.name), function.aliases[before.name]
    if amount is None:
        return
    if alias.function_version == before.function_version:
        if amount.settles:
            begin(function, alias.name, dataclasses.replace(amount, settles=False, wanted=None))
        return
    shown = AliasRoutingConfig(version_weights={before.function_version: 1.0})
    wanted = alias.routing_configuration
    function.aliases[alias.name] = _with_weights(alias, shown, alias.revision_id)
    moved = dataclasses.replace(amount, status=IN_PROGRESS, settles=True, wanted=wanted)
    begin(function, alias.name, moved)


def settle(function: Any, qualifier: str) -> None:
    """Give an alias that settles the weights that were wanted, and a new RevisionId."""
    amount, alias = amount_of(function, qualifier), function.aliases.get(qualifier)
    if amount and amount.settles and alias:
        function.aliases[qualifier] = dataclasses.replace(alias, routing_configuration=amount.wanted)


def wanted_weights(function: Any, qualifier: str) -> dict[str, Any]:
    """The RoutingConfig that an alias gets when it has settled."""
    amount = amount_of(function, qualifier)
    wanted = amount.wanted if amount else None
    return {"AdditionalVersionWeights": wanted.version_weights if wanted else {}}


def _with_weights(alias: Any, weights: Any, revision: str) -> Any:
    """The alias with other weights and the same RevisionId."""
    changed = dataclasses.replace(alias, routing_configuration=weights)
    object.__setattr__(changed, "revision_id", revision)
    return changed


def _provision(function: Any, qualifier: str, amount: Amount) -> None:
    while tags_of(function).get(TAG) == WITHHELD:
        time.sleep(_POLL_SECONDS)
    starts = _starts(function, qualifier)
    with turn:
        if amount_of(function, qualifier) is not amount:  # there is another, or none, by now
            return
        done = dataclasses.replace(amount, status=READY if starts else FAILED)
        if starts:
            settle(function, qualifier)
            done = dataclasses.replace(done, settles=False, wanted=None)
        function.provisioned_concurrency_configs[qualifier] = done


def _starts(function: Any, qualifier: str) -> bool:
    """Whether an environment of the version can be initialized."""
    from localemu.services.lambda_.invocation.execution_environment import ExecutionEnvironment
    from localemu.services.lambda_.invocation.lambda_models import InitializationType

    version = _version_of(function, qualifier)
    if version is None:
        return False
    provisioned = InitializationType.provisioned_concurrency
    environment = ExecutionEnvironment(version, provisioned, lambda *_: None, "provisioned")
    try:
        environment.start()
    except Exception:  # noqa: BLE001
        return False
    environment.stop()
    return True


def _version_of(function: Any, qualifier: str) -> Any:
    """The version, once it is no longer Pending; None if it is gone."""
    while True:
        alias = function.aliases.get(qualifier)
        version = function.versions.get(alias.function_version if alias else qualifier)
        if version is None or version.config.state.state != "Pending":
            return version
        time.sleep(_POLL_SECONDS)
