"""A request is read whole: a `Request`, or every problem in it at once."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as any_

from hotplug.core.parsing.problem import MAX_SHOWN, Problem, shown, summary
from hotplug.core.request.alarms import WantedAlarm
from hotplug.core.request.request import Request, WantedTarget, read_request
from hotplug.core.request.strategy import Strategy
from hotplug.core.resources.image import REFERENCE, Image, image_uri
from hotplug.core.spec.smoke_test import Smoke
from hotplug.core.spec.source import Existing, Latest, Package, read_source, source_json
from tests.fakes import a_target
from tests.support.plans import steps_of

ALARM_ARN = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-errors"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:v42"
MAX_CAUSE = 32_768
"""Characters that Step Functions takes as the cause of a failed execution."""


def problems_of(value: Any) -> dict[str, Problem]:
    read = read_request(value)
    assert not isinstance(read, Request)
    return {problem.field: problem for problem in read}


def test_a_function_is_enough() -> None:
    read = read_request({"function": "orders"})
    target = WantedTarget(a_target("orders:live"), Latest())
    assert read == Request((target,), Strategy(steps_of((10, 300))), poll_seconds=30)


def test_everything_can_be_said() -> None:
    read = read_request(
        {
            "functions": ["orders", {"name": "billing", "source": {"version": "7"}, "smoke": []}],
            "alias": "prod",
            "smoke": [{"payload": {"id": 7}, "expect": {"status": 200, "within": "5s"}}],
            "source": {"bucket": "artifacts", "key": "k.zip", "versionId": "v"},
            "strategy": "AllAtOnce",
            "alarms": ["quiet", ALARM_ARN, "quiet"],
            "pollSeconds": 5,
            "onBusy": "reject",
            "keepVersions": 10,
            "force": True,
            "reason": "ticket 7",
            "requestedBy": "ann",
        }
    )
    assert read == Request(
        targets=(
            WantedTarget(
                a_target("orders:prod"),
                Package("artifacts", "k.zip", "v"),
                (Smoke({"id": 7}, status=200, within_seconds=5),),
            ),
            WantedTarget(a_target("billing:prod"), Existing("7")),
        ),
        strategy=Strategy(()),
        alarms=(WantedAlarm("quiet"), WantedAlarm("orders-errors", ALARM_ARN)),
        poll_seconds=5,
        keep_versions=10,
        force=True,
        reason="ticket 7",
        requested_by="ann",
    )


@pytest.mark.parametrize("poll", [1, 3600, 60.0])
def test_a_poll_is_a_second_to_an_hour(poll: float) -> None:
    read = read_request({"function": "orders", "pollSeconds": poll})
    assert isinstance(read, Request)
    assert read.poll_seconds == poll


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"function": "o" * 64, "alias": "a" * 128}, id="names"),
        pytest.param({"functions": [f"f{at}" for at in range(50)]}, id="50 functions"),
        pytest.param({"function": "o", "alarms": [f"a{at}" for at in range(100)]}, id="100 alarms"),
        pytest.param({"function": "o", "alarms": ["a" * 255]}, id="an alarm's name"),
        pytest.param({"function": "o", "reason": "r" * 500, "requestedBy": "b" * 200}, id="texts"),
        pytest.param({"function": "o", "source": {"bucket": "b" * 63, "key": "k" * 1024}}, id="a key"),
        pytest.param({"function": "o", "source": {"bucket": "b-1", "key": "k"}}, id="a short bucket"),
        pytest.param({"function": "o", "source": {"version": "1" * 10}}, id="a version"),
        pytest.param({"function": "o", "source": {"imageUri": IMAGE}}, id="an image"),
        pytest.param({"function": "o", "smoke": [{}] * 20}, id="20 trials"),
        pytest.param({"functions": [{"name": "o", "smoke": [{}] * 20}]}, id="20 trials of its own"),
    ],
)
def test_what_is_just_within_its_limits_is_taken(value: dict[str, Any]) -> None:
    assert isinstance(read_request(value), Request)


@pytest.mark.parametrize(
    ("extra", "field", "given_", "allowed"),
    [
        pytest.param({"function": "a:b"}, "function", '"a:b"', "without ARN or version", id="a qualifier"),
        pytest.param({"function": ""}, "function", '""', "1 to 64", id="an empty name"),
        pytest.param({"function": "o" * 65}, "function", "ooo", "1 to 64", id="a long name"),
        pytest.param({"function": "orders\n"}, "function", '"orders\\n"', "letters", id="a line break"),
        pytest.param({"function": None}, "function", "null", "the name of a function", id="null"),
        pytest.param({"functions": ["a"]}, "function", "both", '"functions" (a list)', id="both spellings"),
        pytest.param({"alias": "42"}, "alias", '"42"', "not digits alone", id="an alias of digits"),
        pytest.param({"alias": "$LATEST"}, "alias", '"$LATEST"', "letters", id="an alias called $LATEST"),
        pytest.param({"source": "s3://b/k"}, "source", '"s3://b/k"', "a JSON object", id="a source as text"),
        pytest.param({"source": None}, "source", "null", "a JSON object", id="a null source"),
        pytest.param({"source": {"bucket": "artifacts"}}, "source.key", "nothing", "1 to 1024", id="no key"),
        pytest.param({"source": {"bucket": "b", "key": "k"}}, "source.bucket", '"b"', "3 to 63", id="short"),
        pytest.param({"source": {"bucket": "my b", "key": "k"}}, "source.bucket", "my b", "3 to", id="a gap"),
        pytest.param({"source": {"version": 41}}, "source.version", "41", 'like "41"', id="a number"),
        pytest.param({"source": {"version": "$LATEST"}}, "source.version", "$LATEST", "never", id="$LATEST"),
        pytest.param(
            {"source": {"version": "041"}}, "source.version", '"041"', "number", id="a leading zero"
        ),
        pytest.param(
            {"source": {"version": "4", "key": "k"}}, "source.key", "unknown", "version", id="two sources"
        ),
        pytest.param({"source": {"imageUri": "orders:1"}}, "source.imageUri", "orders:1", "ECR", id="a tag"),
        pytest.param(
            {"source": {"imageUri": IMAGE, "key": "k"}}, "source.key", "unknown", "imageUri", id="an image"
        ),
        pytest.param({"alarms": "a"}, "alarms", '"a"', "a list of at most 100", id="alarms as a text"),
        pytest.param({"alarms": ["a"] * 101}, "alarms", '["a"', "at most 100", id="101 alarms"),
        pytest.param({"alarms": ["a", ""]}, "alarms[1]", '""', "name or ARN", id="an empty alarm"),
        pytest.param({"alarms": ["a" * 256]}, "alarms[0]", "aaa", "name or ARN", id="a long alarm"),
        pytest.param({"alarms": ["arn:aws:s3:::b"]}, "alarms[0]", "arn:aws:s3", "ARN", id="another ARN"),
        pytest.param({"pollSeconds": 0}, "pollSeconds", "0", "1 to 3600", id="no wait at all"),
        pytest.param({"pollSeconds": 3601}, "pollSeconds", "3601", "1 to 3600", id="more than an hour"),
        pytest.param({"pollSeconds": True}, "pollSeconds", "true", "1 to 3600", id="a flag for a number"),
        pytest.param({"pollSeconds": "30"}, "pollSeconds", '"30"', "1 to 3600", id="a text for a number"),
        pytest.param({"onBusy": "queue"}, "onBusy", '"queue"', '"reject" or "wait"', id="another word"),
        pytest.param({"force": "true"}, "force", '"true"', "true or false", id="a text for a flag"),
        pytest.param({"force": 1}, "force", "1", "true or false", id="a number for a flag"),
        pytest.param({"smoke": [{}] * 21}, "smoke", "[{}, ", "a list of at most 20", id="21 trials"),
        pytest.param(
            {"smoke": [{"expects": {}}]}, "smoke[0].expects", "unknown", "mean expect?", id="a trial"
        ),
        pytest.param({"reason": "r" * 501}, "reason", "rrr", "1 to 500 characters", id="a long reason"),
        pytest.param({"stratgy": "x"}, "stratgy", "an unknown key", "mean strategy?", id="a misspelt key"),
        pytest.param({"Function": "a"}, "Function", "an unknown key", "mean function?", id="another case"),
        pytest.param({"zzz": 1}, "zzz", "an unknown key", "one of function, ", id="a key from nowhere"),
    ],
)
def test_a_wrong_field_is_answered_with_field_given_and_allowed(
    extra: dict[str, Any], field: str, given_: str, allowed: str
) -> None:
    found = problems_of({"function": "orders"} | extra)
    assert list(found) == [field]
    assert given_ in found[field].given
    assert allowed in found[field].allowed
    assert str(found[field]) == f"{field}: got {found[field].given}; allowed: {found[field].allowed}"


@pytest.mark.parametrize(
    ("functions", "field", "given_"),
    [
        pytest.param([], "functions", "[]", id="none"),
        pytest.param("orders", "functions", '"orders"', id="a text"),
        pytest.param({"name": "a"}, "functions", '{"name": "a"}', id="one object"),
        pytest.param([f"f{at}" for at in range(51)], "functions", '["f0", ', id="51 of them"),
        pytest.param(["a", 7], "functions[1].name", "7", id="a number among them"),
        pytest.param(["a", {}], "functions[1].name", "nothing", id="one without a name"),
        pytest.param(["a", {"name": "b", "sauce": 1}], "functions[1].sauce", "unknown", id="unknown key"),
        pytest.param([{"name": "a", "source": 1}], "functions[0].source", "1", id="its source"),
        pytest.param([{"name": "a", "smoke": {}}], "functions[0].smoke", "{}", id="its smoke"),
        pytest.param(["a", "b", "a"], "functions", "a 2 times", id="one of them twice"),
        pytest.param(["a", {"name": "a"}], "functions", "a 2 times", id="one twice, spelt differently"),
    ],
)
def test_a_wrong_list_of_functions_names_the_entry(functions: Any, field: str, given_: str) -> None:
    found = problems_of({"functions": functions})
    assert list(found) == [field]
    assert given_ in found[field].given


def test_alarms_of_single_functions_are_watched_beside_those_of_all() -> None:
    read = read_request(
        {
            "functions": [
                "orders",
                {"name": "billing", "alarms": ["billing-errors", "health"]},
                {"name": "mail", "alarms": ["billing-errors"]},
            ],
            "alarms": ["health"],
        }
    )

    assert isinstance(read, Request)
    assert [alarm.name for alarm in read.alarms] == ["health", "billing-errors"]


ERRORS_ARN = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:errors"
ERRORS_ELSEWHERE = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:errors"


@pytest.mark.parametrize(
    ("alarms", "of_the_function", "watched"),
    [
        pytest.param(["errors", ERRORS_ARN], [], [ERRORS_ARN], id="its name, then its ARN"),
        pytest.param([ERRORS_ARN, "errors"], [], [ERRORS_ARN], id="its ARN, then its name"),
        pytest.param([ERRORS_ARN, ERRORS_ARN], [], [ERRORS_ARN], id="its ARN twice"),
        pytest.param(["errors", "errors"], [], [None], id="its name twice"),
        pytest.param(["errors"], [ERRORS_ARN], [ERRORS_ARN], id="for all, and by ARN for one function"),
        pytest.param([ERRORS_ARN], ["errors"], [ERRORS_ARN], id="for all by ARN, and for one function"),
        pytest.param(
            [ERRORS_ARN, ERRORS_ELSEWHERE], [], [ERRORS_ARN, ERRORS_ELSEWHERE], id="two that share a name"
        ),
    ],
)
def test_an_alarm_is_watched_once_however_often_it_is_named(
    alarms: list[str], of_the_function: list[str], watched: list[str | None]
) -> None:
    read = read_request({"functions": [{"name": "orders", "alarms": of_the_function}], "alarms": alarms})
    assert isinstance(read, Request)
    assert read.alarms == tuple(WantedAlarm("errors", arn) for arn in watched)


def test_a_wrong_alarm_of_a_function_is_named_with_its_place() -> None:
    found = problems_of({"functions": ["orders", {"name": "billing", "alarms": ["ok", 7]}]})

    assert list(found) == ["functions[1].alarms[1]"]


def test_all_problems_come_at_once() -> None:
    found = problems_of(
        {
            "functions": ["a b", {"name": "c", "source": {"bucket": 1, "key": "k"}, "smoke": [1, {}]}],
            "alias": "7",
            "smoke": [{"expect": {"status": 0}}],
            "strategy": "Canary",
            "alarms": [1, "ok", 2],
            "pollSeconds": 1.5,
            "dryrun": True,
        }
    )
    assert sorted(found) == [
        "alarms[0]",
        "alarms[2]",
        "alias",
        "dryrun",
        "functions[0].name",
        "functions[1].smoke[0]",
        "functions[1].source.bucket",
        "pollSeconds",
        "smoke[0].expect.status",
        "strategy",
    ]


@pytest.mark.parametrize("value", [None, 7, "orders", [], True], ids=repr)
def test_what_is_no_object_is_one_problem(value: Any) -> None:
    assert list(problems_of(value)) == ["request"]


def test_nothing_asked_for_is_a_problem() -> None:
    assert list(problems_of({})) == ["function"]


any_json = any_.recursive(
    any_.none() | any_.booleans() | any_.integers() | any_.floats() | any_.text(),
    lambda inner: any_.lists(inner) | any_.dictionaries(any_.text(), inner),
    max_leaves=12,
)
keys = any_.sampled_from(
    [
        "function",
        "functions",
        "alias",
        "source",
        "strategy",
        "smoke",
        "alarms",
        "pollSeconds",
        "onBusy",
        "force",
    ]
)
almost = any_.dictionaries(keys | any_.text(max_size=3), any_json | any_.just("orders"))


@pytest.mark.slow
@given(any_json | almost)
@example({"function": "orders", "alarms": [float("nan"), float("inf")]})
def test_no_json_whatever_breaks_the_reader(value: Any) -> None:
    read = read_request(value)
    if isinstance(read, Request):
        assert read.targets
    else:
        assert read
        assert all(problem.given and problem.allowed for problem in read)


def test_a_value_nested_as_deeply_as_json_can_be_read_is_shown_short() -> None:
    nested = json.loads("[" * 9_000 + "]" * 9_000)
    (problem,) = problems_of({"function": "orders", "strategy": nested}).values()
    assert len(problem.given) <= MAX_SHOWN


@given(any_.text())
def test_a_long_value_is_shown_short(text: str) -> None:
    assert 0 < len(shown(text * 100)) <= MAX_SHOWN


def test_a_summary_counts_and_lists_the_problems() -> None:
    one, two = Problem("a", "1", "2"), Problem("b", "3", "4")
    assert summary((one,)) == "1 problem, nothing was touched:\n- a: got 1; allowed: 2"
    assert summary((one, two)).splitlines() == [
        "2 problems, nothing was touched:",
        "- a: got 1; allowed: 2",
        "- b: got 3; allowed: 4",
    ]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({str(at): at for at in range(20_000)}, id="20,000 unknown keys"),
        pytest.param({"k" * 100_000: 1}, id="one endless key"),
        pytest.param({"functions": [{"name": "a", "b" * 9_000: 1}] * 25}, id="long paths"),
    ],
)
def test_a_summary_is_never_longer_than_the_cause_of_an_execution(value: dict[str, Any]) -> None:
    read = read_request(value)
    assert not isinstance(read, Request)
    text = summary(read)
    assert len(text) <= MAX_CAUSE
    assert text.startswith(f"{len(read)} problem")


sources = any_.one_of(
    any_.just(Latest()),
    any_.integers(1, 9_999_999_999).map(lambda number: Existing(str(number))),
    any_.builds(
        Package,
        any_.from_regex(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", fullmatch=True),
        any_.text(min_size=1, max_size=1024),
        any_.none() | any_.text(min_size=1, max_size=1024),
    ),
    any_.from_regex(REFERENCE, fullmatch=True)
    .filter(lambda uri: (":" in uri) and len(uri) < 256)
    .map(image_uri),
)


@pytest.mark.slow
@given(sources.filter(lambda source: source != Latest()))
def test_a_source_is_spelt_as_it_is_read(source: Existing | Package | Image) -> None:
    problems: list[Problem] = []
    assert read_source(source_json(source), "source", problems) == source
    assert problems == []
