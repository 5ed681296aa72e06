"""Items of DynamoDB tables."""

import functools
import threading
from collections.abc import Callable
from typing import Any

from ._version import require_known_emulator

_OPERATIONS = ("put_item", "update_item", "delete_item", "transact_write_items", "get_item", "query", "scan")


def take_turns() -> None:
    """Conditions and transactions are atomic; 1.3.2 checks and writes in two steps, and puts the whole table
    back when a transaction is refused, with what others wrote meanwhile.
    """
    require_known_emulator()
    from moto.dynamodb.models import DynamoDBBackend

    turn = threading.RLock()
    for name in _OPERATIONS:
        setattr(DynamoDBBackend, name, _in_turn(turn, getattr(DynamoDBBackend, name)))


def _in_turn(turn: threading.RLock, operation: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(operation)
    def operate(*args: Any, **kwargs: Any) -> Any:
        with turn:
            return operation(*args, **kwargs)

    return operate
