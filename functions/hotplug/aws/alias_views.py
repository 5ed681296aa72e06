"""Alias views that all routers share, so that not every router calls Lambda's control plane.

One item of the ledger's table for each target: `target#orders:live`, `view`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Protocol

from hotplug.aws.dynamodb_json import decode, encode
from hotplug.aws.errors import translated
from hotplug.aws.table import A_PAGE, Json, Table
from hotplug.core.errors import TryAgainError
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.target import Target
from hotplug.core.router.selection import MAX_READ_SECONDS, AliasView, StickySplit

VIEW = "view"
KEPT_DAYS = 30
"""Days without a call after which a view expires."""


@dataclass(frozen=True, slots=True)
class Known:
    """The last shared view of a target, if any, and the deployment that holds its claim now (empty: none)."""

    view: AliasView | None
    deployment: str


class AliasViews(Protocol):
    """Shared views in the ledger, as the router uses them."""

    def known(self, target: Target) -> Known:
        """The shared view and the claim."""

    def take_turn(self, target: Target, now: datetime) -> bool:
        """Return whether this router is to read the alias: no other router is reading it."""

    def closed_deployments(self, target: Target) -> Iterable[Json]:
        """The latest history of a target, newest first."""

    def share(self, target: Target, view: AliasView) -> None:
        """Share the view, unless a later one exists: a read may end long after Lambda froze it."""


class AwsAliasViews(Table):
    """Shared views as items of the ledger's table."""

    def known(self, target: Target) -> Known:
        """BatchGetItem, consistent."""
        keys = [_key(target), {"pk": "claim", "sk": str(target)}]
        with translated():
            found = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": [encode(key) for key in keys], "ConsistentRead": True}}
            )
        if found.get("UnprocessedKeys"):
            raise TryAgainError(f"DynamoDB left out a part of what routers know of {target}")
        items = {str(item["pk"]): item for item in map(decode, found["Responses"].get(self._table, ()))}
        shown, claim = items.get(f"target#{target}", {}).get("shown"), items.get("claim", {})
        return Known(_view(shown), str(claim.get("deployment", "")))

    def take_turn(self, target: Target, now: datetime) -> bool:
        """UpdateItem, unless another router is reading the alias."""
        values = {
            ":now": now.isoformat(),
            ":over": (now - timedelta(seconds=MAX_READ_SECONDS)).isoformat(),
            ":expires": self._expires(now.isoformat()),
        }
        condition = "attribute_not_exists(turn) OR turn <= :over"
        return self._update(_key(target), "SET turn = :now, expires = :expires", condition, values)

    def closed_deployments(self, target: Target) -> Iterable[Json]:
        """Query, one page at most, because routers repeat it."""
        return islice(self._closed(target), A_PAGE)

    def share(self, target: Target, view: AliasView) -> None:
        """UpdateItem, unless a later view exists; it also ends this router's turn to read."""
        at = view.at.isoformat()
        values = {":shown": _json(view), ":expires": self._expires(at), ":at": at}
        update = "SET shown = :shown, expires = :expires REMOVE turn"
        self._update(_key(target), update, "attribute_not_exists(shown) OR NOT shown.#at > :at", values)


def _key(target: Target) -> Mapping[str, str]:
    return {"pk": f"target#{target}", "sk": VIEW}


def _json(view: AliasView) -> dict[str, Any]:
    return {
        "sides": _split_json(StickySplit(view.routing, view.deployment)),
        "good": list(view.good),
        "at": view.at.isoformat(),
        "past": [_split_json(split) | {"until": until.isoformat()} for split, until in view.past],
    }


def _split_json(split: StickySplit) -> dict[str, Any]:
    weights, deployment = split.routing.weights, split.deployment
    return {"version": split.routing.version, "weights": weights, "deployment": deployment}


def _view(shown: Any) -> AliasView | None:
    """Decode a view.

    An item in another format, of another release or written by hand, is None: it is replaced.
    """
    try:
        now = _sticky_split(shown["sides"])
        return AliasView(
            routing=now.routing,
            deployment=now.deployment,
            good=tuple(str(version) for version in shown["good"]),
            at=_time(shown["at"]),
            past=tuple((_sticky_split(were), _time(were["until"])) for were in shown["past"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError):
        return None


def _sticky_split(found: Mapping[str, Any]) -> StickySplit:
    weights = {str(version): float(weight) for version, weight in found["weights"].items()}
    if len(weights) > 1 or not all(0 <= weight <= 1 for weight in weights.values()):
        raise ValueError(f"{weights} are no weights of an alias")
    return StickySplit(Routing.of(str(found["version"]), weights), str(found["deployment"]))


def _time(text: str) -> datetime:
    """Parse a time into UTC, so that times can be compared."""
    return datetime.fromisoformat(text).astimezone(UTC)
