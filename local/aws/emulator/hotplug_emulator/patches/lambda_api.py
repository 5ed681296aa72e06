"""Lambda's control plane."""

import functools
import threading
from types import SimpleNamespace
from typing import Any

from ._version import require_known_emulator

_ALLOWED_WEIGHT = 0.5


def allow_full_weight() -> None:
    """An additional version may have a weight of 1.0; 1.3.2 rejects it."""
    require_known_emulator()
    from localemu.services.lambda_.invocation.lambda_models import AliasRoutingConfig
    from localemu.services.lambda_.provider import LambdaProvider

    create_model = LambdaProvider._create_routing_config_model

    def create_routing_config_model(self: Any, weights: dict[str, float], function_version: Any) -> Any:
        allowed = {
            version: _ALLOWED_WEIGHT if weight == 1.0 else weight for version, weight in weights.items()
        }
        create_model(self, allowed, function_version)
        return AliasRoutingConfig(version_weights=weights)

    LambdaProvider._create_routing_config_model = create_routing_config_model


def refuse_missing_versions() -> None:
    """An alias can't be moved to a version that does not exist; 1.3.2 moves it."""
    require_known_emulator()
    from localemu.services.lambda_.api_utils import get_function_name
    from localemu.services.lambda_.provider import LambdaProvider
    from localemu.services.lambda_.provider_utils import get_function_version

    update = LambdaProvider.update_alias

    @functools.wraps(update)
    def update_alias(
        self: Any,
        context: Any,
        function_name: str,
        name: str,
        function_version: str | None = None,
        **kwargs: Any,
    ) -> Any:
        if function_version:
            plain_name = get_function_name(function_name, context)
            get_function_version(plain_name, function_version, context.account_id, context.region)
        return update(self, context, function_name, name, function_version, **kwargs)

    LambdaProvider.update_alias = update_alias


def move_an_alias_once_a_revision() -> None:
    """Of several UpdateAlias with one RevisionId, one succeeds; 1.3.2 checks and writes in two steps."""
    require_known_emulator()
    from localemu.services.lambda_.provider import LambdaProvider

    update, turn = LambdaProvider.update_alias, threading.Lock()

    @functools.wraps(update)
    def update_alias(*args: Any, **kwargs: Any) -> Any:
        with turn:
            return update(*args, **kwargs)

    LambdaProvider.update_alias = update_alias


def keep_versions_that_aliases_use() -> None:
    """A version that an alias routes to can't be deleted; 1.3.2 deletes it."""
    require_known_emulator()
    from localemu.aws.api.lambda_ import ResourceConflictException
    from localemu.services.lambda_.api_utils import get_name_and_qualifier
    from localemu.services.lambda_.invocation.models import lambda_stores
    from localemu.services.lambda_.provider import LambdaProvider

    delete = LambdaProvider.delete_function

    @functools.wraps(delete)
    def delete_function(
        self: Any, context: Any, function_name: str, qualifier: str | None = None, **kwargs: Any
    ) -> Any:
        name, version = get_name_and_qualifier(function_name, qualifier, context)
        function = lambda_stores[context.account_id][context.region].functions.get(name)
        users = (
            [alias.name for alias in function.aliases.values() if _uses(alias, version)] if function else []
        )
        if version and users:
            raise ResourceConflictException(
                f"Unable to delete version because the following aliases reference it: [{', '.join(users)}]",
                Type="User",
            )
        return delete(self, context, function_name, qualifier, **kwargs)

    LambdaProvider.delete_function = delete_function


def _uses(alias: Any, version: str | None) -> bool:
    weighted = alias.routing_configuration.version_weights if alias.routing_configuration else {}
    return version == alias.function_version or version in weighted


def leave_code_on_dry_run() -> None:
    """UpdateFunctionCode with DryRun changes nothing; 1.3.2 changes the code."""
    require_known_emulator()
    from localemu.services.lambda_.provider import LambdaProvider

    update = LambdaProvider.update_function_code

    @functools.wraps(update)
    def update_function_code(self: Any, context: Any, request: Any) -> Any:
        if request.get("DryRun"):
            return self.get_function_configuration(context, request["FunctionName"])
        return update(self, context, request)

    LambdaProvider.update_function_code = update_function_code


def keep_the_key_of_a_package() -> None:
    """GetFunction names the key that a package was sent with; 1.3.2 drops it.

    A package without one loses the key of the package before. The emulator's botocore knows no storage mode.
    """
    require_known_emulator()
    from localemu.services.lambda_.api_utils import get_name_and_qualifier
    from localemu.services.lambda_.invocation.models import lambda_stores
    from localemu.services.lambda_.provider import LambdaProvider

    update, answer = LambdaProvider.update_function_code, LambdaProvider.get_function

    @functools.wraps(update)
    def update_function_code(self: Any, context: Any, request: Any) -> Any:
        updated = update(self, context, request)
        name, _ = get_name_and_qualifier(request["FunctionName"], None, context)
        code = lambda_stores[context.account_id][context.region].functions[name].latest().config.code
        if code:
            object.__setattr__(code, "source_key", request.get("SourceKMSKeyArn"))
        return updated

    @functools.wraps(answer)
    def get_function(
        self: Any, context: Any, function_name: str, qualifier: str | None = None, **kwargs: Any
    ) -> Any:
        found = answer(self, context, function_name, qualifier, **kwargs)
        name, _ = get_name_and_qualifier(function_name, qualifier, context)
        function = lambda_stores[context.account_id][context.region].functions[name]
        code = function.versions[found["Configuration"]["Version"]].config.code
        if key := getattr(code, "source_key", None):
            found["Code"]["SourceKMSKeyArn"] = key
        return found

    LambdaProvider.update_function_code, LambdaProvider.get_function = update_function_code, get_function


def update_code_without_a_pause() -> None:
    """New code is active within moments; 1.3.2 waits up to 2 seconds for the old code's last poll for events.

    All functions wait with it. The cost of the patch: an event for `$LATEST` that this poll receives is
    delivered a minute later.
    """
    require_known_emulator()
    from localemu.services.lambda_.invocation import event_manager

    event_manager.POLLER_THREAD_JOIN_TIMEOUT_SECONDS = 0


def sign_addresses_of_code_with_one_client() -> None:
    """GetFunction says where the code can be had; 1.3.2 makes a client of S3 each time to sign that."""
    require_known_emulator()
    import boto3
    from localemu.services.lambda_.invocation import lambda_models

    client = functools.lru_cache(boto3.client)
    lambda_models.boto3 = SimpleNamespace(client=client)
