"""State of a metric alarm, computed from its settings and its data points."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ALARM, OK, INSUFFICIENT_DATA = "ALARM", "OK", "INSUFFICIENT_DATA"

# CloudWatch evaluates more than the evaluation periods; the number is not documented.
EXTRA_PERIODS = 2

_OPERATORS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True, slots=True)
class Threshold:
    """Comparison of an alarm, and how many of its periods must breach: M out of N."""

    comparison: str
    value: float
    evaluation_periods: int
    datapoints_to_alarm: int
    missing_data: str = "missing"

    def breached_by(self, point: float) -> bool:
        return _OPERATORS[self.comparison][0](point, self.value)

    @property
    def grows_with_time(self) -> bool:
        """Whether an incomplete period can prove a breach, because its values only grow."""
        return self.comparison.startswith("GreaterThan")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` is `None` if the alarm keeps its state."""

    state: str | None
    reason: str = ""
    has_data: bool = True


def judge(threshold: Threshold, points: Sequence[float | None]) -> Verdict:
    """Judge `points`, one per period of the evaluation range, oldest first, `None` without data.

    Source: "Configuring how CloudWatch alarms treat missing data", with its tables and premature alarms.
    """
    present = [point for point in points if point is not None]
    counted = present[-threshold.evaluation_periods :]
    breaching = sum(map(threshold.breached_by, counted))
    filled = threshold.evaluation_periods - len(counted)
    if threshold.missing_data == "breaching":
        state: str | None = ALARM if breaching + filled >= threshold.datapoints_to_alarm else OK
    elif breaching >= threshold.datapoints_to_alarm:
        state = ALARM
    elif threshold.missing_data == "notBreaching" or breaching < len(counted):
        state = OK
    else:
        state = _without_proof(threshold, points)
    return Verdict(state, _reason(threshold, counted, breaching), has_data=bool(present))


def _without_proof(threshold: Threshold, points: Sequence[float | None]) -> str | None:
    """State for too few points, all of them breaching."""
    if threshold.missing_data == "ignore":
        return None
    window = points[-threshold.evaluation_periods :]
    ages = [len(window) - index for index, point in enumerate(window) if point is not None]
    if not ages:
        return INSUFFICIENT_DATA
    return ALARM if max(ages) >= threshold.datapoints_to_alarm else None


def _reason(threshold: Threshold, counted: Sequence[float], breaching: int) -> str:
    """The reason in CloudWatch's wording."""
    if not counted:
        return _reason_without_data(threshold)
    crossed = breaching >= threshold.datapoints_to_alarm
    number = breaching if crossed else len(counted) - breaching
    shown = ", ".join(str(float(point)) for point in counted)
    verb = f"{'was' if number == 1 else 'were'}{'' if crossed else ' not'}"
    return (
        f"Threshold Crossed: {number} out of the last {threshold.evaluation_periods} datapoints [{shown}] "
        f"{verb} {_OPERATORS[threshold.comparison][1]} the threshold ({threshold.value}) "
        f"(minimum {threshold.datapoints_to_alarm} for ALARM)."
    )


def _reason_without_data(threshold: Threshold) -> str:
    periods = threshold.evaluation_periods
    what = "Insufficient Data" if threshold.missing_data == "missing" else "Threshold Crossed"
    plural, were = ("s", "s were") if periods > 1 else ("", " was")
    return (
        f"{what}: no datapoints were received for {periods} period{plural} and "
        f"{periods} missing datapoint{were} treated as [{_MISSING_IN_WORDS[threshold.missing_data]}]."
    )


_MISSING_IN_WORDS = {
    "missing": "Missing",
    "ignore": "Ignored",
    "breaching": "Breaching",
    "notBreaching": "NonBreaching",
}
