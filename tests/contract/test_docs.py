"""What the docs say is checked against what is there."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from docs.picture import DEFINITION, picture
from hotplug.core.dry_run.cost import METRIC_USD, Cost
from hotplug.core.evidence.metrics.traffic import TrafficProfile
from hotplug.core.evidence.policy import EvidenceMode, PlannedEvidence
from hotplug.core.parsing.problem import Problem
from hotplug.core.request.request import Request, read_request
from hotplug.core.request.strategy import read_strategy
from hotplug.core.rollout.hook_schedule import Asking, hook_payload
from hotplug.core.spec.hooks import HookPoint
from tests.contract.analysis.template import TEMPLATE, load_template, resources
from tests.support.plans import a_plan, a_planned, at_step

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")])
CALLED = TrafficProfile(1_000, 1_000, 0.001, (20.0, 50.0, 90.0))
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def json_values(text: str) -> Iterator[dict[str, object]]:
    """Objects that stand one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        yield value
        at += len(text[at:]) - len(text[at:].lstrip())


def test_the_picture_in_the_readme_is_the_machine() -> None:
    states = json.loads(DEFINITION.read_text())["States"]

    assert blocks("mermaid") == [picture(states) + "\n"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text()):
        if path.startswith(("http:", "https:")):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {path}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", it).lower().replace(" ", "-") for it in headings}


def test_every_json_example_in_the_readme_is_valid() -> None:
    values = [value for block in blocks("json") for value in json_values(block)]

    for value in values:
        problems: list[Problem] = []
        if "type" in value:
            read_strategy(value, "strategy", problems)
            assert problems == []
        else:
            assert isinstance(read_request(value), Request)
    assert len(values) > 5


def test_the_request_table_names_the_fields_that_are_read() -> None:
    table = README.partition("| field | | default |")[2].partition("\n\n")[0]
    documented = set(re.findall(r"^\| (.*?) \|", table, re.MULTILINE)) - {"---"}
    fields = {name for cell in documented for name in re.findall(r"`(\w+)`", cell)}
    problems = read_request({name: object() for name in fields} | {"nonsense": 1})

    assert isinstance(problems, tuple)
    [unknown] = [problem for problem in problems if problem.given == "an unknown key"]
    assert set(unknown.allowed.removeprefix("one of ").split(", ")) == fields


def test_the_page_about_hooks_shows_a_request_and_what_a_hook_is_told() -> None:
    page = (ROOT / "docs/hooks.md").read_text()
    asked, told_there = map(json.loads, re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    request = read_request(asked)
    assert isinstance(request, Request)
    plan = a_plan(hooks=request.hooks)
    event = hook_payload(at_step(plan, 0, "42"), Asking.begins(HookPoint.AFTER_STEP, datetime.now(UTC)), 0)
    assert [*told_there] == [*event]
    assert [*told_there["targets"][0]] == [*event["targets"][0]]


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`?make ([a-z-]+)`", page.read_text())}

    assert named
    assert named <= targets


def test_the_layout_in_the_readme_is_the_real_one() -> None:
    layout = README.partition("## Layout")[2].partition("```\n")[2].partition("```")[0]
    paths = re.findall(r"^(\S+)|  (\w+/)", layout, re.MULTILINE)

    assert [path for pair in paths for path in pair if path and not (ROOT / path).exists()] == []


def test_the_readme_counts_what_costs_money_while_nothing_is_deployed() -> None:
    template = load_template()
    alarms = resources(template, "AWS::CloudWatch::Alarm").values()
    metrics = sum(1 if "MetricName" in alarm else str(alarm).count("'MetricStat'") for alarm in alarms)
    (dashboard,) = resources(template, "AWS::CloudWatch::Dashboard")
    readme = " ".join(README.split())

    assert f"Idle, it costs {len(alarms)} alarms on {metrics} metrics" in readme
    assert f"a {dashboard.lower()}" in readme
    assert "every 2 minutes" in readme
    assert "Schedule: rate(2 minutes)" in TEMPLATE.read_text()


def test_the_readme_quotes_the_measurements() -> None:
    rows = (ROOT / "bench/results.md").read_text()
    steps, transitions, sample, _, functions, *_ = re.findall(r"^\| (10 \|.*) \|$", rows, re.MULTILINE)[
        0
    ].split(" | ")

    readme = " ".join(README.split())
    assert f"A deployment of {steps} steps that each are looked at once enters {transitions} states" in readme
    watched = a_plan(a_planned(profile=CALLED), evidence=PlannedEvidence(EvidenceMode.ON))
    cost = Cost.of(watched, ["Watch"] * int(steps))
    assert f"runs {functions} functions and reads {cost.metrics} metrics at most" in readme
    in_all = Cost(int(transitions), int(functions), cost.metrics)
    assert f"${METRIC_USD * 1_000:.2f} for 1,000 metrics" in readme
    assert "less than half a cent" in readme
    assert 0.001 < in_all.usd < 0.005
    assert f"takes {sample} transitions" in readme
