"""The request reference and its schema say what the code that reads a request says."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as any_
from jsonschema import Draft202012Validator

from docs.asking import UNKNOWN, Asking, Found
from docs.field_documentation import NOTHING, Told
from docs.input import PAGE, SCHEMA, files
from docs.input_fields import FIELDS
from hotplug.core.parsing.problem import Problem
from hotplug.core.request.request import Request, read_request
from tests.fuzz.requests import a_good_request

FOUND = tuple(Asking().found)
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text()))
ODD: tuple[Any, ...] = (None, True, -1, 5, 10**7, "", "?", "no such word", [], [5], [[]], {}, {"a": 1})
"""JSON that fits into few fields; where it is of another kind, a schema can tell."""

each_field = pytest.mark.parametrize("found", FOUND, ids=lambda it: f"{it.name} {it.kind}".strip())


def is_read(request: Any) -> bool:
    return isinstance(read_request(request), Request)


def values_on(page: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    for block in re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        at = 0
        while at < len(block.rstrip()):
            value, at = decoder.raw_decode(block, at)
            yield value
            at += len(block[at:]) - len(block[at:].lstrip())


def beyond(schema: Any) -> Iterator[Any]:
    """Values just outside of each bound that a schema names."""
    for shape in schema.get("anyOf", [schema]):
        match shape:
            case {"minimum": lowest, "maximum": highest}:
                yield from (lowest - 1, highest + 1)
            case {"maxLength": longest}:
                yield "x" * (longest + 1)
            case {"type": "array", "maxItems": most}:
                yield [{}] * (most + 1)
            case {"enum": [word, *_]}:
                yield from (word.upper(), f"{word} ")
            case {"pattern": _}:
                yield from ("", "\n")


def within(schema: Any) -> Iterator[Any]:
    """The values on each bound."""
    for shape in schema.get("anyOf", [schema]):
        match shape:
            case {"minimum": lowest, "maximum": highest}:
                yield from (lowest, highest)
            case {"minLength": shortest, "maxLength": longest}:
                yield from ("x" * shortest, "x" * longest)
            case {"enum": words}:
                yield from words


def test_they_are_as_they_are_made_now() -> None:
    stale = [path.name for path, text in files() if path.read_text() != text]

    assert stale == [], "run `make reference`"


def test_every_field_that_is_read_has_its_sentence_example_and_schema() -> None:
    assert Asking().lacking == []


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        pytest.param(
            {name: told for name, told in FIELDS.items() if name != "evidence.tolerate.slower"},
            "evidence.tolerate.slower: no sentence and no example in docs/input_fields.py",
            id="nothing told",
        ),
        pytest.param(
            {**FIELDS, "colour": Told("What it looks like.", "red", absent="grey")},
            "colour: no such field is read",
            id="not read",
        ),
        pytest.param(
            {**FIELDS, "pollSeconds": Told("How often.", 10)},
            "pollSeconds: a default, or what holds when it is absent, if it may be",
            id="no default",
        ),
        pytest.param(
            {**FIELDS, "source.key": replace(FIELDS["source.key"], default="k")},
            "source.key: a default, or what holds when it is absent, if it may be",
            id="a default of what must be there",
        ),
    ],
)
def test_what_is_missing_is_named(fields: dict[str, Told], lacking: str) -> None:
    assert Asking(fields).lacking == [lacking]


def test_a_type_of_strategy_without_an_example_is_named() -> None:
    told = FIELDS["strategy"]
    others = tuple(it for it in told.others if it != {"type": "allAtOnce"})

    lacking = Asking({**FIELDS, "strategy": replace(told, others=others)}).lacking
    assert lacking == ['strategy.type: no example of "allAtOnce"']


def test_a_reader_that_refuses_without_a_schema_is_named() -> None:
    def read(value: object) -> Request | tuple[Problem, ...]:
        answer = read_request(value)
        if isinstance(answer, Request):
            return answer
        return tuple(
            replace(it, schema=None) if it.field == "smoke[0].expect.status" else it for it in answer
        )

    assert Asking(read=read).lacking == ["smoke[].expect.status: its reader refuses without a schema"]


@each_field
def test_every_example_is_read_and_makes_a_difference(found: Found) -> None:
    examples = [found.example] if found.told.chooses else found.told.examples
    without = read_request(found.place.put(NOTHING))

    for example in examples:
        assert found.place.problems(example) == ()
        assert read_request(found.place.put(example)) != without


@each_field
def test_a_default_is_what_holds_without_the_field(found: Found) -> None:
    if found.told.default is NOTHING:
        return
    assert read_request(found.place.put(found.told.default)) == read_request(found.place.put(NOTHING))


@each_field
def test_a_field_like_another_has_its_schema(found: Found) -> None:
    other = next((it for it in FOUND if it.name == found.told.like), found)

    assert found.schema == other.schema


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(VALIDATOR.schema)


@each_field
def test_the_schema_accepts_every_example_and_default(found: Found) -> None:
    told = [it for it in (found.example, *found.told.examples, found.told.default) if it is not NOTHING]

    for value in told:
        assert [*VALIDATOR.iter_errors(found.place.put(value))] == []


@pytest.mark.parametrize("page", [PAGE, PAGE.parent.parent / "README.md"], ids=lambda page: page.name)
def test_the_schema_accepts_what_the_pages_show(page: Any) -> None:
    for value in values_on(page.read_text()):
        request = {"function": "orders", "strategy": value} if "type" in value else value
        assert is_read(request)
        assert [*VALIDATOR.iter_errors(request)] == []


def test_the_schema_accepts_every_good_request() -> None:
    for seed in range(500):
        request = a_good_request(Random(seed))
        assert is_read(request)
        assert [*VALIDATOR.iter_errors(request)] == []


@each_field
def test_the_schema_refuses_what_is_of_another_kind(found: Found) -> None:
    for value in (*ODD, *beyond(found.schema)):
        refused = [it for it in found.place.problems(value) if it.schema is not None]
        assert VALIDATOR.is_valid(found.place.put(value)) is not bool(refused), value


@each_field
def test_the_bounds_in_the_schema_are_those_of_the_reader(found: Found) -> None:
    for value in within(found.schema):
        assert VALIDATOR.is_valid(found.place.put(value))
        refused = [it for it in found.place.problems(value) if it.field == found.place.path and it.schema]
        assert refused == []


@each_field
def test_a_misspelt_key_is_refused_by_both(found: Found) -> None:
    whole = json.dumps(found.place.put(found.example))
    key = found.place.path.rpartition(".")[2]
    request = json.loads(whole.replace(f'"{key}":', f'"{key}{UNKNOWN}":'))

    assert not is_read(request)
    assert not VALIDATOR.is_valid(request)


def some_json() -> any_.SearchStrategy[Any]:
    leaves = any_.none() | any_.booleans() | any_.integers(-10, 4000) | any_.floats(-1, 200) | any_.text()
    words = any_.sampled_from(["5m", "1h", "on", "41", "orders", "AllAtOnce", "bucket", "percent", "type"])
    return any_.recursive(
        leaves | words,
        lambda inner: any_.lists(inner, max_size=3) | any_.dictionaries(words, inner, max_size=3),
    )


@settings(max_examples=500)
@given(found=any_.sampled_from(FOUND), value=some_json())
def test_what_the_schema_refuses_is_refused(found: Found, value: Any) -> None:
    request = found.place.put(value)

    assert VALIDATOR.is_valid(request) or not is_read(request)
