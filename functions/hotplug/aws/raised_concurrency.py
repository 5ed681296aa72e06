"""Provisioned concurrency that deployments have changed and not yet set back; part of the ledger."""

from collections.abc import Sequence
from typing import Protocol

from hotplug.aws.dynamodb_json import encode
from hotplug.aws.errors import translated
from hotplug.aws.table import Table
from hotplug.core.resources.concurrency import RAISED, RaisedConcurrency

PARTITION = "provisioned"


class RaisedConcurrencies(Protocol):
    """Raised amounts to set back, as hotplug uses them."""

    def note_raised(self, raised: RaisedConcurrency) -> None:
        """Note what is about to be changed. A later deployment's note replaces it."""

    def raised(self, function: str = "") -> Sequence[RaisedConcurrency]:
        """All notes, or those of one function."""

    def forget_raised(self, function: str, qualifier: str) -> None:
        """Forget a note, once nothing is left to set back."""


class AwsRaisedConcurrencies(Table):
    """Notes as items of the ledger's table. They never expire: they are about money."""

    def note_raised(self, raised: RaisedConcurrency) -> None:
        """PutItem."""
        item = {"pk": PARTITION, "sk": f"{raised.function}:{raised.qualifier}"} | RAISED.write(raised)
        with translated():
            self._client.put_item(TableName=self._table, Item=encode(item))

    def raised(self, function: str = "") -> Sequence[RaisedConcurrency]:
        """Query, consistent."""
        return [RAISED(item) for item in self._query(PARTITION, f"{function}:" if function else "")]

    def forget_raised(self, function: str, qualifier: str) -> None:
        """DeleteItem."""
        key = {"pk": PARTITION, "sk": f"{function}:{qualifier}"}
        with translated():
            self._client.delete_item(TableName=self._table, Key=encode(key))
