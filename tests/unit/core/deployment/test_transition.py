"""One rendering of what happened, for ledger, events, mailboxes and causes."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.deployment.summary import summary
from hotplug.core.deployment.transition import (
    MAX_SUBJECT,
    Outcome,
    State,
    TargetLine,
    Transition,
    lines_at,
    lines_before,
    lines_restored,
)
from hotplug.core.resources.alias import Routing
from tests.fakes import split
from tests.support.plans import a_plan, a_planned, at_step, steps_of

TWO = a_plan(
    a_planned("orders:live"),
    a_planned("mail:live", stable=None, revision=None),
    steps=steps_of((10, 1), ("12.5", 1)),
)
ORDERS = TargetLine("orders", "live", "41", "42", Decimal("12.5"))


def read(routing: Routing | None) -> TargetLine:
    return TargetLine.read(a_planned("orders:live", stable="41"), "42", routing)


def a_transition(*targets: TargetLine, outcome: Outcome | None = None, reason: str = "why") -> Transition:
    return Transition(
        deployment="d-1",
        execution="arn:aws:states:eu-west-1:1:execution:hotplug-deploy:d-1",
        state=State.SHIFTED,
        key="shifted#00001",
        at="2026-11-24T09:00:00+00:00",
        targets=targets,
        reason=reason,
        step=1,
        verdict="advance",
        outcome=outcome,
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param(ORDERS, "orders:live 41 -> 42 at 12.5 %", id="on its way"),
        pytest.param(TargetLine("orders", "live", "41", "42", Decimal(100)), "41 -> 42 at 100 %", id="there"),
        pytest.param(TargetLine("orders", "live", "41", None, Decimal(0)), "orders:live on 41", id="before"),
        pytest.param(TargetLine("orders", "live", "41", "41", Decimal(10)), "orders:live on 41", id="live"),
        pytest.param(TargetLine("orders", "live", None, None, Decimal(0)), "on nothing yet", id="new"),
        pytest.param(TargetLine("orders", "live", None, "1", Decimal(0)), "first version 1", id="first"),
    ],
)
def test_a_target_in_one_line(line: TargetLine, words: str) -> None:
    assert words in str(line)


@pytest.mark.parametrize(
    ("step", "percents"),
    [
        pytest.param(0, [10, 0], id="the new alias waits"),
        pytest.param(1, [Decimal("12.5"), 0], id="the second step"),
        pytest.param(2, [100, 100], id="the promotion"),
    ],
)
def test_the_lines_say_what_share_is_wanted_at_a_step(step: int, percents: list[Decimal]) -> None:
    lines = lines_at(at_step(TWO, step, "42", "1"))
    assert [line.percent for line in lines] == percents
    assert [line.candidate for line in lines] == ["42", "1"]


def test_before_and_after_a_rollback_no_candidate_has_a_share() -> None:
    assert [line.candidate for line in lines_before(TWO)] == [None, None]
    assert lines_restored(at_step(TWO, 0)) == lines_before(TWO)
    restored = lines_restored(at_step(TWO, 1, "42", "1"))
    assert [line.candidate for line in restored] == ["42", "1"]
    assert {line.percent for line in restored} == {Decimal(0)}


def test_the_event_has_one_schema() -> None:
    assert a_transition(ORDERS, outcome=Outcome.DEPLOYED).to_json() == {
        "schema": 1,
        "deployment": "d-1",
        "execution": "arn:aws:states:eu-west-1:1:execution:hotplug-deploy:d-1",
        "state": "shifted",
        "at": "2026-11-24T09:00:00+00:00",
        "targets": [
            {"function": "orders", "alias": "live", "stable": "41", "candidate": "42", "percent": 12.5}
        ],
        "step": 1,
        "verdict": "advance",
        "outcome": "deployed",
        "reason": "why",
    }


def test_the_event_is_plain_json_whose_keys_are_always_all_there() -> None:
    bare = a_transition().to_json()
    assert json.loads(json.dumps(bare)) == bare
    assert bare.keys() == a_transition(ORDERS, outcome=Outcome.DEPLOYED).to_json().keys()


def test_a_subject_says_what_where_and_how_far() -> None:
    assert a_transition(ORDERS).subject == "hotplug: shifted: orders:live 41 -> 42 at 12.5 %"
    assert a_transition(ORDERS, outcome=Outcome.ROLLED_BACK).subject.startswith("hotplug: rolled_back: ")


names = any_.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True) | any_.text(min_size=1, max_size=80)
lines = any_.builds(
    TargetLine,
    function=names,
    alias=names,
    stable=any_.none() | any_.just("41"),
    candidate=any_.none() | any_.just("42"),
    percent=any_.integers(0, 10_000).map(lambda cents: Decimal(cents) / 100),
)


@given(any_.lists(lines, max_size=4))
def test_a_subject_is_one_that_sns_takes(targets: list[TargetLine]) -> None:
    subject = a_transition(*targets).subject
    assert subject.isascii()
    assert 0 < len(subject) <= MAX_SUBJECT


def test_a_message_has_the_numbers_the_reason_and_where_to_look() -> None:
    message = a_transition(ORDERS, reason="baked 300 s; alarms quiet: errors").message
    assert message.splitlines()[0] == "shifted: baked 300 s; alarms quiet: errors"
    assert "  orders:live 41 -> 42 at 12.5 %" in message
    assert "deployment d-1" in message
    assert "execution:hotplug-deploy:d-1" in message
    assert "2026-11-24T09:00:00+00:00" in message


@pytest.mark.parametrize(
    ("line", "to"),
    [
        pytest.param(read(Routing("42")), {"to": "42"}, id="on the candidate"),
        pytest.param(read(Routing("41")), {"to": "41"}, id="back"),
        pytest.param(read(Routing("7")), {"to": "7"}, id="somebody else's"),
        pytest.param(
            read(split("41", "42", 5)),
            {"to": None, "routing": "version 41 with 5 % to version 42"},
            id="split",
        ),
        pytest.param(read(None), {"to": None, "routing": "gone"}, id="gone"),
        pytest.param(ORDERS, {"to": None, "routing": "could not be read"}, id="not read"),
    ],
)
@pytest.mark.parametrize("outcome", [Outcome.DEPLOYED, Outcome.ROLLED_BACK, Outcome.UNCHANGED])
def test_the_answer_of_an_execution_says_only_what_was_read(
    line: TargetLine, to: dict[str, Any], outcome: Outcome
) -> None:
    answer = summary(a_transition(line, outcome=outcome, reason="because"), [])
    assert answer["outcome"] == str(outcome)
    assert answer["reason"] == "because"
    assert answer["targets"] == [
        {"function": "orders", "alias": "live", "from": "41", "candidate": "42"} | to
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param(read(split("41", "42", 5)), "orders:live 41 -> 42 at 5 %", id="our split"),
        pytest.param(read(Routing("41")), "orders:live 41 -> 42 at 0 %", id="back"),
        pytest.param(read(Routing("42")), "orders:live 41 -> 42 at 100 %", id="promoted"),
        pytest.param(read(Routing("7")), "orders:live on version 7", id="another version"),
        pytest.param(
            read(split("42", "41", 100)), "orders:live on version 42 with 100 % to version 41", id="settling"
        ),
        pytest.param(read(None), "orders:live is gone", id="gone"),
        pytest.param(replace(ORDERS, percent=None), "orders:live 41 -> 42", id="not read"),
    ],
)
def test_a_line_says_where_an_alias_was_read_to_be(line: TargetLine, said: str) -> None:
    assert str(line) == said


def test_an_event_has_the_routing_of_an_alias_that_was_read() -> None:
    assert read(split("41", "42", 5)).to_json()["routing"] == {"version": "41", "weights": {"42": 5}}
    assert read(None).to_json()["routing"] is None
    assert "routing" not in ORDERS.to_json()


def test_the_answer_tells_the_story_in_the_order_of_time() -> None:
    lines: list[dict[str, Any]] = [
        {"at": "09:02", "state": "watched", "verdict": "advance", "reason": "baked", "targets": []},
        {"at": "09:00", "state": "claimed", "verdict": None, "reason": "free", "targets": []},
        {
            "at": "09:01",
            "state": "shifted",
            "verdict": None,
            "reason": "step 1",
            "targets": [{"percent": 10, "candidate": "42"}, {"percent": 10, "candidate": "7"}],
        },
    ]
    assert summary(a_transition(outcome=Outcome.DEPLOYED), lines)["timeline"] == [
        "09:00 claimed: free",
        "09:01 shifted 10 %: step 1",
        "09:02 watched advance: baked",
    ]


@pytest.mark.parametrize(("count", "longest"), [(1, 1_000), (100, 1_000), (400, 250)])
def test_a_timeline_of_many_lines_is_told_in_shorter_ones(count: int, longest: int) -> None:
    line = {"at": "09:00", "state": "watched", "verdict": "advance", "reason": "r" * 30_000, "targets": []}

    told = summary(a_transition(outcome=Outcome.DEPLOYED), [line] * count)["timeline"]

    assert [len(each) for each in told] == [longest] * count
