"""Deployments by hotplug's own machine in memory, from the plan to the end, with calls made one by one."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from math import exp, log
from typing import NamedTuple

from bench.evidence.environments.day import Day
from bench.evidence.environments.rules import ADAPTIVE
from bench.evidence.environments.trials import (
    FAILS_30,
    PLAIN,
    SLOW_START,
    USUAL_RATE,
    WARMS_IN_30,
    bad,
    code,
    good,
)
from bench.evidence.environments.world import Calls, FreshCell, FreshWorld
from bench.evidence.world import DAY_MINUTES, Piece
from hotplug.core.evidence.metrics.weights import Change
from hotplug.core.rollout.weight_changes import changes_in
from tests.fakes import InMemoryCloud, Traffic, a_zip
from tests.fakes.clock import MORNING
from tests.support.machine.execution import Execution

TARGET, STABLE, CANDIDATE = "orders:live", "41", "42"
ROLLED_BACK = "Rolled back"
"""The state of the machine in which such a deployment ends."""
MINUTES = 120
"""Minutes of calls after the plan."""
WARM = 500
"""Environments of the stable version before the deployment."""
FINENESS = 0.005
"""Durations are counted in steps of this part of them."""


class Ended(NamedTuple):
    """The end of a deployment."""

    state: str
    minutes: float
    reason: str


class Sample(NamedTuple):
    """Deployments of one kind. Of good ones none should be rolled back, of bad ones nearly all."""

    what: str
    cell: FreshCell
    strategy: str
    is_good: bool

    @property
    def request(self) -> Mapping[str, object]:
        """What is asked for beside function and source."""
        strategy = {"type": ADAPTIVE} if self.strategy == ADAPTIVE else self.strategy
        return {"strategy": strategy, "evidence": {}}


CANARY = "Canary10Percent5Minutes"
SAMPLES = (
    *(
        Sample(f"good, {environments}", good(environments, USUAL_RATE, seconds), strategy, is_good=True)
        for environments, seconds in ((SLOW_START, 2.0), (FAILS_30, 2.0), (WARMS_IN_30, 0.5))
        for strategy in (CANARY, ADAPTIVE)
    ),
    *(
        Sample("twice as slow", bad(USUAL_RATE, code(PLAIN, 0.5, 2.0)), strategy, is_good=False)
        for strategy in (CANARY, ADAPTIVE)
    ),
)
RUNS, DAYS = 10, 2
"""Deployments of each kind, and the days before them that they share."""


def jobs(seed: int, scale: float) -> Iterator[tuple[int, Sample, Sequence[int]]]:
    """Yield the deployments of all samples, in parts that share a day."""
    runs = max(1, round(RUNS * scale))
    for sample in SAMPLES:
        for day in range(min(DAYS, runs)):
            yield seed, sample, range(day, runs, DAYS)


def deployed(job: tuple[int, Sample, Sequence[int]]) -> tuple[Sample, list[Ended]]:
    """Run the deployments of a job."""
    seed, sample, numbers = job
    return sample, [
        deploy(sample.cell, f"{seed}/{sample}/{at}", numbers[0], sample.request) for at in numbers
    ]


class OneByOne:
    """The traffic of a target: a usual day again and again, and calls one by one from the plan on."""

    def __init__(self, cloud: InMemoryCloud, deployment: str, cell: FreshCell, seed: str, day: int) -> None:
        self._cloud = cloud
        self._deployment = deployment
        self._world = FreshWorld(cell, seed, MINUTES, WARM)
        self._usual = usual_day(cell, day)
        self._made: list[tuple[Traffic, Traffic]] = []
        for side, version in enumerate((CANDIDATE, STABLE)):
            cloud.metrics.follows(TARGET, version, self._model(side))

    def _model(self, side: int) -> Callable[[datetime], Traffic | None]:
        def model(minute: datetime) -> Traffic | None:
            had = self._had(minute)[side]
            return had if had.calls else None

        return model

    def _had(self, minute: datetime) -> tuple[Traffic, Traffic]:
        at = round((minute - MORNING).total_seconds() / 60)
        if at < 0:
            return Traffic(0), self._usual[at % DAY_MINUTES]
        changes = changes_in(list(self._cloud.ledger.lines.get(self._deployment, {}).values()))
        while len(self._made) <= at:
            pieces = _pieces(changes, MORNING + timedelta(minutes=len(self._made)))
            new, old = self._world.calls(len(self._made), pieces)
            self._made.append((traffic_of(new), traffic_of(old)))
        return self._made[at]


def _pieces(changes: Sequence[Change], minute: datetime) -> list[Piece]:
    """Return the candidate's weights in a minute that is over."""
    pieces = [Piece(0.0, 0.0)]
    for change in changes:
        second = (change.ended - minute).total_seconds()
        if second < 60:
            pieces.append(Piece(max(0.0, second), change.share))
    return pieces


@cache
def usual_day(cell: FreshCell, day: int) -> Sequence[Traffic]:
    """Return the traffic of the stable version on one day, by the minute."""
    return [traffic_of(calls) for calls in Day(cell, f"{cell.old}/{day}").calls()]


def traffic_of(made: Calls) -> Traffic:
    """Return calls as the metrics in memory have them."""
    step = log(1 + FINENESS)
    counts = Counter(round(log(1000 * seconds) / step) for seconds in made.durations)
    taken = {exp(step * at): count for at, count in counts.items()}
    return Traffic(len(made.durations), made.failed, slow=taken, environments=made.environments)


def deploy(cell: FreshCell, seed: str, day: int, request: Mapping[str, object]) -> Ended:
    """Run one deployment from its plan to its end."""
    cloud = InMemoryCloud()
    cloud.has_function("orders", versions=["40", STABLE])
    cloud.has_object("artifacts", "app.zip", a_zip("other"))
    OneByOne(cloud, "d-1", cell, seed, day)
    source = {"bucket": "artifacts", "key": "app.zip"}
    execution = Execution(cloud, {"functions": ["orders"], "source": source, **request}, "d-1")
    state = execution.run()
    minutes = (cloud.now() - MORNING).total_seconds() / 60
    return Ended(state, minutes, str(execution.variables.get("summary", {}).get("reason", "")))
