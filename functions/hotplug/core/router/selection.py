"""Selection of the version for a request: the version it names, or its caller's side of the split."""

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
"""Maximum age of a shared view while a deployment holds its claim."""
CURRENT_AT_REST_SECONDS = 5
"""Maximum age of a shared view without a claim.

Each refresh costs one of the 15 control-plane requests that an account has a second. All routers of a target
share one refresh.
"""
MAX_READ_SECONDS = 1
"""Time that one router has to read the alias; meanwhile the others use their last view."""
ADOPTED_SECONDS = 10
"""Delay of a weight increase: longer than any router may use an older view, which is 8 seconds."""


class ChosenBy(StrEnum):
    """Reason of a selection: the alias' random choice, the caller's key, or a name in the request."""

    ALIAS = "alias"
    STICKY = "sticky"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Selection:
    """The qualifier to call, a version or an alias, and the reason."""

    qualifier: str
    chosen_by: ChosenBy


@dataclass(frozen=True, slots=True)
class StickySplit:
    """An alias' routing, salted by the deployment that moves it (empty without one)."""

    routing: Routing
    deployment: str

    def version(self, key: str) -> str:
        """Return the version for a caller's key. A higher weight only moves callers to the candidate."""
        stable = self.routing.version
        for candidate, percent in self.routing.others:
            salt = self.deployment or f"{stable} to {candidate}"
            return candidate if is_below(percent, salt, key) else stable
        return stable

    def lead_to(self, later: Routing) -> bool:
        """Whether the later routing moves callers to a candidate and none back."""
        if not self.routing.is_split:
            return later.is_split and later.version == self.routing.version
        ((candidate, percent),) = self.routing.others
        if not later.is_split:
            return later.version == candidate
        return later.version == self.routing.version and dict(later.others).get(candidate, -1) >= percent


@dataclass(frozen=True, slots=True)
class AliasView:
    """An alias as routers see it.

    `deployment` is the holder of the claim when the alias was read, empty without one. `good` are the
    versions that served well, newest first. `at` is when the alias was read.

    `past` are earlier splits that still apply to callers with a key. Each applies until a time by which every
    router knows the next one. All routers so change at the same moment, and no caller alternates between
    versions.
    """

    routing: Routing
    deployment: str
    good: tuple[str, ...]
    at: datetime
    past: tuple[tuple[StickySplit, datetime], ...] = ()

    def sticky_split(self, now: datetime) -> StickySplit:
        """Return the split that applies to callers with a key."""
        holding = (sticky_split for sticky_split, until in self.past if now < until)
        return next(holding, StickySplit(self.routing, self.deployment))

    def seen_as(self, routing: Routing, deployment: str, good: tuple[str, ...], now: datetime) -> "AliasView":
        """Return the next view.

        All routers adopt a weight increase at the same moment, and a rollback at once.
        """
        sticky_split = StickySplit(self.routing, self.deployment)
        past = tuple((were, until) for were, until in self.past if now < until)
        if routing == self.routing:
            return AliasView(routing, deployment, good, now, past)
        if not sticky_split.lead_to(routing):
            return AliasView(routing, deployment, good, now)
        until = now + timedelta(seconds=ADOPTED_SECONDS)
        return AliasView(routing, deployment, good, now, (*past, (sticky_split, until)))

    @property
    def candidate(self) -> str | None:
        """The candidate's version, even at 0 %."""
        return self.routing.others[0][0] if self.routing.is_split else None

    @property
    def previous(self) -> str | None:
        """The last good version before the one that is live, other than the candidate."""
        return previous_of((each for each in self.good if each != self.candidate), self.routing.version)

    def is_current(self, deployment: str, now: datetime) -> bool:
        """Whether the view is current for a reader that sees this claim (empty: none)."""
        longest = CURRENT_SECONDS if deployment else CURRENT_AT_REST_SECONDS
        return deployment == self.deployment and self._is_younger(longest, now)

    def is_usable(self, deployment: str, now: datetime) -> bool:
        """Whether the view may be used while another router reads the alias."""
        rests = not deployment and not self.deployment
        longest = CURRENT_AT_REST_SECONDS if rests else CURRENT_SECONDS
        return self._is_younger(longest + MAX_READ_SECONDS, now)

    def _is_younger(self, seconds: int, now: datetime) -> bool:
        """Whether the age is within the limit. A view from the future is not: a clock is wrong."""
        return abs(now - self.at) <= timedelta(seconds=seconds)


def asked_version(values: Sequence[str]) -> str:
    """Return the requested version: a number, an alias or a word.

    Raises MisfitError with what is allowed. A repeated name is rejected: two proxies might read different
    values.
    """
    if len(values) == 1 and (VERSION.fullmatch(values[0]) or ALIAS.fullmatch(values[0])):
        return values[0]
    raise MisfitError(ALLOWED)


def named(asked: str, view: AliasView, alias: str, aliases: Iterable[str]) -> Selection | None:
    """Resolve a requested version; None if it may not be called, whether or not it exists.

    `alias` is the live alias of the view; `aliases` are the others that a request may name.
    """
    words = {"stable": view.routing.version, "candidate": view.candidate, "previous": view.previous}
    if asked in words:
        version = words[asked]
        return Selection(version, ChosenBy.NAMED) if version and VERSION.fullmatch(version) else None
    reachable = {view.routing.version, view.candidate, *view.good, alias, *aliases}
    return Selection(asked, ChosenBy.NAMED) if asked in reachable else None


def is_below(percent: Decimal, salt: str, key: str) -> bool:
    """Whether a key's hash is below a percentage. Hashes are uniform over 0-100 and fixed for a salt."""
    digest = sha256(f"{salt}\n{key}".encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8]) * HUNDRED < percent * HASHES


def may_name(patterns: Iterable[str], callers: Iterable[str]) -> bool:
    """Whether a caller may name a version: * allows everyone, any other pattern must match a principal."""
    wanted, known = list(patterns), list(callers)
    return "*" in wanted or any(matches(pattern, caller) for pattern in wanted for caller in known)
