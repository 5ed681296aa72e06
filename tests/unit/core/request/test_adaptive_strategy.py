"""The adaptive strategy: what may be said about it, and the ladder that it becomes."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.evidence import EvidenceSettings, OnTimeLimit, Probe
from hotplug.core.parsing.problem import Problem
from hotplug.core.parsing.units import HUNDRED, percentage
from hotplug.core.request.adaptive_strategy import ladder
from hotplug.core.request.strategy import Strategy, read_strategy
from hotplug.core.spec.steps import AdvanceOn, Progression

BY_DEFAULT = (
    "0 1 1.25 1.56 1.95 2.44 3.05 3.81 4.76 5.95 7.44 9.3 10 11.63 14.54 18.18 22.73 28.41 35.51 44.39 50 100"
)


def read(value: Any) -> tuple[Strategy, list[Problem]]:
    problems: list[Problem] = []
    return read_strategy(value, "strategy", problems), problems


def adaptive(**more: Any) -> Strategy:
    strategy, problems = read({"type": "adaptive"} | more)
    assert problems == []
    return strategy


def weights(strategy: Strategy) -> str:
    return " ".join(str(step.percent) for step in strategy.steps)


@pytest.mark.parametrize("value", ["Adaptive", {"type": "adaptive"}], ids=["by name", "spelt out"])
def test_the_adaptive_strategy_has_a_default_for_everything(value: Any) -> None:
    strategy, problems = read(value)
    assert problems == []
    assert strategy.settings == EvidenceSettings()
    assert (strategy.progression, strategy.advance_on) == (Progression.ADAPTIVE, AdvanceOn.TIME)
    assert weights(strategy) == BY_DEFAULT
    assert {step.bake_seconds for step in strategy.steps[:-1]} == {1800}
    assert strategy.steps[-1].bake_seconds == 1200


def test_everything_about_the_pace_can_be_said() -> None:
    strategy = adaptive(
        maxBadRequests=5,
        minWeight=0.5,
        maxWeight=20,
        probe="off",
        minTime="2m",
        maxTime=3600,
        onTimeLimit="hold",
        bake="5m",
        resplit=4.25,
    )
    assert strategy.settings == EvidenceSettings(
        error_budget=5,
        weight_min=0.005,
        weight_max=0.2,
        probe=Probe.OFF,
        min_minutes=2,
        max_minutes=60,
        on_time_limit=OnTimeLimit.HOLD,
        bake_minutes=5,
        resplit_weight=0.0425,
    )


@pytest.mark.parametrize(
    ("more", "rungs"),
    [
        pytest.param(
            {"minWeight": 20, "maxWeight": 50, "resplit": 30},
            "0 20 25 30 31.25 39.06 48.83 50 100",
            id="the weight of the second split is among them",
        ),
        pytest.param({"minWeight": 20, "maxWeight": 22}, "0 20 22 100", id="it is no lighter than the rest"),
        pytest.param({"minWeight": 4, "maxWeight": 5}, "0 4 5 100", id="nor heavier"),
        pytest.param({"minWeight": 10, "maxWeight": 10}, "0 10 100", id="one weight"),
        pytest.param({"minWeight": 10, "maxWeight": 10, "bake": 0}, "0 10", id="promoted at once"),
        pytest.param(
            {"minWeight": 0.01, "maxWeight": 0.1, "bake": 0},
            "0 0.01 0.02 0.03 0.04 0.05 0.06 0.08 0.1",
            id="a hundredth of a percent at least",
        ),
        pytest.param(
            {"minWeight": 50, "maxWeight": 99}, "0 50 62.5 78.13 97.66 99 100", id="more than a half"
        ),
    ],
)
def test_the_weights_grow_by_a_quarter(more: dict[str, Any], rungs: str) -> None:
    assert weights(adaptive(**more)) == rungs


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        pytest.param({}, 50 * 60, id="by default"),
        pytest.param({"maxTime": "1h", "bake": 0}, 3600, id="without a bake"),
        pytest.param({"maxTime": "168h", "bake": "24h"}, 192 * 3600, id="at the longest"),
    ],
)
def test_the_time_counts_once_however_many_rungs_there_are(more: dict[str, Any], seconds: int) -> None:
    assert adaptive(**more).longest_seconds == seconds


@pytest.mark.parametrize(
    ("more", "field", "given_", "allowed"),
    [
        pytest.param({"maxBadRequests": 0}, "maxBadRequests", "0", "1 to 1000000", id="no bad request"),
        pytest.param({"maxBadRequests": 1.5}, "maxBadRequests", "1.5", "a whole number", id="half a request"),
        pytest.param({"minWeight": 0}, "minWeight", "0", "0.01 to 50", id="no weight"),
        pytest.param({"minWeight": 51}, "minWeight", "51", "0.01 to 50", id="a heavy start"),
        pytest.param({"minWeight": 0.125}, "minWeight", "0.125", "at most 2 decimals", id="3 decimals"),
        pytest.param({"maxWeight": 100}, "maxWeight", "100", "0.01 to 99", id="all of it"),
        pytest.param({"minWeight": 9, "maxWeight": 8}, "maxWeight", "8", "at least minWeight (9)", id="down"),
        pytest.param({"resplit": 60}, "resplit", "60", "from 1 to 50", id="a split beyond the ladder"),
        pytest.param({"resplit": 0.5}, "resplit", "0.5", "from 1 to 50", id="a split below the ladder"),
        pytest.param({"probe": True}, "probe", "true", '"auto" or "on" or "off"', id="a flag for a word"),
        pytest.param({"minTime": 0}, "minTime", "0", "whole minutes from 1 to 1440", id="no time"),
        pytest.param({"minTime": "90s"}, "minTime", '"90s"', "whole minutes", id="a minute and a half"),
        pytest.param({"maxTime": "169h"}, "maxTime", '"169h"', "1 to 10080", id="more than a week"),
        pytest.param(
            {"minTime": "31m"}, "maxTime", "30 minutes", "at least minTime (31 minutes)", id="too short"
        ),
        pytest.param({"minTime": "1h", "maxTime": "1d"}, "maxTime", '"1d"', "whole minutes", id="days"),
        pytest.param({"onTimeLimit": "promote"}, "onTimeLimit", '"promote"', "promote_if_quiet", id="a hope"),
        pytest.param({"bake": "30s"}, "bake", '"30s"', "whole minutes from 0 to 1440", id="half a minute"),
        pytest.param({"finalBake": "5m"}, "finalBake", "an unknown key", "bake", id="a final bake"),
        pytest.param({"advanceOn": "time"}, "advanceOn", "an unknown key", "minTime", id="what it waits for"),
        pytest.param({"maxbadrequests": 5}, "maxbadrequests", "an unknown key", "maxBad", id="lower case"),
    ],
)
def test_a_wrong_pace_is_answered_with_field_given_and_allowed(
    more: dict[str, Any], field: str, given_: str, allowed: str
) -> None:
    strategy, (problem, *others) = read({"type": "adaptive"} | more)
    assert (strategy.steps, others) == ((), [])
    assert problem.field == f"strategy.{field}"
    assert given_ in problem.given
    assert allowed in problem.allowed


cents = any_.integers(1, 9_900).map(lambda count: count / 10_000)


@given(any_.lists(cents, min_size=3, max_size=3).map(sorted), any_.integers(0, 60))
def test_every_ladder_starts_at_none_grows_and_has_what_it_must(found: list[float], bake: int) -> None:
    lightest, resplit, heaviest = found
    settings = EvidenceSettings(
        weight_min=lightest, weight_max=heaviest, resplit_weight=resplit, bake_minutes=bake
    )
    percents = [step.percent for step in ladder(settings)]
    assert percents == sorted(set(percents))
    assert percents[0] == 0
    assert percents[1] == percentage(lightest)
    assert {percentage(resplit), percentage(heaviest)} <= set(percents)
    assert (percents[-1] == HUNDRED) is (bake > 0)
    assert all(percent == percent.quantize(Decimal("0.01")) for percent in percents)
    assert len(percents) <= 50
