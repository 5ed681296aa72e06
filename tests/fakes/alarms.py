"""CloudWatch alarms in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hotplug.core.resources.alarm import AlarmColour, AlarmState
from tests.fakes.clock import Clock
from tests.fakes.faults import Surprising, verb

GREEN, RED, NO_DATA = AlarmColour.GREEN, AlarmColour.RED, AlarmColour.NO_DATA


class Alarm:
    """One alarm. `since` moves only when the colour really changes, as StateTransitionedTimestamp does.

    `updated` is StateUpdatedTimestamp: it moves whenever a state is set.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self._clock = clock
        arn = f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{name}"
        why = "Threshold Crossed: no datapoint was above the threshold."
        now = clock.now.isoformat()
        self.state = AlarmState(name, arn, GREEN, now, why, now)

    def goes(self, colour: AlarmColour, why: str = "Threshold Crossed: 1 datapoint was above it.") -> None:
        """An evaluation ends with this colour. A change takes a millisecond, so that no two are alike."""
        since = self.state.since
        if colour is not self.state.colour:
            self._clock.passes(0.001)
            since = self._clock.now.isoformat()
        updated = self._clock.now.isoformat()
        self.state = replace(self.state, colour=colour, since=since, why=why, updated=updated)

    def is_doubtful(self, evaluation_state: str) -> None:
        """CloudWatch can't evaluate it as it should, or can again if this is empty; its colour stays."""
        self._clock.passes(0.001)
        updated = self._clock.now.isoformat()
        self.state = replace(self.state, doubt=evaluation_state, updated=updated)


class InMemoryAlarms(Surprising):
    """The `Alarms` of a test."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.all: dict[str, Alarm] = {}

    def named(self, name: str) -> Alarm:
        """The alarm, made green when it is mentioned first."""
        return self.all.setdefault(name, Alarm(name, self._clock))

    def vanishes(self, name: str) -> None:
        """Somebody deletes the alarm."""
        del self.all[name]

    @verb
    def states(self, names: Sequence[str]) -> Mapping[str, AlarmState]:
        return {name: self.all[name].state for name in names if name in self.all}
