"""Provisioned concurrency of versions and aliases."""

import functools
from typing import Any

from .. import provisioned_amounts as amounts
from ..function_tags import function_at
from ._version import require_known_emulator


def keep_no_environments() -> None:
    """All calls run on demand; 1.3.2 starts a process for each provisioned execution."""
    require_known_emulator()
    from localemu.services.lambda_.invocation import counting_service
    from localemu.services.lambda_.invocation.lambda_models import ProvisionedConcurrencyState
    from localemu.services.lambda_.invocation.lambda_service import LambdaService
    from localemu.services.lambda_.invocation.version_manager import LambdaVersionManager

    lease = counting_service.CountingService.get_invocation_lease

    @functools.wraps(lease)
    def get_invocation_lease(self: Any, function: Any, function_version: Any, state: Any = None) -> Any:
        return lease(self, function, function_version, ProvisionedConcurrencyState())

    counting_service.CountingService.get_invocation_lease = get_invocation_lease
    counting_service.calculate_provisioned_concurrency_sum = lambda function: 0
    LambdaVersionManager.update_provisioned_concurrency_config = lambda self, executions: None
    LambdaService.update_alias = lambda self, **changed: None


def take_amounts() -> None:
    """An alias takes provisioned concurrency too, unless it is split or settles; 1.3.2 fails."""
    require_known_emulator()
    from localemu.aws.api.lambda_ import InvalidParameterValueException, ResourceConflictException
    from localemu.services.lambda_.provider import LambdaProvider

    put = LambdaProvider.put_provisioned_concurrency_config

    @functools.wraps(put)
    def put_amount(
        self: Any,
        context: Any,
        function_name: str,
        qualifier: str,
        provisioned_concurrent_executions: int,
        **kwargs: Any,
    ) -> Any:
        function, name = function_at(context, function_name, qualifier)
        alias = function.aliases.get(name) if function else None
        with amounts.turn:
            if alias and amounts.settles(function, alias.name):
                text = "The alias is being updated: its provisioned concurrency can't be changed meanwhile"
                raise ResourceConflictException(text, Type="User")
            if alias and alias.routing_configuration:
                text = "Alias with weights can not be used with Provisioned Concurrency"
                raise InvalidParameterValueException(text, Type="User")
            answer = put(self, context, function_name, qualifier, provisioned_concurrent_executions, **kwargs)
            amount = amounts.Amount(provisioned_concurrent_executions, answer["LastModified"])
            amounts.begin(function, str(name), amount)
        return answer

    LambdaProvider.put_provisioned_concurrency_config = put_amount


def tell_amounts() -> None:
    """Amounts are told with their status, and removed, of aliases too; 1.3.2 asks its environments."""
    require_known_emulator()
    from localemu.aws.api.lambda_ import ProvisionedConcurrencyConfigNotFoundException
    from localemu.services.lambda_.provider import LambdaProvider

    def get_amount(self: Any, context: Any, function_name: str, qualifier: str, **kwargs: Any) -> Any:
        function, name = _existing(self, context, function_name, qualifier)
        amount = amounts.amount_of(function, name)
        if amount is None:
            text = "No Provisioned Concurrency Config found for this function"
            raise ProvisionedConcurrencyConfigNotFoundException(text, Type="User")
        return amount.described()

    def delete_amount(self: Any, context: Any, function_name: str, qualifier: str, **kwargs: Any) -> None:
        function, name = _existing(self, context, function_name, qualifier)
        with amounts.turn:
            amounts.settle(function, name)
            function.provisioned_concurrency_configs.pop(name, None)

    def list_amounts(self: Any, context: Any, function_name: str, **page: Any) -> Any:
        account, region = context.account_id, context.region
        function = self._get_function(function_name, account_id=account, region=region)
        arn = function.latest().id.unqualified_arn()
        found = sorted(function.provisioned_concurrency_configs.items())
        configs = [amount.described() | {"FunctionArn": f"{arn}:{name}"} for name, amount in found]
        return {"ProvisionedConcurrencyConfigs": configs}

    LambdaProvider.get_provisioned_concurrency_config = get_amount
    LambdaProvider.delete_provisioned_concurrency_config = delete_amount
    LambdaProvider.list_provisioned_concurrency_configs = list_amounts


def _existing(provider: Any, context: Any, function_name: str, qualifier: str) -> tuple[Any, str]:
    """The function and the version or alias; each of them exists."""
    from localemu.aws.api.lambda_ import InvalidParameterValueException

    if qualifier == "$LATEST":
        text = "The function resource provided must be an alias or a published version."
        raise InvalidParameterValueException(text, Type="User")
    function, name = function_at(context, function_name, qualifier)
    provider._get_provisioned_config(context, function_name, name)
    return function, str(name)


def settle_aliases() -> None:
    """After its version changed, an alias with provisioned concurrency sends all calls to the version before.

    It does so until its amount is ready on the new version, and gets a new RevisionId then. In 1.3.2 the new
    version has the calls at once.
    """
    require_known_emulator()
    from localemu.services.lambda_.provider import LambdaProvider

    update = LambdaProvider.update_alias

    @functools.wraps(update)
    def update_alias(self: Any, context: Any, function_name: str, name: str, **changes: Any) -> Any:
        function, _ = function_at(context, function_name)
        before = function.aliases.get(name) if function else None
        version, weights = (changes.get(key) for key in ("function_version", "routing_config"))
        moves = before and (version is not None or weights is not None)
        with amounts.turn:
            if moves and weights is None and amounts.settles(function, name):
                changes["routing_config"] = amounts.wanted_weights(function, name)
            answer = update(self, context, function_name, name, **changes)
            if moves:
                amounts.begin_to_settle(function, before)
        return answer

    LambdaProvider.update_alias = update_alias
