"""Tags of a function, which switch on what a test asks for."""

from collections.abc import Mapping
from typing import Any


def function_at(context: Any, function_name: str, qualifier: str | None = None) -> tuple[Any, str | None]:
    """The function of a request, None if there is none, and the qualifier of its name or of the request."""
    from localemu.services.lambda_.api_utils import get_account_and_region, get_name_and_qualifier
    from localemu.services.lambda_.invocation.models import lambda_stores

    account, region = get_account_and_region(function_name, context)
    name, qualifier = get_name_and_qualifier(function_name, qualifier, context)
    return lambda_stores[account][region].functions.get(name), qualifier


def tags_of(function: Any) -> Mapping[str, str]:
    """The tags now; none of a function that was deleted."""
    from localemu.services.lambda_.invocation.models import lambda_stores

    of = function.latest().id
    store = lambda_stores[of.account][of.region]
    if store.functions.get(of.function_name) is not function:
        return {}
    tags: Mapping[str, str] = store.tags.get_tags(of.unqualified_arn())
    return tags
