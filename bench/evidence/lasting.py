"""A judge that follows a deployment for a week: what it keeps, and what it takes to go on."""

import json
import time
from dataclasses import replace
from itertools import batched
from statistics import median
from typing import NamedTuple

from bench.evidence.environments.rules import settings_of
from bench.evidence.environments.trials import SLOW_START, good
from bench.evidence.environments.world import FreshWorld
from bench.evidence.ours import judge_for, see
from bench.evidence.world import Piece, Rows

HOUR_MINUTES, DAY_HOURS, WEEK_HOURS = 60, 24, 7 * 24
WEIGHT = 0.1


class Lasting(NamedTuple):
    """Processor time of an hour of rows, medians of the first and the last day, and the largest state."""

    first_ms: float
    last_ms: float
    state_bytes: int


def lasting(seed: int, scale: float) -> Lasting:
    """Return the cost of a week, or of a part of it if scaled down, at 300 calls a minute and 10 %."""
    hours = max(2, round(WEEK_HOURS * min(1.0, scale)))
    cell = good(SLOW_START, 300, 0.5)
    world = FreshWorld(cell, f"{seed}/week", hours * HOUR_MINUTES)
    judge = judge_for(cell, replace(settings_of(cell, None), max_minutes=hours * HOUR_MINUTES))
    pieces, took, largest = [Piece(0.0, WEIGHT)], list[float](), 0
    minutes: list[Rows] = [world.minute(at, pieces).rows for at in range(hours * HOUR_MINUTES)]
    for hour in batched(minutes, HOUR_MINUTES, strict=True):
        began = time.process_time()
        for rows in hour:
            see(judge, rows)
        took.append(1000 * (time.process_time() - began))
        largest = max(largest, len(json.dumps(judge.to_json())))
    return Lasting(median(took[:DAY_HOURS]), median(took[-DAY_HOURS:]), largest)
