"""One request is one call, and its answer comes back as it was or as a problem that gives nothing away."""

import json
import logging
from typing import Any

import pytest

from hotplug.activities.forward_request import Served, forward
from hotplug.core.resources.invocation import INVOKE_ERRORS, NOT_NOW, CallFailure, NotAnsweredError
from hotplug.core.router.event import MAX_BYTES, STREAM_DELIMITER, VERSION_HEADER, Incoming
from hotplug.core.router.selection import ChosenBy, Selection
from tests.fakes import InMemoryCloud, InMemoryRouterCloud, a_target
from tests.support.calling import Ask, each_format, http, rest

type Json = dict[str, Any]

LIVE = a_target("orders:live")
FOLLOWED, NAMED, STICKY = (
    Selection("live", ChosenBy.ALIAS),
    Selection("41", ChosenBy.NAMED),
    Selection("41", ChosenBy.STICKY),
)


@pytest.fixture
def shop(cloud: InMemoryCloud, router: InMemoryRouterCloud) -> InMemoryRouterCloud:
    """A function on version 41 that has been on 40."""
    cloud.has_function("orders", versions=["40", "41"])
    return router


def passed(shop: InMemoryRouterCloud, event: Json | None = None, pick: Selection = FOLLOWED) -> Served:
    """What becomes of a request, for which there is one call and no other, whatever it is."""
    served = forward(shop, LIVE, pick, Incoming.of(event or rest()))
    assert [(made.function, made.qualifier) for made in shop.calls.made] == [("orders", pick.qualifier)]
    return served


# What the function gets


@each_format
def test_a_function_gets_the_event_as_it_came(shop: InMemoryRouterCloud, ask: Ask) -> None:
    event = ask(headers=[("X-Name", "é😀")], query="a=%20&a=2", cookies=["a=1"], body='{"id": "ß\\u0000"}')
    passed(shop, event)
    assert shop.calls.made[0].event == event


@each_format
def test_a_function_does_not_see_the_version_that_was_named(shop: InMemoryRouterCloud, ask: Ask) -> None:
    naming = {"headers": [("X-Hotplug-Version", "41")], "query": "version=41&a=1"}
    passed(shop, ask(**naming, cookies=["hotplug-version=41", "a=1"]), NAMED)
    assert shop.calls.made[0].event == ask(query="a=1", cookies=["a=1"])


def test_the_installations_own_parameter_is_the_one_that_is_taken_out(shop: InMemoryRouterCloud) -> None:
    shop.is_set(parameter="v")
    passed(shop, rest(query="v=41&version=7"), NAMED)
    assert shop.calls.made[0].event == rest(query="version=7")


def test_an_event_does_not_grow_on_its_way(shop: InMemoryRouterCloud) -> None:
    event = rest(headers=[("X-Name", "é😀")], body="ü" * 1_000)
    passed(shop, event)
    shortest = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    assert shop.calls.made[0].payload == shortest


def test_half_a_character_is_passed_on_as_it_was_escaped(shop: InMemoryRouterCloud) -> None:
    assert passed(shop, rest(body="a\ud800b")).answer["statusCode"] == 200
    assert shop.calls.made[0].event["body"] == "a\ud800b"


# What comes back


@each_format
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"statusCode": 200, "body": "hello"}, id="the usual"),
        pytest.param({"statusCode": 404, "headers": {"A": "b"}}, id="its own 404"),
        pytest.param({"statusCode": "500", "body": ""}, id="its own 500, as a text"),
        pytest.param(
            {"statusCode": 302, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}}, id="lists of values"
        ),
        pytest.param({"statusCode": 200, "isBase64Encoded": True, "body": "AAEC"}, id="bytes"),
    ],
)
def test_an_answer_comes_back_as_it_was_and_says_its_version(
    shop: InMemoryRouterCloud, ask: Ask, answer: Json
) -> None:
    shop.calls.answers("orders", answer)
    served = passed(shop, ask())
    assert served.answer == answer | {"headers": answer.get("headers", {}) | {VERSION_HEADER: "41"}}
    assert (served.target, served.version) == ("orders:live", "41")


def test_the_version_is_the_one_that_the_alias_drew(shop: InMemoryRouterCloud) -> None:
    shop.calls.choice = lambda _: "40"
    assert passed(shop).answer["headers"][VERSION_HEADER] == "40"


def test_in_format_2_0_an_answer_without_a_status_is_a_body(shop: InMemoryRouterCloud) -> None:
    shop.calls.answers("orders", {"id": 42})
    assert passed(shop, http()).answer == {
        "statusCode": 200,
        "headers": {"content-type": "application/json", VERSION_HEADER: "41"},
        "body": '{"id": 42}',
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    ("ask", "answer", "words"),
    [
        pytest.param(rest, {"id": 42}, "its answer has no statusCode", id="no status in 1.0"),
        pytest.param(http, {"statusCode": "OK"}, "its answer has no statusCode", id="a status that is none"),
        pytest.param(rest, b"<html>", "its answer is no JSON", id="no JSON"),
        pytest.param(http, {"statusCode": 200, "headers": [1]}, "headers", id="headers that are none"),
        pytest.param(
            http,
            b'{"statusCode": 200}' + STREAM_DELIMITER + b"hello",
            "it streams its answer, which can't be passed on",
            id="a stream",
        ),
    ],
)
def test_what_api_gateway_would_not_take_is_a_502_that_says_why(
    shop: InMemoryRouterCloud, ask: Ask, answer: object, words: str
) -> None:
    shop.calls.answers("orders", answer)
    served = passed(shop, ask())
    assert words in problem_of(served, 502)
    assert served.counts == {"Calls": 1, "Errors": 0, "ServerErrors": 1}
    assert served.answer["headers"][VERSION_HEADER] == "41"


def problem_of(served: Served, status: int) -> str:
    """The detail of a problem with this status."""
    body = json.loads(served.answer["body"])
    assert served.answer["statusCode"] == body["status"] == status
    assert served.answer["headers"]["content-type"] == "application/problem+json"
    return str(body["detail"])


@each_format
@pytest.mark.parametrize("pick", [FOLLOWED, NAMED, STICKY], ids=["an alias", "a name", "a side"])
def test_a_failure_is_a_502_that_tells_nobody_why_but_the_log(
    shop: InMemoryRouterCloud, ask: Ask, pick: Selection, caplog: pytest.LogCaptureFixture
) -> None:
    shop.calls.fails("orders", RuntimeError("password=hunter2"))
    logging.getLogger("hotplug").propagate = True
    with caplog.at_level(logging.WARNING, logger="hotplug"):
        served = passed(shop, ask(), pick)
    assert problem_of(served, 502) == "It answered with an error; its log says more."
    said = json.dumps(served.answer)
    assert "hunter2" not in said
    assert "RuntimeError" not in said
    assert "hunter2" in caplog.text
    assert served.counts == {"Calls": 1, "Errors": 1, "ServerErrors": 1}
    assert (served.version, served.answer["headers"][VERSION_HEADER]) == ("41", "41")


def test_a_long_tale_of_a_failure_does_not_fill_the_log(
    shop: InMemoryRouterCloud, caplog: pytest.LogCaptureFixture
) -> None:
    shop.calls.fails("orders", RuntimeError("é" * 100_000))
    logging.getLogger("hotplug").propagate = True
    with caplog.at_level(logging.WARNING, logger="hotplug"):
        passed(shop)
    assert len(caplog.records[0].getMessage()) < 3_000


# What does not come back

OBSTACLES: list[tuple[CallFailure, int, Json]] = [
    (CallFailure.THROTTLED, 429, {"Throttles": 1, "ServerErrors": 0}),
    (CallFailure.NOT_READY, 503, {"Calls": 1, "Errors": 1, "ServerErrors": 1}),
    (CallFailure.TOO_LARGE, 413, {"Calls": 1, "Errors": 1, "ServerErrors": 0}),
    (CallFailure.TIMED_OUT, 504, {"Calls": 1, "Errors": 1, "ServerErrors": 1}),
    (CallFailure.LOST, 502, {"Calls": 1, "Errors": 1, "ServerErrors": 1}),
    (CallFailure.BROKEN, 502, {"Calls": 1, "Errors": 1, "ServerErrors": 1}),
]
each_obstacle = pytest.mark.parametrize(
    ("failure", "status", "counts"), OBSTACLES, ids=[str(each[0]) for each in OBSTACLES]
)


@each_format
@each_obstacle
@pytest.mark.parametrize("pick", [FOLLOWED, NAMED, STICKY], ids=["an alias", "a name", "a side"])
def test_every_obstacle_has_its_status_and_is_met_once(
    shop: InMemoryRouterCloud, ask: Ask, failure: CallFailure, status: int, counts: Json, pick: Selection
) -> None:
    shop.calls.hinders("orders", failure)
    served = passed(shop, ask(), pick)
    assert problem_of(served, status)
    assert "a text of AWS" not in json.dumps(served.answer)
    assert served.counts == counts
    assert (served.target, served.is_named) == ("orders:live", pick is NAMED)
    assert served.version == (None if pick is FOLLOWED else "41")
    assert served.answer["headers"].get(VERSION_HEADER) == served.version


@pytest.mark.parametrize("code", sorted(name for name in INVOKE_ERRORS if INVOKE_ERRORS[name] in NOT_NOW))
def test_a_refusal_that_passes_says_when_to_come_back(shop: InMemoryRouterCloud, code: str) -> None:
    shop.calls.refuses("orders", code)
    answer = passed(shop).answer
    assert answer["statusCode"] in {429, 503}
    assert answer["headers"]["retry-after"] == "1"


def test_every_obstacle_but_a_missing_function_is_in_the_table() -> None:
    assert {each[0] for each in OBSTACLES} == set(CallFailure) - {CallFailure.MISSING}


@each_obstacle
def test_only_what_passes_says_when_to_come_back(
    shop: InMemoryRouterCloud, failure: CallFailure, status: int, counts: Json
) -> None:
    shop.calls.hinders("orders", failure, retry_after_seconds=7)
    said = passed(shop).answer["headers"].get("retry-after")
    assert said == ("7" if status in {429, 503} else None)


@pytest.mark.parametrize(
    ("pick", "detail"),
    [
        pytest.param(FOLLOWED, "There is no such function here.", id="an alias"),
        pytest.param(STICKY, "There is no such function here.", id="a side"),
        pytest.param(NAMED, "There is no such version here.", id="a name"),
    ],
)
def test_what_is_not_there_is_a_404_that_says_and_counts_nothing_of_it(
    router: InMemoryRouterCloud, pick: Selection, detail: str
) -> None:
    served = passed(router, pick=pick)
    assert problem_of(served, 404) == detail
    assert VERSION_HEADER not in served.answer["headers"]
    assert (served.target, served.counts) == (None, None)


# Six megabytes


def of_bytes(size: int) -> Json:
    """An event that is this long on its way."""
    empty = len(json.dumps(rest(body="x"), separators=(",", ":"))) - 1
    return rest(body="x" * (size - empty))


def test_the_largest_request_is_passed_on(shop: InMemoryRouterCloud) -> None:
    assert passed(shop, of_bytes(MAX_BYTES)).answer["statusCode"] == 200
    assert len(shop.calls.made[0].payload) == MAX_BYTES


def test_a_larger_request_is_not_passed_on_and_not_counted(shop: InMemoryRouterCloud) -> None:
    served = forward(shop, LIVE, FOLLOWED, Incoming.of(of_bytes(MAX_BYTES + 1)))
    assert "6291456 bytes" in problem_of(served, 413)
    assert shop.calls.made == []
    assert served.target is None


@pytest.mark.parametrize(
    ("spare", "status"),
    [pytest.param(2_000, 200, id="with room for more"), pytest.param(500, 413, id="without")],
)
def test_an_answer_that_leaves_no_room_for_what_is_added_is_a_413(
    shop: InMemoryRouterCloud, spare: int, status: int
) -> None:
    shop.calls.answers("orders", {"statusCode": 200, "body": "x" * (MAX_BYTES - spare)})
    served = passed(shop)
    assert served.answer["statusCode"] == status
    assert served.counts == {"Calls": 1, "Errors": 0, "ServerErrors": 0}
    assert len(json.dumps(served.answer)) <= MAX_BYTES


def test_an_answer_that_grows_as_a_body_is_measured_as_it_leaves(shop: InMemoryRouterCloud) -> None:
    shop.calls.answers("orders", ['"' * (MAX_BYTES // 4)])
    assert "6291456 bytes" in problem_of(passed(shop, http()), 413)


# What is counted


def test_the_time_of_the_call_is_measured(shop: InMemoryRouterCloud) -> None:
    assert 0 < passed(shop).latency_ms < 60_000


@pytest.mark.parametrize(
    ("status", "server_errors"), [(200, 0), (404, 0), (499, 0), (500, 1), ("503", 1), (599, 1)]
)
def test_a_status_of_500_and_above_is_a_server_error_and_no_failure(
    shop: InMemoryRouterCloud, status: int | str, server_errors: int
) -> None:
    shop.calls.answers("orders", {"statusCode": status})
    assert passed(shop).counts == {"Calls": 1, "Errors": 0, "ServerErrors": server_errors}


def test_only_a_named_call_is_counted_apart(shop: InMemoryRouterCloud) -> None:
    served = [forward(shop, LIVE, pick, Incoming.of(rest())) for pick in (FOLLOWED, STICKY, NAMED)]
    assert [each.is_named for each in served] == [False, False, True]


def test_an_answer_that_is_lost_is_not_fetched_again(shop: InMemoryRouterCloud) -> None:
    lost = NotAnsweredError(CallFailure.TIMED_OUT, "Read timeout")
    shop.calls.fails_next("invoke", lost, after_effect=True)
    assert "may still be at work" in problem_of(passed(shop), 504)
