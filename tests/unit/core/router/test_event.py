"""What API Gateway says in either payload format, what is taken out of it, and what it is answered."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.errors import UnreadableError
from hotplug.core.router.event import (
    STREAM_DELIMITER,
    VERSION_HEADER,
    Incoming,
    answer_of,
    problem,
    stamped,
    with_cookie,
)
from tests.support.calling import Ask, each_format, http, iam, rest

type Json = dict[str, Any]

OTHERS = [("X-Trace", "abc"), ("X-Multi", "1"), ("X-Multi", "2")]


def without(event: Json) -> Json:
    """The event without what names a version by the usual names."""
    left = Incoming.of(event).without(header="x-hotplug-version", query="version", cookie="hotplug-version")
    return dict(left)


# What is a request


@each_format
def test_a_request_is_read_as_what_it_is(ask: Ask) -> None:
    assert Incoming.of(ask()).is_v2 is (ask is http)


def test_an_http_api_may_speak_the_older_format() -> None:
    assert not Incoming.of(rest() | {"version": "1.0"}).is_v2


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({}, id="nothing"),
        pytest.param(None, id="null"),
        pytest.param(["httpMethod"], id="a list"),
        pytest.param("GET", id="a text"),
        pytest.param({"source": "aws.events", "detail": {}}, id="an event of EventBridge"),
        pytest.param({"Records": [{"eventSource": "aws:sqs"}]}, id="a message"),
        pytest.param({"httpMethod": "GET"}, id="no context"),
        pytest.param({"requestContext": None, "httpMethod": "GET"}, id="a context that is nothing"),
        pytest.param({"requestContext": {}, "httpMethod": 7}, id="a method that is no text"),
        pytest.param({"version": "2.0", "requestContext": {}}, id="format 2.0 without http"),
        pytest.param({"requestContext": {"connectionId": "L0SM", "eventType": "MESSAGE"}}, id="a web socket"),
    ],
)
def test_anything_else_is_no_request(event: Json) -> None:
    with pytest.raises(UnreadableError, match="is no request of API Gateway"):
        Incoming.of(event)


# Headers, parameters, cookies


@each_format
@pytest.mark.parametrize("name", ["x-hotplug-version", "X-Hotplug-Version", "X-HOTPLUG-VERSION"])
def test_a_header_is_found_in_any_case(ask: Ask, name: str) -> None:
    incoming = Incoming.of(ask(headers=[(name, "41")]))
    assert incoming.header("x-hotplug-version") == incoming.header("X-Hotplug-Version") == ("41",)


def test_a_header_that_came_twice_is_two_values_or_one_that_says_so() -> None:
    twice = [("X-Hotplug-Version", "41"), ("x-hotplug-version", "42")]
    assert Incoming.of(rest(headers=twice)).header("x-hotplug-version") == ("41", "42")
    assert Incoming.of(http(headers=twice)).header("x-hotplug-version") == ("41,42",)


def test_without_lists_of_values_the_plain_headers_count() -> None:
    event = rest(headers=[("X-Hotplug-Version", "41")])
    assert Incoming.of(event | {"multiValueHeaders": None}).header("x-hotplug-version") == ("41",)


@each_format
@pytest.mark.parametrize(
    ("query", "values"),
    [
        pytest.param("version=41", ("41",), id="one"),
        pytest.param("a=1&version=41&b=2", ("41",), id="among others"),
        pytest.param("version=41&version=42", ("41", "42"), id="twice"),
        pytest.param("version=", ("",), id="empty"),
        pytest.param("version", ("",), id="no value"),
        pytest.param("%76ersion=41", ("41",), id="an encoded name"),
        pytest.param("version=%34%31", ("41",), id="an encoded value"),
        pytest.param("version=+41", (" 41",), id="a plus is a space"),
        pytest.param("version=%2B41", ("+41",), id="an encoded plus is none"),
        pytest.param("version=4=1", ("4=1",), id="another equals sign"),
        pytest.param("Version=41", (), id="another case"),
        pytest.param("versions=41&aversion=42", (), id="other names"),
        pytest.param("", (), id="no query"),
    ],
)
def test_a_query_parameter_is_found(ask: Ask, query: str, values: tuple[str, ...]) -> None:
    assert Incoming.of(ask(query=query)).query("version") == values


def test_without_lists_of_values_the_plain_parameters_count() -> None:
    event = rest(query="version=41") | {"multiValueQueryStringParameters": None}
    assert Incoming.of(event).query("version") == ("41",)


@each_format
@pytest.mark.parametrize(
    ("cookies", "values"),
    [
        pytest.param(["hotplug-version=41"], ("41",), id="one"),
        pytest.param(["a=1", "hotplug-version=41", "b=2"], ("41",), id="among others"),
        pytest.param(["hotplug-version=41", "hotplug-version=42"], ("41", "42"), id="twice"),
        pytest.param(['hotplug-version="41"'], ("41",), id="in quotes"),
        pytest.param(["hotplug-version="], ("",), id="empty"),
        pytest.param(["a=1; hotplug-version=41;b=2"], ("41",), id="several in one text"),
        pytest.param(["Hotplug-Version=41", "x-hotplug-version=42"], (), id="other names"),
        pytest.param([], (), id="none"),
    ],
)
def test_a_cookie_is_found(ask: Ask, cookies: list[str], values: tuple[str, ...]) -> None:
    assert Incoming.of(ask(cookies=cookies)).cookie("hotplug-version") == values


def test_cookies_of_several_headers_all_count() -> None:
    event = rest(headers=[("Cookie", "a=1"), ("cookie", "hotplug-version=41; b=2")])
    assert Incoming.of(event).cookie("hotplug-version") == ("41",)


@each_format
def test_a_part_of_the_path_or_the_stage_is_a_text_or_nothing(ask: Ask) -> None:
    incoming = Incoming.of(ask("billing", stage_variables={"hotplugFunction": "orders"}))
    assert incoming.part("pathParameters", "function") == "billing"
    assert incoming.part("stageVariables", "hotplugFunction") == "orders"
    assert incoming.part("pathParameters", "nothing") is None
    assert Incoming.of(ask() | {"pathParameters": {"function": 7}}).part("pathParameters", "function") is None


# What a function does not see


@each_format
def test_a_request_that_names_nothing_stays_the_same_object(ask: Ask) -> None:
    event = ask(headers=OTHERS, query="a=1&b=%20", cookies=["a=1", "b=2"], body="{}")
    incoming = Incoming.of(event)
    assert incoming.without(header="x-hotplug-version", query="version", cookie="hotplug-version") is event


@each_format
@pytest.mark.parametrize(
    ("naming", "plain"),
    [
        pytest.param(
            {"headers": [*OTHERS, ("X-Hotplug-Version", "41")]}, {"headers": OTHERS}, id="in a header"
        ),
        pytest.param(
            {"headers": [("x-hotplug-version", "41"), *OTHERS, ("X-HOTPLUG-VERSION", "42")]},
            {"headers": OTHERS},
            id="in two headers",
        ),
        pytest.param(
            {"query": "a=%201+2&version=41&a=3&b"}, {"query": "a=%201+2&a=3&b"}, id="among parameters"
        ),
        pytest.param({"query": "%76ersion=41&version=42&a=1"}, {"query": "a=1"}, id="in two parameters"),
        pytest.param({"query": "version=41"}, {"query": ""}, id="in the only parameter"),
        pytest.param(
            {"cookies": ["a=1", "hotplug-version=41", 'b="2"']},
            {"cookies": ["a=1", 'b="2"']},
            id="among cookies",
        ),
        pytest.param(
            {"cookies": ["hotplug-version=41", "a=1", "hotplug-version=42"]},
            {"cookies": ["a=1"]},
            id="in two cookies",
        ),
        pytest.param({"cookies": ["hotplug-version=41"]}, {"cookies": []}, id="in the only cookie"),
        pytest.param(
            {
                "headers": [*OTHERS, ("X-Hotplug-Version", "41")],
                "query": "version=42&a=1",
                "cookies": ["hotplug-version=43", "a=1"],
            },
            {"headers": OTHERS, "query": "a=1", "cookies": ["a=1"]},
            id="everywhere",
        ),
    ],
)
def test_what_names_a_version_is_taken_out_and_nothing_else(ask: Ask, naming: Json, plain: Json) -> None:
    event = ask(**naming, body="é")
    as_it_came = copy.deepcopy(event)
    assert without(event) == ask(**plain, body="é")
    assert event == as_it_came


def test_a_name_is_taken_out_of_a_text_of_several_cookies_too() -> None:
    event = http(cookies=["a=1; hotplug-version=41; b=2", "c=3"])
    assert without(event)["cookies"] == ["a=1; b=2", "c=3"]


def test_a_rest_api_says_null_where_no_query_is_left() -> None:
    left = without(rest(query="version=41"))
    assert left["queryStringParameters"] is left["multiValueQueryStringParameters"] is None


@pytest.mark.parametrize("kind", ["cookie", "header", "query"])
def test_a_name_of_another_installation_is_the_functions_business(kind: str) -> None:
    event = rest(query="v=41", headers=[("x-version", "41")], cookies=["version=41"])
    names = {"header": "x-hotplug-version", "query": "version", "cookie": "hotplug-version"}
    assert Incoming.of(event).without(**names) is event
    renamed = names | {kind: {"cookie": "version", "header": "x-version", "query": "v"}[kind]}
    assert Incoming.of(event).without(**renamed) != event


@each_format
@given(query=any_.lists(any_.tuples(any_.text("versionV%76+ &=é", max_size=9), any_.text(max_size=5))))
def test_after_it_is_taken_out_no_name_is_found_any_more(ask: Ask, query: list[tuple[str, str]]) -> None:
    text = "&".join(f"{name}={value}" for name, value in query)
    left = Incoming.of(without(ask(query=text)))
    assert left.query("version") == ()


# Who calls


def callers(context: Json, ask: Ask = rest) -> set[str]:
    return set(Incoming.of(ask(context=context)).callers())


PRINCIPAL = "arn:aws:sts::111122223333:assumed-role/Tester/ann"


@each_format
def test_who_has_signed_the_request_is_calling(ask: Ask) -> None:
    assert callers(iam(PRINCIPAL), ask) == {PRINCIPAL}


@pytest.mark.parametrize(
    ("authorizer", "names"),
    [
        pytest.param(
            {"jwt": {"claims": {}, "scopes": ["a/read", "a/write"]}}, {"a/read", "a/write"}, id="2.0"
        ),
        pytest.param(
            {"jwt": {"claims": {"scope": "a/read b"}, "scopes": None}}, {"a/read", "b"}, id="a claim"
        ),
        pytest.param(
            {"jwt": {"claims": {"cognito:groups": "[admins testers]"}}},
            {"admins", "testers"},
            id="2.0 groups",
        ),
        pytest.param(
            {"jwt": {"claims": {"cognito:groups": "[testers]"}}}, {"testers"}, id="one group of 2.0"
        ),
        pytest.param(
            {"claims": {"cognito:groups": "admins,testers"}}, {"admins", "testers"}, id="a user pool's groups"
        ),
        pytest.param({"claims": {"scope": "openid a/read"}}, {"openid", "a/read"}, id="a user pool's scopes"),
        pytest.param({"claims": {"sub": "ann", "email": "testers"}}, set(), id="other claims"),
        pytest.param({"claims": {"cognito:groups": ["testers", 7]}}, {"testers"}, id="a list"),
        pytest.param({"claims": "testers", "jwt": 7}, set(), id="no claims"),
        pytest.param({}, set(), id="nothing"),
    ],
)
def test_scopes_and_groups_are_calling(authorizer: Json, names: set[str]) -> None:
    assert callers({"authorizer": authorizer}) == names


@pytest.mark.parametrize(
    "authorizer",
    [
        pytest.param({"claims": {"cognito:groups": PRINCIPAL}}, id="a group"),
        pytest.param({"claims": {"cognito:groups": f"[{PRINCIPAL}]"}}, id="a group in brackets"),
        pytest.param({"claims": {"cognito:groups": f"x,{PRINCIPAL}"}}, id="a second group"),
        pytest.param({"claims": {"cognito:groups": [PRINCIPAL]}}, id="a group of a list"),
        pytest.param({"claims": {"scope": f"x {PRINCIPAL}"}}, id="a scope"),
        pytest.param({"jwt": {"scopes": [PRINCIPAL]}}, id="a scope of 2.0"),
        pytest.param({"scopes": PRINCIPAL}, id="what another authorizer says"),
        pytest.param({"userArn": PRINCIPAL, "claims": {"userArn": PRINCIPAL}}, id="a claim"),
    ],
)
def test_a_group_that_looks_like_a_principal_is_none(authorizer: Json) -> None:
    assert PRINCIPAL not in callers({"authorizer": authorizer})


@each_format
def test_nobody_is_calling_where_nobody_had_to_say_so(ask: Ask) -> None:
    assert callers({"identity": {"userArn": None, "sourceIp": "192.0.2.1"}}, ask) == set()


# Answers


def test_a_problem_is_one_as_rfc_9457_has_it() -> None:
    said = problem(429, "Too many requests", "Slowly.", {"retry-after": "7"})
    assert said["statusCode"] == 429
    assert said["headers"] == {
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "retry-after": "7",
    }
    assert json.loads(said["body"]) == {
        "type": "about:blank",
        "title": "Too many requests",
        "status": 429,
        "detail": "Slowly.",
    }
    assert said["isBase64Encoded"] is False


WELL_FORMED = [
    pytest.param({"statusCode": 200, "body": "hello"}, id="the usual"),
    pytest.param({"statusCode": 204}, id="nothing but a status"),
    pytest.param({"statusCode": "201", "body": ""}, id="a status as a text"),
    pytest.param({"statusCode": 200, "headers": None, "multiValueHeaders": None}, id="headers that are null"),
    pytest.param(
        {"statusCode": 302, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "more": [1]}, id="more keys"
    ),
    pytest.param({"statusCode": 200, "isBase64Encoded": True, "body": "AAEC"}, id="bytes"),
    pytest.param({"statusCode": 200, "cookies": ["a=1"], "body": "é😀"}, id="other scripts"),
]


@pytest.mark.parametrize("is_v2", [False, True], ids=["1.0", "2.0"])
@pytest.mark.parametrize("answer", WELL_FORMED)
def test_an_answer_is_taken_as_it_is(answer: Json, is_v2: bool) -> None:
    assert answer_of(json.dumps(answer).encode(), is_v2=is_v2) == answer


@pytest.mark.parametrize(
    ("payload", "body"),
    [
        pytest.param(b'{"id": 42, "caf\xc3\xa9": true}', '{"id": 42, "café": true}', id="an object"),
        pytest.param(b'"hello"', "hello", id="a text"),
        pytest.param(b"[1,  2]", "[1,  2]", id="a list, as it was spelt"),
        pytest.param(b"null", "null", id="nothing"),
        pytest.param(b"7", "7", id="a number"),
        pytest.param(b'{"body": "hello"}', '{"body": "hello"}', id="a body without a status"),
    ],
)
def test_in_format_2_0_what_has_no_status_is_the_body_of_a_200(payload: bytes, body: str) -> None:
    assert answer_of(payload, is_v2=True) == {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b'{"id": 42}', id="an object"),
        pytest.param(b'"hello"', id="a text"),
        pytest.param(b"null", id="nothing"),
        pytest.param(b"[]", id="a list"),
    ],
)
def test_in_format_1_0_what_has_no_status_is_no_answer(payload: bytes) -> None:
    with pytest.raises(UnreadableError, match="its answer has no statusCode from 100 to 599"):
        answer_of(payload, is_v2=False)


@pytest.mark.parametrize("is_v2", [False, True], ids=["1.0", "2.0"])
@pytest.mark.parametrize(
    ("payload", "words"),
    [
        pytest.param(b'{"statusCode": 99}', "no statusCode", id="a status below the first"),
        pytest.param(b'{"statusCode": 600}', "no statusCode", id="a status after the last"),
        pytest.param(b'{"statusCode": "OK"}', "no statusCode", id="a word as a status"),
        pytest.param(b'{"statusCode": ""}', "no statusCode", id="an empty status"),
        pytest.param(b'{"statusCode": 200.5}', "no statusCode", id="half a status"),
        pytest.param(b'{"statusCode": -200}', "no statusCode", id="a negative status"),
        pytest.param(b'{"statusCode": true}', "no statusCode", id="true as a status"),
        pytest.param(b'{"statusCode": null}', "no statusCode", id="null as a status"),
        pytest.param(b'{"statusCode": [200]}', "no statusCode", id="a list as a status"),
        pytest.param(
            b'{"statusCode": "' + b"2" * 5_000 + b'"}', "no statusCode", id="a status of 5,000 digits"
        ),
        pytest.param(
            '{"statusCode": "٢٠٠"}'.encode(), "no statusCode", id="a status in digits of another script"
        ),
        pytest.param(b'{"statusCode": 200, "headers": [1]}', "headers", id="headers as a list"),
        pytest.param(b'{"statusCode": 200, "multiValueHeaders": "a"}', "headers", id="headers as a text"),
        pytest.param(b"", "no JSON", id="nothing at all"),
        pytest.param(b"<html>", "no JSON", id="HTML"),
        pytest.param(b"\xff\xfe1\x00", "no JSON", id="UTF-16"),
        pytest.param(b'{"statusCode": 200, "body": "\xed\xa0\x80"}', "no JSON", id="half a character"),
        pytest.param(b"\x80", "no JSON", id="no UTF-8"),
        pytest.param(b"[" * 200_000, "no JSON", id="deeper than can be read"),
        pytest.param(b'{"statusCode": 200, "body": NaN}', "no JSON", id="a number that is none"),
        pytest.param(b"9" * 5_000, "no JSON", id="a number of 5,000 digits"),
        pytest.param(
            b'{"statusCode": 200}' + STREAM_DELIMITER + b"hello", "it streams its answer", id="a stream"
        ),
        pytest.param(STREAM_DELIMITER, "it streams its answer", id="a stream without a head"),
    ],
)
def test_what_api_gateway_would_not_take_is_no_answer(payload: bytes, words: str, is_v2: bool) -> None:
    with pytest.raises(UnreadableError, match=words):
        answer_of(payload, is_v2=is_v2)


@pytest.mark.parametrize("is_v2", [False, True], ids=["1.0", "2.0"])
def test_half_a_character_that_json_escapes_can_still_leave_the_router(is_v2: bool) -> None:
    payload = rb'{"statusCode": 200, "body": "a\ud800b\ud83d\ude00"}'
    assert answer_of(payload, is_v2=is_v2) == {"statusCode": 200, "body": "a?b😀"}


def test_text_that_only_looks_like_an_escape_stays() -> None:
    payload = json.dumps({"statusCode": 200, "body": r"\ud800"}).encode()
    assert answer_of(payload, is_v2=False)["body"] == r"\ud800"


# What the router adds


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, {}, id="no headers"),
        pytest.param({"headers": None}, {}, id="headers that are null"),
        pytest.param({"headers": {"A": "b"}}, {"A": "b"}, id="others"),
        pytest.param({"headers": {"X-Hotplug-Version": "99", "A": "b"}}, {"A": "b"}, id="its own claim"),
    ],
)
def test_an_answer_says_which_version_gave_it(headers: Json, expected: Json) -> None:
    answer = stamped({"statusCode": 200, **headers}, "41")
    assert answer == {"statusCode": 200, "headers": expected | {VERSION_HEADER: "41"}}


def test_an_answer_does_not_gainsay_it_in_a_list_either() -> None:
    lists = {"X-HOTPLUG-VERSION": ["99"], "Set-Cookie": ["a=1", "b=2"]}
    answer = stamped({"statusCode": 200, "multiValueHeaders": lists}, "41")
    assert answer["multiValueHeaders"] == {"Set-Cookie": ["a=1", "b=2"]}
    assert answer["headers"] == {VERSION_HEADER: "41"}


def test_in_format_2_0_a_cookie_joins_the_others() -> None:
    answer = {"statusCode": 200, "cookies": ["a=1"], "headers": {"set-cookie": "b=2"}}
    assert with_cookie(answer, "c=3", is_v2=True) == answer | {"cookies": ["a=1", "c=3"]}
    assert with_cookie({"statusCode": 200}, "c=3", is_v2=True) == {"statusCode": 200, "cookies": ["c=3"]}


@pytest.mark.parametrize(
    ("answer", "cookies"),
    [
        pytest.param({}, ["c=3"], id="no other"),
        pytest.param({"headers": {"Set-Cookie": "a=1"}}, ["a=1", "c=3"], id="one in the headers"),
        pytest.param(
            {"multiValueHeaders": {"set-cookie": ["a=1", "b=2"]}}, ["a=1", "b=2", "c=3"], id="two in a list"
        ),
        pytest.param(
            {"headers": {"SET-COOKIE": "b=2"}, "multiValueHeaders": {"Set-Cookie": ["a=1"]}},
            ["a=1", "b=2", "c=3"],
            id="in both",
        ),
        pytest.param(
            {"headers": {"Set-Cookie": "a=1"}, "multiValueHeaders": {"Set-Cookie": ["a=1"]}},
            ["a=1", "c=3"],
            id="the same in both",
        ),
        pytest.param({"headers": None, "multiValueHeaders": None}, ["c=3"], id="headers that are null"),
    ],
)
def test_in_format_1_0_cookies_become_one_list(answer: Json, cookies: list[str]) -> None:
    found = with_cookie({"statusCode": 200, **answer}, "c=3", is_v2=False)
    assert found["multiValueHeaders"] == {"Set-Cookie": cookies}
    assert found["headers"] == {}


def test_in_format_1_0_other_headers_stay_where_they_are() -> None:
    answer = {"statusCode": 200, "headers": {"A": "1"}, "multiValueHeaders": {"B": ["2", "3"]}}
    found = with_cookie(answer, "c=3", is_v2=False)
    assert found["headers"] == {"A": "1"}
    assert found["multiValueHeaders"] == {"B": ["2", "3"], "Set-Cookie": ["c=3"]}
