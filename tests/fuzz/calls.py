"""Requests to the router, the versions that they name, and what functions answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

from hotplug.core.router.event import STREAM_DELIMITER
from tests.fuzz.mutation import ODD_TEXTS, mutate, odd_value
from tests.support.calling import FORMATS, Ask, iam

type Json = Any

NAMES = {
    "40": "40",
    "41": "41",
    "42": "42",
    "stable": "41",
    "candidate": "42",
    "previous": "40",
    "live": "live",
    "beta": "beta",
}
"""All that may be named in the router's world, and the qualifier that it stands for."""
PRINCIPAL = "arn:aws:sts::111122223333:assumed-role/Tester/ann"
NEAR = (
    "$LATEST",
    "$latest",
    "LATEST",
    "gamma",
    "39",
    "38",
    "37",
    "43",
    "0",
    "-1",
    "99999999999",
    "latest",
    "Live",
)
AROUND = (
    "",
    " ",
    "\n",
    "\r\n",
    "\t",
    "\x00",
    "\u200b",
    "\u202e",
    ":",
    ",",
    ";",
    "=",
    '"',
    "'",
    "/",
    "\\",
    "*",
    "?",
)
INSIDE = ("%", "$", "&", "+", "#", ".", "e0", "_", "\ud800", "\ufeff", "\u00a0", "%00", "%0a", "%24LATEST")
SCRIPTS = ("\u0660", "\uff10", "\u0966", "\U0001d7ce", "\u06f0")
"""Their zeros; the other digits follow."""


@dataclass(frozen=True, slots=True)
class Named:
    """One request that names versions; `names` are all of them, in the one place that counts."""

    event: Json
    names: tuple[str, ...]
    place: str


def a_named_request(random: Random) -> Named:
    """In any place and format; sometimes twice, sometimes with others in places that come later."""
    ask = random.choice(list(FORMATS.values()))
    names = tuple(a_version(random) for _ in range(2 if random.random() < 0.06 else 1))
    place = random.choice(("header", "query", "cookie"))
    more: Json = {"context": random.choice(({}, iam(PRINCIPAL)))}
    return Named(PLACES[place](random, ask, names, more), names, place)


def _in_header(random: Random, ask: Ask, names: tuple[str, ...], more: Json) -> Json:
    spelling = random.choice(("x-hotplug-version", "X-Hotplug-Version", "X-HOTPLUG-VERSION"))
    if random.random() < 0.2:
        more |= {"query": "version=41", "cookies": ["hotplug-version=42"]}
    return ask(headers=[(spelling, name) for name in names], **more)


def _in_query(random: Random, ask: Ask, names: tuple[str, ...], more: Json) -> Json:
    pairs = [f"{random.choice(('version', '%76ersion'))}={_quoted(random, name)}" for name in names]
    pairs += ["a=1"] * random.randrange(2)
    random.shuffle(pairs)
    if random.random() < 0.2:
        more |= {"cookies": ["hotplug-version=42"]}
    return ask(query="&".join(pairs), **more)


def _quoted(random: Random, name: str) -> str:
    """As a browser has it, or every byte of it; half a character has no bytes."""
    whole = name.encode(errors="replace")
    return quote(whole, safe="") if random.random() < 0.7 else "".join(f"%{byte:02x}" for byte in whole)


def _in_cookie(random: Random, ask: Ask, names: tuple[str, ...], more: Json) -> Json:
    cookies = [f"hotplug-version={name}" for name in names] + ["a=1"] * random.randrange(2)
    random.shuffle(cookies)
    return ask(cookies=cookies, **more)


PLACES: dict[str, Callable[[Random, Ask, tuple[str, ...], Json], Json]] = {
    "header": _in_header,
    "query": _in_query,
    "cookie": _in_cookie,
}


def a_version(random: Random) -> str:
    """Sometimes one that may be named, mostly one that nearly is."""
    return random.choice(SPELLINGS)(random, random.choice((*NAMES, *NEAR)))


def _torn(random: Random, name: str) -> str:
    at = random.randrange(len(name) + 1)
    return name[:at] + random.choice((*AROUND, *INSIDE)) + name[at:]


def _with_another(random: Random, name: str) -> str:
    return name + random.choice((":", ",", "/", ":$")) + random.choice((*NAMES, *NEAR))


def _a_number(random: Random, _: str) -> str:
    return str(random.randint(0, 60) if random.random() < 0.8 else random.getrandbits(70))


def _junk(random: Random, _: str) -> str:
    return "".join(chr(random.randrange(0x250)) for _ in range(random.randrange(1, 9)))


SPELLINGS: tuple[Callable[[Random, str], str], ...] = (
    lambda _, name: name,
    lambda _, name: name,
    lambda random, name: random.choice(AROUND) + name + random.choice(AROUND),
    _torn,
    _a_number,
    lambda random, name: "".join(_in_script(random, char) for char in name),
    _with_another,
    lambda _, name: f"arn:aws:lambda:us-east-1:111122223333:function:orders:{name}",
    lambda random, name: name * random.choice((2, 3, 20, 130)),
    lambda random, name: random.choice(("0", "00", "+", "-", "v")) + name,
    lambda random, name: random.choice((name.upper(), name.title(), quote(name))),
    lambda _, name: f"%{ord(name[0]):x}{name[1:]}",
    lambda random, _: random.choice(ODD_TEXTS),
    _junk,
)


def _in_script(random: Random, char: str) -> str:
    return chr(ord(random.choice(SCRIPTS)) + int(char)) if "0" <= char <= "9" else char


def an_odd_request(random: Random) -> Json:
    """A request that somebody could have made, with something wrong in it."""
    ask = random.choice(list(FORMATS.values()))
    event = ask(
        random.choice(("orders", "orders", "mail", "no such", "")),
        headers=[("X-Tenant", "ann"), ("X-Hotplug-Version", random.choice((*NAMES, *NEAR)))][
            : random.randrange(3)
        ],
        query=random.choice(
            ("", "a=1", "version=41", "version=42&version=", "&&=&version", "version=%ff%zz")
        ),
        cookies=random.choice(
            ([], ["a=1"], ["tenant=ann", "hotplug-version=41"], ["; ;=", "hotplug-version"])
        ),
        context=iam(PRINCIPAL),
        stage_variables=random.choice((None, {"hotplugFunction": "orders"})),
        body=random.choice((None, "{}", "\ud800")),
    )
    for _ in range(random.randrange(1, 5)):
        mutate(random, event)
    return odd_value(random) if random.random() < 0.02 else event


def an_answer(random: Random) -> bytes:
    """What a function may answer: something for an API, nearly that, or anything."""
    answer: Json = {
        "statusCode": random.choice((200, 204, "302", 500, 99, 600, "OK", None)),
        "headers": {"Content-Type": "text/plain", "Set-Cookie": "a=1", "X-Hotplug-Version": "7"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"], "x-hotplug-version": ["7"]},
        "cookies": ["a=1"],
        "body": random.choice(("hello", "é😀", "", *ODD_TEXTS)),
        "isBase64Encoded": False,
    }
    for _ in range(random.randrange(4)):
        mutate(random, answer)
    if random.random() < 0.1:
        answer = odd_value(random)
    try:
        payload = json.dumps(answer, ensure_ascii=random.random() < 0.5).encode(errors="surrogatepass")
    except RecursionError:
        payload = b"[" * 100_000
    match random.randrange(20):
        case 0:
            return payload + STREAM_DELIMITER + b"hello"
        case 1:
            return payload[: random.randrange(len(payload) + 1)]
        case 2:
            return random.randbytes(random.randrange(40))
        case _:
            return payload
