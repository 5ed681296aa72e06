"""What a bundle of hotplug says of itself, and which bundles can live beside the release in place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from hotplug.core.errors import UnreadableError
from hotplug.core.plan.plan import SCHEMA
from hotplug.core.planning.release import Release, read_release, unfit
from hotplug.core.resources.package import FILE
from tests.contract.analysis.template import ROOT, load_template

THIS = ROOT / "functions" / FILE
MACHINE = json.loads((ROOT / "statemachine" / "deploy.asl.json").read_text())
INSTALLED = 3
"""The number of the machine's definition in the tables below."""


def a_release(**more: Any) -> Release:
    told = {"release": "9.1.0", "definition": INSTALLED, "writes": SCHEMA, "reads": [SCHEMA]}
    return read_release(json.dumps(told | more))


# This release


def test_this_release_says_what_its_code_does() -> None:
    release = read_release(THIS.read_text())
    assert release.writes == SCHEMA
    assert max(release.reads) == SCHEMA


def test_this_release_needs_the_definition_that_lies_beside_it() -> None:
    assert MACHINE["States"]["Plan"]["Arguments"]["definition"] == read_release(THIS.read_text()).definition


def test_this_release_has_the_version_of_the_template() -> None:
    metadata = load_template()["Metadata"]["AWS::ServerlessRepo::Application"]
    assert str(metadata["SemanticVersion"]) == read_release(THIS.read_text()).name


def test_this_release_can_live_beside_itself() -> None:
    release = read_release(THIS.read_text())
    assert unfit(release, release.definition) is None


# Others


@pytest.mark.parametrize(
    ("release", "definition"),
    [
        pytest.param(a_release(), INSTALLED, id="the same definition and schema"),
        pytest.param(a_release(definition=1), INSTALLED, id="made for an older definition"),
        pytest.param(a_release(), INSTALLED + 1, id="a newer definition is installed"),
        pytest.param(a_release(reads=[SCHEMA, SCHEMA + 1]), INSTALLED, id="it reads the next schema too"),
        pytest.param(a_release(reads=[SCHEMA + 1, SCHEMA]), INSTALLED, id="in whatever order"),
        pytest.param(a_release(release=""), INSTALLED, id="it has no name"),
    ],
)
def test_a_release_that_fits_is_no_problem(release: Release, definition: int) -> None:
    assert unfit(release, definition) is None


@pytest.mark.parametrize(
    ("release", "words"),
    [
        pytest.param(
            a_release(definition=INSTALLED + 1),
            "release 9.1.0 needs definition 4 of the machine, and 3 is installed: deploy its stack first",
            id="a newer definition",
        ),
        pytest.param(
            a_release(writes=SCHEMA + 1, reads=[SCHEMA, SCHEMA + 1]),
            f"release 9.1.0 writes plans of schema {SCHEMA + 1}, and the one in place reads up to {SCHEMA}: "
            "release one that reads both first",
            id="it writes what this one does not read",
        ),
        pytest.param(
            a_release(reads=[SCHEMA + 1]),
            f"release 9.1.0 does not read the plans of the one in place, of schema {SCHEMA}",
            id="it does not read what this one writes",
        ),
        pytest.param(a_release(reads=[]), "does not read the plans", id="it reads nothing"),
        pytest.param(
            a_release(definition=INSTALLED + 1, writes=SCHEMA + 1, reads=[SCHEMA + 1]),
            "deploy its stack first",
            id="all of it: what has to be done first is said",
        ),
    ],
)
def test_a_release_that_can_not_live_beside_this_one_says_what_to_do(release: Release, words: str) -> None:
    assert words in str(unfit(release, INSTALLED))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "release is missing", id="no file"),
        pytest.param("{", "release is missing", id="no JSON"),
        pytest.param("[1]", "release is missing", id="a list"),
        pytest.param("null", "release is missing", id="null"),
        pytest.param("[" * 9_999, "release is missing", id="deeper than can be read"),
        pytest.param('{"release": "1", "definition": 1', "release is missing", id="cut short"),
        pytest.param('{"release": 1}', "release is 1, not a text", id="a number for a name"),
        pytest.param('{"release": "\\ud800"}', "not a text", id="half a character"),
        pytest.param('{"release": "1"}', "definition is missing", id="no definition"),
        pytest.param('{"release": "1", "definition": "1"}', 'definition is "1", not', id="a text"),
        pytest.param('{"release": "1", "definition": 0}', "definition is 0, not", id="a definition of 0"),
        pytest.param('{"release": "1", "definition": true}', "definition is true", id="a flag"),
        pytest.param('{"release": "1", "definition": 1}', "writes is missing", id="writes nothing"),
        pytest.param('{"release": "1", "definition": 1, "writes": 1}', "reads is missing", id="no reads"),
        pytest.param(
            '{"release": "1", "definition": 1, "writes": 1, "reads": 1}', "reads is 1, not a list", id="one"
        ),
        pytest.param(
            '{"release": "1", "definition": 1, "writes": 1, "reads": ["1"]}', "reads is", id="texts to read"
        ),
    ],
)
def test_a_file_that_does_not_say_it_all_can_not_be_read(text: str, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read_release(text)


def test_what_later_releases_may_say_beside_it_is_left_alone() -> None:
    assert a_release(codename="otter") == a_release()


@given(any_.text() | any_.from_regex(r"[\[{\"a-z:0-9,}\]]*", fullmatch=True))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_release(text)
