"""Compare-and-set of an alias: a write by the RevisionId last read, tried again if that is stale."""

from collections.abc import Callable
from contextlib import suppress

from hotplug.activities.read_alias import PAUSE_SECONDS, IsExpected, read_alias
from hotplug.aws.cloud import Cloud
from hotplug.core.errors import RevisionStaleError, TryAgainError
from hotplug.core.resources.alias import AliasState
from hotplug.core.resources.target import Target

MAX_TRIES = 6


def compare_and_set[T](
    cloud: Cloud,
    target: Target,
    is_expected: IsExpected,
    attempt: Callable[[AliasState | None], T],
    known: AliasState | None = None,
) -> T:
    """Return the result of the first attempt whose write is not stale. Raise TryAgainError after `MAX_TRIES`.

    An attempt gets the alias as read for it, and decides whether it writes at all. `known` is the alias if it
    was just read.
    """
    for _ in range(MAX_TRIES):
        alias, known = known or read_alias(cloud, target, is_expected), None
        with suppress(RevisionStaleError):
            return attempt(alias)
        cloud.pause(PAUSE_SECONDS)
    raise TryAgainError(f"{target} kept changing during {MAX_TRIES} tries")
