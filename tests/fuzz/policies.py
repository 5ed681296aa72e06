"""Standing policies as the bytes that somebody uploaded."""

import json
from random import Random

from tests.fuzz.requests import a_good_request, a_request

WHOLE_NUMBER = b'{"function": "orders", "pollSeconds": %s}'


def a_policy(random: Random) -> bytes:
    """JSON mostly; damaged, or something else."""
    match random.randrange(8):
        case 0:
            return _damaged(random, _written(random, _saved(random)))
        case 1:
            return _strange(random)
        case 2:
            return random.choice((b"[" * 60_000, b'{"a":' * 15_000, b"[" * 900 + b"]" * 900, b"{" * 99_000))
        case 3:
            return _huge(random)
        case 4 | 5:
            value, _ = a_request(random)
            return _written(random, value)
        case _:
            return _written(random, _saved(random))


def _saved(random: Random) -> object:
    policy = a_good_request(random)
    policy.pop("source", None)
    return policy


def _written(random: Random, value: object) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    except RecursionError:
        return b"[" * 50_000 + b"]" * 50_000
    return text.encode("utf-8", "surrogatepass")


def _damaged(random: Random, body: bytes) -> bytes:
    damaged = bytearray(body)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(damaged) + 1)
        match random.randrange(3):
            case 0:
                del damaged[at:]
            case 1:
                damaged[at:at] = random.choice((b"\xff", b"\xc3", b"\x00", b'"', b"}", b",", b"\xed\xa0\x80"))
            case _:
                damaged[at : at + 1] = bytes([random.randrange(256)])
    return bytes(damaged)


def _strange(random: Random) -> bytes:
    return random.choice(
        (
            b"",
            b"\xef\xbb\xbf{}",
            b'\xff\xfe{\x00"\x00',
            '{"function": "orders"}'.encode("utf-16"),
            '{"function": "orders"}'.encode("utf-32"),
            b'{"function": "orders", "function": "billing"}',
            b'{"pollSeconds": 30, "function": "orders", "pollSeconds": -1}',
            b"null",
            b"NaN",
            WHOLE_NUMBER % b"Infinity",
            WHOLE_NUMBER % b"-NaN",
            WHOLE_NUMBER % (b"9" * 5_000),
            WHOLE_NUMBER % b"1e999",
            b'{"source": {"bucket": "b", "key": "k"}}',
            b"PK\x03\x04",
            random.randbytes(60),
        )
    )


def _huge(random: Random) -> bytes:
    """As many bytes as are read, or just too many, and some that grow when they are written again."""
    bodies: tuple[dict[str, object], ...] = (
        {"function": "orders", "reason": "é" * 49_000},
        {"function": "orders", "reason": "😀" * 24_000},
        {"function": "orders", "reason": "x" * 100_000},
        {"functions": [f"f{at}" for at in range(9_000)]},
        {f"key{at}": 1 for at in range(5_000)},
    )
    if random.random() < 0.2:
        return b'{"function": "orders", "alarms": [' + b",".join([b"1e15"] * 19_000) + b"]}"
    return json.dumps(random.choice(bodies), ensure_ascii=False).encode()
