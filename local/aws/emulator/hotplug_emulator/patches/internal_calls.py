"""Calls of one service to another, in process (IN_MEMORY_CLIENT)."""

import functools
import time
from typing import Any

from ._version import require_known_emulator

_SESSION_SECONDS = 600


def share_service_models() -> None:
    """Each client brings a service model of its own; 1.3.2 makes a parser for each, which takes 0.1 s."""
    require_known_emulator()
    from localemu.aws.client import GatewayShortCircuit
    from localemu.aws.spec import load_service

    answer = GatewayShortCircuit.__call__
    shared = functools.cache(load_service)

    @functools.wraps(answer)
    def answer_by_shared_model(self: Any, event_name: str, request: Any, **kwargs: Any) -> Any:
        operation = request.operation_model
        service = shared(operation.service_model.service_name, protocol=operation.service_model.protocol)
        request.operation_model = service.operation_model(operation.name)
        return answer(self, event_name, request, **kwargs)

    GatewayShortCircuit.__call__ = answer_by_shared_model


def keep_sessions_of_roles() -> None:
    """A service assumes a role once in ten minutes; 1.3.2 does for each call, and makes a client for it."""
    require_known_emulator()
    from localemu.aws.connect import InternalClientFactory

    assume = InternalClientFactory.with_assumed_role

    @functools.lru_cache(maxsize=256)
    def assumed(factory: Any, period: int, arguments: tuple[tuple[str, Any], ...]) -> Any:
        return assume(factory, **dict(arguments))

    @functools.wraps(assume)
    def with_assumed_role(self: Any, **arguments: Any) -> Any:
        return assumed(self, int(time.monotonic() / _SESSION_SECONDS), tuple(arguments.items()))

    InternalClientFactory.with_assumed_role = with_assumed_role
