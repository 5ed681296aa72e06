"""Single deployments minute by minute, for a picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.evidence.deployment import End, Outcome, run
from bench.evidence.ours import Told, adaptive
from bench.evidence.world import Cell, Outage, World, good

RPM, BASE, FAILING = 1_000, 0.001, 0.05
TRIES = 1_000


@dataclass(frozen=True, slots=True)
class Story:
    """One deployment with the adaptive progression."""

    title: str
    outcome: Outcome
    told: Sequence[Told]
    outages: Sequence[Outage]


def stories(seed: int) -> tuple[Story, ...]:
    """Return the first good version that has a heavy outage early on, and the first bad one that is found."""
    return (
        _first(seed, good(RPM, BASE, outage=True), "A good version, and an outage of both (grey)", _is_hit),
        _first(seed, Cell(RPM, BASE, FAILING), "A version that fails 5 % of its calls", _is_found),
    )


def _first(seed: int, cell: Cell, title: str, wanted: Callable[[Story], bool]) -> Story:
    tried = (_notify(title, World(cell, f"{seed}/{cell}/{at}")) for at in range(TRIES))
    return next(story for story in tried if wanted(story))


def _notify(title: str, world: World) -> Story:
    rule = adaptive(world)
    return Story(title, run(world, rule), rule.told, world.outages)


def _is_hit(story: Story) -> bool:
    hit = any(240 <= outage.start <= 420 and outage.share > 0.3 for outage in story.outages)
    return hit and story.outcome.end is End.PROMOTED


def _is_found(story: Story) -> bool:
    return story.outcome.end is End.ROLLED_BACK
