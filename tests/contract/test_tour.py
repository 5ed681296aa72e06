"""The tour of docs/architecture.md leads to files that exist, and to few of them for each question."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.contract.analysis.template import ROOT

TOUR = ROOT / "docs" / "architecture.md"
PRODUCT = ROOT / "functions" / "hotplug"
LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)#]+)\)")
QUOTED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w./]+(?:/|\.(?:py|yaml|json|md))")
NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)?")
MAX_OPENED = 40
"""Files that one opens, over all questions, before one is sure where a change goes; this page is one."""
TWELVE = (
    "a strategy",
    "a source of alarms",
    "a command",
    "the text of a mail",
    "a trigger",
    "the warning about callers of `$LATEST`",
    "how often it polls",
    "a metric of the evidence",
    "a field of the plan",
    "what is quarantined",
    "Lambda's rate limit",
    "a state of the machine",
)


def answers() -> Mapping[str, str]:
    """Where each thing is changed, by what is changed: the rows of the tour's table."""
    table = TOUR.read_text().partition("Where do I change ...\n\n")[2].partition("\n\n")[0]
    rows = [line.strip("| ").partition(" | ") for line in table.splitlines()[2:]]
    return {question: answer for question, _, answer in rows}


def linked(text: str) -> list[Path]:
    return [(TOUR.parent / target).resolve() for _, target in LINK.findall(text)]


def quoted_paths(text: str) -> list[str]:
    return [quoted for quoted in QUOTED.findall(text) if PATH.fullmatch(quoted)]


def found(path: str) -> list[Path]:
    """What a path in the text may mean: from the project's root, the product's, or that of its core."""
    return [home / path for home in (ROOT, PRODUCT, PRODUCT / "core") if (home / path).exists()]


def is_defined(name: str, file: Path) -> bool:
    """Whether a module defines a function, class, constant or attribute, or a method as Class.name."""
    holder, _, member = name.rpartition(".")
    source = file.read_text()
    defined = re.search(
        rf"^ *(?:(?:def|class) {member}\b|{member}(?::.*)? =|{member}: )", source, re.MULTILINE
    )
    return bool(defined) and (not holder or f"class {holder}" in source)


def test_every_path_that_is_named_exists() -> None:
    text = TOUR.read_text()
    named = quoted_paths(text)
    assert {"template.yaml", "statemachine/deploy.asl.json", "errors.py", "dry_run/"} <= {*named}
    assert [path for path in named if not found(path)] == []
    assert [path for path in linked(text) if not path.exists()] == []


def test_a_link_that_shows_a_path_leads_there() -> None:
    shown = [(label, target) for label, target in LINK.findall(TOUR.read_text()) if PATH.fullmatch(label)]
    assert len(shown) > len(TWELVE)
    assert [label for label, target in shown if not target.endswith(f"/{label}")] == []


def test_the_tour_answers_the_twelve_questions() -> None:
    assert [question for question in TWELVE if not linked(answers()[question])] == []


@pytest.mark.parametrize("question", answers())
def test_the_names_in_an_answer_are_defined_in_its_files(question: str) -> None:
    answer = answers()[question]
    names = [quoted for quoted in QUOTED.findall(answer) if NAME.fullmatch(quoted) and not found(quoted)]
    assert [name for name in names if not any(is_defined(name, file) for file in linked(answer))] == []


def test_few_files_are_opened_until_one_is_sure() -> None:
    opened = {
        question: {*linked(answers()[question]), *quoted_paths(answers()[question])} for question in TWELVE
    }
    assert 1 + sum(map(len, opened.values())) <= MAX_OPENED
