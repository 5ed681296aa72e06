import pytest

from local.aws.alarms.metric_math import MathError, compile_expression

VALUES = {"e": 5.0, "i": 50.0, "zero": 0.0, "gap": None}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("100*e/i", 10.0),
        ("1 + 2 * 3 - 4 / 2", 5.0),
        ("(1 + 2) * -3", -9.0),
        ("2 ^ 3", 8.0),
        ("e / zero", None),
        ("e + gap", None),
        ("FILL(gap, 7) + 1", 8.0),
        ("IF(i > 0, 100 * e / i, 0)", 10.0),
        ("IF(zero > 0, 100 * e / zero, 0)", 0.0),
        ("IF(gap > 0, 1, 0)", None),
        ("IF(i > 100, 1)", None),
        ("MAX([e, i, gap])", 50.0),
        ("100 * e / MAX([e, i])", 10.0),
        ("AVG([e, i])", 27.5),
        ("SUM([gap])", None),
        ("i >= 50 && e < 6", 1.0),
        ("i == 1 || e != 5", 0.0),
        ("CEIL(e / 2) + ABS(-1)", 4.0),
        ("1.5e1", 15.0),
    ],
)
def test_an_expression_is_worth_what_cloudwatch_says(expression: str, expected: float | None) -> None:
    assert compile_expression(expression)(VALUES) == expected


@pytest.mark.parametrize(
    "expression", ["", "1 +", "(1", "ANOMALY_DETECTION_BAND(e)", "e e", "e.__class__", "IF(e)"]
)
def test_what_is_no_known_expression_is_refused(expression: str) -> None:
    with pytest.raises(MathError):
        compile_expression(expression)
