"""Spoils JSON: what a hand, another release or a stranger could have made of a good value."""

from random import Random
from typing import Any

type Json = Any

DEPTHS = (3, 60, 900, 4_000, 30_000)
"""The last two are deeper than Python's own reader goes."""
ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "a\nb",
    "\u202eevil",
    "\ud800",
    "\ufeff",
    "😀" * 40,
    "é" * 300,
    "x" * 1_025,
    "../../etc",
    "$LATEST",
    "null",
    "{}",
    "NaN",
    "9" * 5_000,
    "arn:aws:lambda:us-east-1:111122223333:function:orders",
    "2026-11-24",
    "2026-11-24T09:00:00",
)
ODD_NUMBERS = (
    0,
    -1,
    1,
    2**63,
    10**400,
    -(10**400),
    0.1 + 0.2,
    1e-300,
    1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
)


def odd_value(random: Random) -> Json:
    """Anything that JSON's readers let through, and some that only Python's do."""
    match random.randrange(10):
        case 0:
            return None
        case 1:
            return random.random() < 0.5
        case 2 | 3:
            return random.choice(ODD_NUMBERS)
        case 4 | 5 | 6:
            return random.choice(ODD_TEXTS)
        case 7:
            return [odd_value(random) for _ in range(random.randrange(4))]
        case 8:
            return {random.choice(ODD_TEXTS)[:70]: odd_value(random) for _ in range(random.randrange(4))}
        case _:
            return rare_value(random)


def rare_value(random: Random) -> Json:
    """Deep or huge."""
    match random.randrange(40):
        case 0:
            return "x" * random.choice((10_000, 200_000))
        case 1:
            return list(range(random.choice((300, 20_000))))
        case 2:
            return {f"key{at}": at for at in range(random.choice((50, 2_000)))}
        case 3 | 4 | 5:
            return nested(random, random.choice(DEPTHS))
        case _:
            return nested(random, 3)


def nested(random: Random, depth: int) -> Json:
    """A value below so many lists or objects."""
    value: Json = "deep"
    is_list = random.random() < 0.5
    for _ in range(depth):
        value = [value] if is_list else {"a": value}
    return value


def mutate(random: Random, value: Json) -> None:
    """Change one place somewhere in an object or a list, in the object or list itself."""
    holder = value
    while True:
        inner = [item for item in _items(holder) if isinstance(item, dict | list) and item]
        if not inner or random.random() < 0.45:
            break
        holder = random.choice(inner)
    if isinstance(holder, dict):
        _mutate_object(random, holder)
    else:
        _mutate_list(random, holder)


def _items(holder: Json) -> list[Json]:
    return list(holder.values()) if isinstance(holder, dict) else list(holder)


def _mutate_object(random: Random, holder: dict[str, Json]) -> None:
    key = random.choice(list(holder)) if holder else "new"
    match random.randrange(6):
        case 0:
            holder.pop(key, None)
        case 1:
            holder[_renamed(random, key)] = holder.pop(key, None)
        case 2:
            holder[random.choice(ODD_TEXTS)[:200]] = odd_value(random)
        case _:
            holder[key] = odd_value(random)


def _mutate_list(random: Random, holder: list[Json]) -> None:
    at = random.randrange(len(holder)) if holder else 0
    match random.randrange(5):
        case 0:
            del holder[at : at + 1]
        case 1:
            holder.append(odd_value(random))
        case 2:
            holder.extend(holder[: random.choice((1, 60))])
        case _:
            holder[at : at + 1] = [odd_value(random)]


def _renamed(random: Random, key: str) -> str:
    return random.choice((key.upper(), key.lower(), key[1:], f"{key}s", f" {key}", key.replace("e", "é")))
