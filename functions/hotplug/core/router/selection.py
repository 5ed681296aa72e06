"""Which version answers a request: the one that it names, or the side that its caller is on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from hotplug.core.parsing.problem import MisfitError
from hotplug.core.parsing.units import HUNDRED
from hotplug.core.parsing.wildcards import matches
from hotplug.core.resources.alias import Routing
from hotplug.core.resources.target import ALIAS, VERSION
from hotplug.core.resources.versions import previous_of

ALLOWED = "a version number like 41, an alias, or one of candidate, stable and previous; once"
HASHES = 2**64
CURRENT_SECONDS = 2
"""Age up to which a shared look at an alias counts while a deployment holds its claim."""
CURRENT_AT_REST_SECONDS = 5
"""The same while nobody holds it. Each look is one of the 15 control-plane requests that an account has a
second, and all routers of a target together take one."""
A_LOOK_SECONDS = 1
"""What the router whose turn it is has for its look; meanwhile the others go on with what they know."""
ADOPTED_SECONDS = 10
"""After a weight went up: longer than any router may believe what was before, at most 8 seconds."""


class How(StrEnum):
    """What chose the version: the alias' own chance, the caller's key, or its name in the request."""

    ALIAS = "alias"
    STICKY = "sticky"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Pick:
    """The qualifier to call, a version or an alias, and what chose it."""

    qualifier: str
    how: How


@dataclass(frozen=True, slots=True)
class Sides:
    """An alias' two versions and their shares, salted by the deployment that moves it (empty without one)."""

    routing: Routing
    deployment: str

    def version(self, key: str) -> str:
        """Where a caller with this key belongs; a higher share only ever moves callers to the candidate."""
        stable = self.routing.version
        for candidate, percent in self.routing.others:
            salt = self.deployment or f"{stable} to {candidate}"
            return candidate if is_below(percent, salt, key) else stable
        return stable

    def lead_to(self, later: Routing) -> bool:
        """Whether going there moves callers to a candidate and none back."""
        if not self.routing.is_split:
            return later.is_split and later.version == self.routing.version
        ((candidate, percent),) = self.routing.others
        if not later.is_split:
            return later.version == candidate
        return later.version == self.routing.version and dict(later.others).get(candidate, -1) >= percent


@dataclass(frozen=True, slots=True)
class View:
    """An alias as routers see it.

    `deployment` is the one that held the claim when it was looked at, empty without one. `good` are the
    versions that served well, newest first. `at` is when the alias was read. `past` are sides that still hold
    for callers with a key, each until a moment by which every router knows of the next: so all of them change
    in the same moment, and nobody is sent to and fro between those that know and those that don't yet.
    """

    routing: Routing
    deployment: str
    good: tuple[str, ...]
    at: datetime
    past: tuple[tuple[Sides, datetime], ...] = ()

    def sides(self, now: datetime) -> Sides:
        """Those that hold for callers with a key."""
        holding = (sides for sides, until in self.past if now < until)
        return next(holding, Sides(self.routing, self.deployment))

    def seen_as(self, routing: Routing, deployment: str, good: tuple[str, ...], now: datetime) -> "View":
        """What comes after this view. Weight that goes up is adopted by all at once, a rollback at once."""
        sides = Sides(self.routing, self.deployment)
        past = tuple((were, until) for were, until in self.past if now < until)
        if routing == self.routing:
            return View(routing, deployment, good, now, past)
        if not sides.lead_to(routing):
            return View(routing, deployment, good, now)
        until = now + timedelta(seconds=ADOPTED_SECONDS)
        return View(routing, deployment, good, now, (*past, (sides, until)))

    @property
    def candidate(self) -> str | None:
        """The version that is being brought in, be it at 0 %."""
        return self.routing.others[0][0] if self.routing.is_split else None

    @property
    def previous(self) -> str | None:
        """The last good version before the one that is live, other than the candidate."""
        return previous_of((each for each in self.good if each != self.candidate), self.routing.version)

    def is_current(self, deployment: str, now: datetime) -> bool:
        """Whether it still counts for those who now see this deployment, or none, hold the claim."""
        longest = CURRENT_SECONDS if deployment else CURRENT_AT_REST_SECONDS
        return deployment == self.deployment and self._is_younger(longest, now)

    def is_usable(self, deployment: str, now: datetime) -> bool:
        """Whether it will do while another router looks."""
        rests = not deployment and not self.deployment
        longest = CURRENT_AT_REST_SECONDS if rests else CURRENT_SECONDS
        return self._is_younger(longest + A_LOOK_SECONDS, now)

    def _is_younger(self, seconds: int, now: datetime) -> bool:
        """One from the future is not: somebody's clock is wrong."""
        return abs(now - self.at) <= timedelta(seconds=seconds)


def asked_version(values: Sequence[str]) -> str:
    """The version that was named, as a number, an alias or a word; raises MisfitError saying what is allowed.

    Naming it twice is one name too many: what one proxy reads another may not.
    """
    if len(values) == 1 and (VERSION.fullmatch(values[0]) or ALIAS.fullmatch(values[0])):
        return values[0]
    raise MisfitError(ALLOWED)


def named(asked: str, view: View, alias: str, aliases: Iterable[str]) -> Pick | None:
    """What a name stands for; None for all that may not be reached, be it there or not.

    `alias` is the live alias that the view is of, `aliases` are those that may be named beside it.
    """
    words = {"stable": view.routing.version, "candidate": view.candidate, "previous": view.previous}
    if asked in words:
        version = words[asked]
        return Pick(version, How.NAMED) if version and VERSION.fullmatch(version) else None
    reachable = {view.routing.version, view.candidate, *view.good, alias, *aliases}
    return Pick(asked, How.NAMED) if asked in reachable else None


def is_below(percent: Decimal, salt: str, key: str) -> bool:
    """Whether a key's place, which is even over 0-100 and fixed for a salt, lies below a percentage."""
    digest = sha256(f"{salt}\n{key}".encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8]) * HUNDRED < percent * HASHES


def may_name(patterns: Iterable[str], callers: Iterable[str]) -> bool:
    """Whether a caller may name a version: * is anybody, others need one that matches who is calling."""
    wanted, known = list(patterns), list(callers)
    return "*" in wanted or any(matches(pattern, caller) for pattern in wanted for caller in known)
