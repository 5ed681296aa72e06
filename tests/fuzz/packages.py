"""Deployment packages: zips that lie about themselves, and bundles of hotplug that do."""

import io
import json
import struct
import zipfile
from random import Random

from hotplug.core.resources.package import FILE
from tests.fuzz.mutation import mutate

LOCAL, DIRECTORY, END, END_64, LOCATOR_64 = (
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"PK\x06\x07",
)
FLAGS, SIZE, NAME_LENGTH, EXTRA_LENGTH, OFFSET = 8, 24, 28, 30, 42
"""Where an entry of the directory says these things."""
NUMBERS = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)


RELEASE = '{"release": "0.2.0", "definition": 1, "writes": 1, "reads": [1]}'
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def whole(release: str = "", method: int = zipfile.ZIP_STORED) -> bytes:
    """A good zip; the last file in it says what the release is, packed by this method."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name in ("app.py", "lib/é.py", "data/"):
            package.writestr(zipfile.ZipInfo(name), name * 40)
        if release:
            said = zipfile.ZipInfo(FILE)
            said.compress_type = method
            package.writestr(said, release)
    return stream.getvalue()


WHOLE = whole()
BUNDLES = tuple(whole(RELEASE + " " * 400, method) for method in METHODS)


def a_package(random: Random) -> bytes:
    """A good zip in which something between one byte and everything is wrong."""
    return _spoilt(random, bytearray(WHOLE))


def a_bundle(random: Random) -> bytes:
    """A release of hotplug in which something between one byte and everything is wrong, or what it says."""
    match random.randrange(4):
        case 0:
            return whole(_other_words(random), random.choice(METHODS[:2]))
        case 1:
            return _spoilt(random, bytearray(whole(_other_words(random), random.choice(METHODS))))
        case _:
            return _spoilt(random, bytearray(random.choice(BUNDLES)))


def _other_words(random: Random) -> str:
    """JSON with something else in it, or no JSON."""
    said = json.loads(RELEASE)
    for _ in range(random.randint(0, 2)):
        mutate(random, said)
    if random.random() < 0.2:
        return random.choice(("[" * 9_999, "{", "null", "\x00", " " * 20_000, RELEASE[:-2]))
    try:
        return json.dumps(said)[:20_000]
    except RecursionError:
        return "[" * 9_999


def _spoilt(random: Random, body: bytearray) -> bytes:
    for _ in range(random.randint(0, 3)):
        random.choice((_lie, _flip, _cut, _repeat, _as_zip_64))(random, body)
    if random.random() < 0.03:
        return random.randbytes(random.randrange(400))
    return bytes(body)


def _lie(random: Random, body: bytearray) -> None:
    """Sizes, offsets and flags (encrypted is 1), in the directory or at its end."""
    entry, end = body.find(DIRECTORY), body.rfind(END)
    if random.random() < 0.5 and 0 <= entry <= len(body) - 46:
        at, width = random.choice(((FLAGS, 2), (SIZE, 4), (NAME_LENGTH, 2), (EXTRA_LENGTH, 2), (OFFSET, 4)))
        _write(body, entry + at, width, random.choice(NUMBERS))
    elif 0 <= end <= len(body) - 22:
        at, width = random.choice(((4, 2), (8, 2), (10, 2), (12, 4), (16, 4), (20, 2)))
        _write(body, end + at, width, random.choice(NUMBERS))


def _write(body: bytearray, at: int, width: int, number: int) -> None:
    struct.pack_into("<H" if width == 2 else "<L", body, at, number & (0xFFFF if width == 2 else 0xFFFFFFFF))


def _flip(random: Random, body: bytearray) -> None:
    for _ in range(random.randint(1, 8)):
        if body:
            body[random.randrange(len(body))] = random.randrange(256)


def _cut(random: Random, body: bytearray) -> None:
    del body[random.randrange(len(body) + 1) :]


def _repeat(random: Random, body: bytearray) -> None:
    """Something before it, behind it or in the middle of it."""
    at = random.choice((0, len(body), random.randrange(len(body) + 1)))
    body[at:at] = random.choice((random.randbytes(30), body[-22:], END + bytes(18), LOCAL + bytes(26)))


def _as_zip_64(random: Random, body: bytearray) -> None:
    """A second end, for sizes beyond 4 GB."""
    end = body.rfind(END)
    if end < 0:
        return
    numbers = [random.choice((*NUMBERS, 2**63, 2**64 - 1)) for _ in range(4)]
    record = END_64 + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, *numbers)
    locator = LOCATOR_64 + struct.pack("<LQL", 0, random.choice((end, 0, 2**63)), 1)
    body[end:end] = record + locator
