import pytest

from local.aws.alarms.rules import AllOf, AnyOf, Not, RuleError, StateIs, alarms_in, holds, parse

ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
STATES = {"errors": "ALARM", "latency": "OK", "traffic": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(errors)", True),
        ('ALARM("errors")', True),
        (f'ALARM("{ARN}")', True),
        ("ALARM( latency )", False),
        ("OK(latency) AND ALARM(errors)", True),
        ("NOT OK(latency) OR NOT ALARM(errors)", False),
        ("ALARM(errors) OR ALARM(latency) AND FALSE", True),
        ("(ALARM(errors) OR ALARM(latency)) AND FALSE", False),
        ("NOT (ALARM(latency) OR INSUFFICIENT_DATA(errors))", True),
        ("INSUFFICIENT_DATA(traffic) AND TRUE", True),
        ("INSUFFICIENT_DATA(gone)", True),
        ('ALARM("name with (brackets) and OR")', False),
    ],
)
def test_a_rule_holds_when_its_alarms_say_so(rule: str, expected: bool) -> None:
    assert holds(parse(rule), STATES) is expected


def test_not_binds_before_and_and_and_before_or() -> None:
    a, b, c = (StateIs("ALARM", name) for name in "abc")
    assert parse("ALARM(a) OR NOT ALARM(b) AND ALARM(c)") == AnyOf((a, AllOf((Not(b), c))))


def test_a_rule_names_its_alarms() -> None:
    assert alarms_in(parse(f"(ALARM(a) AND NOT OK('b c')) OR ALARM({ARN}) OR TRUE")) == {"a", "b c", "errors"}


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("", id="nothing"),
        pytest.param("ALARM(a", id="an open bracket"),
        pytest.param("ALARM()", id="no name"),
        pytest.param("BROKEN(a)", id="no such state"),
        pytest.param("ALARM(a) ALARM(b)", id="no operator"),
        pytest.param('ALARM("a)', id="an open quote"),
        pytest.param("__import__('os')", id="code"),
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(RuleError):
        parse(rule)
