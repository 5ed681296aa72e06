"""Aliases as read now. A read may be older than the last write, so an unexpected answer is read again."""

import logging
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import assert_never

from hotplug.aws.cloud import Cloud
from hotplug.core.deployment.progress import Move, Progress
from hotplug.core.deployment.transition import TargetLine, lines_read, lines_unread
from hotplug.core.resources.alias import AliasState, Routing, routing_of
from hotplug.core.resources.target import Target

MAX_READS = 5
PAUSE_SECONDS = 0.5
"""Lambda gives no bound for the lag of a read; it is usually well below a second."""

type IsExpected = Callable[[AliasState | None], bool]

logger = logging.getLogger("hotplug")


def read_alias(cloud: Cloud, target: Target, is_expected: IsExpected) -> AliasState | None:
    """Return the alias once it is as expected, or as it still is after `MAX_READS` reads."""
    return read_aliases(cloud, [(target, is_expected)])[0]


def read_aliases(cloud: Cloud, wanted: Sequence[tuple[Target, IsExpected]]) -> list[AliasState | None]:
    """Return each alias as `read_alias` does; the pauses between the reads are for all of them together."""
    aliases = [cloud.functions.alias(target) for target, _ in wanted]
    for _ in range(MAX_READS - 1):
        odd = [at for at, (_, is_expected) in enumerate(wanted) if not is_expected(aliases[at])]
        if not odd:
            break
        cloud.pause(PAUSE_SECONDS)
        for at in odd:
            aliases[at] = cloud.functions.alias(wanted[at][0])
    return aliases


def aliases_now(cloud: Cloud, progress: Progress, *, shifted: bool | None) -> list[AliasState | None]:
    """Return the aliases of all moves, expected where the last task left them.

    `shifted` says whether the candidates had calls yet; None where any routing may be expected.
    """

    def expected(move: Move) -> IsExpected:
        return lambda alias: shifted is None or move.is_in_place(alias, shifted=shifted)

    return read_aliases(cloud, [(move.planned.target, expected(move)) for move in progress.moves()])


class Place(Enum):
    """Where the aliases of a report are expected to be: elsewhere, they are read again."""

    CANDIDATE = auto()
    FOUND = auto()
    ANYWHERE = auto()


def lines_now(cloud: Cloud, progress: Progress, place: Place) -> tuple[TargetLine, ...]:
    """Return the targets as read now, for a report.

    A report is never held up by an alias that can't be read; it then says nothing about it.
    """
    targets = [planned.target for planned in progress.plan.targets]
    try:
        aliases = read_aliases(cloud, list(zip(targets, _expected(progress, place), strict=True)))
    except Exception:
        logger.exception("could not read the aliases of %s", progress.plan.deployment)
        return lines_unread(progress)
    return lines_read(progress, [routing_of(alias) for alias in aliases])


def _expected(progress: Progress, place: Place) -> list[IsExpected]:
    match place:
        case Place.CANDIDATE:
            return [_is_on(Routing(candidate)) for candidate in progress.candidates]
        case Place.FOUND:
            return [_is_on(planned.found) for planned in progress.plan.targets]
        case Place.ANYWHERE:
            return [lambda _: True] * len(progress.plan.targets)
        case _:
            assert_never(place)


def _is_on(goal: Routing | None) -> IsExpected:
    return lambda alias: routing_of(alias) == goal
