"""New environments estimated from load, where a function's concurrency is not known.

Each call takes the first idle environment in a fixed order. So the k-th environment receives the calls that
the k - 1 before it lose, by Erlang's formula. This gives the number of new environments. It does not tell how
many calls each has had, because environments change places in the order.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from math import ceil, exp, expm1, log1p
from typing import NamedTuple

KEPT_MINUTES = 5
"""Minutes after its last call for which an environment is assumed to live. AWS promises no time; environments
have been seen to live 5 to 60 minutes.
"""
MAX_LEVELS = 128
"""Environments in the order. For a higher load several are taken as one."""
MAX_SHARE = 1 - 1e-9
REMEMBERED_MINUTES = 1440
"""A day of minutes is estimated once, however often it is looked at."""
LEAST_CALLS = 0.01
"""The order ends where fewer calls than this are left."""


class Load(NamedTuple):
    """Calls in a minute, and how many of them run at a time on average."""

    calls: float
    concurrency: float


class Found(NamedTuple):
    """Expected numbers of environments: new in a minute, and alive after it."""

    new: float
    alive: float


def environments_by_load(before: Sequence[Load], now: Load) -> Found:
    """Return the environments of a minute; `before` are up to `KEPT_MINUTES` minutes before it."""
    return _found(tuple(before), now)


@lru_cache(maxsize=REMEMBERED_MINUTES)
def _found(before: tuple[Load, ...], now: Load) -> Found:
    size = max(1, ceil(max(load.concurrency for load in (*before, now)) / MAX_LEVELS))
    levels = zip_longest(*(_log_unused(load, size) for load in (*before, now)), fillvalue=0.0)
    new = alive = 0.0
    for unused in levels:
        new += -expm1(unused[-1]) * exp(sum(unused[:-1]))
        alive += -expm1(sum(unused[-KEPT_MINUTES:]))
    return Found(size * new, size * alive)


@lru_cache(maxsize=2 * KEPT_MINUTES)
def _log_unused(load: Load, size: int) -> Sequence[float]:
    """Return for each environment in the order the log of the chance that it has no call in a minute.

    Each stands for `size` environments. A minute is checked again for as long as an idle one is kept.
    """
    return tuple(_in_order(load, size))


def _in_order(load: Load, size: int) -> Iterator[float]:
    concurrency, lost, level = load.concurrency / size, 1.0, 0
    while load.calls * lost > LEAST_CALLS:
        level += 1
        still = concurrency * lost / (level + concurrency * lost)
        yield load.calls / size * log1p(-min(lost - still, MAX_SHARE))
        lost = still
