"""The tables of "Configuring how CloudWatch alarms treat missing data", row by row."""

import pytest

from local.aws.alarms.threshold import Threshold, judge

KEEP = None
ROWS = [  # points, breaching out of periods, then the states for: missing, ignore, breaching, notBreaching
    ("0-X-X", 3, 3, "OK", "OK", "OK", "OK"),
    ("----0", 3, 3, "OK", "OK", "OK", "OK"),
    ("-----", 3, 3, "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    ("0XX-X", 3, 3, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("--X--", 3, 3, "ALARM", KEEP, "ALARM", "OK"),
    ("0-X-X", 2, 3, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("00X0X", 2, 3, "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0-X--", 2, 3, "OK", "OK", "ALARM", "OK"),
    ("----0", 2, 3, "OK", "OK", "ALARM", "OK"),
    ("---X-", 2, 3, "ALARM", KEEP, "ALARM", "OK"),
    ("----X", 2, 3, KEEP, KEEP, "ALARM", "OK"),
]
CASES = [
    pytest.param(points, m, n, treatment, state, id=f"{points} {m} of {n} {treatment}")
    for points, m, n, *states in ROWS
    for treatment, state in zip(("missing", "ignore", "breaching", "notBreaching"), states, strict=True)
]
VALUES = {"0": 0.0, "X": 9.0, "-": None}


@pytest.mark.parametrize(("points", "m", "n", "treatment", "state"), CASES)
def test_missing_data_is_treated_as_documented(
    points: str, m: int, n: int, treatment: str, state: str | None
) -> None:
    threshold = Threshold("GreaterThanThreshold", 1.0, n, m, treatment)
    assert judge(threshold, [VALUES[point] for point in points]).state == state


@pytest.mark.parametrize(
    ("comparison", "breaches"),
    [
        ("GreaterThanThreshold", [False, False, True]),
        ("GreaterThanOrEqualToThreshold", [False, True, True]),
        ("LessThanThreshold", [True, False, False]),
        ("LessThanOrEqualToThreshold", [True, True, False]),
    ],
)
def test_each_comparison_has_its_side_of_the_threshold(comparison: str, breaches: list[bool]) -> None:
    threshold = Threshold(comparison, 5.0, 1, 1)
    assert [threshold.breached_by(point) for point in (4.0, 5.0, 6.0)] == breaches


def test_the_reason_names_the_points_and_the_threshold() -> None:
    verdict = judge(Threshold("GreaterThanThreshold", 1.0, 2, 1), [0.0, 3.0])
    assert verdict.reason == (
        "Threshold Crossed: 1 out of the last 2 datapoints [0.0, 3.0] was greater than the threshold (1.0) "
        "(minimum 1 for ALARM)."
    )


def test_the_reason_without_data_is_cloudwatchs() -> None:
    verdict = judge(Threshold("GreaterThanThreshold", 1.0, 1, 1), [None, None, None])
    assert verdict.reason == (
        "Insufficient Data: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[Missing]."
    )
    assert not verdict.has_data
