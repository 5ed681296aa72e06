"""Calls of the candidate that are read, and the failures among them that are excused as first calls."""

from collections.abc import Iterator, Sequence
from math import ceil, exp, expm1
from typing import NamedTuple

from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.metrics.queries import MINUTE_SECONDS
from hotplug.core.evidence.statistics.load import KEPT_MINUTES, Load, environments_by_load
from hotplug.core.evidence.statistics.power import Exposure

FRESH_MINUTES = 2
"""Minutes in which a failure is excused after an environment came."""


class Bake(NamedTuple):
    """Minutes that are read at one weight, 0 to 1."""

    weight: float
    minutes: float


def exposures_of(
    bakes: Sequence[Bake],
    calls_per_minute: float,
    call_seconds: float,
    settings: EvidenceSettings,
    *,
    counted: bool,
) -> Iterator[Exposure]:
    """Yield the exposures of bakes that follow each other; a call takes `call_seconds` in the mean.

    `counted` says whether it is known in which minute an environment came. If not, a failure may be excused
    in any minute of the bake.
    """
    before: list[Load] = []
    for weight, minutes in bakes:
        calls = calls_per_minute * weight
        load = Load(calls, calls * call_seconds / MINUTE_SECONDS)
        came: list[float] = []
        for _ in range(min(ceil(minutes), KEPT_MINUTES + 1)):
            came.append(_new(before, load))
            before = [*before[1 - KEPT_MINUTES :], load]
        if not came:
            continue
        came += came[-1:] * (ceil(minutes) - len(came))
        fresh = min(minutes, FRESH_MINUTES) if counted else minutes
        parts = (fresh, sum(came[: ceil(fresh)])), (minutes - fresh, sum(came[ceil(fresh) :]))
        for length, new in parts:
            if length > 0:
                yield Exposure(length * calls, weight, new * settings.cold_failures)


def _new(before: Sequence[Load], load: Load) -> float:
    """Return the environments that come in a minute of the load.

    That is one for several minutes without a call, if calls are few, and what the load needs beside it.
    """
    after_none = -expm1(-load.calls) * exp(-sum(each.calls for each in before))
    return after_none if load.calls < 1 else max(after_none, environments_by_load(before, load).new)
