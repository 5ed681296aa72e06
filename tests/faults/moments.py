"""Cuts into a use case between two of its calls to AWS: there something happens, or it stays for a while."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread
from typing import Any

from hotplug.aws.cloud import Cloud, Settings

PARTS = (
    "functions",
    "trials",
    "parallel_trials",
    "hooks",
    "alarms",
    "metrics",
    "artifacts",
    "executions",
    "ledger",
    "evidence_store",
    "images",
    "versions",
    "concurrency",
    "notifications",
)


class Tapped:
    """A `Cloud` before another one. After its call number `moment` something happens; 0 is before all."""

    def __init__(self, cloud: Cloud, moment: int = -1, happens: Callable[[], object] = lambda: None) -> None:
        self._cloud, self._moment, self._happens = cloud, moment, happens
        self.calls: list[str] = []
        for part in PARTS:
            setattr(self, part, _Part(self, part, getattr(cloud, part)))
        self.settings: Settings = cloud.settings
        if moment == 0:
            happens()

    def now(self) -> datetime:
        return self._cloud.now()

    def pause(self, seconds: float) -> None:
        self._cloud.pause(seconds)

    def called(self, verb: str) -> None:
        self.calls.append(verb)
        if len(self.calls) == self._moment:
            self._happens()

    def __getattr__(self, part: str) -> Any:
        raise AttributeError(part)


@dataclass(frozen=True, slots=True)
class _Part:
    tapped: Tapped
    name: str
    adapter: Any

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        method = getattr(self.adapter, verb)

        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return method(*arguments, **named)
            finally:
                self.tapped.called(f"{self.name}.{verb}")

        return call


@dataclass(slots=True)
class Halfway:
    """Work that stays after a moment, to go on when it is told to; one thread runs at any time."""

    work: Callable[[Cloud], object]
    _stays: Event = field(default_factory=Event)
    _goes_on: Event = field(default_factory=Event)
    _thread: Thread = field(init=False)

    def starts(self, cloud: Cloud, moment: int) -> None:
        self._thread = Thread(target=self._works, args=(cloud, moment), daemon=True)
        self._thread.start()
        self._stays.wait()

    def goes_on(self) -> None:
        """To its end; how it ends interests nobody any more."""
        self._goes_on.set()
        self._thread.join()

    def _works(self, cloud: Cloud, moment: int) -> None:
        with suppress(Exception):
            self.work(Tapped(cloud, moment, self._stay))
        self._stays.set()

    def _stay(self) -> None:
        self._stays.set()
        self._goes_on.wait()
