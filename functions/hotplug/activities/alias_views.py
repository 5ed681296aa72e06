"""The router's alias cache: views from memory for a second, then from the ledger, rarely from Lambda."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, Thread

from hotplug.aws.router_cloud import RouterCloud
from hotplug.core.errors import HotplugError
from hotplug.core.resources.target import Target
from hotplug.core.resources.versions import good_versions
from hotplug.core.router.selection import AliasView

FRESH = timedelta(seconds=1)
"""Maximum age of a view that is used without a refresh."""
USABLE = timedelta(seconds=2)
"""Maximum age of a view that is used during its refresh. After that, a request waits for the refresh.

With the age of a shared view, `CURRENT_SECONDS` and `MAX_READ_SECONDS`, no answer is older than 5 seconds.
"""
MAX_REMEMBERED = 1_000
"""Targets. Above that number, the cache is cleared and views are read again."""

logger = logging.getLogger("hotplug")


@dataclass(frozen=True, slots=True)
class Remembered:
    """A view, None where the alias does not exist, and when its refresh began."""

    view: AliasView | None
    begun: datetime


class NotKnownError(HotplugError):
    """The ledger or Lambda did not answer."""


class AliasCache:
    """Views of each target, kept for this execution environment."""

    def __init__(self) -> None:
        self._remembered: dict[Target, Remembered] = {}
        self._lock = Lock()
        self._refresh: Thread | None = None

    def of(self, cloud: RouterCloud, target: Target) -> AliasView | None:
        """Return a view at most 5 seconds old; None where the alias does not exist. Raises NotKnownError."""
        remembered = self._remembered.get(target)
        age = cloud.now() - remembered.begun if remembered else None
        if remembered is None or age is None or age > USABLE:
            return self._refreshed(cloud, target)
        if age > FRESH:
            self._refresh_beside(cloud, target)
        return remembered.view

    def _refreshed(self, cloud: RouterCloud, target: Target) -> AliasView | None:
        """Read the view. A refresh that Lambda froze may end late; it does not overwrite a later one."""
        begun = cloud.now()
        try:
            view = current_view(cloud, target)
        except Exception as error:
            raise NotKnownError(f"{type(error).__name__}: {error}") from error
        with self._lock:
            if len(self._remembered) > MAX_REMEMBERED:
                self._remembered.clear()
            if target not in self._remembered or self._remembered[target].begun <= begun:
                self._remembered[target] = Remembered(view, begun)
        return view

    def _refresh_beside(self, cloud: RouterCloud, target: Target) -> None:
        """Refresh in a thread while the request continues; one refresh at a time."""
        if self._refresh and self._refresh.is_alive():
            return
        self._refresh = Thread(target=self._try, args=(cloud, target), daemon=True)
        self._refresh.start()

    def _try(self, cloud: RouterCloud, target: Target) -> None:
        try:
            self._refreshed(cloud, target)
        except NotKnownError:
            logger.warning("could not refresh the view of %s", target, exc_info=True)


def current_view(cloud: RouterCloud, target: Target) -> AliasView | None:
    """Return the shared view while it is current.

    After that, one router reads the alias and shares its view.
    """
    known, now = cloud.alias_views.known(target), cloud.now()
    if known.view and known.view.is_current(known.deployment, now):
        return known.view
    if (
        not cloud.alias_views.take_turn(target, now)
        and known.view
        and known.view.is_usable(known.deployment, now)
    ):
        return known.view
    alias = cloud.functions.alias(target)
    if alias is None:
        return None
    claimed = cloud.alias_views.known(target).deployment
    good = good_versions(cloud.alias_views.closed_deployments(target), cloud.settings.routable_versions)
    view = AliasView(alias.routing, claimed, good, now)
    if known.view:
        view = known.view.seen_as(alias.routing, claimed, good, now)
    cloud.alias_views.share(target, view)
    return view
