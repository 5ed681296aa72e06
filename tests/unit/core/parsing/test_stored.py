"""Codecs: what is read of a stored object, what is passed over, and what is refused."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from hotplug.core.errors import UnreadableError
from hotplug.core.evidence import EvidenceSettings
from hotplug.core.evidence.measurement import _HOUR, _MEASUREMENT, _MEMORY, Hour, Measurement, Memory
from hotplug.core.evidence.metrics.traffic import TRAFFIC, TrafficProfile
from hotplug.core.evidence.policy import EVIDENCE, SETTINGS, PlannedEvidence
from hotplug.core.parsing.fields import flag, whole
from hotplug.core.parsing.stored import (
    TIMESTAMP,
    Codec,
    Derived,
    Key,
    list_of,
    member_of,
    optional,
    record,
    stored_value,
    text,
)
from hotplug.core.plan.plan import _PLAN, Plan
from hotplug.core.plan.target import TARGET, PlannedTarget
from hotplug.core.resources.concurrency import CONCURRENCY, ProvisionedConcurrency
from hotplug.core.rollout.commands import ACCEPTED_COMMAND, AcceptedCommand
from hotplug.core.rollout.hook_schedule import ASKING, Asking
from hotplug.core.spec.approval import APPROVAL, Approval
from hotplug.core.spec.hooks import HOOK, Hook
from hotplug.core.spec.smoke_test import SMOKE, Smoke
from hotplug.core.spec.steps import STEP, Step
from hotplug.core.spec.windows import WINDOW, Window


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Size:
    width: int
    height: int


@dataclass(frozen=True)
class Door:
    size: Size
    colour: Colour
    made_at: datetime
    is_open: bool = False
    owner: str | None = None
    notes: tuple[str, ...] = ()
    key_count: int = 0


SIZE = record(Size, Key("w", "width", whole(1, 9)), Key("h", "height", whole(1, 9)))
DOOR = record(
    Door,
    Key("", "size", SIZE),
    Key("colour", "colour", member_of(Colour)),
    Key("madeAt", "made_at", TIMESTAMP),
    Derived("area", lambda door: door.size.width * door.size.height),
    Key("open", "is_open", flag, default=False),
    Key("owner", "owner", optional(text)),
    Key("notes", "notes", list_of(text), default=()),
    Key("lock", "", record(dict[str, Any], Key("keys", "key_count", whole(0, 9)))),
)
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
GREEN = Door(Size(2, 3), Colour.RED, NINE, is_open=True, owner="ann", notes=("oak",), key_count=2)
GREEN_JSON = {
    "w": 2,
    "h": 3,
    "colour": "red",
    "madeAt": "2026-11-24T09:00:00+00:00",
    "area": 6,
    "open": True,
    "owner": "ann",
    "notes": ["oak"],
    "lock": {"keys": 2},
}


def test_an_object_is_written_key_by_key_in_the_order_of_its_table() -> None:
    assert json.dumps(DOOR.write(GREEN)) == json.dumps(GREEN_JSON)
    assert DOOR(GREEN_JSON) == GREEN


def test_defaults_are_omitted_and_taken_for_what_is_absent() -> None:
    plain = Door(Size(2, 3), Colour.BLUE, NINE)
    assert DOOR.write(plain).keys() == {"w", "h", "colour", "madeAt", "area", "owner", "lock"}
    assert DOOR(DOOR.write(plain)) == plain


def test_what_is_derived_is_not_read() -> None:
    assert DOOR(GREEN_JSON | {"area": "large"}) == GREEN
    assert DOOR({key: value for key, value in GREEN_JSON.items() if key != "area"}) == GREEN


def test_unknown_keys_are_passed_over() -> None:
    assert DOOR(GREEN_JSON | {"glass": True, "lock": {"keys": 2, "code": 7}}) == GREEN


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param({"colour": "green"}, 'colour is "green", not "red" or "blue"', id="another word"),
        pytest.param({"w": 0}, "w is 0, not a whole number from 1 to 9", id="beside the others"),
        pytest.param({"open": None}, "open is null, not true or false", id="null for a default"),
        pytest.param({"madeAt": "09:00"}, 'madeAt is "09:00", not a time with its zone', id="no time"),
        pytest.param({"notes": [7]}, r"notes is \[7\], not a text", id="in a list"),
        pytest.param({"lock": {}}, r"lock\.keys is missing", id="nothing inside"),
        pytest.param({"lock": {"keys": -1}}, r"lock\.keys is -1, not a whole number", id="deep inside"),
        pytest.param({"lock": 7}, "lock is 7, not a JSON object", id="no object"),
    ],
)
def test_another_kind_of_value_is_refused_with_its_path(harm: dict[str, Any], said: str) -> None:
    with pytest.raises(UnreadableError, match=f"^{said}"):
        DOOR(GREEN_JSON | harm)


@pytest.mark.parametrize("key", ["w", "h", "colour", "madeAt", "owner", "lock"])
def test_a_missing_key_is_refused(key: str) -> None:
    with pytest.raises(UnreadableError, match=f"^{key} is missing$"):
        DOOR({name: value for name, value in GREEN_JSON.items() if name != key})


def test_lists_and_nulls_of_objects_are_written_as_their_codec_says() -> None:
    codec = list_of(optional(SIZE))
    sizes = (Size(1, 2), None)
    assert codec.write(sizes) == [{"w": 1, "h": 2}, None]
    assert stored_value({"sizes": codec.write(sizes)}, "sizes", codec) == sizes


STORED: dict[type, Codec[Any, Any]] = {
    Plan: _PLAN,
    PlannedTarget: TARGET,
    PlannedEvidence: EVIDENCE,
    EvidenceSettings: SETTINGS,
    TrafficProfile: TRAFFIC,
    ProvisionedConcurrency: CONCURRENCY,
    Step: STEP,
    Approval: APPROVAL,
    Hook: HOOK,
    Smoke: SMOKE,
    Window: WINDOW,
    AcceptedCommand: ACCEPTED_COMMAND,
    Asking: ASKING,
    Measurement: _MEASUREMENT,
    Hour: _HOUR,
    Memory: _MEMORY,
}
ELSEWHERE: dict[type, set[str]] = {Measurement: {"memory"}}
"""Fields that are stored in an item of their own."""


@pytest.mark.parametrize("kind", STORED, ids=lambda kind: str(kind.__name__))
def test_every_field_of_what_is_stored_has_a_key(kind: Any) -> None:
    stored = {field.name for field in fields(kind)} - ELSEWHERE.get(kind, set())
    assert sorted(attributes(STORED[kind])) == sorted(stored)


def attributes(codec: Codec[Any, Any]) -> Iterator[str]:
    """Those that a table fills; a key without one fills those of its own table."""
    for key in codec.keys:
        match key:
            case Key(attribute="", read=Codec() as inner):
                yield from attributes(inner)
            case Key(attribute=attribute):
                yield attribute
