"""The judge's memory: a judge that was stored goes on as if it had not been."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as any_

from hotplug.core.errors import UnreadableError
from hotplug.core.evidence import EvidenceSettings, Judge, Minute
from tests.support.minutes import a_minute

DEFAULTS = EvidenceSettings()
RATES = {
    "errors": 0.01,
    "throttles": 0.001,
    "p50": 0.5,
    "p90": 0.1,
    "p99": 0.01,
    "p50_harm": 0.3,
    "p90_harm": 0.04,
}
MAX_BYTES = 12_000
"""What one target may take in the ledger, of 400 kB in all."""


def a_row(
    random: Random, metric: str, sides: tuple[int, int], known: tuple[Any, Any], weights: Any
) -> Minute:
    worse = random.choice([0.0, 0.0, 0.1])
    calls, stable_calls = sides
    candidate = calls, random.binomialvariate(calls, min(1.0, RATES[metric] + worse))
    stable = stable_calls, random.binomialvariate(stable_calls, RATES[metric])
    row = a_minute(candidate, stable, metric, weights)
    return row._replace(environments=known[0], busy_seconds=known[1])


def a_history(seed: int, minutes: int, *, counted: bool = True) -> list[Minute]:
    """Busy and quiet minutes, at weights that change, of environments that come and go."""
    random = Random(seed)
    rows, weight = [Minute("errors", 0, 0, 2_000, 13, 0.0, 0.0)], 0.0
    for _ in range(minutes):
        next_weight = random.choice([weight, weight, 0.0, 0.1, 0.5])
        weights = min(weight, next_weight), max(weight, next_weight)
        calls = random.choice([0, 3, 300, 3_000])
        candidate = random.binomialvariate(calls, weights[1])
        concurrency = random.choice([random.randint(1, 30), None]) if counted else None
        known = concurrency, random.choice([candidate * random.random(), None])
        sides = candidate, calls - candidate
        rows += [a_row(random, metric, sides, known, weights) for metric in RATES]
        weight = next_weight
    return rows


def stored_and_read(judge: Judge) -> Judge:
    text = json.dumps(judge.to_json(), allow_nan=False)
    read = Judge.from_json(judge.settings, json.loads(text))
    assert json.dumps(read.to_json()) == text
    return read


def in_pieces(rows: Sequence[Minute], cuts: Sequence[int], asked: EvidenceSettings) -> Judge:
    judge, edges = Judge(asked), [0, *sorted(cuts), len(rows)]
    for begin, end in pairwise(edges):
        for row in rows[begin:end]:
            judge.see(row)
        judge = stored_and_read(judge)
    return judge


SETTINGS = [
    DEFAULTS,
    replace(DEFAULTS, tolerate_errors=0.0123, warmup_calls=47.3, warmup_slowdown=3.0, cold_failures=0.3),
    replace(DEFAULTS, warmup_calls=0.0, cold_failures=0.0, error_burst_size=3),
]


@pytest.mark.slow
@settings(derandomize=True, max_examples=40, deadline=None)
@given(
    any_.integers(0, 10**6),
    any_.lists(any_.integers(0, 300), max_size=6),
    any_.booleans(),
    any_.sampled_from(SETTINGS),
)
def test_a_judge_that_was_stored_at_any_row_goes_on_to_the_last_digit(
    seed: int, cuts: list[int], counted: bool, asked: EvidenceSettings
) -> None:
    rows = a_history(seed, 43, counted=counted)
    whole = in_pieces(rows, [], asked)
    pieces = in_pieces(rows, [cut for cut in cuts if cut < len(rows)], asked)
    assert pieces.to_json() == whole.to_json()
    assert pieces.assessment() == whole.assessment()
    assert pieces.upper_bounds(0.05) == whole.upper_bounds(0.05)


def test_a_judge_that_has_seen_nothing_can_be_stored() -> None:
    assert stored_and_read(Judge(DEFAULTS)).assessment() == Judge(DEFAULTS).assessment()


@pytest.mark.parametrize("minutes", [20, 400])
@pytest.mark.parametrize("counted", [True, False])
def test_what_is_stored_does_not_grow(minutes: int, counted: bool) -> None:
    state = in_pieces(a_history(7, minutes, counted=counted), [], DEFAULTS).to_json()
    assert len(json.dumps(state)) <= MAX_BYTES


A_STATE = in_pieces(a_history(3, 12), [], DEFAULTS).to_json()


def changed(path: str, value: Any) -> dict[str, Any]:
    state: Any = json.loads(json.dumps(A_STATE))
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    found = state
    for step in steps:
        found = found[step]
    found[last] = value
    return dict(state)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        pytest.param("schema", 2, "state.schema is 2, not", id="of a later release"),
        pytest.param("most", None, "state.most is null", id="null for a number"),
        pytest.param("weight", 1.5, "state.weight is 1.5", id="more than all calls"),
        pytest.param("metrics", {}, "state.metrics is {}", id="no list"),
        pytest.param("metrics.0.metric", 7, "state.metrics.metric is 7", id="no name"),
        pytest.param(
            "metrics.0.regression.stakes", [0.1], "regression.stakes is .*list of 7", id="too few stakes"
        ),
        pytest.param("metrics.0.safety", [[0, 0, 0.9]], "safety is .*list of 47", id="too few bets"),
        pytest.param("metrics.0.safety.4", [0, 0], "list of 3", id="a bet without its stake"),
        pytest.param("metrics.0.tally.calm", [1, 2, 3.0, 4, -1], "tally.calm is", id="fewer than no minutes"),
        pytest.param("environments.cohorts", [[1]], "environments.cohorts is", id="a half of a cohort"),
        pytest.param("loudestThen", "cost", "without cost", id="a metric that it has not"),
    ],
)
def test_a_state_that_cannot_be_read_is_refused(path: str, value: Any, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        Judge.from_json(DEFAULTS, changed(path, value))


@pytest.mark.parametrize("key", A_STATE)
def test_a_state_without_one_of_its_keys_is_refused(key: str) -> None:
    without = {name: value for name, value in A_STATE.items() if name != key}
    with pytest.raises(UnreadableError, match=f"state.{key} is missing"):
        Judge.from_json(DEFAULTS, without)


def test_what_a_later_release_adds_is_passed_over() -> None:
    assert Judge.from_json(DEFAULTS, {**A_STATE, "later": 1}).to_json() == A_STATE


def test_the_order_of_metrics_is_kept_whatever_the_order_of_keys() -> None:
    """It is the order of the sums."""
    shuffled = json.loads(json.dumps(A_STATE, sort_keys=True))
    assert Judge.from_json(DEFAULTS, shuffled).assessment() == Judge.from_json(DEFAULTS, A_STATE).assessment()
