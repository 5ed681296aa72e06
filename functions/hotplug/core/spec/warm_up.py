"""Warm-up of a candidate: calls of its version at the same time, so that its environments are there."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hotplug.core.parsing.fields import Fields, one_of, whole
from hotplug.core.parsing.problem import Problem
from hotplug.core.parsing.stored import Codec, Key, member_of, record
from hotplug.core.parsing.units import ANY_NUMBER
from hotplug.core.resources.function import MEMORY_MB
from hotplug.core.spec.smoke_test import json_payload

MAX_ENVIRONMENTS = 100
"""For each target, and of all targets at the same time: each call is a thread of hotplug's function."""
MAX_TRIES = 3
"""Attempts at the calls of a target if Lambda does not take them all."""
MAX_WARM_SECONDS = 20
"""A call that takes longer has no answer. Its environment may be there later."""


class Before(StrEnum):
    """Time to make environments: before the first calls, or before each large increase of the weight."""

    FIRST = "first"
    INCREASES = "increases"


@dataclass(frozen=True, slots=True)
class WarmUp:
    """The environments that the candidate gets before its calls.

    `environments` is what all calls of the alias need. `own` is the payload of the calls, empty for those of
    the smoke tests. `memory_mb` is the candidate's memory at the plan, for the cost.
    """

    environments: int
    before: Before = Before.FIRST
    own: tuple[Any, ...] = ()
    memory_mb: int = MEMORY_MB


_environments, _before = whole(0, MAX_ENVIRONMENTS), one_of(*Before)


def read_warm_up(value: object, path: str, problems: list[Problem]) -> WarmUp | None:
    """Read the warm-up of a target. None after a problem, and for 0 environments."""
    fields = Fields(value, path, problems, ("environments", "before", "payload"))
    if not isinstance(value, Mapping):
        return None
    environments = fields.need("environments", _environments)
    before = Before(fields.take("before", _before, str(Before.FIRST)))
    own = fields.take("payload", _own, ())
    return WarmUp(environments, before, own) if environments else None


def _own(value: object) -> tuple[Any, ...]:
    return (json_payload(value),)


WARM_UP = record(
    WarmUp,
    Key("environments", "environments", whole(1, ANY_NUMBER)),
    Key("before", "before", member_of(Before), default=Before.FIRST),
    Key("payload", "own", Codec(_own, lambda own: own[0]), default=()),
    Key("memoryMb", "memory_mb", whole(1, ANY_NUMBER), default=MEMORY_MB),
)
