"""A version that fails long after it was published, as when its image is gone: switched on by a tag."""

import functools
from typing import Any

from ..function_tags import tags_of
from ._version import require_known_emulator

TAG = "emulator:failed"
"""The number of the version that is Failed, as a tag of its function."""
STATE = {
    "State": "Failed",
    "StateReason": "The version can't be started any more.",
    "StateReasonCode": "ImageDeleted",
}


def tell_failed_versions() -> None:
    """Answers with a configuration say that a version is Failed; in 1.3.2 none fails once it was Active."""
    require_known_emulator()
    from localemu.services.lambda_ import api_utils

    config_of = api_utils.map_state_config

    def map_state_config(version: Any) -> dict[str, str]:
        return dict(STATE) if _is_failed(version) else config_of(version)

    api_utils.map_state_config = map_state_config


def call_no_failed_version() -> None:
    """A call of such a version is refused; in 1.3.2 there is none."""
    require_known_emulator()
    from localemu.aws.api.lambda_ import State
    from localemu.services.lambda_.invocation.lambda_service import LambdaService

    find = LambdaService._await_active_version_manager

    @functools.wraps(find)
    def await_active_version_manager(self: Any, arn: str, function: Any, qualifier: str) -> Any:
        if _is_failed(function.versions.get(qualifier)):
            return None, None, State.Failed, ValueError(f"{arn} is Failed")
        return find(self, arn, function, qualifier)

    LambdaService._await_active_version_manager = await_active_version_manager


def _is_failed(version: Any) -> bool:
    from localemu.services.lambda_.invocation.models import lambda_stores

    if version is None:
        return False
    of = version.id
    function = lambda_stores[of.account][of.region].functions.get(of.function_name)
    return function is not None and tags_of(function).get(TAG) == of.qualifier
