"""Windows: when they are open, when the next one opens, and what is no window."""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.errors import UnreadableError
from hotplug.core.parsing.problem import Problem
from hotplug.core.parsing.stored import list_of, stored_value
from hotplug.core.spec.windows import (
    DAYS,
    MAX_WINDOWS,
    WINDOW,
    Windows,
    in_words,
    opens,
    read_windows,
    zone_of,
)

OFFICE = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00", "timeZone": "UTC"}


def windows(*values: dict[str, Any]) -> Windows:
    problems: list[Problem] = []
    read = read_windows(list(values), "windows", problems)
    assert problems == []
    return read


@pytest.fixture
def bare_system() -> Iterator[None]:
    """An operating system without time zones, as small ones of containers and of Lambda may be."""
    ZoneInfo.clear_cache()
    zoneinfo.reset_tzpath(to=[])
    yield
    zoneinfo.reset_tzpath()
    ZoneInfo.clear_cache()


@pytest.mark.usefixtures("bare_system")
def test_zones_do_not_depend_on_the_operating_system() -> None:
    assert zoneinfo.TZPATH == ()
    noon = datetime(2026, 7, 1, 12, tzinfo=zone_of("Europe/Berlin"))
    assert noon.utcoffset() == timedelta(hours=2)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "now", "opening"),
    [
        pytest.param(OFFICE, "2026-11-24T09:00", None, id="its first minute"),
        pytest.param(OFFICE, "2026-11-24T16:59:59", None, id="its last second"),
        pytest.param(OFFICE, "2026-11-24T17:00", "Wed 2026-11-25 09:00 (UTC)", id="it has closed"),
        pytest.param(OFFICE, "2026-11-24T08:59:59", "Tue 2026-11-24 09:00 (UTC)", id="it opens today"),
        pytest.param(OFFICE, "2026-11-27T17:00", "Mon 2026-11-30 09:00 (UTC)", id="over the weekend"),
        pytest.param(
            {"days": ["tue"], "from": "09:00", "to": "09:01"},
            "2026-11-24T09:01",
            "Tue 2026-12-01 09:00 (UTC)",
            id="a minute a week",
        ),
        pytest.param({"from": "22:00", "to": "02:00"}, "2026-11-24T01:59", None, id="over midnight"),
        pytest.param(
            {"days": ["mon"], "from": "22:00", "to": "02:00"},
            "2026-11-24T01:59",
            None,
            id="the night that began on Monday",
        ),
        pytest.param(
            {"days": ["tue"], "from": "22:00", "to": "02:00"},
            "2026-11-24T01:59",
            "Tue 2026-11-24 22:00 (UTC)",
            id="the night that begins on Tuesday",
        ),
        pytest.param({"from": "00:00", "to": "24:00"}, "2026-11-24T23:59:59", None, id="always"),
        pytest.param(
            OFFICE | {"timeZone": "+02:00"},
            "2026-11-24T15:00",
            "Wed 2026-11-25 09:00 (UTC+02:00)",
            id="ahead of UTC",
        ),
        pytest.param(OFFICE | {"timeZone": "-05:30"}, "2026-11-24T22:29", None, id="behind it"),
        pytest.param(
            OFFICE | {"timeZone": "Europe/Berlin"},
            "2026-07-01T15:00",
            "Thu 2026-07-02 09:00 (Europe/Berlin)",
            id="a zone in summer",
        ),
        pytest.param(OFFICE | {"timeZone": "Europe/Berlin"}, "2026-11-24T15:00", None, id="and in winter"),
        pytest.param(
            OFFICE | {"days": ["sun"], "timeZone": "America/New_York"},
            "2026-11-23T03:00",
            "Sun 2026-11-29 09:00 (America/New_York)",
            id="a day that is over there later",
        ),
    ],
)
def test_when_a_window_opens(window: dict[str, Any], now: str, opening: str | None) -> None:
    found = opens(windows(window), at(now))
    assert (in_words(found) if found else None) == opening


def test_the_first_of_several_counts_and_without_any_it_is_always_open() -> None:
    early = {"days": ["tue"], "from": "20:00", "to": "21:00"}
    assert opens(windows(OFFICE, early), at("2026-11-24T18:00")) == at("2026-11-24T20:00")
    assert opens(windows(OFFICE, early), at("2026-11-24T20:30")) is None
    assert opens((), at("2026-11-24T18:00")) is None


minutes = any_.integers(0, 24 * 60 - 1).map(lambda at: f"{at // 60:02d}:{at % 60:02d}")
any_window = any_.fixed_dictionaries(
    {
        "days": any_.lists(any_.sampled_from(DAYS), min_size=1, unique=True),
        "from": minutes,
        "to": minutes,
        "timeZone": any_.sampled_from(["UTC", "+13:00", "-11:30", "Europe/Berlin", "America/New_York"]),
    }
)


@given(
    any_.lists(any_window, min_size=1, max_size=3),
    any_.integers(0, 365 * 24 * 60).map(lambda minute: at("2026-01-01") + timedelta(minutes=minute)),
)
def test_no_window_is_closed_for_more_than_about_a_week_and_each_is_open_when_it_opens(
    values: list[dict[str, Any]], now: datetime
) -> None:
    found = windows(*values)
    opening = opens(found, now)
    assert opening is None or now < opening
    assert opening is None or (opening - now).total_seconds() <= 7 * 24 * 3600 + 2 * 3600
    assert opening is None or opens(found, opening) is None
    stored = list_of(WINDOW)
    assert stored(stored.write(found)) == found


@pytest.mark.parametrize(
    ("value", "field"),
    [
        pytest.param(None, "windows", id="null"),
        pytest.param([], "windows", id="none"),
        pytest.param([OFFICE] * (MAX_WINDOWS + 1), "windows", id="too many"),
        pytest.param([5], "windows[0]", id="no object"),
        pytest.param([OFFICE, {"to": "17:00"}], "windows[1].from", id="no begin"),
        pytest.param([{"from": "17:00"}], "windows[0].to", id="no end"),
        pytest.param([OFFICE | {"from": "9:00"}], "windows[0].from", id="one digit"),
        pytest.param([OFFICE | {"from": "24:00"}], "windows[0].from", id="begins when the day ends"),
        pytest.param([OFFICE | {"to": "25:00"}], "windows[0].to", id="no such hour"),
        pytest.param([OFFICE | {"days": []}], "windows[0].days", id="no day"),
        pytest.param([OFFICE | {"days": ["mon", "mon"]}], "windows[0].days", id="a day twice"),
        pytest.param([OFFICE | {"days": ["Mon"]}], "windows[0].days", id="a day otherwise written"),
        pytest.param([OFFICE | {"days": [["mon"]]}], "windows[0].days", id="a list of lists"),
        pytest.param([OFFICE | {"timeZone": "Mars/Base"}], "windows[0].timeZone", id="unknown zone"),
        pytest.param([OFFICE | {"timeZone": "../etc/passwd"}], "windows[0].timeZone", id="a path"),
        pytest.param([OFFICE | {"timeZone": "+25:00"}], "windows[0].timeZone", id="too far"),
        pytest.param([OFFICE | {"timeZone": 1}], "windows[0].timeZone", id="a number"),
        pytest.param([OFFICE | {"hours": 1}], "windows[0].hours", id="an unknown key"),
    ],
)
def test_what_is_no_window_is_a_problem_of_its_field(value: object, field: str) -> None:
    problems: list[Problem] = []
    read_windows(value, "windows", problems)
    assert [problem.field for problem in problems] == [field]


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param({"from": "9:00"}, id="one digit"),
        pytest.param({"from": "24:00"}, id="begins when the day ends"),
        pytest.param({"to": "25:00"}, id="no such hour"),
        pytest.param({"days": []}, id="no day"),
        pytest.param({"days": ["mon", "mon"]}, id="a day twice"),
        pytest.param({"timeZone": "Mars/Base"}, id="unknown zone"),
        pytest.param({"timeZone": "../etc/passwd"}, id="a path"),
        pytest.param({"timeZone": 1}, id="a number"),
    ],
)
def test_a_stored_window_that_is_none_is_not_guessed_at(harm: dict[str, Any]) -> None:
    (key,) = harm
    with pytest.raises(UnreadableError, match=f"^windows.{key} is "):
        stored_value({"windows": [OFFICE | harm]}, "windows", list_of(WINDOW))


@pytest.mark.parametrize("key", OFFICE)
def test_a_stored_window_without_one_of_its_keys_is_not_guessed_at(key: str) -> None:
    with pytest.raises(UnreadableError, match=f"^{key} is missing"):
        WINDOW({name: value for name, value in OFFICE.items() if name != key})
