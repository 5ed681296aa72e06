"""The template says each thing once, and its statements have names that can be read."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from local.aws.cloudformation import read_template
from tests.contract.analysis.permissions import met
from tests.contract.analysis.template import TEMPLATE, load_template

TEXT = TEMPLATE.read_text()
ARN = re.compile(r"arn:|\$\{\w+\.Arn\}")
SID = re.compile(r"([A-Z][a-z]+){2,3}")
SECTIONS = {
    "AWSTemplateFormatVersion",
    "Transform",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Globals",
    "Resources",
    "Outputs",
}
"""CloudFormation and SAM refuse any other."""


def repeated_arns(text: str) -> list[str]:
    """As they are written: an alias writes none."""
    scalars = [event.value for event in yaml.parse(text) if isinstance(event, yaml.ScalarEvent)]
    counted = Counter(value for value in scalars if ARN.match(value))
    return [value for value, times in counted.items() if times > 1]


def unused_anchors(text: str) -> set[str]:
    events = list(yaml.parse(text))
    aliases = {event.anchor for event in events if isinstance(event, yaml.AliasEvent)}
    return {event.anchor for event in events if isinstance(event, yaml.NodeEvent) and event.anchor} - aliases


def policies(value: Any) -> Iterator[list[dict[str, Any]]]:
    """The statements of every policy, wherever it stands; those under a condition too."""
    match value:
        case {"Statement": list(statements)}:
            yield [met(statement) for statement in statements]
        case dict():
            for item in value.values():
                yield from policies(item)
        case list():
            for item in value:
                yield from policies(item)


def bad_sids(template: dict[str, Any]) -> list[str]:
    """Those that are no two or three words, or stand twice in one policy."""
    named = [[str(one.get("Sid")) for one in statements] for statements in policies(template["Resources"])]
    return [sid for sids in named for sid in sids if not SID.fullmatch(sid) or sids.count(sid) > 1]


def test_every_arn_is_written_once() -> None:
    assert repeated_arns(TEXT) == []


def test_every_anchor_is_used() -> None:
    assert unused_anchors(TEXT) == set()


def test_every_sid_is_two_or_three_words_and_unique_in_its_policy() -> None:
    assert len(list(policies(load_template()["Resources"]))) > 15
    assert bad_sids(load_template()) == []


def test_the_anchors_stand_in_a_section_that_cloudformation_knows_and_evaluates_nothing_of() -> None:
    template = load_template()
    assert "Anchors" in template["Metadata"]
    assert template.keys() <= SECTIONS


def test_no_two_places_share_what_an_alias_stands_for() -> None:
    resources = load_template()["Resources"]
    shift, watch = (
        resources[name]["Properties"]["Policies"][1]["Statement"][0]
        for name in ("ShiftFunction", "WatchFunction")
    )
    shift["Resource"].clear()

    assert len(watch["Resource"]) == 2


@pytest.mark.parametrize(
    ("text", "repeated", "unused"),
    [
        pytest.param("{a: &x !Sub arn:x, b: *x}", [], set(), id="an alias"),
        pytest.param("{a: !Sub arn:x, b: arn:x}", ["arn:x"], set(), id="the same twice"),
        pytest.param(
            "{a: !Sub '${B.Arn}/*', b: [!Sub '${B.Arn}/*']}", ["${B.Arn}/*"], set(), id="of a bucket"
        ),
        pytest.param("{a: &x [arn:x], b: &y 1, c: *y}", [], {"x"}, id="an anchor of no use"),
    ],
)
def test_what_is_written_twice_or_for_nothing_is_found(
    text: str, repeated: list[str], unused: set[str]
) -> None:
    assert (repeated_arns(text), unused_anchors(text)) == (repeated, unused)


@pytest.mark.parametrize(
    ("statements", "bad"),
    [
        pytest.param("[{Sid: ReadLedger}, {Sid: UpdateLedger}]", [], id="as they should be"),
        pytest.param("[{Sid: Read}]", ["Read"], id="one word"),
        pytest.param("[{Sid: SeeWhatIsUsed}]", ["SeeWhatIsUsed"], id="a sentence"),
        pytest.param("[{Effect: Allow}]", ["None"], id="none"),
        pytest.param("[{Sid: ReadIt}, {Sid: ReadIt}]", ["ReadIt", "ReadIt"], id="the same twice"),
        pytest.param("[!If [A, {Sid: Read}, !Ref AWS::NoValue]]", ["Read"], id="under a condition"),
    ],
)
def test_a_sid_that_can_not_be_read_is_found(statements: str, bad: list[str]) -> None:
    policy = f"Resources: {{A: {{Policies: [{{Statement: {statements}}}]}}}}"
    assert bad_sids(read_template(policy)) == bad
