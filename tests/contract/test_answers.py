"""What goes into a task and what comes out of it is what its state says."""

import json
import re
from collections.abc import Callable

import pytest

from hotplug.core.deployment.transition import Outcome
from hotplug.core.deployment.verdict import Verdict
from tests.contract.analysis.answers import answers_of, compared, keys_of_event, problems
from tests.contract.analysis.source import handlers
from tests.contract.analysis.template import ROOT, load_template, resources

DEFINITION = (ROOT / "statemachine" / "deploy.asl.json").read_text()


def test_every_answer_has_what_its_state_reads_and_every_event_what_its_handler_reads() -> None:
    assert problems(DEFINITION, handlers()) == []


def test_the_check_reads_what_the_source_does() -> None:
    assert keys_of_event("shift") == {"plan", "candidates", "revisions", "step"}
    assert list(answers_of("shift").values()) == [{"revisions", "since", "wait"}]
    assert sorted(map(len, answers_of("plan").values())) == [4, 4, 5]
    assert list(answers_of("claim").values()) == [{"outcome", "reason", "revisions", "wait", "turn"}]
    assert "blame" in next(iter(answers_of("watch").values()))
    assert "blame" in keys_of_event("close")
    assert next(iter(answers_of("close").values())) >= {"outcome", "reason", "timeline"}


@pytest.mark.parametrize(
    ("mutation", "problem"),
    [
        pytest.param(
            lambda text: text.replace("$states.result.since", "$states.result.until"),
            "has no 'until'",
            id="the state reads what no answer has",
        ),
        pytest.param(
            lambda text: text.replace(', "since": "{% $since %}"', ""),
            "Watch: its handler reads 'since', which is not passed",
            id="the state forgets to pass something",
        ),
        pytest.param(
            lambda text: text.replace(', "blame": "{% $blame %}"', ""),
            "Close: its handler reads 'blame', which is not passed",
            id="the state forgets who is to blame",
        ),
        pytest.param(
            lambda text: text.replace(
                '"revisions": "{% $states.result.revisions %}",\n        "wait"',
                '"wait"',
            ),
            "Claim: nobody reads 'revisions'",
            id="the state forgets what the rehearsal wrote",
        ),
        pytest.param(
            lambda text: text.replace(', "since": "{% $states.result.since %}"', ""),
            "nobody reads 'since'",
            id="the answer says what nobody reads",
        ),
    ],
)
def test_what_does_not_fit_is_found(mutation: Callable[[str], str], problem: str) -> None:
    assert [found for found in problems(mutation(DEFINITION), handlers()) if problem in found]


def test_the_questions_ask_for_words_that_a_handler_can_say() -> None:
    said = {("verdict", str(verdict)) for verdict in Verdict} | {("outcome", str(word)) for word in Outcome}
    words = ("waiting", "again", "ready", "held", "claimed", "planned", "dry_run")
    said |= {("outcome", word) for word in words}
    assert compared(DEFINITION) - said == set()


def test_the_questions_are_found() -> None:
    assert ("outcome", "busy") in compared(DEFINITION)
    assert json.loads(DEFINITION)["QueryLanguage"] == "JSONata"


def test_every_metric_of_the_dashboard_is_an_outcome_that_its_handler_answers() -> None:
    (dashboard,) = resources(load_template(), "AWS::CloudWatch::Dashboard").values()
    counted = re.findall(r'"(?:hotplug|\.)", "(\w+)\.(\w+)"', dashboard["DashboardBody"]["Fn::Sub"])
    assert ("promote", "deployed") in counted
    for handler, _ in counted:
        assert all("outcome" in keys for keys in answers_of(handler).values()), handler
