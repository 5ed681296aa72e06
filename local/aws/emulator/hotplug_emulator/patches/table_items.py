"""Items of DynamoDB tables."""

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ._version import require_known_emulator

_OPERATIONS = ("put_item", "update_item", "delete_item", "transact_write_items", "get_item", "query", "scan")


def copy_what_a_transaction_writes() -> None:
    """A transaction copies the items that it writes; 1.3.2 copies their whole tables each time."""
    require_known_emulator()
    from moto.dynamodb.models import DynamoDBBackend

    transact = DynamoDBBackend.transact_write_items

    @functools.wraps(transact)
    def transact_write_items(self: Any, transact_items: Sequence[Mapping[str, Any]]) -> None:
        writes = [write for item in transact_items for write in item.values()]
        names = {str(write.get("TableName")) for write in writes} & set(self.tables)
        with contextlib.ExitStack() as stack:
            for name in names:
                written = [write for write in writes if write["TableName"] == name]
                stack.enter_context(_only(self.tables, name, written))
            transact(self, transact_items)

    DynamoDBBackend.transact_write_items = transact_write_items


@contextlib.contextmanager
def _only(tables: dict[str, Any], name: str, writes: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Reduce the table to the items that are written; the transaction may replace the table object."""
    table = tables[name]
    everything, keys = table.items, {_key(table, write) for write in writes}
    table.items = type(everything)(everything.default_factory)
    _copy(table, everything, table.items, keys)
    try:
        yield
    finally:
        written, table.items, tables[name] = tables[name].items, everything, table
        _copy(table, written, everything, keys)


def _key(table: Any, write: Mapping[str, Any]) -> tuple[Any, Any]:
    from moto.dynamodb.models.dynamo_type import DynamoType

    at = write.get("Key") or write.get("Item") or {}
    names = (table.hash_key_attr, table.range_key_attr)
    hash_key, range_key = (DynamoType(at[name]) if name and name in at else None for name in names)
    return hash_key, range_key


def _copy(table: Any, source: Any, target: Any, keys: set[tuple[Any, Any]]) -> None:
    """Copy these items, and delete those that the source lacks."""
    for hash_key, range_key in keys:
        inner = source.get(hash_key)
        if table.range_key_attr is None:
            found, items, key = inner, target, hash_key
        else:
            found, items, key = (inner or {}).get(range_key), target[hash_key], range_key
        if found is None:
            items.pop(key, None)
        else:
            items[key] = found


def take_turns() -> None:
    """Conditions and transactions are atomic. 1.3.2 checks and writes in two steps.

    When a transaction is rejected, 1.3.2 also restores the whole table, and so loses concurrent writes.
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
