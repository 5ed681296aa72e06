"""Router: API Gateway requests, each served by the version it names or by its caller's side of the split."""

import logging
import secrets
from dataclasses import replace

from hotplug.activities.alias_views import AliasCache
from hotplug.activities.forward_request import NO_FUNCTION, NO_VERSION, Served, forward
from hotplug.aws.router_cloud import RouterCloud, RouterSettings
from hotplug.core.errors import HotplugError, UnreadableError
from hotplug.core.parsing.problem import MisfitError
from hotplug.core.parsing.wildcards import matches
from hotplug.core.resources.target import FUNCTION, VERSION, Target
from hotplug.core.router.event import (
    VERSION_COOKIE,
    VERSION_HEADER,
    Event,
    Incoming,
    Json,
    problem,
    with_cookie,
)
from hotplug.core.router.selection import ChosenBy, Selection, asked_version, may_name, named
from hotplug.handlers.router_entrypoint import entrypoint

FUNCTION_VARIABLE = "hotplugFunction"
"""Stage variable that names the one function behind a stage."""
AFFINITY_COOKIE = "hotplug-affinity"
"""Cookie for a new affinity key, if the settings issue keys and name no other cookie."""
AFFINITY_SECONDS = 30 * 24 * 3600

logger = logging.getLogger("hotplug")
views = AliasCache()


class TurnedAwayError(HotplugError):
    """A request that is answered without a call of a function; `answer` is a problem (RFC 9457)."""

    def __init__(self, answer: Json) -> None:
        super().__init__(answer["body"])
        self.answer = answer


def route(event: Event, cloud: RouterCloud) -> Served:
    """Call one version exactly once and return its answer, or return a problem without a call."""
    issued = None
    try:
        incoming = Incoming.of(event)
        target = _target(incoming, cloud.settings)
        asked = _asked(incoming, cloud.settings)
        if asked:
            selection = _named(cloud, target, asked)
        else:
            key, issued = _affinity(incoming, cloud.settings)
            selection = _sticky(cloud, target, key)
    except UnreadableError as error:
        return Served(problem(400, "Not a request", f"It can't be routed: {error}."))
    except TurnedAwayError as turned:
        return Served(turned.answer)
    served = forward(cloud, target, selection, incoming)
    return (
        replace(served, answer=with_cookie(served.answer, issued, is_v2=incoming.is_v2)) if issued else served
    )


def _target(incoming: Incoming, settings: RouterSettings) -> Target:
    name = incoming.part("stageVariables", FUNCTION_VARIABLE) or incoming.part("pathParameters", "function")
    if name and FUNCTION.fullmatch(name) and matches(settings.targets, name):
        return Target(name, settings.alias)
    raise TurnedAwayError(problem(*NO_FUNCTION))


def _asked(incoming: Incoming, settings: RouterSettings) -> str | None:
    """Return the version that the request names: header before query before cookie."""
    for where, values in (
        (f"header {VERSION_HEADER}", incoming.header(VERSION_HEADER)),
        (f"query parameter {settings.parameter}", incoming.query(settings.parameter)),
        (f"cookie {VERSION_COOKIE}", incoming.cookie(VERSION_COOKIE)),
    ):
        if not values:
            continue
        if not may_name(settings.allowed_principals, incoming.callers()):
            raise TurnedAwayError(problem(403, "Forbidden", "This caller may not name a version."))
        try:
            return asked_version(values)
        except MisfitError as misfit:
            detail = f"The {where} does not name a version; allowed: {misfit}."
            raise TurnedAwayError(problem(400, "Malformed version", detail)) from misfit
    return None


def _named(cloud: RouterCloud, target: Target, asked: str) -> Selection:
    try:
        view = views.of(cloud, target)
    except HotplugError as error:
        logger.warning("could not read which versions of %s may be named", target, exc_info=True)
        detail = "It is not known at this moment which versions may be named."
        raise TurnedAwayError(problem(503, "Not ready", detail, {"retry-after": "1"})) from error
    selection = named(asked, view, target.alias, cloud.settings.routable_aliases) if view else None
    if selection is None:
        raise TurnedAwayError(problem(*NO_VERSION))
    return selection


def _affinity(incoming: Incoming, settings: RouterSettings) -> tuple[str | None, str | None]:
    """Return the caller's key, if any, and a cookie if the key is new."""
    cookie = settings.affinity_cookie or (AFFINITY_COOKIE if settings.issues_affinity else "")
    header = settings.affinity_header
    came = (*(incoming.header(header) if header else ()), *(incoming.cookie(cookie) if cookie else ()))
    key = next(filter(None, came), None)
    if key or not settings.issues_affinity:
        return key, None
    key = secrets.token_urlsafe(16)
    return key, f"{cookie}={key}; Max-Age={AFFINITY_SECONDS}; Path=/; HttpOnly; Secure; SameSite=Lax"


def _sticky(cloud: RouterCloud, target: Target, key: str | None) -> Selection:
    """Select by the caller's key. Without a key, the alias decides and no view is read."""
    if key is None:
        return Selection(target.alias, ChosenBy.ALIAS)
    try:
        view = views.of(cloud, target)
    except HotplugError:
        logger.warning("could not read the split of %s: its alias decides", target, exc_info=True)
        view = None
    if view is None:
        return Selection(target.alias, ChosenBy.ALIAS)
    version = view.sticky_split(cloud.now()).version(key)
    return (
        Selection(version, ChosenBy.STICKY)
        if VERSION.fullmatch(version)
        else Selection(target.alias, ChosenBy.ALIAS)
    )


handler = entrypoint(route)
