"""Deployment windows: hours of the week in which a deployment may advance. A rollback ignores them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from hotplug.core.parsing.fields import Fields, Reader
from hotplug.core.parsing.problem import MisfitError, Problem, matching, shown
from hotplug.core.parsing.stored import Codec, Key, record

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_WINDOWS = 20
BEGIN = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
END = re.compile(rf"{BEGIN.pattern}|24:00")
OFFSET = re.compile(r"([+-])([01][0-9]):([0-5][0-9])")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}")
ZONE = re.compile(f"{NAME.pattern}|{OFFSET.pattern}")
KEYS = ("days", "from", "to", "timeZone")


@dataclass(frozen=True, slots=True)
class Window:
    """From one time of the day to another, on some days of the week (0 is Monday), in a time zone.

    Times are minutes since midnight. One that ends no later than it begins ends on the next day.
    """

    days: tuple[int, ...]
    begin: int
    end: int
    zone: str = "UTC"

    def around(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield begin and end of each opening from yesterday until this day of next week."""
        zone = zone_of(self.zone)
        today = now.astimezone(zone).date()
        for day in (today + timedelta(days=ahead) for ahead in range(-1, 8)):
            if day.weekday() in self.days:
                last = day if self.end > self.begin else day + timedelta(days=1)
                yield _at(day, self.begin, zone), _at(last, self.end, zone)


type Windows = tuple[Window, ...]


def opens(windows: Windows, now: datetime) -> datetime | None:
    """Return when the next window opens, in its time zone; None while one is open, or without windows."""
    spans = [span for window in windows for span in window.around(now)]
    if any(begin <= now < end for begin, end in spans):
        return None
    return min((begin for begin, _ in spans if begin > now), default=None)


def in_words(opening: datetime) -> str:
    """Return a time such as "Mon 2026-11-30 09:00 (UTC+01:00)"."""
    return f"{DAYS[opening.weekday()].capitalize()} {opening:%Y-%m-%d %H:%M} ({opening.tzinfo})"


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its name or its offset from UTC; raises MisfitError.

    Names are looked up in the time zones of the operating system, then in those of the package tzdata.
    """
    if found := OFFSET.fullmatch(name):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-ahead if found[1] == "-" else ahead)
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name) if NAME.fullmatch(name) else _unknown()
    except (KeyError, OSError, ValueError):
        return _unknown()


def read_windows(value: object, path: str, problems: list[Problem]) -> Windows:
    """Read a list of windows; wrong ones are left out, and added to the problems."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_WINDOWS:
        allowed = f"a list of 1 to {MAX_WINDOWS} windows with {', '.join(KEYS)}"
        schema = {"type": "array", "minItems": 1, "maxItems": MAX_WINDOWS}
        problems.append(Problem(path, shown(value), allowed, schema))
        return ()
    read = (_window(item, f"{path}[{at}]", problems) for at, item in enumerate(value))
    return tuple(window for window in read if window)


def _window(value: object, path: str, problems: list[Problem]) -> Window | None:
    fields = Fields(value, path, problems, KEYS)
    if not isinstance(value, Mapping):
        return None
    days = fields.take("days", _days, tuple(range(7)))
    begin, end = fields.need("from", _begin), fields.need("to", _end)
    zone = fields.take("timeZone", _zone, "UTC")
    return None if begin is None or end is None else Window(days, begin, end, zone)


def _days(value: object) -> tuple[int, ...]:
    if isinstance(value, list) and value and all(value.count(day) == 1 and day in DAYS for day in value):
        return tuple(sorted(DAYS.index(day) for day in value))
    schema = {"type": "array", "items": {"enum": [*DAYS]}, "minItems": 1, "uniqueItems": True}
    raise MisfitError(f"a list of {', '.join(DAYS)}, each at most once", schema)


def _minutes(pattern: re.Pattern[str], first: str, last: str) -> Reader[int]:
    """Return a reader for a time of the day, in minutes since midnight."""

    def read(value: object) -> int:
        if isinstance(value, str) and pattern.fullmatch(value):
            return int(value[:2]) * 60 + int(value[3:])
        raise MisfitError(f'a time of the day from "{first}" to "{last}"', matching(pattern))

    return read


_begin, _end = _minutes(BEGIN, "00:00", "23:59"), _minutes(END, "00:00", "24:00")


def _zone(value: object) -> str:
    if isinstance(value, str):
        zone_of(value)
        return value
    return str(_unknown())


def _unknown() -> tzinfo:
    allowed = '"UTC", a distance from it like "+01:00", or a name like "Europe/Berlin"'
    raise MisfitError(allowed, matching(ZONE))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


WINDOW = record(
    Window,
    Key("days", "days", Codec(_days, lambda days: [DAYS[day] for day in days])),
    Key("from", "begin", Codec(_begin, _clock)),
    Key("to", "end", Codec(_end, _clock)),
    Key("timeZone", "zone", _zone),
)


def _at(day: date, minutes: int, zone: tzinfo) -> datetime:
    if minutes == 24 * 60:
        return _at(day + timedelta(days=1), 0, zone)
    return datetime.combine(day, time(minutes // 60, minutes % 60), zone)


def days_in_words(windows: Sequence[Window]) -> str:
    """Return the windows in words, for the plan summary."""
    return ", ".join(
        f"{'/'.join(DAYS[day] for day in it.days)} {_clock(it.begin)}-{_clock(it.end)} {it.zone}"
        for it in windows
    )
